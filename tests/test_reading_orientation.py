"""Pages that were scanned on their side or upside down are read upright."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from nemotron_vl_integrations.backends.scripted import ScriptedReply
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.orientation import Rotation, turn_image
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from tests.drawn_pages import find_font
from tests.paged_script import PagedScript, draw_text, open_script, write_numbers, write_tiff

SCAN = Path(__file__).resolve().parent.parent / "samples" / "receipt.png"
LETTER = """Dear Susan,
thank you for the order of 12 March.
The paper will be sent on Friday, and the
envelopes follow in the week after that.
Please let us know if the address is still
14 Mill Road, Bradford.
Kind regards,
Helen Young"""


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_the_engine_reads_a_turned_page_upright(engine: Engine, turned: Rotation) -> None:
    page = turn_image(draw_text(LETTER), turned)
    (result,) = read_document(page, engine=engine).pages
    assert (result.status, result.rotation) == ("read", 360 - turned)
    assert result.text == LETTER


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_text_typed_over_a_scan_that_lies_turned_in_a_pdf_is_read_upright(
    engine: Engine, turned: Rotation
) -> None:
    scan = Image.open(SCAN).convert("RGB")
    typed = "Paid by cheque on Friday"
    place = (scan.width // 8, scan.height * 7 // 8)
    ImageDraw.Draw(scan).text(place, typed, fill="black", font=find_font(scan.width // 30))
    file = io.BytesIO()
    turn_image(scan, turned).save(file, "PDF", resolution=150)
    (result,) = read_document(file.getvalue(), engine=engine).pages
    assert result.rotation == 360 - turned
    lines = result.text.lower().splitlines()
    assert lines[0] == "willow paper shop"
    assert typed.lower() in lines


def test_the_engine_reads_an_upright_page_with_one_request(engine: Engine) -> None:
    (result,) = read_document(draw_text(LETTER), engine=engine).pages
    assert (result.text, result.rotation, result.attempts) == (LETTER, 0, 1)


def test_pages_are_left_as_they_are_if_that_is_asked_for(engine: Engine) -> None:
    page = turn_image(draw_text(LETTER), 180)
    options = ReadingOptions(orientation="as_is", max_attempts=1)
    (result,) = read_document(page, engine=engine, options=options).pages
    assert result.rotation == 0
    assert result.text != LETTER


def test_a_page_that_leaves_a_doubt_follows_the_other_pages_of_its_document(engine: Engine) -> None:
    pages = [
        turn_image(draw_text(LETTER.replace("Susan", name)), 180)
        for name in ("Susan", "Anna", "Peter", "Paul")
    ]
    results = read_document(write_tiff(pages), engine=engine).pages
    assert [result.rotation for result in results] == [180] * 4


def test_a_page_that_is_read_with_doubt_and_may_lie_otherwise_is_looked_at_again() -> None:
    # The pages are squares without lines of text, so that their pixels say nothing.
    doubtful = ScriptedReply(text="what the moth ate at noon again", logprob=-2.0)
    script = {1: [doubtful, *[ScriptedReply(text="", logprob=-2.0)] * 4]}
    backend = PagedScript(script)
    with open_script(backend) as engine:
        (page,) = read_document(write_numbers(1), engine=engine).pages
    assert (page.status, page.text) == ("read", doubtful.text)
    assert len(backend.prompts) == 5
