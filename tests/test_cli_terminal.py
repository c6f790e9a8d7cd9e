import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemotron_vl_integrations.cli.terminal import clean_text, dump_json, one_line
from tests.scripted_command import write_pdf, write_png

SCRIPTED = """
import sys
from functools import partial
from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.cli import main, session
from nemotron_vl_integrations.engine import Engine
session.Engine = partial(Engine, backend=ScriptedBackend([sys.argv.pop(1)]))
sys.exit(main())
"""
# Text enough for the few control characters in it not to spoil the page.
PROSE = "Thank you for the letter that reached us on the fourth of May. " * 4
HOSTILE = PROSE + "before\x1b]0;title\x07\x1b[2J\x9b31m\tafter"


def run_on_terminal(*arguments: str, stdout_too: bool = False, **variables: str) -> tuple[int, str, str]:
    """Runs the command with a terminal as standard error; returns code, piped output, what the terminal got."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", **variables}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPTED, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=slave if stdout_too else subprocess.PIPE,
        stderr=slave,
        env=environment,
    ) as process:
        os.close(slave)
        shown = b"".join(iter(lambda: read_terminal(master), b""))
        piped = b"" if process.stdout is None else process.stdout.read()
    os.close(master)
    return process.returncode, piped.decode(), shown.decode()


def read_terminal(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # Linux ends a terminal that nobody writes to any more with EIO.
        return b""


def test_a_terminal_shows_progress_and_the_pipe_gets_the_text_alone(tmp_path: Path) -> None:
    path = write_png(tmp_path / "letter.png")
    code, piped, shown = run_on_terminal("Dear Ms Hale", "read", str(path))
    assert (code, piped) == (0, "Dear Ms Hale\n")
    assert "Replaying a script" in shown
    assert "0/1 page" in shown
    assert shown.rstrip("\r\n").endswith("\x1b[2K")  # The line is erased in the end.


def test_the_document_is_named_again_once_the_engine_has_started(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "letters.pdf", "one", "")
    _, _, shown = run_on_terminal("Dear Ms Hale", "read", str(path), COLUMNS="120")
    plain = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", shown)
    lines = re.findall(r"[^\r\n]*1/2 pages", plain)
    assert lines
    assert all("letters.pdf" in line for line in lines)


def test_quiet_shows_no_progress(tmp_path: Path) -> None:
    path = write_png(tmp_path / "letter.png")
    assert run_on_terminal("text", "read", str(path), "--quiet") == (0, "text\n", "")


def test_no_color_switches_colours_off(tmp_path: Path) -> None:
    path = write_png(tmp_path / "letter.png")
    colours = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    assert colours.search(run_on_terminal("text", "read", str(path))[2])
    assert not colours.search(run_on_terminal("text", "read", str(path), NO_COLOR="1")[2])
    assert "\x1b[32mok" in run_on_terminal("", "doctor", stdout_too=True)[2]
    assert "\x1b[32mok" not in run_on_terminal("", "doctor", stdout_too=True, NO_COLOR="1")[2]


def test_escapes_of_a_page_and_of_a_file_name_never_reach_the_terminal(tmp_path: Path) -> None:
    path = write_png(tmp_path / "evil\x1b]0;title\x07\x1b[2J.png")
    arguments = (HOSTILE, "read", str(path), str(tmp_path / "miss\x1b[2Jing.png"))
    code, _, shown = run_on_terminal(*arguments, stdout_too=True)
    assert code == 1
    assert "before]0;title[2J31m\tafter" in shown
    assert not [escape for escape in ("\x1b]", "\x1b[2J", "\x07", "\x9b") if escape in shown]


def test_a_pipe_gets_the_text_as_it_was_read(tmp_path: Path) -> None:
    path = write_png(tmp_path / "letter.png")
    assert run_on_terminal(HOSTILE, "read", str(path))[1] == HOSTILE + "\n"


def test_json_is_harmless_on_a_terminal_and_whole(tmp_path: Path) -> None:
    path = write_png(tmp_path / "letter.png")
    _, piped, _ = run_on_terminal(HOSTILE, "read", str(path), "--json")
    assert not set("\x1b\x07\x9b") & set(piped)
    assert json.loads(piped)["text"] == HOSTILE


@given(st.text())
def test_a_line_is_one_line_without_controls(text: str) -> None:
    line = one_line(text)
    assert line.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)
    assert len(line.splitlines()) <= 1
    line.encode("utf-8")


@given(st.text())
def test_cleaning_keeps_everything_that_is_no_control_character(text: str) -> None:
    cleaned = clean_text(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", cleaned)
    assert [c for c in text if c in "\t\n" or not (ord(c) < 32 or 127 <= ord(c) < 160)] == list(cleaned)


@given(st.dictionaries(st.text(), st.text()))
def test_json_reads_back_and_holds_no_control_characters(value: dict[str, str]) -> None:
    text = dump_json(dict(value))
    assert json.loads(text) == value
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", text)
    text.encode("utf-8")


@pytest.mark.parametrize("kind", ["read", "doctor"])
def test_a_dumb_terminal_gets_no_escapes(kind: str, tmp_path: Path) -> None:
    arguments = {"read": ("read", str(write_png(tmp_path / "letter.png"))), "doctor": ("doctor",)}[kind]
    assert "\x1b[3" not in run_on_terminal("text", *arguments, stdout_too=True, TERM="dumb")[2]
