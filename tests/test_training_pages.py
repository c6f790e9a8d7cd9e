"""Drawn pages say where everything stands, in plain text and as Markdown."""

import random
import unicodedata
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.characters import CHARACTER_CLASS, CHARACTER_CLASSES, CHARACTERS
from training.degrade import degrade, move
from training.documents import DOCUMENTS, Document
from training.font_families import HELD_OUT_FAMILIES, HELD_OUT_RELATIVES, TRAINED_FAMILIES
from training.glyphs import Shelf, usual_size
from training.letters import Face, Lettering
from training.lexicon import LEXICONS
from training.pages import draw_page, draw_style
from training.random_text import TextSource
from training.rendition import Outline, Span
from training.sheet import Page, Sheet
from training.text_blocks import write_line
from training.vocabulary import make_vocabulary

WORDS = [
    "apple",
    "bridge",
    "candle",
    "delta",
    "ember",
    "forest",
    "garden",
    "harbour",
    "information",
    "machinery",
]
OTHERS = {
    language: make_vocabulary(WORDS, language=language) for language in LEXICONS if language != "english"
}
VOCABULARY = make_vocabulary(WORDS, others=OTHERS)


def draw(seed: int, size: tuple[int, int] = (512, 512), font_size: int = 16, most: int = 600) -> Page:
    rng = random.Random(seed)
    return draw_page(rng, TextSource(rng, VOCABULARY), Shelf(), size, font_size, most)


def write(document: Document, seed: int = 3, size: tuple[int, int] = (1024, 1024)) -> Page:
    rng = random.Random(seed)
    source, shelf = TextSource(rng, VOCABULARY), Shelf()
    sheet = Sheet(rng, source, shelf, draw_style(rng, shelf, size, 20, monospaced=False), size, 1500)
    document(sheet)
    return sheet.finish("page")


@pytest.mark.parametrize(("name", "document"), [(name, document) for name, _, document in DOCUMENTS])
def test_every_kind_of_document_has_ink_under_its_characters(name: str, document: Document) -> None:
    page = write(document)

    pixels = page.draw()
    assert len(page.centres) == len(page.text) > 30, name
    for character, (x, y) in zip(page.text, page.centres, strict=True):
        near = pixels[max(0, int(y) - 14) : int(y) + 15, max(0, int(x) - 12) : int(x) + 13]
        assert character.isspace() or near.max(initial=0) - near.min(initial=255) > 50, (name, character)


def test_markdown_shows_characters_of_the_page_where_they_stand() -> None:
    for seed in range(40):
        page = draw(seed)
        markdown = page.write_markdown()
        assert len(markdown.text) == len(markdown.places)
        for character, place in zip(markdown.text, markdown.places, strict=True):
            shown = page.text[place].replace("\n", " ") if place >= 0 else character
            assert character == shown, (seed, page.kind)


def test_markdown_leaves_out_nothing_but_marks_of_lists_and_ends_of_lines() -> None:
    for seed in range(40):
        page = draw(seed)
        shown = set(page.write_markdown().places)
        missing = {page.text[place] for place in range(len(page.text)) if place not in shown}
        assert missing <= set("\n -*•–.)"), (seed, page.kind, missing)  # noqa: RUF001


def test_tables_have_as_many_cells_in_every_row_as_in_the_head() -> None:
    tables = 0
    for seed in range(60):
        rows = [
            line
            for line in draw(seed, (1024, 1024)).write_markdown().text.split("\n")
            if line.startswith("|")
        ]
        for above, row in pairwise(rows):
            if set(row) <= set("| -"):
                tables += 1
                assert row.count("|") == above.replace("\\|", "").count("|")
    assert tables > 5


def test_an_outline_writes_each_kind_of_block() -> None:
    text = "Title\ninfor-\nmation\n• one\nA|B 2"
    outline = Outline()
    outline.heading(2, [Span(0, 5)])
    outline.paragraph([Span(6, 12, broken=True), Span(13, 19)])
    outline.items([(0, ["- "], [Span(22, 25)])])
    outline.table([[[Span(26, 29)], [Span(30, 31)]]])

    rendition = outline.render(text)

    assert rendition.text == "## Title\n\ninformation\n\n- one\n\n| A\\|B | 2 |\n| --- | --- |"
    assert rendition.places[:5] == (-1, -1, -1, 0, 1)


def test_values_of_forms_stand_where_the_page_says() -> None:
    fields = 0
    for seed in range(40):
        page = draw(seed)
        for value in page.fields.values():
            fields += 1
            assert page.text[value.start : value.start + len(value.value)] == value.value
    assert fields > 40


def test_a_value_that_was_cut_to_its_column_is_named_as_it_stands_there() -> None:
    rng = random.Random(4)
    style = replace(draw_style(rng, Shelf(), (512, 512), 20, monospaced=False), left=40.0, right=140.0)
    sheet = Sheet(rng, TextSource(rng, VOCABULARY), Shelf(), style, (512, 512), 400)

    (span,) = write_line(sheet, "Bartholomew Featherstonehaugh")
    sheet.name_field("Signed by", span)
    page = sheet.finish("page")

    assert page.fields["Signed by"].value == page.text
    assert "Bartholomew Feather".startswith(page.text)


