"""Runs what README.md and the pages of docs/ show: Python blocks, commands, links."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nemotron_vl_integrations.cli import build_parser
from scripts.markdown_pages import MarkdownPage, find_anchors, find_links, parse_page, split_commands

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]
SHELL_LANGUAGES = frozenset({"console", "bash", "sh", "shell"})


def read_page(name: str) -> MarkdownPage:
    return parse_page((ROOT / name).read_text(encoding="utf-8"))


def list_commands(page: MarkdownPage, program: str) -> Iterator[tuple[str, ...]]:
    for block in page.blocks:
        if block.language in SHELL_LANGUAGES:
            for command in split_commands(block):
                if Path(command[0]).name == program:
                    yield command[1:]


def find_pages_with_python() -> list[str]:
    return [
        name
        for name in NAMES
        if any(b.language == "python" and not b.not_run for b in read_page(name).blocks)
    ]


@pytest.mark.parametrize("name", find_pages_with_python())
@pytest.mark.usefixtures("engine")
def test_python_blocks_run_in_order(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "docs"}
    for block in read_page(name).blocks:
        if block.language == "python" and not block.not_run:
            source = "\n" * block.line + block.text
            exec(compile(source, str(ROOT / name), "exec"), namespace)


@pytest.mark.parametrize("name", NAMES)
def test_commands_shown_are_accepted_by_the_command_line(name: str) -> None:
    parser = build_parser()
    for arguments in list_commands(read_page(name), "nemotron-vl"):
        try:
            parser.parse_args(arguments)
        except SystemExit as stop:
            assert not stop.code, f"{name}: nemotron-vl {' '.join(arguments)}"


def test_documents_in_the_commands_of_the_landing_page_are_there() -> None:
    shown = {
        word
        for arguments in list_commands(read_page("README.md"), "nemotron-vl")
        for word in arguments
        if Path(word).suffix in {".pdf", ".png"}
    }
    assert shown
    assert [word for word in sorted(shown) if not list(ROOT.glob(word))] == []


@pytest.mark.parametrize("name", NAMES)
def test_make_targets_shown_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {
        word for command in list_commands(read_page(name), "make") for word in command if "=" not in word
    }
    assert shown <= targets


@pytest.mark.parametrize("name", NAMES)
def test_extras_shown_exist(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / name).read_text(encoding="utf-8")
    shown = {
        extra.strip()
        for group in re.findall(r"(?:nemotron-vl-integrations|\"\.)\[([\w, -]+)\]", text)
        for extra in group.split(",")
    }
    assert shown <= set(project["optional-dependencies"])


@pytest.mark.parametrize("name", NAMES)
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    page_path = ROOT / name
    for link in find_links(read_page(name)):
        place, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", place):
            continue
        target = (page_path.parent / place) if place else page_path
        assert target.exists(), f"{name}: {link}"
        if anchor:
            assert anchor in set(find_anchors(parse_page(target.read_text(encoding="utf-8")))), (
                f"{name}: {link}"
            )


@pytest.mark.parametrize("name", NAMES)
def test_every_block_names_its_language(name: str) -> None:
    assert [block.line for block in read_page(name).blocks if not block.language] == []
