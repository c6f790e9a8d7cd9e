"""`nemotron-vl read --mode json`, and the pictures that a run keeps."""

import json
from pathlib import Path

import pytest

from nemotron_vl_integrations.backends.scripted import ScriptedReply
from nemotron_vl_integrations.cli import main
from tests.scripted_command import use_script, write_pdf, write_png

CUT = ScriptedReply(text='{"total": "4', finish_reason="length")


def test_each_page_is_an_object(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = use_script(monkeypatch, '{"total":"42","date":null}')
    page = str(write_png(tmp_path / "receipt.png"))
    assert main(["read", page, "--mode", "json", "--fields", "total,date"]) == 0
    assert json.loads(capsys.readouterr().out) == {"total": "42", "date": None}
    assert "- total (string or null)" in backend.prompts[0].text


def test_a_document_is_a_list_with_null_for_a_page_without_an_object(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, *[CUT] * 9, '{"total":"42"}')
    schema = tmp_path / "total.json"
    schema.write_text('{"type": "object", "properties": {"total": {"type": "string"}}}')
    document = write_pdf(tmp_path / "receipts.pdf", "one", "two")
    monkeypatch.setenv("NEMOTRON_VL_MAX_TILES", "2")
    arguments = ["read", str(document), "--mode", "json", "--schema", str(schema), "--json"]
    assert main([*arguments, "--pages", "1", "--out", str(tmp_path / "failed")]) == 1
    assert json.loads((tmp_path / "failed" / "receipts.json").read_text()) == [None]
    use_script(monkeypatch, '{"total":"42"}', '{"total":"42"}')
    assert main([*arguments, "--out", str(tmp_path / "whole")]) == 0
    assert json.loads((tmp_path / "whole" / "receipts.json").read_text()) == [{"total": "42"}] * 2
    lines = (tmp_path / "whole" / "receipts.jsonl").read_text().splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["read", "read"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [["--mode", "json"], ["--fields", "total"], ["--mode", "markdown", "--fields", "total"]],
)
def test_a_schema_and_the_mode_json_need_each_other(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = use_script(monkeypatch)
    assert main(["read", str(write_png(tmp_path / "receipt.png")), *arguments]) == 2
    assert "mode" in capsys.readouterr().err
    assert backend.starts == 0


def test_pictures_of_pages_are_kept_where_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "text")
    page = str(write_png(tmp_path / "letter.png"))
    arguments = ["read", page, "--json", "--images", str(tmp_path / "kept")]
    assert main([*arguments, "--keep-images", "all"]) == 0
    kept = json.loads(capsys.readouterr().out)["image"]
    assert Path(kept).read_bytes().startswith(b"\xff\xd8")
    use_script(monkeypatch, "text")
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["image"] is None
