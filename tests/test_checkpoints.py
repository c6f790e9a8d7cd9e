import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nemotron_vl_integrations.checkpoints import (
    DEMO_MODEL,
    NVIDIA_FP8_MODEL,
    load_config,
    resolve_checkpoint,
)
from nemotron_vl_integrations.checkpoints.files import read_text
from nemotron_vl_integrations.checkpoints.hub import is_hub_id, snapshot_identity
from nemotron_vl_integrations.errors import EngineStartError

ARCHITECTURE = "NemotronH_Nano_VL_V2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole checkpoint in the form of NVIDIA's, with weights that hold nothing."""
    checkpoint = tmp_path / "my-nemotron"
    checkpoint.mkdir()
    text_config = {"max_position_embeddings": 4096}
    write_config(checkpoint, {"architectures": [ARCHITECTURE], "llm_config": text_config})
    (checkpoint / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    (checkpoint / "tokenizer.json").write_text("{}")
    (checkpoint / "tokenizer_config.json").write_text('{"chat_template": "{{ messages }}"}')
    return checkpoint


def write_config(folder: Path, config: dict[str, object]) -> None:
    (folder / "config.json").write_text(json.dumps(config))


def change_config(folder: Path, **values: object) -> None:
    write_config(folder, {**load_config(folder), **values})


def test_the_demo_checkpoint_is_whole_and_says_what_it_is() -> None:
    checkpoint = resolve_checkpoint(DEMO_MODEL)
    assert (checkpoint.name, checkpoint.is_demo, checkpoint.revision) == (DEMO_MODEL, True, None)
    assert (checkpoint.quantization, checkpoint.kv_cache_dtype) == (None, None)
    assert checkpoint.context_length == 131_072
    assert dict(checkpoint.reading_prompts) == {
        "text": "Transcribe this page.",
        "markdown": "Convert this page to Markdown.",
    }


def test_the_demo_checkpoint_asks_for_no_code() -> None:
    folder = resolve_checkpoint(DEMO_MODEL).folder
    assert "auto_map" not in load_config(folder)
    assert list(folder.rglob("*.py")) == []


def test_the_folder_of_the_demo_checkpoint_is_the_demo_checkpoint() -> None:
    assert resolve_checkpoint(str(resolve_checkpoint(DEMO_MODEL).folder)).name == DEMO_MODEL


def test_a_folder_gets_its_name_and_the_reading_prompts_of_nvidias_family(folder: Path) -> None:
    checkpoint = resolve_checkpoint(str(folder))
    assert (checkpoint.name, checkpoint.is_demo, checkpoint.context_length) == ("my-nemotron", False, 4096)
    assert set(checkpoint.reading_prompts) == {"text", "markdown", "tables"}


def test_the_context_is_the_shorter_of_the_two_lengths_that_are_given(folder: Path) -> None:
    change_config(folder, max_sequence_length=131_072)
    assert resolve_checkpoint(str(folder)).context_length == 4096
    change_config(folder, max_sequence_length=1024)
    assert resolve_checkpoint(str(folder)).context_length == 1024


def test_reading_prompts_of_the_folder_come_first(folder: Path) -> None:
    (folder / "reading_prompts.json").write_text('{"text": "Read."}')
    assert dict(resolve_checkpoint(str(folder)).reading_prompts) == {"text": "Read."}


def test_a_config_with_infinity_is_read(folder: Path) -> None:
    change_config(folder, time_step_limit=[0.0, float("inf")])
    assert "Infinity" in (folder / "config.json").read_text()
    assert load_config(folder)["time_step_limit"] == [0.0, float("inf")]
    assert resolve_checkpoint(str(folder)).context_length == 4096


FP8_CACHE = {"dynamic": False, "num_bits": 8, "type": "float"}
QUANTISED: list[tuple[dict[str, object], str | None, str | None]] = [
    ({"quant_method": "modelopt", "quant_algo": "FP8"}, "modelopt", None),
    ({"quant_method": "modelopt", "quant_algo": "FP8", "kv_cache_scheme": FP8_CACHE}, "modelopt", "fp8"),
    ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "modelopt_fp4", None),
    ({"quantization": {"quant_algo": "FP8", "kv_cache_quant_algo": "FP8"}}, "modelopt", "fp8"),
    ({"quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": None}}, "modelopt_fp4", None),
    ({"quantization": {"quant_algo": None, "kv_cache_quant_algo": "FP8"}}, None, "fp8"),
]


