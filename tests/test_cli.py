import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nemotron_vl_integrations.backends.base import BackendInfo, Report
from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.cli import build_parser, main
from nemotron_vl_integrations.errors import EngineStartError, RequestTimeoutError
from tests.scripted_command import RUN, use_script, write_pdf, write_png

HEAVY = {
    "pydantic",
    "PIL",
    "numpy",
    "rich",
    "torch",
    "vllm",
    "tokenizers",
    "jinja2",
    "transformers",
    "pypdfium2",
}


def run_python(code: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, env=environment, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["read", "--help"], ["doctor", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = RUN.replace("sys.exit(main())", "main(); print(*sys.modules, file=sys.stderr)")
    done = run_python(code, *arguments)
    assert done.stdout.startswith((b"usage: nemotron-vl", b"nemotron-vl 0."))
    assert not HEAVY & set(done.stderr.decode().split())


@pytest.mark.parametrize("command", ["read", "ask", "extract", "ledger", "doctor"])
def test_help_names_the_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "exit codes:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["transcribe"],
        ["read"],
        ["read", "a.pdf", "--pages", "one"],
        ["read", "a.pdf", "--pages", "1;2"],
        ["read", "a.pdf", "--max-tiles", "13"],
        ["read", "a.pdf", "--js"],
        ["ask", "a.png"],
        ["ask", "a.png", "What?", "--page", "0"],
        ["extract", "a.pdf"],
        ["extract", "a.pdf", "--fields", "total,total"],
        ["extract", "a.pdf", "--fields", "a b"],
        ["extract", "a.pdf", "--fields", "a", "--schema", "b.json"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "usage: nemotron-vl" in output.err


@pytest.mark.parametrize("pages", ["1", "1-3,7", "5-", "-2", "1 - 3, 7"])
def test_page_ranges_are_taken(pages: str) -> None:
    assert build_parser().parse_args(["read", "a.pdf", f"--pages={pages}"]).pages == pages


def test_one_page_is_its_text_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "Dear Ms Hale")
    assert main(["read", str(write_png(tmp_path / "letter.png"))]) == 0
    assert capsys.readouterr().out == "Dear Ms Hale\n"


def test_several_pages_have_headings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "text", "text")
    path = write_pdf(tmp_path / "letter.pdf", "one", "two")
    assert main(["read", str(path), "--quiet"]) == 0
    assert capsys.readouterr().out == f"==> {path}, page 1 <==\ntext\n\n==> {path}, page 2 <==\ntext\n\n"


def test_json_is_one_object_a_page_in_one_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "text", "text")
    path = write_pdf(tmp_path / "letter.pdf", "one", "two", "three")
    assert main(["read", str(path), "--json", "--pages", "2-3"]) == 0
    pages = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(page["page"], page["status"], page["text"]) for page in pages] == [
        (2, "read", "text"),
        (3, "read", "text"),
    ]
    names = (
        "source page page_label status text tokens seconds grid confidence lowest_logprob repetition rotation"
        " attempts model reason image from_ledger"
    )
    assert " ".join(pages[0]) == names
    assert pages[0]["source"] == str(path)
    assert pages[0]["grid"]["tiles"] >= 1


def test_documents_come_in_the_order_they_were_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, *["text"] * 7)
    paths = [str(write_png(tmp_path / f"{number}.png", f"page {number}")) for number in range(7)]
    assert main(["read", *paths, "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["source"] for line in lines] == paths


def test_a_file_that_cannot_be_read_does_not_end_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "whole")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing more")
    whole = write_png(tmp_path / "whole.png")
    missing = tmp_path / "missing.png"
    assert main(["read", str(broken), str(missing), str(whole)]) == 1
    output = capsys.readouterr()
    assert output.out == f"==> {whole}, page 1 <==\nwhole\n\n"
    errors = [line for line in output.err.splitlines() if ": error: " in line]
    assert [str(name) in line for name, line in zip((broken, missing), errors, strict=True)] == [True, True]
    # In a long run they have scrolled away, so they are named again at the end.
    summary = [line.partition(": summary: ")[2] for line in output.err.splitlines() if ": summary: " in line]
    assert summary[0] == "1 page: 1 read; 2 documents not read"
    assert [str(name) in line for name, line in zip((broken, missing), summary[1:], strict=True)] == [
        True,
        True,
    ]


def test_a_page_that_fails_does_not_end_the_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, RequestTimeoutError("The request was not done in time."), "text")
    path = write_pdf(tmp_path / "letter.pdf", "one", "two")
    code = main(["read", str(path), "--json"])
    output = capsys.readouterr()
    statuses = [json.loads(line)["status"] for line in output.out.splitlines()]
    assert (code, sorted(statuses)) == (1, ["failed", "read"])
    assert "page 1: RequestTimeoutError: " in output.err or "page 2: RequestTimeoutError: " in output.err


