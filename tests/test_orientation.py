"""Which way a page lies: from its pixels, from what a model read, and from the other pages."""

import random
import re
from collections.abc import Sequence
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from nemotron_vl_integrations.orientation import (
    ROTATIONS,
    DocumentVote,
    Rotation,
    RotationAnswer,
    choose_rotation,
    combine_rotations,
    crops_for_question,
    look_at_letters,
    look_at_lines,
    propose_rotations,
    turn_image,
)
from tests.drawn_pages import find_font

WORDS = re.findall(
    r"\w+",
    "The tenant has the right to use the garden behind the building, and the landlord shall not enter it without "
    "notice; both have kindly thought about the height of the hedge, which at half of it would still hold the light "
    "back, but for that they would find another day, like the other bottle of old ale that the table hides.",
)


def page(lines: Sequence[str], *, size: int = 26, pitch: float = 1.5) -> Image.Image:
    image = Image.new("RGB", (1536, 2048), "white")
    pen, font = ImageDraw.Draw(image), find_font(size)
    for row, line in enumerate(lines):
        pen.text((140, 140 + row * size * pitch), line, fill=(20, 20, 20), font=font)
    return image


def prose(rows: int, words: int = 12, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choice(WORDS) for _ in range(words)) for _ in range(rows)]


def scanned(image: Image.Image, lean: float) -> Image.Image:
    """Lean a page by some degrees, blur it and cover it with grain."""
    leant = image.rotate(lean, Image.Resampling.BICUBIC, fillcolor="white").filter(
        ImageFilter.GaussianBlur(0.7)
    )
    grain = Image.effect_noise(image.size, 14).convert("RGB")
    return Image.blend(leant, grain, 0.15)


def ruled_table(rows: int, columns: int) -> Image.Image:
    image = Image.new("RGB", (1536, 2048), "white")
    pen, font, chance = ImageDraw.Draw(image), find_font(24), random.Random(3)
    for row in range(rows):
        for column in range(columns):
            cell = chance.choice(WORDS) if column == 0 else f"{chance.uniform(0, 9999):,.2f}"
            pen.text((150 + column * 180, 205 + row * 48), cell, fill="black", font=font)
    for row in range(rows + 1):
        pen.line((140, 200 + row * 48, 140 + columns * 180, 200 + row * 48), fill="black", width=3)
    for column in range(columns + 1):
        pen.line((140 + column * 180, 200, 140 + column * 180, 200 + rows * 48), fill="black", width=3)
    return image


PAGES = {
    "prose": page(prose(35)),
    "small print": page(prose(60, 16), size=20, pitch=1.3),
    "capitals": page([line.upper() for line in prose(30, 9)]),
    "a heading": page(prose(2, 4), size=72),
    "table": ruled_table(24, 6),
    "column of figures": page([f"{number * 7919 % 100_000}" for number in range(40)]),
    "list": page([f"- {line}" for line in prose(12, 4)], pitch=2.2),
}
LATIN = ["prose", "small print", "list"]


@pytest.mark.parametrize("lean", [-2, 1.5])
@pytest.mark.parametrize("name", PAGES)
def test_lines_are_seen_to_run_across_or_down_on_a_leaning_grainy_scan(name: str, lean: float) -> None:
    image = scanned(PAGES[name], lean)

    assert look_at_lines(image) == "horizontal"
    assert look_at_lines(turn_image(image, 180)) == "horizontal"
    assert look_at_lines(turn_image(image, 90)) == "vertical"
    assert look_at_lines(turn_image(image, 270)) == "vertical"


def test_a_page_without_lines_is_unknown() -> None:
    dots = Image.new("RGB", (1536, 2048), "white")
    pen, chance = ImageDraw.Draw(dots), random.Random(2)
    for _ in range(300):
        left, top = chance.randrange(1500), chance.randrange(2000)
        pen.ellipse((left, top, left + 20, top + 20), fill="black")
    grid = Image.new("RGB", (1536, 2048), "white")
    for at in range(100, 1400, 60):
        ImageDraw.Draw(grid).line((at, 100, at, 1900), fill="black", width=3)

    for image in (Image.new("RGB", (1536, 2048), "white"), dots, grid, page(["7"])):
        assert look_at_lines(image) == "unknown"
        assert look_at_letters(image) == "unknown"


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (30, 30), (5000, 40), (512, 512)])
def test_a_page_of_any_size_can_be_looked_at(size: tuple[int, int]) -> None:
    image = Image.effect_noise(size, 90).convert("RGB")

    assert propose_rotations(image)
    assert all(crop.size <= (512, 512) for crop in crops_for_question(image, ROTATIONS).values())


@pytest.mark.parametrize("name", LATIN)
def test_latin_letters_are_seen_to_stand_or_to_hang(name: str) -> None:
    image = scanned(PAGES[name], 1)

    # A short list may be too little to tell, but is never told wrong.
    allowed = {"list": {"unknown"}}.get(name, set[str]())
    assert look_at_letters(image) in {"upright", *allowed}
    assert look_at_letters(turn_image(image, 180)) in {"upside_down", *allowed}


