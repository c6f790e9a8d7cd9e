"""The command line where something around it is missing: an engine not needed, a full disk, a closed stream."""

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nemotron_vl_integrations.backends.scripted import ScriptedReply
from nemotron_vl_integrations.cli import main
from nemotron_vl_integrations.cli.outputs import DocumentFiles, OutputPlan
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.report import ReportWriter
from tests.scripted_command import RUN, use_script, write_pdf, write_png


@contextmanager
def full_disk(file_bytes: int) -> Generator[None]:
    """Lets no file of this process grow beyond `file_bytes`, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def page(number: int, text: str) -> PageResult:
    return PageResult(source="a.pdf", page=number, page_label=str(number), status="read", text=text)


def test_a_full_disk_is_named_with_the_file_and_keeps_what_was_written(tmp_path: Path) -> None:
    files = DocumentFiles(OutputPlan(tmp_path, "a", (".txt",)))
    files.add(page(1, "first"))
    with full_disk(100):
        with pytest.raises(OSError, match=r"a\.txt\.part") as caught:
            files.add(page(2, "x" * 1000))
        assert caught.value.errno == errno.EFBIG
        assert files.abandon() == (tmp_path / "a.txt.part",)
    assert (tmp_path / "a.txt.part").read_text().startswith("first")


def test_a_full_disk_leaves_no_empty_file(tmp_path: Path) -> None:
    files = DocumentFiles(OutputPlan(tmp_path, "a", (".txt", ".jsonl")))
    with full_disk(0):
        with pytest.raises(OSError, match=r"a\.txt\.part"):
            files.add(page(1, "text"))
        assert files.abandon() == ()
    assert list(tmp_path.iterdir()) == []


def test_an_end_that_cannot_be_written_leaves_the_file_marked_as_part(tmp_path: Path) -> None:
    files = DocumentFiles(OutputPlan(tmp_path, "a", (".txt",)))
    files.add(page(1, "1234"))
    with full_disk(4):
        with pytest.raises(OSError, match=r"a\.txt\.part"):
            files.finish()
        assert files.abandon() == (tmp_path / "a.txt.part",)
    assert not (tmp_path / "a.txt").exists()


def test_a_report_that_a_full_disk_does_not_take_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    report = ReportWriter(tmp_path / "report.html")
    report.add(page(1, "x" * 1000))
    with full_disk(100):
        with pytest.raises(OSError, match=r"report\.html"):
            report.finish()
        with pytest.raises(OSError, match=r"report\.html"):
            report.abandon()
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_fails_is_one_warning_that_no_name_can_spoil(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, *["text"] * 8)
    paths = [str(write_png(tmp_path / f"{number}.png", f"page {number}")) for number in range(8)]
    ledger = tmp_path / "pages\x1b[2J.ledger"
    with Ledger(ledger):
        pass
    with full_disk(ledger.stat().st_size):
        assert main(["read", *paths, "--json", "--ledger", str(ledger)]) == 0
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 8
    (warning,) = [line for line in output.err.splitlines() if "note:" not in line]
    assert warning.startswith("nemotron-vl: warning: Pages are read on without the ledger.")
    assert "\x1b" not in warning


@pytest.mark.parametrize("option", ["--out", "--tiles"])
def test_a_folder_that_takes_no_files_is_told_before_anything_is_read(
    option: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = use_script(monkeypatch)
    assert main(["read", str(write_png(tmp_path / "a.png")), option, "/proc"]) == 2
    assert "Nothing can be written in the folder '/proc'" in capsys.readouterr().err
    assert backend.starts == 0


def run_shell(line: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["sh", "-c", f'"$0" -c "$1" {line}', sys.executable, RUN, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_standard_output_on_a_full_disk_is_named() -> None:
    done = run_shell("doctor --json >/dev/full")
    assert done.returncode == 1
    assert done.stderr == "nemotron-vl: error: No space left on device: 'standard output'.\n"


def test_a_closed_standard_output_is_named() -> None:
    for command in ("doctor", "doctor --json"):
        done = run_shell(f"{command} >&-")
        assert (done.returncode, done.stderr) == (1, "nemotron-vl: error: It is closed: 'standard output'.\n")


def test_a_closed_standard_input_is_wrong_usage() -> None:
    done = run_shell("read - <&-")
    assert done.returncode == 2
    assert done.stderr.startswith("nemotron-vl: error: Standard input (-) is closed.")


def test_a_closed_standard_error_is_no_fault() -> None:
    assert run_shell("doctor --json 2>&-").stdout.startswith("[")
    assert run_shell("read missing.pdf 2>&-").returncode == 1


def test_a_pipe_in_place_of_a_file_is_told_about_standard_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch)
    os.mkfifo(tmp_path / "pipe")
    assert main(["read", str(tmp_path / "pipe")]) == 1
    assert "`-` reads standard input" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", "PNG", " "], "The question ' ' is empty"),
        (["read", "PNG", "--retry-failed"], "Name it with --ledger"),
        (["read", "PNG", "--keep-images", "all"], "Name one with --images"),
        (["ask", *["PNG"] * 5, "Which?"], "5 images are named, and 4 go into one question. Name fewer"),
        (["ask", "missing.png", "Which?"], "'missing.png' cannot be read"),
        (["extract", "missing.png", "--fields", "total"], "'missing.png' cannot be read"),
        (["extract", "PDF", "--fields", "total", "--pages", "3"], "Page 3 in '3' does not exist"),
        (["extract", "PDF", "--schema", "SCHEMA"], "The schema uses 'not' at #/properties/a"),
    ],
)
def test_what_is_wrong_is_told_before_the_engine_starts(
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    backend = use_script(monkeypatch)
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object", "properties": {"a": {"not": {}}}}')
    names = {
        "PNG": str(write_png(tmp_path / "a.png")),
        "PDF": str(write_pdf(tmp_path / "a.pdf", "one", "two")),
        "SCHEMA": str(schema),
    }
    assert main([names.get(argument, argument) for argument in arguments]) in (1, 2)
    assert message in capsys.readouterr().err
    assert backend.starts == 0


def test_an_empty_answer_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, ScriptedReply(text="thoughts</think>\n"))
    assert main(["ask", str(write_png(tmp_path / "a.png")), "Which?", "--think"]) == 0
    output = capsys.readouterr()
    assert output.out == "\n"
    assert "nemotron-vl: warning: the answer is empty" in output.err


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "read the text of documents" in output.err


def test_the_help_of_a_command_explains_its_own_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    for command, told in (("read", False), ("doctor", True)):
        assert main([command, "--help"]) == 0
        assert ("for doctor: something must be fixed" in capsys.readouterr().out) is told


def test_a_terminal_that_is_closed_ends_the_command_in_order(tmp_path: Path) -> None:
    script = f"""
import os, signal, sys
from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from functools import partial
from nemotron_vl_integrations.cli import main, session
from nemotron_vl_integrations.engine import Engine

class HungUp(ScriptedBackend):
    async def start(self, report):
        os.close(2)
        os.kill(os.getpid(), {signal.SIGHUP:d})
        return await super().start(report)

# Whoever started the tests may have had it ignored, as `nohup` does.
signal.signal({signal.SIGHUP:d}, signal.SIG_DFL)
session.Engine = partial(Engine, backend=HungUp(["text"] * 9))
code = main(["read", {str(write_png(tmp_path / "a.png"))!r}])
os.write(1, b"in order")
os._exit(code)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (128 + signal.SIGHUP, b"in order")
