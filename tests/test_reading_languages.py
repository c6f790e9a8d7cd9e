"""Pages in Chinese, Japanese, Korean and Russian: what is written, how it is joined, and whether it is found."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from tests.paged_script import PagedScript, draw_number, open_script, write_numbers

OPTIONS = ReadingOptions(orientation="as_is")

CHINESE = "湖滨学校\n尊敬的家长:\n学校定于三月六日上午九时开会,\n请您准时参加。"
JAPANESE = "湖畔学校\n保護者の皆様へ\nバス旅行のお知らせです。ガラスの\nびんはお持ちにならないでください。"
KOREAN = "호반 학교\n학부모님 여러분께\n삼월 십이일 오전 아홉 시에 회의가\n있으니 꼭 참석해 주십시오."
RUSSIAN = "Школа у озера\nУважаемые родители!\nЕщё раз приглашаем вас на собра-\nние, которое пройдёт в мае."  # noqa: RUF001

LETTERS = {"Chinese": CHINESE, "Japanese": JAPANESE, "Korean": KOREAN, "Russian": RUSSIAN}
each_language = pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)


def write_otherwise(text: str) -> str:
    """The same text in code points that NFC does not have."""
    return unicodedata.normalize("NFD", text).replace("六", "\uf9d1")


def draw_two_columns() -> Image.Image:
    """A sheet without a white row from side to side, so that its parts overlap."""
    sheet = Image.new("RGB", (512, 1024), "white")
    pen = ImageDraw.Draw(sheet)
    for left, first in ((40, 20), (280, 40)):
        for top in range(first, 980, 40):
            pen.rectangle((left, top, left + 190, top + 23), fill="black")
    return sheet


def read_page(*steps: ScriptStep, page: Image.Image | None = None) -> tuple[PageResult, Sequence[str]]:
    """Read a page; its result, and the prompts that were sent."""
    backend = ScriptedBackend(steps)
    with open_script(backend) as engine:
        document = read_document(page or draw_number(1), engine=engine, options=OPTIONS)
    return document.pages[0], [prompt.text for prompt in backend.prompts]


def read_in_two_parts(upper: str, lower: str) -> str:
    """Read a page that loops until it is read in two parts, which overlap."""
    loop = ScriptedReply(text="page\n" * 60, finish_reason="repetition")
    page, _ = read_page(loop, loop, loop, loop, upper, lower, page=draw_two_columns())
    assert page.status == "split"
    return page.text


@each_language
def test_a_page_in_any_script_is_taken_as_the_model_wrote_it(text: str) -> None:
    page, _ = read_page(text)
    assert (page.status, page.text, page.repetition) == ("read", text, 0.0)


@each_language
def test_a_page_is_given_in_nfc_whatever_form_the_model_writes(text: str) -> None:
    written = write_otherwise(text)
    assert written != text
    page, _ = read_page(written)
    assert page.text == text


@each_language
@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_page_in_pieces_loses_no_character_and_gains_none(text: str, lines: int) -> None:
    kept = "".join(text.splitlines(keepends=True)[:lines])
    cut = ScriptedReply(text=kept + text[len(kept) :][:4], finish_reason="length")
    page, prompts = read_page(cut, text[len(kept) :])
    assert (page.status, page.text) == ("continued", text)
    assert prompts[1].endswith(kept)


@each_language
def test_a_letter_and_its_mark_that_fall_into_two_pieces_become_one(text: str) -> None:
    written = write_otherwise(text)
    last_line = written.rindex("\n") + 1
    cut = ScriptedReply(text=written[: last_line + 3], finish_reason="length")
    page, _ = read_page(cut, written[last_line:])
    assert page.text == text


@each_language
def test_the_lines_of_two_parts_of_a_page_stand_once_in_their_order(text: str) -> None:
    lines = text.split("\n")
    assert read_in_two_parts("\n".join(lines[:3]), "\n".join(lines[2:])) == text


@each_language
def test_a_line_that_the_edge_of_a_part_cuts_stands_once_and_whole(text: str) -> None:
    lines = text.split("\n")
    half = lines[2][: len(lines[2]) // 2]
    assert read_in_two_parts("\n".join([*lines[:2], half]), "\n".join(lines[1:])) == text
    assert read_in_two_parts("\n".join(lines[:3]), "\n".join([lines[1][1:], *lines[2:]])) == text


@each_language
def test_what_was_read_is_found_in_the_ledger(text: str, tmp_path: Path) -> None:
    words = {CHINESE: "三月六日", JAPANESE: "バス旅行", KOREAN: "참석해", RUSSIAN: "УВАЖАЕМЫЕ ещЕ"}
    order = [text, *(other for other in LETTERS.values() if other != text)]
    backend = PagedScript({number: [write_otherwise(letter)] for number, letter in enumerate(order, start=1)})
    with Ledger(tmp_path / "pages.ledger") as ledger, open_script(backend) as engine:
        read_document(write_numbers(len(order)), engine=engine, options=OPTIONS, ledger=ledger)
        for query in (words[text], write_otherwise(words[text])):
            assert [hit.page for hit in ledger.search(query)] == [1]
