"""Weights that a run writes: two sets take turns, only a whole one is read; averages of two checkpoints."""

from pathlib import Path

import pytest
import torch

from nemotron_vl_integrations.errors import InputError
from training.average import write_average
from training.checkpoint import DEMO_FOLDER, load_network, read_tensors, save_shards
from training.export import export
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


def test_an_average_lies_between_two_checkpoints(network: Network, tmp_path: Path) -> None:
    name = "mlp1.0.weight"
    with torch.no_grad():
        network.get_parameter(name).zero_()
    export(network, tmp_path / "second")
    write_average(DEMO_FOLDER, tmp_path / "second", tmp_path / "between", share=0.75)
    first, between = (read_tensors(folder) for folder in (DEMO_FOLDER, tmp_path / "between"))

    assert first.keys() == between.keys()
    torch.testing.assert_close(between[name], first[name] / 4)
    assert all(torch.equal(first[key], between[key]) for key in first if key != name)


def test_an_average_takes_whole_checkpoints_and_a_share_between_them(
    network: Network, tmp_path: Path
) -> None:
    save_shards(network, tmp_path / "run")

    with pytest.raises(InputError, match="does not lie between"):
        write_average(DEMO_FOLDER, DEMO_FOLDER, tmp_path / "out", share=1.5)
    with pytest.raises(InputError, match="auxiliary"):
        write_average(DEMO_FOLDER, tmp_path / "run", tmp_path / "out", share=0.5)