@pytest.mark.parametrize(("settings", "quantization", "kv_cache_dtype"), QUANTISED)
@pytest.mark.parametrize("in_config", [True, False])
def test_the_quantisation_is_read_from_either_file(
    folder: Path,
    settings: dict[str, object],
    quantization: str | None,
    kv_cache_dtype: str | None,
    in_config: bool,
) -> None:
    if in_config:
        change_config(folder, quantization_config=settings)
    else:
        (folder / "hf_quant_config.json").write_text(json.dumps(settings))
    checkpoint = resolve_checkpoint(str(folder))
    assert (checkpoint.quantization, checkpoint.kv_cache_dtype) == (quantization, kv_cache_dtype)


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def with_text(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


INDEX = '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (without("config.json"), "no config.json"),
    "config is a list": (with_text("config.json", "[]"), "holds a list and not a JSON object"),
    "config is cut": (with_text("config.json", '{"a": '), "not valid JSON"),
    "config is too deep": (with_text("config.json", '{"a": ' + "[" * 100_000), "not valid JSON"),
    "config is no text": (lambda folder: (folder / "config.json").write_bytes(b"\xff\xfe"), "not UTF-8"),
    "config is huge": (with_text("config.json", " " * (4 * 2**20 + 1)), "more than 4194304 bytes"),
    "another architecture": (
        lambda folder: change_config(folder, architectures=["LlamaForCausalLM"]),
        r"\['LlamaForCausalLM'\]",
    ),
    "no architecture": (lambda folder: change_config(folder, architectures=None), "architectures None"),
    "no weights": (without("model.safetensors"), r"lacks weights: \*\.safetensors"),
    "shards missing": (
        with_text("model.safetensors.index.json", INDEX),
        r"model-1\.safetensors, model-2\.safetensors \(2 missing\)",
    ),
    "weights are a pointer": (
        with_text("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0"),
        "git lfs pull",
    ),
    "no tokenizer": (without("tokenizer.json"), "lacks tokenizer.json"),
    "no template": (without("tokenizer_config.json"), "no chat template"),
    "no context length": (lambda folder: change_config(folder, llm_config={}), "how long the context is"),
    "other quantisation": (
        lambda folder: change_config(folder, quantization_config={"quant_method": "awq"}),
        "quantised with 'awq'",
    ),
    "bad reading prompt": (with_text("reading_prompts.json", '{"text": 3}'), "'text'.*not usable: 3"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_folder_that_is_no_whole_checkpoint_is_refused_with_the_reason(case: str, folder: Path) -> None:
    spoil, message = REFUSED[case]
    spoil(folder)
    with pytest.raises(EngineStartError, match=message) as raised:
        resolve_checkpoint(str(folder))
    assert raised.value.hint
    assert "my-nemotron" in str(raised.value)


@pytest.mark.parametrize(
    "model", ["", "nothing-here", "/no/such/folder", "a/b/c", "../x", "nvidia/", "~nobody-here/x"]
)
def test_a_name_that_is_nothing_is_refused_and_says_what_can_be_given(model: str) -> None:
    with pytest.raises(EngineStartError, match=r"neither a folder nor a Hub id.*nemotron-vl-demo"):
        resolve_checkpoint(model)


def test_offline_a_hub_id_that_is_not_cached_names_the_three_ways(tmp_path: Path) -> None:
    code = f"""
from nemotron_vl_integrations.checkpoints import resolve_checkpoint
from nemotron_vl_integrations.errors import EngineStartError
for allow_download in (False, True):
    try:
        resolve_checkpoint({NVIDIA_FP8_MODEL!r}, revision="v1", allow_download=allow_download)
    except EngineStartError as error:
        print(error)
"""
    environment = os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert f"{NVIDIA_FP8_MODEL!r} at revision 'v1'" in line
        for way in ("`model=`", "NEMOTRON_VL_MODEL", f"hf download {NVIDIA_FP8_MODEL} --revision v1"):
            assert way in line
        assert ".py" not in line


def test_a_snapshot_in_the_hub_cache_is_used_offline_at_its_commit(folder: Path, tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "hub" / "models--nvidia--some-VL"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    snapshot = repository / "snapshots" / commit
    snapshot.parent.mkdir()
    folder.rename(snapshot)
    code = """
from nemotron_vl_integrations.checkpoints import resolve_checkpoint
checkpoint = resolve_checkpoint("nvidia/some-VL")
print(checkpoint.name, checkpoint.revision, checkpoint.folder.name)
"""
    environment = os.environ | {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["nvidia/some-VL", commit, commit]
    by_folder = resolve_checkpoint(str(snapshot))
    assert (by_folder.name, by_folder.revision) == ("nvidia/some-VL", commit)


def test_a_hub_id_is_fetched_once_a_process_and_without_code(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str | None, list[str], bool]] = []

    def snapshot_download(
        repo_id: str, *, revision: str | None, allow_patterns: list[str], local_files_only: bool
    ) -> str:
        """Stands in for the Hub, whose branch moves to a new commit at each look."""
        asked.append((repo_id, revision, allow_patterns, local_files_only))
        snapshot = tmp_path / "models--nvidia--moving-VL" / "snapshots" / f"{len(asked):040x}"
        shutil.copytree(folder, snapshot)
        return str(snapshot)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    first, second = (resolve_checkpoint("nvidia/moving-VL") for _ in range(2))
    assert first == second
    assert (first.name, first.revision) == ("nvidia/moving-VL", f"{1:040x}")
    assert resolve_checkpoint("nvidia/moving-VL", revision="v2", allow_download=False).revision == f"{2:040x}"
    data_files = ["*.json", "*.jinja", "*.safetensors", "*.txt"]
    assert asked == [
        ("nvidia/moving-VL", None, data_files, False),
        ("nvidia/moving-VL", "v2", data_files, True),
    ]


def refuse_connection(*_: object, **__: object) -> str:
    raise ConnectionError("no route\nto host")


def test_a_failed_download_is_one_sentence_with_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse_connection)
    with pytest.raises(
        EngineStartError, match=r"could not be fetched from the Hub \(no route\)\..*hf download"
    ):
        resolve_checkpoint("nvidia/absent-VL")


def test_hub_ids_and_snapshot_folders_are_told_from_other_names() -> None:
    assert is_hub_id(NVIDIA_FP8_MODEL)
    assert not any(map(is_hub_id, ["nvidia", "a/b/c", "./a", "a/../b", "a b/c", "https://x/y", "é/b"]))
    assert snapshot_identity(Path("models--a--b/snapshots/main")) is None
    assert snapshot_identity(Path("a/snapshots") / ("0" * 40)) is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineStartError, match=r"absent\.json.*cannot be read: No such file"):
        read_text(tmp_path / "absent.json", 10)
