"""The report: whole, worst first, small in memory, and closed to what documents and names hold."""

import base64
import hashlib
import io
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.page_result import PageResult, PageStatus
from nemotron_vl_integrations.report import ReportWriter
from nemotron_vl_integrations.tiling import Grid, draw_thumbnail
from tests.report_outline import ReportOutline, read_report

TAGS = ["<", ">", "-->", "<!--", "]]>", "<![CDATA[", "<?", "</div>", "</article>", "</style>", "<script>"]
SIGNS = ["&", '"', "'", "/", "=", "&lt;", "&#60", "&amp", "${style}", "<img src=x onerror=x>", "javascript:"]
CHARACTERS = ["\n", "\r", "\x00", "\x1b", "\ud800", "\u202e", "\ufeff", " "]
HOSTILE = st.sampled_from([*TAGS, *SIGNS, *CHARACTERS])
MARKUP = st.lists(HOSTILE | st.text(max_size=5), max_size=8).map("".join)


def make_page(
    number: int = 1,
    status: PageStatus = "read",
    *,
    confidence: float | None = 0.9,
    text: str = "Dear Ms Hale,",
) -> PageResult:
    return PageResult(
        source="a.pdf",
        page=number,
        page_label=str(number),
        status=status,
        text=text,
        attempts=1,
        grid=Grid(1, 1),
        confidence=confidence,
        model="demo",
    )


def write_report(folder: Path, *pages: PageResult, most_read: int = 1000) -> ReportOutline:
    writer = ReportWriter(folder / "report.html", overwrite=True, most_read=most_read)
    for page in pages:
        writer.add(page)
    return read_report(writer.finish())


def numbers(outline: ReportOutline) -> list[int]:
    return [int(heading.rpartition(" ")[2]) for heading in outline.texts["h2"]]


def test_a_report_shows_each_page_with_how_it_was_read(tmp_path: Path) -> None:
    page = replace(
        make_page(status="retried"),
        page_label="iv",
        reason="It looped.",
        attempts=3,
        seconds=61.25,
        prompt_tokens=3347,
        completion_tokens=264,
        rotation=90,
        repetition=0.12,
    )
    writer = ReportWriter(tmp_path / "report.html")
    writer.add(page, draw_thumbnail(Image.new("RGB", (512, 512)), Grid(1, 1), pixels=64))
    outline = read_report(writer.finish())
    assert outline.statuses == ["page retried"]
    assert (outline.texts["bdi"][-1], outline.texts["h2"]) == ("a.pdf", [", page 1 (iv)"])
    assert (outline.texts["reason"], outline.texts["text"]) == (["It looped."], ["Dear Ms Hale,"])
    facts = dict(zip(outline.texts["dt"], outline.texts["dd"], strict=True))
    assert {name: value.strip() for name, value in facts.items()} == {
        "confidence": "0.900",
        "attempts": "3",
        "seconds": "61.2",
        "tokens": "3,347 + 264",
        "tiles": "1 \u00d7 1",
        "turned": "90\u00b0",
        "repeats": "12%",
    }
    (picture,) = outline.pictures
    assert Image.open(io.BytesIO(base64.b64decode(picture.removeprefix("data:image/jpeg;base64,")))).size == (
        64,
        64,
    )


def test_the_worst_pages_come_first(tmp_path: Path) -> None:
    outline = write_report(
        tmp_path,
        make_page(1, confidence=0.99),
        make_page(2, "blank", confidence=None),
        replace(make_page(3, "blank", confidence=None), attempts=0),
        make_page(4, "split", confidence=0.4),
        make_page(5, "failed", confidence=0.95),
        make_page(6, confidence=0.2),
    )
    assert numbers(outline) == [5, 2, 6, 4, 1, 3]


def test_only_pages_that_were_simply_read_are_left_out_and_the_report_says_so(tmp_path: Path) -> None:
    pages = [make_page(number, confidence=number / 100) for number in range(1, 11)]
    others = [make_page(number, "retried", confidence=0.99) for number in range(11, 15)]
    outline = write_report(tmp_path, *reversed(pages), *others, most_read=3)
    assert numbers(outline) == [1, 2, 3, 11, 12, 13, 14]
    assert outline.texts["notice"] == [
        "7 pages with the status \u201cread\u201d left out: of these only the 3 with the lowest confidence are shown. "
        "All other pages are here."
    ]
    assert outline.texts["b"] == ["4", "10"]