def test_pages_that_took_more_than_one_attempt_are_named_at_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, ScriptedReply(text="Dear\nMs", finish_reason="length"), "Ms Hale,")
    path = write_png(tmp_path / "letter.png")
    assert main(["read", str(path)]) == 0
    output = capsys.readouterr()
    assert output.out == "Dear\nMs Hale,\n"
    summary = [line for line in output.err.splitlines() if ": summary: " in line]
    assert summary[0].endswith("1 page: 1 continued")
    assert f"{path}, page 1: continued. The text was longer than `max_tokens`" in summary[1]


def test_a_run_in_which_every_page_was_read_has_no_summary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "text")
    assert main(["read", str(write_png(tmp_path / "letter.png"))]) == 0
    assert "summary" not in capsys.readouterr().err


def test_a_second_run_with_a_ledger_starts_no_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, ledger = write_pdf(tmp_path / "letter.pdf", "one", "two"), str(tmp_path / "pages.ledger")
    use_script(monkeypatch, "first", "second")
    assert main(["read", str(path), "--json", "--ledger", ledger]) == 0
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    again = use_script(monkeypatch)
    assert main(["read", str(path), "--json", "--ledger", ledger]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert again.starts == 0
    assert [page["from_ledger"] for page in (*read, *found)] == [False, False, True, True]
    assert [page["text"] for page in found] == [page["text"] for page in read]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("https://example.com/a.pdf", "is an address"),
        (".", "is a folder, not a file. Name the files in it."),
        ("missing.pdf", "missing.pdf"),
        ("two\nlines.pdf", r"error: 'two\nlines.pdf' cannot be read"),
    ],
)
def test_what_is_no_file_is_told_before_the_engine_starts(
    name: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = use_script(monkeypatch)
    assert main(["read", name]) == 1
    output = capsys.readouterr()
    assert (output.out, backend.starts) == ("", 0)
    assert message in output.err
    assert "Traceback" not in output.err


def test_standard_input_is_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_script(monkeypatch, "from a pipe")
    with write_png(tmp_path / "letter.png").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert main(["read", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["source"] == "stdin"


def test_standard_input_can_be_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "-", "-"]) == 2
    assert "named twice" in capsys.readouterr().err


def test_a_mode_without_a_prompt_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = use_script(monkeypatch)
    assert main(["read", str(write_png(tmp_path / "letter.png")), "--mode", "tables"]) == 2
    assert backend.starts == 0
    assert "'markdown'" in capsys.readouterr().err


def test_a_wrong_variable_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEMOTRON_VL_MAX_TILES", "forty")
    assert main(["read", "a.pdf"]) == 2
    assert capsys.readouterr().err.startswith("nemotron-vl: error: `NEMOTRON_VL_MAX_TILES='forty'`")


def test_an_engine_that_does_not_start_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Unstartable(ScriptedBackend):
        async def start(self, report: Report) -> BackendInfo:
            raise EngineStartError("The card has too little memory.", hint="Close other programs.")

    use_script(monkeypatch, backend=Unstartable([]))
    assert main(["read", str(write_png(tmp_path / "letter.png"))]) == 3
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == "nemotron-vl: error: The card has too little memory. Close other programs."


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "a.pdf", "--password-file", "missing", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_passwords_come_from_a_file_and_never_from_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "one")
    passwords = tmp_path / "passwords"
    passwords.write_text("first\nsecond one\n")
    png = str(write_png(tmp_path / "letter.png"))
    assert main(["read", png, "--password-file", str(passwords)]) == 0
    assert main(["read", png, "--password-file", str(tmp_path / "missing")]) == 2
    assert "password file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "locale", [{"LANG": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_output_is_utf8_in_every_locale(locale: dict[str, str]) -> None:
    done = run_python(RUN, "read", "Prüfung.png", **locale)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "Prüfung.png".encode() in done.stderr


@pytest.mark.usefixtures("engine")
def test_the_real_engine_reads_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    receipt = Path(__file__).parent.parent / "samples" / "receipt.png"
    assert main(["read", str(receipt), "--json"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert (page["status"], page["reason"], page["model"]) == ("read", "", "nemotron-vl-demo")
    assert "Total 31.80" in page["text"].splitlines()
    assert page["confidence"] > 0.9
    assert page["tokens"]["prompt"] > page["grid"]["tiles"] * 256