@pytest.mark.parametrize("name", ["capitals", "column of figures"])
def test_letters_without_feet_are_unknown(name: str) -> None:
    assert look_at_letters(PAGES[name]) == "unknown"
    assert look_at_letters(turn_image(PAGES[name], 180)) == "unknown"


def test_a_page_of_prose_needs_no_question_and_other_pages_keep_the_right_turn_among_those_to_ask() -> None:
    for turned, needed in ((0, 0), (90, 270), (180, 180), (270, 90)):
        assert propose_rotations(turn_image(PAGES["prose"], _rotation(turned))) == (needed,)
        for image in PAGES.values():
            assert needed in propose_rotations(turn_image(image, _rotation(turned)))
    assert propose_rotations(PAGES["capitals"]) == (0, 180)
    assert propose_rotations(turn_image(PAGES["capitals"], 90)) == (90, 270, 0)


def test_the_question_shows_the_densest_text_at_its_full_size() -> None:
    image = page([])
    block = PAGES["prose"].crop((140, 140, 640, 640))
    image.paste(block, (900, 1400))

    crops = crops_for_question(image, (0, 90))

    assert list(crops) == [0, 90]
    assert crops[0].size == (512, 512)
    assert crops[90].tobytes() == turn_image(crops[0], 90).tobytes()
    ink, all_ink = (sum(picture.convert("L").histogram()[:128]) for picture in (crops[0], image))
    assert ink > 0.9 * all_ink


def test_the_question_is_about_text_and_not_about_a_picture() -> None:
    image = page(prose(12), size=26)
    image.paste(Image.effect_noise((1200, 1000), 120).resize((1200, 1000)).convert("RGB"), (140, 900))

    midtones = sum(crops_for_question(image, (0,))[0].convert("L").histogram()[90:200])
    assert midtones < 0.05 * 512 * 512


def answer(rotation: int, text: str, logprob: float | None) -> RotationAnswer:
    return RotationAnswer(_rotation(rotation), text, logprob)


def _rotation(degrees: int) -> Rotation:
    return ROTATIONS[degrees // 90]


GOOD = "Dear Ms Hale, thank you for your letter"


def test_the_turn_that_reads_clearly_best_is_chosen() -> None:
    assert choose_rotation([answer(0, "S!1|^ n0k", -0.9), answer(180, GOOD, -0.1)]) == 180
    assert choose_rotation([answer(0, GOOD, -0.1), answer(90, "", None), answer(180, "8.\n8.\n6", -0.4)]) == 0
    assert (
        choose_rotation(
            [answer(90, "请在收到货物后三十天内付款。如有任何问题,请与我们联系", -0.1), answer(270, "", None)]
        )
        == 90
    )


def test_no_turn_is_chosen_without_a_clear_and_credible_answer() -> None:
    assert choose_rotation([]) is None
    assert (
        choose_rotation([answer(0, GOOD, -0.2), answer(180, "Your order has been shipped today", -0.3)])
        is None
    )
    # What a model invents where it sees no letters.
    assert choose_rotation([answer(0, GOOD, -0.9), answer(180, "8.8", -2.0)]) is None
    assert (
        choose_rotation([answer(0, "uabXbJlo9pou ss5phnp5 a sJ1ssBlp", -0.3), answer(180, "", None)]) is None
    )
    assert choose_rotation([answer(0, "Total", -0.1), answer(180, "", None)]) is None


ANSWERS = st.lists(
    st.builds(
        RotationAnswer,
        st.sampled_from(ROTATIONS),
        st.text(max_size=60),
        st.none() | st.floats(max_value=0, allow_nan=False),
    ),
    max_size=5,
)


@given(ANSWERS)
def test_any_answers_choose_one_of_their_turns_or_none(answers: list[RotationAnswer]) -> None:
    assert choose_rotation(answers) in {None, *(given.rotation for given in answers)}


@given(st.sampled_from(ROTATIONS), st.sampled_from(ROTATIONS))
def test_two_turns_are_one_and_no_pixel_is_lost(first: Rotation, second: Rotation) -> None:
    image = Image.effect_noise((7, 4), 99)

    turned = turn_image(turn_image(image, first), second)

    assert turned.tobytes() == turn_image(image, combine_rotations(first, second)).tobytes()
    assert turned.histogram() == image.histogram()
    assert set(ROTATIONS) == set(get_args(Rotation))


def test_a_turn_is_clockwise() -> None:
    image = Image.new("L", (3, 2))
    image.putpixel((0, 0), 255)

    assert turn_image(image, 90).getpixel((1, 0)) == 255
    assert turn_image(image, 180).getpixel((2, 1)) == 255
    assert turn_image(image, 270).getpixel((0, 2)) == 255


def test_a_page_that_is_unsure_takes_what_the_document_agrees_on() -> None:
    vote = DocumentVote()

    assert vote.settle(None) == 0
    assert vote.settle(180) == 180
    # One page is no majority.
    assert vote.settle(None) == 0
    assert vote.settle(180) == 180
    assert vote.settle(None) == 180
    assert vote.settle(90) == 90
    assert vote.majority is None
    assert vote.settle(180) == 180
    assert vote.settle(None) == 180
