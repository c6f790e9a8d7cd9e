import json
from pathlib import Path

import pytest
from PIL import Image

from nemotron_vl_integrations.cli import main
from tests.scripted_command import use_script, write_pdf, write_png


def test_out_writes_a_file_a_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "text", "text", "text")
    (tmp_path / "b").mkdir()
    first = write_pdf(tmp_path / "letter.pdf", "one", "two")
    second = write_png(tmp_path / "b" / "letter.png")
    out = tmp_path / "out"
    assert main(["read", str(first), str(second), "--out", str(out), "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in out.iterdir()) == [
        "letter-2.jsonl",
        "letter-2.txt",
        "letter.jsonl",
        "letter.txt",
    ]
    assert (out / "letter.txt").read_text() == "text\n\f\ntext\n"
    assert (out / "letter-2.txt").read_text() == "text\n"
    assert [json.loads(line)["page"] for line in (out / "letter.jsonl").read_text().splitlines()] == [1, 2]


def test_out_replaces_nothing_unasked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = use_script(monkeypatch, "new")
    arguments = ["read", str(write_png(tmp_path / "letter.png")), "--out", str(tmp_path)]
    (tmp_path / "letter.txt").write_text("old")
    assert main(arguments) == 2
    assert "exists already" in capsys.readouterr().err
    assert ((tmp_path / "letter.txt").read_text(), backend.starts) == ("old", 0)
    assert main([*arguments, "--overwrite"]) == 0
    assert (tmp_path / "letter.txt").read_text() == "new\n"


def test_out_never_writes_through_a_link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_script(monkeypatch, "new")
    target = tmp_path / "precious"
    target.write_text("old")
    out = tmp_path / "out"
    out.mkdir()
    for name in ("letter.txt", "letter.txt.part"):
        (out / name).symlink_to(target)
    arguments = ["read", str(write_png(tmp_path / "letter.png")), "--out", str(out), "--overwrite"]
    assert main(arguments) == 0
    assert target.read_text() == "old"
    assert (out / "letter.txt").read_text() == "new\n"


def test_a_document_that_cannot_be_opened_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_script(monkeypatch)
    assert main(["read", str(tmp_path / "missing.pdf"), "--out", str(tmp_path / "out")]) == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_tiles_writes_a_picture_of_each_page_and_says_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "one", "two")
    path = write_pdf(tmp_path / "letter.pdf", "one", "two")
    arguments = ["read", str(path), "--tiles", str(tmp_path / "tiles"), "--max-tiles", "4"]
    assert main(arguments) == 0
    names = sorted(path.name for path in (tmp_path / "tiles").iterdir())
    assert names == ["letter-page-1.tiles.png", "letter-page-2.tiles.png"]
    assert f"wrote: {tmp_path / 'tiles' / names[0]} and 1 more\n" in capsys.readouterr().err
    with Image.open(tmp_path / "tiles" / names[0]) as picture:
        assert picture.format == "PNG"
    assert main(arguments) == 2
