import json
import os
import subprocess
import sys
from pathlib import Path
from typing import cast, get_args

import pytest

from nemotron_vl_integrations.cli import main, parser
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.page_result import PageResult, PageStatus
from tests.ledger_pages import FILE, IMAGE, OTHER_FILE, SETTINGS, make_page
from tests.scripted_command import RUN

HOSTILE = "evil\x1b]0;title\x07\x1b[2J\x9b31m\u2028name"


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = tmp_path / "pages.ledger"
    failed = PageResult(
        source="scans/b.pdf",
        page=2,
        page_label="iv",
        status="failed",
        text="the first lines",
        reason="A loop at 3 attempts.",
    )
    with Ledger(path) as ledger:
        ledger.record(FILE, SETTINGS, make_page(1), image_sha256=IMAGE, file_size=7)
        ledger.record(FILE, SETTINGS, make_page(2, "Größe: 北京市\x1b[2J"))
        ledger.record(OTHER_FILE, SETTINGS, failed)
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    code = main(["ledger", *arguments])
    output = capsys.readouterr()
    return code, output.out.splitlines(), output.err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    code, lines, _ = run(capsys, *arguments)
    assert code == 0
    return [cast("dict[str, object]", json.loads(line)) for line in lines]


def test_ls_shows_a_line_a_page_and_counts_them(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "ls", path) == (
        0,
        [
            "read            1        letter.pdf",
            "read            2        letter.pdf",
            "failed          2        scans/b.pdf (page iv): A loop at 3 attempts.",
            "3 pages: 2 read, 1 failed",
        ],
        "",
    )
    assert run(capsys, "ls", path, "--status", "blank")[1] == ["0 pages"]
    assert run(capsys, "failed", path)[1][1:] == ["1 page: 1 failed"]


def test_ls_gives_programs_all_but_the_texts(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    pages = run_json(capsys, "ls", path, "--json")
    assert [page["page"] for page in pages] == [1, 2, 2]
    assert "text" not in pages[0]
    assert (pages[0]["file_sha256"], pages[0]["image_sha256"], pages[0]["file_size"]) == (FILE, IMAGE, 7)
    assert [page["reason"] for page in run_json(capsys, "failed", path, "--json")] == [
        "A loop at 3 attempts."
    ]


def test_export_writes_every_text(path: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pages = run_json(capsys, "export", path)
    assert [page["text"] for page in pages] == ["Dear Ms Hale,", "Größe: 北京市\x1b[2J", "the first lines"]
    assert run_json(capsys, "export", path, "--jsonl") == pages
    assert run(capsys, "export", path, "--text")[1][:3] == ["==> letter.pdf, page 1 <==", "Dear Ms Hale,", ""]
    out = tmp_path / "texts.jsonl"
    assert run(capsys, "export", path, "--out", str(out)) == (0, [], f"nemotron-vl: wrote: {out}\n")
    assert [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] == pages
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pages.ledger", "texts.jsonl"]


def test_export_replaces_a_file_only_if_told_and_never_the_ledger(
    path: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.write_text("kept")
    assert run(capsys, "export", path, "--out", str(out))[0] == 2
    assert out.read_text() == "kept"
    assert run(capsys, "export", path, "--out", str(out), "--text", "--overwrite")[0] == 0
    assert out.read_text(encoding="utf-8").startswith("==> letter.pdf")
    assert run(capsys, "export", path, "--out", path, "--overwrite")[0] == 2
    assert run(capsys, "ls", path)[1][-1] == "3 pages: 2 read, 1 failed"


def test_find_shows_where_the_words_stand(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "find", path, "hale DEAR") == (0, ["letter.pdf, page 1: [Dear] Ms [Hale],"], "")
    assert run(capsys, "find", path, "lines")[1] == ["scans/b.pdf, page iv: the first [lines]"]
    assert run(capsys, "find", path, "nowhere") == (0, [], "")
    (hit,) = run_json(capsys, "find", path, "京市", "--json", "--limit", "1")
    assert (hit["source"], hit["page"], hit["rank"], hit["matches"]) == ("letter.pdf", 2, 1, [[8, 10]])


def test_a_ledger_that_is_missing_or_none_ends_with_1_and_nothing_is_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "damaged").write_text("damaged " * 1000)
    for name, message in {
        "missing": "There is no ledger",
        "damaged": "is damaged",
        ".": "is a folder",
    }.items():
        code, lines, errors = run(capsys, "ls", str(tmp_path / name))
        assert (code, lines) == (1, [])
        assert errors.startswith("nemotron-vl: error: ")
        assert message in errors
    assert [file.name for file in tmp_path.iterdir()] == ["damaged"]


@pytest.mark.parametrize(
    "arguments",
    [[], ["ls"], ["ls", "a", "--status", "ok"], ["find", "a"], ["find", "a", "b", "--limit", "0"], ["mend", "a"],
     ["export", "a", "--text", "--jsonl"]],
)  # fmt: skip
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, *arguments)[0] == 2


def test_too_many_hits_are_refused(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "find", path, "x", "--limit", "10001")[0] == 2


def test_debug_shows_the_traceback_wherever_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing")
    for arguments in (["ls", missing, "--debug"], ["--debug", "ls", missing]):
        assert "Traceback" in run(capsys, *arguments)[2]
    assert "Traceback" not in run(capsys, "ls", missing)[2]


def test_statuses_of_the_command_line_are_those_of_a_page() -> None:
    assert get_args(PageStatus) == parser._STATUSES  # pyright: ignore[reportPrivateUsage] - compared, not used


def test_control_characters_of_strangers_reach_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    page = PageResult(
        source=HOSTILE, page=1, page_label=HOSTILE, status="failed", text=f"found {HOSTILE}", reason=HOSTILE
    )
    with Ledger(path) as ledger:
        ledger.record(FILE, SETTINGS, page)
    for arguments in (
        ["ls"],
        ["failed"],
        ["export", "--text"],
        ["export"],
        ["find", "found"],
        ["ls", "--json"],
    ):
        shown = run_on_terminal("ledger", arguments[0], str(path), *arguments[1:])
        shown = shown.replace("\x1b[1mfound\x1b[0m", "found")
        assert "evil" in shown
        assert not set(shown) & {"\x1b", "\x07", "\x9b"}, arguments
        if arguments != ["export", "--text"]:
            assert "\u2028" not in shown


def run_on_terminal(*arguments: str) -> str:
    """Runs the command with a terminal as standard output; returns what that got."""
    master, slave = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([sys.executable, "-c", RUN, *arguments], stdout=slave, env=environment) as process:
        os.close(slave)
        shown = bytearray()
        while piece := read_terminal(master):
            shown += piece
    os.close(master)
    assert process.returncode == 0
    return shown.decode()


def read_terminal(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # Linux ends a terminal that nobody writes to any more with EIO.
        return b""


def test_a_terminal_shows_matches_in_bold(path: str) -> None:
    assert (
        run_on_terminal("ledger", "find", path, "hale")
        == "letter.pdf, page 1: Dear Ms \x1b[1mHale\x1b[0m,\r\n"
    )


def test_help_of_ledger_loads_nothing_heavy() -> None:
    code = RUN.replace("sys.exit(main())", "main(); print(*sys.modules, file=sys.stderr)")
    for arguments in (["ledger", "--help"], ["ledger", "find", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
        )
        assert done.stdout.startswith("usage: nemotron-vl ledger")
        assert "exit codes:" in done.stdout
        assert not {"sqlite3", "PIL", "numpy", "torch", "vllm", "rich"} & set(done.stderr.split())
