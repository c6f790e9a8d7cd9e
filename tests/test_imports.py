"""What importing loads, and what it says where something is not installed."""

import subprocess
import sys

import pytest

from nemotron_vl_integrations import vllm_build
from nemotron_vl_integrations.errors import MissingExtraError

HEAVY = {
    "numpy",
    "PIL",
    "pydantic",
    "torch",
    "vllm",
    "transformers",
    "langchain_core",
    "llama_index",
    "asyncio",
}


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = run_python("import sys, nemotron_vl_integrations; print(*sys.modules)")
    assert not HEAVY & set(loaded.split())


def test_every_public_name_can_be_imported() -> None:
    assert (
        run_python("from nemotron_vl_integrations import *; print(read_document.__name__)")
        == "read_document\n"
    )


@pytest.mark.parametrize(
    ("module", "extra", "use"),
    [
        ("langchain_core", "langchain", "import nemotron_vl_integrations.langchain"),
        ("llama_index.core", "llama-index", "import nemotron_vl_integrations.llama_index"),
        ("mcp", "mcp", "import nemotron_vl_integrations.mcp_server"),
        (
            "httpcore",
            "urls",
            "import asyncio; from nemotron_vl_integrations.guarded_sources import UrlPolicy, fetch_url; "
            "asyncio.run(fetch_url('https://example.com/a.png', UrlPolicy(hosts=('example.com',))))",
        ),
    ],
)
def test_a_missing_extra_is_an_error_with_the_command_that_installs_it(
    module: str, extra: str, use: str
) -> None:
    code = f"""
import sys
sys.modules[{module!r}] = None
from nemotron_vl_integrations.errors import MissingExtraError
try:
    exec({use!r})
except MissingExtraError as error:
    print(error)
"""
    assert f'pip install "nemotron-vl-integrations[{extra}]"' in run_python(code)


def test_without_vllm_both_commands_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm_build, "find_vllm", lambda: None)
    with pytest.raises(MissingExtraError) as caught:
        vllm_build.require_vllm()
    assert 'pip install "nemotron-vl-integrations[vllm]"' in str(caught.value)
    assert 'uv pip install --torch-backend cpu "nemotron-vl-integrations[cpu]"' in str(caught.value)
