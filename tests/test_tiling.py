"""Tiling: the grid of an image, its tokens, and the canvas that vLLM leaves alone."""

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.tiling import (
    MAX_TILES,
    TILE_SIZE,
    Grid,
    choose_grid,
    count_image_tokens,
    draw_grid,
    fit_to_grid,
    place_image,
)

SIDES = st.integers(1, 20_000)
LAYOUTS: st.SearchStrategy[Layout] = st.sampled_from(["reference", "detail"])
TILE_LIMITS = st.integers(1, MAX_TILES)

KNOWN = [
    # what, width, height, layout, max_tiles, columns, rows, tokens
    ("A4 at 200 dpi", 1654, 2339, "reference", 12, 2, 3, 1794),
    ("A4 at 300 dpi", 2480, 3508, "reference", 12, 2, 3, 1794),
    ("A4 landscape", 2339, 1654, "reference", 12, 4, 3, 3330),
    ("US Letter at 200 dpi", 1700, 2200, "reference", 12, 3, 4, 3330),
    ("16:9 slide", 1920, 1080, "reference", 12, 4, 2, 2306),
    ("4:3 photo", 4000, 3000, "reference", 12, 4, 3, 3330),
    ("small square", 500, 500, "reference", 12, 1, 1, 258),
    ("square of 1024", 1024, 1024, "reference", 12, 2, 2, 1282),
    ("line of text", 481, 202, "reference", 12, 5, 2, 2818),
    ("line of text, cheap", 481, 202, "reference", 3, 2, 1, 770),
    ("one pixel", 1, 1, "reference", 12, 1, 1, 258),
    ("A4 in detail", 1654, 2339, "detail", 12, 3, 4, 3330),
    ("A4 in detail, 8 tiles", 1654, 2339, "detail", 8, 2, 3, 1794),
    ("US Letter in detail", 1700, 2200, "detail", 12, 3, 4, 3330),
    ("16:9 slide in detail", 1920, 1080, "detail", 12, 4, 3, 3330),
    ("square in detail", 500, 500, "detail", 12, 3, 3, 2562),
    ("till receipt in detail", 600, 3000, "detail", 12, 2, 6, 3330),
    ("endless strip in detail", 20_000, 10, "detail", 12, 12, 1, 3330),
]


