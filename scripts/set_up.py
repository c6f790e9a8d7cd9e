"""Makes `.venv` with everything that the CPU engine, the tests and the checks need.

Run by `make setup`. Only the standard library is needed; a second run with nothing changed ends at once.
"""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "set-up.json"
EXTRAS = "cpu,dev,notebooks,heic,langchain,llama-index,mcp,urls"
# The CPU build alone carries this version: a GPU build of several GB can never satisfy it.
TORCH = "torch==2.13.0+cpu"
OPERATORS = ROOT / "nemotron_vl_integrations" / "torchvision_operators.py"
# uv reads none of pip's settings, so those that say where packages come from are handed on.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
}


def describe_state() -> dict[str, str]:
    """Everything whose change makes another set-up necessary."""
    sources = hashlib.sha256()
    for path in (ROOT / "pyproject.toml", Path(__file__), OPERATORS):
        sources.update(path.read_bytes())
    return {"root": str(ROOT), "python": sys.version, "sources": sources.hexdigest()}


def read_stamp() -> dict[str, str]:
    """The state that the last finished set-up left, or nothing."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def parse_pip_settings(listing: str) -> dict[str, str]:
    r"""Reads the lines of `pip config list`; the environment wins over files, as in pip.

    >>> parse_pip_settings("global.find-links='/a'\n:env:.find-links='/b'\ninstall.cert='/c'")
    {'find-links': '/b', 'cert': '/c'}
    """
    rank = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in rank and rank[section] >= found.get(option, (0, ""))[0]:
            found[option] = (rank[section], str(ast.literal_eval(value)))
    return {option: value for option, (_, value) in found.items()}


def translate_pip_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """The same package sources as environment variables of uv.

    >>> translate_pip_settings({"find-links": "/wheels /more", "extra-index-url": "file:///i"})
    {'UV_FIND_LINKS': '/wheels,/more', 'UV_INDEX': 'file:///i', 'UV_INDEX_STRATEGY': 'unsafe-best-match'}
    """
    variables = {UV_NAMES[option]: value for option, value in settings.items() if option in UV_NAMES}
    if "UV_FIND_LINKS" in variables:
        variables["UV_FIND_LINKS"] = ",".join(variables["UV_FIND_LINKS"].split())
    if "UV_INDEX" in variables:
        variables["UV_INDEX"] = " ".join(variables["UV_INDEX"].split())
        # pip takes the best version of all its indexes, uv by default the first index that knows the name.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return variables


def find_torch_wheel(find_links: str) -> Path | None:
    """The CPU build of torch for this Python in the first of the given folders that has it."""
    name = f"{TORCH.replace('==', '-')}-cp{sys.version_info.major}{sys.version_info.minor}-*.whl"
    for place in find_links.split(","):
        for wheel in sorted(Path(place.removeprefix("file://")).glob(name)) if place else ():
            return wheel
    return None


def run(*command: str | Path, variables: Mapping[str, str] = os.environ, hint: str = "") -> None:
    """Runs a command in the project's folder and ends the set-up where it fails."""
    finished = subprocess.run(command, cwd=ROOT, env=variables, check=False)
    if finished.returncode:
        words = " ".join(str(word) for word in command)
        status = finished.returncode
        sys.exit(f"set-up: this command failed with exit status {status}:\n  {words}\n{hint}".rstrip())


def make_environment(previous: Mapping[str, str], state: Mapping[str, str]) -> None:
    """Makes an empty `.venv` with uv in it; one of another Python or another folder is made anew."""
    if any(previous.get(key) != state[key] for key in ("root", "python")):
        shutil.rmtree(VENV, ignore_errors=True)
    STAMP.unlink(missing_ok=True)
    if not PYTHON.exists():
        print(f"set-up: making .venv with Python {sys.version.split()[0]}", flush=True)
        run(sys.executable, "-m", "venv", VENV)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv>=0.8,<1")


def install_packages() -> None:
    """Installs the project with uv, which alone can join its extras (see `tool.uv` in pyproject.toml)."""
    command = (PYTHON, "-m", "pip", "config", "list")
    listing = subprocess.run(command, capture_output=True, text=True, check=True)
    settings = translate_pip_settings(parse_pip_settings(listing.stdout))
    variables = {**settings, **os.environ, "VIRTUAL_ENV": str(VENV)}
    wheel = find_torch_wheel(variables.get("UV_FIND_LINKS", ""))
    source = () if wheel else ("--torch-backend", "cpu")
    place = wheel.parent if wheel else "PyTorch's own index of CPU builds"
    hint = f"Where that index is out of reach, name a folder with the wheel of {TORCH} in PIP_FIND_LINKS."
    print(f"set-up: installing the project with the extras {EXTRAS}; torch from {place}", flush=True)
    quiet = () if sys.stderr.isatty() else ("--quiet",)
    uv = VENV / "bin" / "uv"
    packages = ("--editable", f".[{EXTRAS}]", TORCH)
    run(uv, "pip", "install", *quiet, *source, *packages, variables=variables, hint="" if wheel else hint)


def separate_shared_data() -> None:
    """Gives the NLTK data of LlamaIndex files of their own, without which LlamaIndex cannot split sentences.

    NLTK refuses a file that has several names, and uv links packages to its cache.
    """
    for path in VENV.glob("lib/python*/site-packages/llama_index/core/_static/nltk_cache/**/*"):
        if path.is_file() and path.stat().st_nlink > 1:
            copy = path.with_name(f"{path.name}.copy")
            shutil.copyfile(path, copy)
            copy.replace(path)


def main() -> None:
    """Brings `.venv` up to date."""
    if not (3, 11) <= sys.version_info < (3, 14):
        version = sys.version.split()[0]
        sys.exit(f"set-up: Python 3.11, 3.12 or 3.13 is needed, not {version}: make setup PYTHON=python3.11")
    begin = time.monotonic()
    state, previous = describe_state(), read_stamp()
    if state == previous and PYTHON.exists():
        return
    make_environment(previous, state)
    install_packages()
    separate_shared_data()
    run(PYTHON, "-m", "nemotron_vl_integrations.torchvision_operators")
    STAMP.write_text(json.dumps(state))
    print(f"set-up: ready in {time.monotonic() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
