"""Weights that a run writes: two sets take turns, and only a whole one is read."""

from pathlib import Path

import pytest
import torch

from nemotron_vl_integrations.errors import InputError
from training.checkpoint import DEMO_FOLDER, load_network, read_tensors, save_shards
from training.model import Network


@pytest.fixture
def network() -> Network:
    return load_network(DEMO_FOLDER)


def test_a_copy_of_the_weights_is_whole_at_any_time_of_a_run(network: Network, tmp_path: Path) -> None:
    def scale() -> float:
        return float(read_tensors(tmp_path)["auxiliary.linear.weight"].float().abs().mean())

    save_shards(network, tmp_path)
    with torch.no_grad():
        network.auxiliary.linear.weight *= 0.5
    before = scale()
    save_shards(network, tmp_path)
    after = scale()
    written = [path.stat().st_size for path in tmp_path.glob("*.safetensors")]
    # as a copy looks that was taken while the second set was written
    (tmp_path / "weights-0-1.safetensors").unlink()
    cut = scale()

    assert after == pytest.approx(before / 2, rel=0.02)
    assert len(written) <= 6
    assert max(written) < 16 * 2**20
    assert cut == before


def test_parts_of_two_sets_of_weights_are_refused(network: Network, tmp_path: Path) -> None:
    save_shards(network, tmp_path)
    next(tmp_path.glob("*.safetensors")).unlink()

    with pytest.raises(InputError, match="No whole set"):
        read_tensors(tmp_path)