def midpoint_sizes() -> Iterator[tuple[int, int]]:
    """Sizes whose aspect ratio lies exactly between two grids, where the rule for ties decides."""
    ratios = sorted({Fraction(c, r) for c in range(1, 13) for r in range(1, 12 // c + 1)})
    for low, high in itertools.pairwise(ratios):
        middle = (low + high) / 2
        for factor in (1, 7, 40, 300):
            yield middle.numerator * factor, middle.denominator * factor


@pytest.mark.parametrize(
    ("width", "height", "layout", "max_tiles", "columns", "rows", "tokens"),
    [row[1:] for row in KNOWN],
    ids=[row[0] for row in KNOWN],
)
def test_known_sizes_get_known_grids_and_tokens(
    width: int, height: int, layout: Layout, max_tiles: int, columns: int, rows: int, tokens: int
) -> None:
    assert choose_grid(width, height, layout=layout, max_tiles=max_tiles) == Grid(columns, rows)
    assert count_image_tokens(width, height, layout=layout, max_tiles=max_tiles) == tokens


def test_the_reference_grid_is_vllms_own_choice() -> None:
    from vllm.transformers_utils.processors.internvl import (
        calculate_internvl_targets,
        get_internvl_target_ratios,
    )

    draw = random.Random(2024)
    sizes = [(draw.randint(1, 6000), draw.randint(1, 6000)) for _ in range(18_000)]
    sizes += [(draw.randint(1, 60) * 32, draw.randint(1, 60) * 32) for _ in range(2_000)]
    sizes += [
        *midpoint_sizes(),
        *((c * TILE_SIZE, r * TILE_SIZE) for c in range(1, 13) for r in range(1, 13)),
    ]
    ratios = {limit: get_internvl_target_ratios(1, limit) for limit in range(1, MAX_TILES + 1)}
    differences: list[tuple[int, int, int]] = []
    for number, (width, height) in enumerate(sizes):
        limit = number % MAX_TILES + 1
        _, vllm_width, vllm_height = calculate_internvl_targets(
            orig_width=width,
            orig_height=height,
            target_ratios=ratios[limit],
            image_size=TILE_SIZE,
            use_thumbnail=False,
        )
        grid = choose_grid(width, height, max_tiles=limit)
        if (grid.width, grid.height) != (vllm_width, vllm_height):
            differences.append((width, height, limit))
    assert len(sizes) > 20_000
    assert differences == []


@pytest.mark.parametrize("grid", [Grid(c, r) for c in range(1, 13) for r in range(1, 12 // c + 1)], ids=str)
def test_the_canvas_of_every_grid_is_chosen_as_that_very_grid_with_any_limit_that_allows_it(
    grid: Grid,
) -> None:
    for limit in range(grid.columns * grid.rows, MAX_TILES + 1):
        assert choose_grid(grid.width, grid.height, max_tiles=limit) == grid


@given(SIDES, SIDES, LAYOUTS, TILE_LIMITS)
def test_fitting_a_canvas_again_changes_nothing(
    width: int, height: int, layout: Layout, max_tiles: int
) -> None:
    grid = choose_grid(width, height, layout=layout, max_tiles=max_tiles)

    assert choose_grid(grid.width, grid.height, layout=layout, max_tiles=max_tiles) == grid
    assert choose_grid(grid.width, grid.height, layout="reference", max_tiles=MAX_TILES) == grid
    whole = place_image(grid.width, grid.height, grid, layout=layout)
    assert (whole.left, whole.top, whole.width, whole.height) == (0, 0, grid.width, grid.height)


@given(SIDES, SIDES, LAYOUTS, TILE_LIMITS)
def test_a_grid_keeps_the_limit_and_counts_its_tokens(
    width: int, height: int, layout: Layout, max_tiles: int
) -> None:
    grid = choose_grid(width, height, layout=layout, max_tiles=max_tiles)
    area = grid.columns * grid.rows

    assert 1 <= area <= max_tiles
    assert grid.tile_count == (1 if area == 1 else area + 1)
    assert grid.token_count == 256 * grid.tile_count + 2


@given(SIDES, SIDES, TILE_LIMITS)
def test_no_other_grid_shows_more_of_the_page_than_the_detail_grid(
    width: int, height: int, max_tiles: int
) -> None:
    def page_pixels(grid: Grid) -> Fraction:
        scale = min(Fraction(grid.width, width), Fraction(grid.height, height))
        return scale * scale * width * height

    chosen = choose_grid(width, height, layout="detail", max_tiles=max_tiles)
    others = [Grid(c, r) for c in range(1, max_tiles + 1) for r in range(1, max_tiles // c + 1)]
    assert all(page_pixels(other) <= page_pixels(chosen) for other in others)


@given(SIDES, SIDES, TILE_LIMITS)
def test_a_detailed_page_keeps_its_shape_and_stands_in_the_middle(
    width: int, height: int, max_tiles: int
) -> None:
    grid = choose_grid(width, height, layout="detail", max_tiles=max_tiles)
    place = place_image(width, height, grid, layout="detail")

    right, bottom = grid.width - place.left - place.width, grid.height - place.top - place.height
    assert place.left == 0 or place.top == 0
    assert right - place.left in (0, 1)
    assert bottom - place.top in (0, 1)
    scale = min(Fraction(grid.width, width), Fraction(grid.height, height))
    assert abs(place.width - max(1, width * scale)) <= 1
    assert abs(place.height - max(1, height * scale)) <= 1


def test_the_reference_canvas_is_the_stretched_image() -> None:
    page = Image.new("RGB", (827, 1169), "white")
    ImageDraw.Draw(page).rectangle((0, 0, 412, 1168), fill="black")

    canvas = fit_to_grid(page)

    assert canvas.size == (1024, 1536)
    assert canvas.getpixel((500, 1535)) == (0, 0, 0)
    assert canvas.getpixel((525, 0)) == (255, 255, 255)


def test_the_detail_canvas_has_white_margins_beside_the_page() -> None:
    canvas = fit_to_grid(Image.new("RGB", (1654, 2339), "black"), layout="detail")

    assert canvas.size == (1536, 2048)
    black = ImageChops.invert(canvas).getbbox()
    assert black == (44, 0, 1492, 2048)


@pytest.mark.parametrize("layout", ["reference", "detail"])
def test_a_canvas_comes_back_as_a_new_image_with_the_same_pixels(layout: Layout) -> None:
    canvas = Image.effect_noise((1024, 512), 90).convert("RGB")
    before = canvas.tobytes()

    again = fit_to_grid(canvas, layout=layout, max_tiles=2)

    assert again is not canvas
    assert again.tobytes() == before == canvas.tobytes()


@pytest.mark.parametrize("max_tiles", [0, -1, 13])
def test_a_tile_limit_outside_1_to_12_is_refused(max_tiles: int) -> None:
    with pytest.raises(InvalidRequestError, match=f"max_tiles={max_tiles}"):
        choose_grid(100, 100, max_tiles=max_tiles)


@pytest.mark.parametrize(
    ("width", "height", "named"), [(0, 5, "width=0"), (5, 0, "height=0"), (-1, 5, "width=-1")]
)
def test_an_image_without_pixels_is_refused(width: int, height: int, named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        count_image_tokens(width, height)


def test_an_image_that_is_not_rgb_is_refused_instead_of_losing_its_alpha() -> None:
    with pytest.raises(InvalidRequestError, match="'RGBA'"):
        fit_to_grid(Image.new("RGBA", (10, 10)))


def test_the_picture_for_people_shows_every_tile_in_place_and_the_thumbnail_beside_them() -> None:
    page = Image.new("RGB", (1024, 1536), "white")
    for number in range(6):
        row, column = divmod(number, 2)
        page.paste((40 * number, 0, 0), (column * 512, row * 512, column * 512 + 512, row * 512 + 512))
    before = page.tobytes()

    picture = draw_grid(page)

    size = picture.width, picture.height
    assert size == (2 * 36 + 2 * 220 + 8 + 36 + 220, 2 * 36 + 64 + 3 * 220 + 2 * 8)
    centres = [(36 + 228 * (n % 2) + 110, 100 + 228 * (n // 2) + 110) for n in range(6)]
    assert [picture.getpixel(centre) for centre in centres] == [(40 * n, 0, 0) for n in range(6)]
    assert picture.getpixel((36 + 448 + 36 + 60, 100 + 200)) == (160, 0, 0)
    assert page.tobytes() == before


def test_the_picture_of_one_tile_has_no_thumbnail() -> None:
    narrow, wide = draw_grid(Image.new("RGB", (300, 300))), draw_grid(Image.new("RGB", (1024, 512)))
    assert wide.width - narrow.width == 220 + 8 + 36 + 220


@given(SIDES, SIDES, LAYOUTS, TILE_LIMITS)
@settings(max_examples=10)
def test_a_picture_can_be_drawn_of_any_image(width: int, height: int, layout: Layout, max_tiles: int) -> None:
    image = Image.new("RGB", (max(1, width // 20), max(1, height // 20)))
    assert draw_grid(image, layout=layout, max_tiles=max_tiles).mode == "RGB"


def test_a_layout_that_does_not_exist_is_refused_by_name() -> None:
    layout = cast("Layout", "x")
    uses = (
        lambda: choose_grid(9, 9, layout=layout),
        lambda: count_image_tokens(9, 9, layout=layout),
        lambda: place_image(9, 9, Grid(1, 1), layout=layout),
        lambda: fit_to_grid(Image.new("RGB", (9, 9)), layout=layout),
    )
    for use in uses:
        with pytest.raises(
            InvalidRequestError, match=r"`layout='x'` does not exist\. Give 'reference' or 'detail'"
        ):
            use()


@pytest.mark.parametrize("max_tiles", [0, 13, 6.0, True, "6", None])
def test_a_number_of_tiles_that_is_none_is_refused_by_name(max_tiles: int) -> None:
    with pytest.raises(InvalidRequestError, match="`max_tiles="):
        choose_grid(9, 9, max_tiles=max_tiles)
