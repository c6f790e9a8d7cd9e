import json
from pathlib import Path

import pytest

from nemotron_vl_integrations.checkpoints import DEMO_MODEL, load_config, resolve_checkpoint
from nemotron_vl_integrations.checkpoints.weights import check_weights
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.messages import JSON

LAYER = "language_model.backbone.layers.{}.mixer.up_proj.weight"
CONFIG: dict[str, JSON] = {
    "text_config": {
        "hybrid_override_pattern": "M-",
        "vocab_size": 8,
        "hidden_size": 4,
        "intermediate_size": 6,
    }
}


def write_weights(file: Path, shapes: dict[str, tuple[int, ...]], *, cut: int = 0) -> Path:
    header: dict[str, JSON] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        header[name] = {"dtype": "U8", "shape": list(shape), "data_offsets": [end, end + 10]}
        end += 10
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + bytes(end - cut))
    return file


WHOLE = {
    "language_model.backbone.embeddings.weight": (8, 4),
    LAYER.format(1): (6, 4),
    "mlp1.0.weight": (3,),
}


def test_the_demo_checkpoint_is_whole() -> None:
    folder = resolve_checkpoint(DEMO_MODEL).folder
    check_weights(sorted(folder.glob("*.safetensors")), load_config(folder))


def test_weights_in_several_files_are_judged_together(tmp_path: Path) -> None:
    first = write_weights(tmp_path / "1.safetensors", {LAYER.format(0): (6, 4)})
    second = write_weights(tmp_path / "2.safetensors", {LAYER.format(1): (6, 4)})
    check_weights([first, second], CONFIG)
    with pytest.raises(EngineStartError, match="layers is 1 in the weights and 2 in the configuration"):
        check_weights([first], CONFIG)


@pytest.mark.parametrize(
    ("name", "shape", "complaint"),
    [
        (LAYER.format(2), (6, 4), "layers is 3 in the weights and 2"),
        (LAYER.format(1), (5, 4), "intermediate_size is 5 in the weights and 6"),
        ("language_model.backbone.embeddings.weight", (9, 4), "vocab_size is 9 in the weights and 8"),
        ("language_model.backbone.embeddings.weight", (8, 5), "hidden_size is 5 in the weights and 4"),
    ],
)
def test_weights_of_another_network_are_refused(
    tmp_path: Path, name: str, shape: tuple[int, ...], complaint: str
) -> None:
    file = write_weights(tmp_path / "model.safetensors", WHOLE | {name: shape})
    with pytest.raises(EngineStartError, match=complaint):
        check_weights([file], CONFIG)


def test_packed_weights_are_only_compared_by_their_rows(tmp_path: Path) -> None:
    check_weights([write_weights(tmp_path / "a.safetensors", WHOLE | {LAYER.format(1): (6, 2)})], CONFIG)


@pytest.mark.parametrize("config", [CONFIG, {"llm_config": CONFIG["text_config"]}, {}, {"text_config": {}}])
def test_what_is_not_there_is_not_judged(tmp_path: Path, config: dict[str, JSON]) -> None:
    check_weights([write_weights(tmp_path / "a.safetensors", {"other.weight": (3, 3)})], config)


@pytest.mark.parametrize("cut", [1, -1])
def test_a_file_of_the_wrong_length_is_damaged(tmp_path: Path, cut: int) -> None:
    file = write_weights(tmp_path / "model.safetensors", WHOLE, cut=cut)
    with pytest.raises(EngineStartError, match=r"model\.safetensors' are damaged: it has \d+ bytes"):
        check_weights([file], CONFIG)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 8,
        b"\xff" * 16,
        (2).to_bytes(8, "little") + b"[]",
        (9).to_bytes(8, "little") + b'{"a": {}}',
        (200_000).to_bytes(8, "little") + b"[" * 200_000,
    ],
)
def test_a_header_that_cannot_be_read_is_damaged(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(EngineStartError, match="are damaged: its header"):
        check_weights([file], CONFIG)
