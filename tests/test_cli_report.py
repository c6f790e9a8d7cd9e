"""`nemotron-vl read --report`: from documents to the report."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.cli import main
from nemotron_vl_integrations.errors import EngineError, EngineStartError, InvalidRequestError
from nemotron_vl_integrations.orientation import turn_image
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.pipeline import ReadingRun
from tests.paged_script import draw_text, open_script
from tests.report_outline import read_report
from tests.scripted_command import use_script, write_pdf, write_png

TEXT = "Dear Ms Hale, thank you for the letter of March"


class UprightOnly(ScriptedBackend):
    """Reads a page, or a piece of one, whose lines lie level, and nothing of any other."""

    def _next_step(self) -> ScriptedReply:
        level = has_level_lines(self.prompts[-1].images[0])
        return ScriptedReply(text=TEXT) if level else ScriptedReply(text="D ea r", logprob=-3.0)


def has_level_lines(image: Image.Image) -> bool:
    grey = image.convert("L")
    rows, columns = (ImageStat.Stat(grey.resize(size)).stddev[0] for size in ((1, 256), (256, 1)))
    return rows > columns


def open_picture(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def test_a_run_writes_its_report_with_a_picture_of_each_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "Dear Ms Hale", ScriptedReply(text="Yours, <b>Anna", logprob=-0.5))
    scan = write_pdf(tmp_path / "letter.pdf", "Dear Ms Hale", "Yours, Anna")
    report = tmp_path / "report.html"
    assert main(["read", str(scan), str(tmp_path / "gone.pdf"), "--report", str(report)]) == 1
    outline = read_report(report)
    assert outline.texts["text"] == ["Yours, <b>Anna", "Dear Ms Hale"]
    assert [max(open_picture(picture).size) for picture in outline.pictures] == [480, 480]
    assert ImageStat.Stat(open_picture(outline.pictures[0]).convert("L")).extrema[0][0] < 128
    assert len(outline.texts["notice lost"]) == 1
    assert "gone.pdf" in outline.texts["bdi"][1]
    assert f"wrote: {report}" in capsys.readouterr().err


def test_a_page_out_of_the_ledger_says_why_it_has_no_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = [
        "read",
        str(write_png(tmp_path / "a.png")),
        "--ledger",
        str(tmp_path / "pages.ledger"),
        "--quiet",
    ]
    use_script(monkeypatch, "one")
    assert main(command) == 0
    use_script(monkeypatch)
    assert main([*command, "--report", str(tmp_path / "report.html")]) == 0
    outline = read_report(tmp_path / "report.html")
    assert (outline.texts["text"], outline.pictures) == (["one"], [])
    assert "from the ledger" in outline.texts["totals"][0]


def test_identical_pages_that_are_read_once_each_have_their_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_script(monkeypatch, "one")
    scan = write_pdf(tmp_path / "a.pdf", "one", "one")
    options = ["--ledger", str(tmp_path / "pages.ledger"), "--report", str(tmp_path / "report.html")]
    assert main(["read", str(scan), *options]) == 0
    assert len(read_report(tmp_path / "report.html").pictures) == 2


def test_a_failed_page_has_its_picture_and_its_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_script(monkeypatch, EngineError("It stumbled."))
    report = tmp_path / "report.html"
    assert main(["read", str(write_png(tmp_path / "a.png")), "--report", str(report)]) == 1
    outline = read_report(report)
    assert (outline.statuses, len(outline.pictures)) == (["page failed"], 1)
    assert "It stumbled." in outline.texts["reason"][0]


def test_a_page_that_was_turned_is_shown_upright(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    turn_image(draw_text("\n".join(["Dear Ms Hale, thank you"] * 8)), 270).crop((0, 0, 400, 512)).save(
        tmp_path / "a.png"
    )
    use_script(monkeypatch, backend=UprightOnly([]))
    report = tmp_path / "report.html"
    main(["read", str(tmp_path / "a.png"), "--report", str(report)])
    outline = read_report(report)
    assert "turned" in outline.texts["dt"]
    assert has_level_lines(open_picture(outline.pictures[0]))


def test_a_run_that_ends_early_leaves_what_was_read_marked_as_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_script(monkeypatch, "one", EngineStartError("no memory"))
    report = tmp_path / "report.html"
    scan = write_pdf(tmp_path / "a.pdf", "one", "two")
    assert main(["read", str(scan), "--report", str(report)]) == 3
    assert not report.exists()
    assert read_report(tmp_path / "report.html.part").texts["text"] == ["one"]
    assert "report.html.part: not complete" in capsys.readouterr().err


@pytest.mark.parametrize("option", [[], ["--overwrite"]])
def test_a_report_never_replaces_what_the_command_reads(
    option: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = use_script(monkeypatch)
    scan = write_png(tmp_path / "a.png")
    before = scan.read_bytes()
    assert main(["read", str(scan), "--report", str(scan), *option]) == 2
    assert "is read by this command" in capsys.readouterr().err
    assert (scan.read_bytes(), backend.starts) == (before, 0)


def test_a_report_that_is_there_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = use_script(monkeypatch)
    (tmp_path / "report.html").write_text("mine")
    assert main(["read", str(write_png(tmp_path / "a.png")), "--report", str(tmp_path / "report.html")]) == 2
    assert "exists already" in capsys.readouterr().err
    assert ((tmp_path / "report.html").read_text(), backend.starts) == ("mine", 0)


@pytest.mark.parametrize("pixels", [0, 63, 1025, 100.0, True])
def test_thumbnails_have_a_sensible_size(pixels: int) -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match="thumbnails"):
        ReadingRun(
            engine=engine,
            mode="text",
            layout="reference",
            max_tiles=12,
            options=ReadingOptions(),
            thumbnails=pixels,
        )
