"""Runs the commands that README.md and the pages of docs/ show, one after the other, on the real engine."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.cli import main
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.page_result import PageResult
from scripts.markdown_pages import Block, split_commands
from tests.ledger_pages import SETTINGS
from tests.scripted_command import draw_page
from tests.test_docs import NAMES, ROOT, SHELL_LANGUAGES, read_page

SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": ["string", "null"], "maxLength": 20}},
    "required": ["total"],
}
MACHINES = frozenset({"seconds", "confidence", "lowest_logprob"})
"""What of a result depends on the machine."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A command as a page shows it, the lines below it, and the exit status that the page tells, if it does."""

    arguments: tuple[str, ...]
    lines: tuple[str, ...]
    status: int | None


def list_shown(block: Block) -> Iterator[Shown]:
    pieces = [piece.splitlines() for piece in f"\n{block.text}".split("\n$ ")[1:]]
    for number, (line, *output) in enumerate(pieces):
        after = pieces[number + 1] if number + 1 < len(pieces) else [""]
        status = int(after[1]) if after[0] == "echo $?" else None
        for command in split_commands(Block(block.line, "bash", line, None)):
            if command[0] == "nemotron-vl":
                yield Shown(command[1:], tuple(output), status)


def find_pages_with_commands() -> list[str]:
    return [name for name in NAMES if any(list_commands(name))]


def list_commands(name: str) -> Iterator[Shown]:
    for block in read_page(name).blocks:
        if block.language in SHELL_LANGUAGES and not block.not_run:
            yield from list_shown(block)


def lay_out_files(folder: Path) -> None:
    """Make what the commands name: samples, a scan of three pages, folders of scans, a ledger, a checkpoint."""
    (folder / "samples").symlink_to(ROOT / "samples")
    (folder / "NVIDIA-Nemotron-Nano-12B-v2-VL-FP8").symlink_to(resolve_checkpoint(DEMO_MODEL).folder)
    (folder / "invoice.json").write_text(json.dumps(SCHEMA))
    draw_page("Total: 31.80").save(folder / "receipt.png")
    pages = [draw_page("Dear Ms Hale,"), *[Image.new("RGB", (620, 400), "white")] * 2]
    for name in ("scan.pdf", "invoice.pdf", "scans/one.pdf", "archive/one.pdf"):
        (folder / name).parent.mkdir(exist_ok=True)
        pages[0].save(folder / name, save_all=True, append_images=pages[1:], resolution=100)
    with closing(Ledger(folder / "pages.ledger")) as ledger:
        page = PageResult(
            source="a.pdf", page=1, page_label="1", status="read", text="An invoice for Ms Hale"
        )
        ledger.record("ab" * 32, SETTINGS, page)


def expand(arguments: tuple[str, ...]) -> Iterator[str]:
    """Replace patterns by the files that fit, as a shell does."""
    for argument in arguments:
        yield from sorted(map(str, Path().glob(argument))) or [argument] if "*" in argument else [argument]


def says(output: str, line: str) -> bool:
    """Whether a line of a page is in what was written; a JSON object as far as it is the same everywhere."""
    if not line.startswith("{"):
        return line in output.splitlines()
    found = [json.loads(written) for written in output.splitlines() if written.startswith("{")]
    expected = json.loads(line)
    return any(
        [*one] == [*expected] and all(one[name] == expected[name] for name in one if name not in MACHINES)
        for one in found
    )


@pytest.mark.parametrize("name", find_pages_with_commands())
@pytest.mark.usefixtures("engine")
def test_commands_do_what_the_page_shows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    for shown in list_commands(name):
        command = " ".join(shown.arguments)
        status = main([*expand(shown.arguments)])
        output = capsys.readouterr()
        # What the doctor finds is up to the machine.
        healthy = shown.arguments[0] == "doctor" and status in (0, 1)
        assert status == (shown.status or 0) or healthy, f"{name}: {command}\n{output.err}"
        for line in shown.lines:
            if shown.arguments[0] != "doctor" and not line.startswith("nemotron-vl: note:"):
                assert says(output.out + output.err, line), f"{name}: {command}: {line}"
