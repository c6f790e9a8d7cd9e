"""Cutting a page into parts, and joining what was read on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from nemotron_vl_integrations.reading.page_split import join_parts, split_page

WIDTH, HEIGHT = 600, 1000


def striped(*rows: tuple[int, int]) -> Image.Image:
    """A page with a bar of ink from row to row, as a line of text is one from afar."""
    page = ImageChops.add(
        Image.effect_noise((WIDTH, HEIGHT), 8), Image.new("L", (WIDTH, HEIGHT), 110)
    ).convert("RGB")
    pen = ImageDraw.Draw(page)
    for top, bottom in rows:
        for left in range(60, WIDTH - 60, 12):
            pen.rectangle((left, top, left + 4, bottom - 1), fill="black")
    return page


def test_a_page_is_cut_in_the_gap_between_two_lines() -> None:
    page = striped(*((top, top + 20) for top in range(15, HEIGHT - 30, 30)))

    parts = split_page(page)

    assert parts.overlaps == (False,)
    (top, bottom) = parts.images
    assert top.height + bottom.height == HEIGHT
    # Lines stand at 15 + 30n to 35 + 30n.
    assert (top.height - 15) % 30 in range(21, 30)
    assert abs(top.height - HEIGHT / 2) < 40


def test_the_wide_gap_between_paragraphs_is_taken_before_the_nearer_narrow_one() -> None:
    rows = [(top, top + 20) for top in range(0, 430, 26)] + [(top, top + 20) for top in range(490, 990, 26)]

    (top, _) = split_page(striped(*rows)).images

    assert 440 <= top.height <= 490


def test_a_page_without_a_white_row_is_cut_with_an_overlap() -> None:
    page = striped(*((top, top + 20) for top in range(15, HEIGHT - 30, 30)))
    # A second column whose lines stand beside the gaps of the first.
    page.paste(page.crop((0, 0, WIDTH // 2, HEIGHT - 15)), (WIDTH // 2, 15))

    parts = split_page(page)

    assert parts.overlaps == (True,)
    assert sum(part.height for part in parts.images) == pytest.approx(1.08 * HEIGHT, abs=4)


def test_the_upright_rules_of_a_table_do_not_hide_the_gaps_between_its_rows() -> None:
    page = striped(*((top, top + 20) for top in range(15, HEIGHT - 30, 30)))
    pen = ImageDraw.Draw(page)
    for left in (50, 200, 350, 549):
        pen.rectangle((left, 0, left + 3, HEIGHT), fill="black")

    assert split_page(page).overlaps == (False,)


def test_a_letter_that_hangs_into_the_gap_moves_the_cut_below_it() -> None:
    rows = [(top, top + 20) for top in range(0, 460, 26)] + [(top, top + 20) for top in range(520, 990, 26)]
    page = striped(*rows)
    ImageDraw.Draw(page).rectangle((300, 470, 303, 500), fill=(120, 120, 120))

    (top, _) = split_page(page).images

    assert 500 < top.height < 520


@given(st.integers(1, 200), st.integers(1, 300), st.integers(1, 5), st.booleans())
def test_the_parts_of_any_page_hold_every_row_of_it_in_order(
    width: int, height: int, count: int, inked: bool
) -> None:
    page = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    if not inked:
        page = Image.new("RGB", (width, height), "white")

    parts = split_page(page, count)

    assert len(parts.images) == count
    assert len(parts.overlaps) == count - 1
    rows = sum(part.height for part in parts.images)
    assert rows >= height
    assert rows == height or any(parts.overlaps)


def test_the_lines_of_an_overlap_stand_once() -> None:
    assert join_parts(["one\ntwo\nthree", "two\nthree\nfour"], [True]) == "one\ntwo\nthree\nfour"
    assert join_parts(["one\ntwo", "two\nthree"], [False]) == "one\ntwo\ntwo\nthree"
    assert join_parts(["one", "two", "three"], [True, False]) == "one\ntwo\nthree"


def test_of_two_readings_of_a_line_the_fuller_one_stays() -> None:
    top = "Dear Ms Hale,\nthank you for your letter.\nWe shall answr within two weeks.\nYours sin"
    bottom = "nk you for your lett\nWe shall answer within two weeks.\nYours sincerely,\nA. Stone"

    # Nothing agrees to the letter, so nothing is taken out.
    assert join_parts([top, bottom], [True]) == f"{top}\n{bottom}"

    bottom = bottom.replace("answer", "answr")
    assert join_parts([top, bottom], [True]) == (
        "Dear Ms Hale,\nthank you for your letter.\nWe shall answr within two weeks.\nYours sincerely,\nA. Stone"
    )


def test_lines_that_differ_in_a_figure_are_two_lines() -> None:
    top, bottom = "Items of May\nItem 10 of the list", "Item 11 of the list\nItem 12 of the list"

    assert join_parts([top, bottom], [True]) == f"{top}\n{bottom}"


def test_blank_lines_between_parts_do_not_hide_what_they_share() -> None:
    assert join_parts(["one\n\ntwo is here\n\n", "\ntwo is here\n\nthree"], [True]) == (
        "one\n\ntwo is here\n\nthree"
    )


WORDS = st.lists(
    st.sampled_from(
        ["letter", "answer", "weeks", "rooms", "May", "sum", "total", "item", "17", "0.00", "tax"]
    ),
    min_size=2,
    max_size=6,
)


@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=50, unique=True), st.data())
def test_whatever_two_parts_share_nothing_is_lost_and_nothing_is_doubled(
    lines: list[str], data: st.DataObject
) -> None:
    end = data.draw(st.integers(1, len(lines)))
    start = data.draw(st.integers(max(0, end - 20), end - 1))

    joined = join_parts(["\n".join(lines[:end]), "\n".join(lines[start:])], [True])

    assert joined.split("\n") == lines


POOL = ["x", "0.00", "total 5", "sum 7", "tax", "Dear Ms Hale,", "A. Stone", "", "within two weeks", "17"]


@given(st.lists(st.lists(st.sampled_from(POOL), max_size=9), min_size=1, max_size=4), st.data())
def test_a_line_stands_in_the_whole_as_often_as_in_the_part_where_it_stands_most(
    parts: list[list[str]], data: st.DataObject
) -> None:
    overlaps = data.draw(st.lists(st.booleans(), min_size=len(parts) - 1, max_size=len(parts) - 1))

    joined = join_parts(["\n".join(part) for part in parts], overlaps).split("\n")

    for line in set(POOL) - {""}:
        assert joined.count(line) >= max(part.count(line) for part in parts)