def test_a_report_needs_nothing_beside_it_and_runs_nothing(tmp_path: Path) -> None:
    writer = ReportWriter(tmp_path / "report.html")
    writer.add(make_page(), b"jpeg")
    html = writer.finish().read_text(encoding="utf-8")
    outline = ReportOutline(html)
    assert {tag for tag, _ in outline.tags}.isdisjoint({"script", "link", "iframe", "object", "a", "form"})
    assert "url(" not in html and "@import" not in html
    (policy,) = [
        dict(attrs)["content"] or ""
        for _, attrs in outline.tags
        if ("http-equiv", "Content-Security-Policy") in attrs
    ]
    style = base64.b64encode(hashlib.sha256(outline.texts["style"][0].encode()).digest()).decode()
    assert policy.split("; ")[:3] == ["default-src 'none'", "img-src data:", f"style-src 'sha256-{style}'"]
    assert not any(name == "style" or name.startswith("on") for _, attrs in outline.tags for name, _ in attrs)
    assert all(picture.startswith("data:image/jpeg;base64,") for picture in outline.pictures)


@settings(max_examples=150)
@given(MARKUP, MARKUP, MARKUP, MARKUP, MARKUP, MARKUP)
def test_no_tag_and_no_attribute_comes_from_documents_or_names(
    tmp_path_factory: pytest.TempPathFactory,
    source: str,
    label: str,
    reason: str,
    text: str,
    model: str,
    name: str,
) -> None:
    def write(*texts: str) -> ReportOutline:
        page = make_page(status="retried", text=texts[3])
        writer = ReportWriter(folder / "report.html", overwrite=True)
        writer.add(replace(page, source=texts[0], page_label=texts[1], reason=texts[2], model=texts[4]))
        writer.add_failure(texts[5], texts[3])
        return read_report(writer.finish())

    folder = tmp_path_factory.getbasetemp()
    hostile = write(source, label, reason + "x", text + "x", model + "x", name)
    plain = write("a", "b", "c", "d", "e", "f")
    assert (hostile.tags, hostile.strange) == (plain.tags, [])
    assert list(hostile.texts) == list(plain.texts)
    lines = (text + "x").replace("\r\n", "\n").replace("\r", "\n")
    assert hostile.texts["text"] == [re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", lines)]


def test_a_name_cannot_pass_for_another_by_turned_letters(tmp_path: Path) -> None:
    outline = write_report(tmp_path, replace(make_page(), source="scan\u202efdp.exe"))
    assert "scan\ufffdfdp.exe" in outline.texts["bdi"]


def test_texts_and_pictures_do_not_stay_in_memory(tmp_path: Path) -> None:
    writer = ReportWriter(tmp_path / "report.html")
    writer.add(make_page(), bytes(20_000))
    tracemalloc.start()
    for number in range(1_000):
        writer.add(make_page(number, text="word " * 2_000), bytes(20_000))
    grown, _ = tracemalloc.get_traced_memory()
    report = writer.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.stat().st_size > 30_000_000
    assert grown < 500_000
    assert peak < 2_000_000


def test_a_kept_picture_stands_in_for_a_page_that_was_not_rendered(tmp_path: Path) -> None:
    kept = tmp_path / "page.jpg"
    Image.new("RGB", (1024, 512), "white").save(kept)
    page = replace(make_page(), grid=Grid(2, 1), from_ledger=True)
    outline = write_report(
        tmp_path,
        replace(page, image=kept),
        replace(page, image=tmp_path / "gone.jpg"),
        replace(page, status="failed", grid=None, from_ledger=False),
    )
    picture = Image.open(io.BytesIO(base64.b64decode(outline.pictures[0].partition(",")[2])))
    assert (len(outline.pictures), picture.size) == (1, (480, 240))
    assert outline.texts["figcaption"] == [
        "No picture: the page could not be rendered.",
        "No picture: the result comes from the ledger, and no picture of the page was kept.",
    ]


def test_the_grid_is_drawn_into_the_thumbnail() -> None:
    jpeg = draw_thumbnail(Image.new("RGB", (1024, 1536), "white"), Grid(2, 3), pixels=300)
    picture = Image.open(io.BytesIO(jpeg)).convert("L")
    marked = [
        (x, y) for x in (50, 100, 150) for y in (50, 100, 150, 200, 250) if picture.getpixel((x, y)) != 255
    ]
    assert {(100, 50), (100, 150), (100, 250), (50, 100), (150, 200)} <= set(marked)
    assert not {(50, 50), (50, 150), (150, 250)} & set(marked)


def test_a_report_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    writer = ReportWriter(tmp_path / "report.html")
    writer.add(make_page())
    assert list(tmp_path.iterdir()) == []
    part = writer.abandon()
    assert part is not None
    assert part == tmp_path / "report.html.part"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html.part"]
    assert "interrupted" in read_report(part).texts["notice"][0]


def test_a_report_without_pages_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    writer = ReportWriter(tmp_path / "report.html")
    assert (writer.abandon(), list(tmp_path.iterdir())) == (None, [])


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InvalidRequestError, match="exists already"):
        ReportWriter(path)
    writer = ReportWriter(path, overwrite=True)
    writer.finish()
    assert not path.is_symlink()
    with pytest.raises(InvalidRequestError, match="exists already"):
        ReportWriter(tmp_path, overwrite=True)
    with pytest.raises(InvalidRequestError, match="Nothing can be written"):
        ReportWriter(tmp_path / "no folder" / "report.html")