def test_a_third_of_the_pages_speaks_another_language() -> None:
    rng = random.Random(1)
    source = TextSource(rng, VOCABULARY)
    spoken: list[str] = []
    for _ in range(600):
        source.pick_language()
        spoken.append(source.language)

    assert set(spoken) == set(LEXICONS)
    assert 0.6 < spoken.count("english") / len(spoken) < 0.76


@pytest.mark.parametrize("language", list(LEXICONS))
def test_every_language_is_written_with_known_characters_in_composed_form(language: str) -> None:
    rng = random.Random(2)
    source = TextSource(rng, VOCABULARY)
    source.speak(language)
    words = source.prose()
    text = " ".join(next(words) for _ in range(1500)) + " ".join(source.anything() for _ in range(300))

    assert set(text) - {" "} <= set(CHARACTERS)
    assert unicodedata.is_normalized("NFC", text)


def test_classes_of_characters_are_counted_from_one() -> None:
    assert CHARACTER_CLASS["!"] == 1
    assert CHARACTER_CLASS["é"] == 100
    assert CHARACTER_CLASSES == len(CHARACTERS) + 1 < 256


def test_amounts_follow_the_notation_of_the_language() -> None:
    source = TextSource(random.Random(0), VOCABULARY)

    assert source.decimal(1234.5, 2) == "1,234.50"
    source.speak("german")
    assert source.decimal(1234.5, 2) == "1.234,50"


def stamp(face: Face, text: str, x: float, *, ground: int = 255, ink: int = 0) -> NDArray[np.uint8]:
    page = np.full((40, 60), ground, np.uint8)
    letters = Lettering((60, 40))
    letters.add(face, text, [x + pen for pen in face.pens(text, 0.0, kerned=True)[:-1]], 30)
    letters.stamp(page, ink, light=ink > ground)
    return page


def test_smooth_letters_move_by_parts_of_a_pixel() -> None:
    face = Shelf().face(None, 15, smooth=True)

    here, near, next_to_it = (stamp(face, "H", x) for x in (10.0, 10.5, 11.0))

    assert here.min() < 60
    assert not np.array_equal(here, near)
    assert np.array_equal(here[:, :-1], next_to_it[:, 1:])


def test_light_letters_stand_out_of_a_dark_ground() -> None:
    page = stamp(Shelf().face(None, 24), "M", 10, ground=30, ink=255)

    assert page.max() == 255
    assert page.min() == 30


@pytest.mark.parametrize("smooth", [False, True])
def test_letters_look_as_pillow_draws_them(smooth: bool) -> None:
    font = ImageFont.load_default(96 if smooth else 24)
    scale = 4 if smooth else 1
    expected = Image.new("L", (60 * scale, 40 * scale), 255)
    ImageDraw.Draw(expected).text((10 * scale, 30 * scale), "g", fill=0, font=font, anchor="ls")

    page = stamp(Shelf().face(None, 24, smooth=smooth), "g", 10)

    assert np.abs(page.astype(int) - np.asarray(expected.reduce(scale) if smooth else expected)).max() <= 1


def test_letters_that_leave_the_page_are_cut_off_and_come_back_whole() -> None:
    face = Shelf().face(None, 24)
    whole = stamp(face, "W", 20)

    left, right = stamp(face, "W", -8), stamp(face, "W", 48)

    assert np.array_equal(left[:, :12], whole[:, 28:40])
    assert left[:, 30:].min() == right[:, :30].min() == 255
    assert np.array_equal(stamp(face, "W", 20), whole)


def test_large_sizes_come_in_steps() -> None:
    assert {usual_size(size) for size in (40, 41, 42, 43)} == {40}
    assert {usual_size(size) for size in range(10, 18)} == set(range(10, 18))


def test_families_kept_for_evaluation_are_never_drawn() -> None:
    assert len(set(HELD_OUT_FAMILIES)) == 10
    assert not {*HELD_OUT_FAMILIES, *HELD_OUT_RELATIVES} & set(TRAINED_FAMILIES)


def test_tipped_pages_move_their_characters_along() -> None:
    torch.manual_seed(5)  # pyright: ignore[reportUnknownMemberType]: PyTorch leaves it untyped
    page = torch.ones(6, 1, 512, 512)
    page[..., 60:69, 440:449] = 0
    centres = torch.tensor([444.5, 64.5]).expand(6, 1, 2)

    moved, places = move(page, centres)

    for one, (x, y) in zip(moved, places[:, 0], strict=True):
        assert one[0, int(y), int(x)] < 0.3


def test_degraded_pages_stay_pages() -> None:
    torch.manual_seed(1)  # pyright: ignore[reportUnknownMemberType]: PyTorch leaves it untyped
    pixels = torch.as_tensor(np.stack([draw(seed).draw() for seed in range(4)]))
    for seed in range(12):
        pages, _ = degrade(pixels, torch.zeros(4, 3, 2), random.Random(seed))
        assert pages.shape == (4, 3, 512, 512)
        assert 0 <= float(pages.min()) < float(pages.max()) <= 1
