"""Which grid of tiles an image gets, where it stands on it, and what it costs: no pixels here.

The model sees an image as a grid of square tiles, each 512 pixels wide, and, if there is more than
one, a thumbnail of the whole after them. A tile costs 256 tokens.
"""

from dataclasses import dataclass
from functools import cache
from typing import assert_never, cast, get_args

from nemotron_vl_integrations.argument_checks import check_choice, check_whole
from nemotron_vl_integrations.messages import Layout

TILE_SIZE = 512
TOKENS_PER_TILE = 256
MAX_TILES = 12

_MARKER_TOKENS = 2
_MOST_PIXELS = 2**31 - 1
_LAYOUTS = cast("tuple[str, ...]", get_args(Layout))


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns and rows of tiles.

    Examples:
        >>> grid = Grid(columns=3, rows=4)
        >>> grid.width, grid.height, grid.tile_count, grid.token_count
        (1536, 2048, 13, 3330)
    """

    columns: int
    rows: int

    @property
    def width(self) -> int:
        """Width of the canvas in pixels."""
        return self.columns * TILE_SIZE

    @property
    def height(self) -> int:
        """Height of the canvas in pixels."""
        return self.rows * TILE_SIZE

    @property
    def tile_count(self) -> int:
        """Tiles that the model sees: a grid of more than one tile brings a thumbnail along."""
        area = self.columns * self.rows
        return area if area == 1 else area + 1

    @property
    def token_count(self) -> int:
        """Tokens of the image in a prompt: 256 a tile, and `<img>` and `</img>` around them."""
        return TOKENS_PER_TILE * self.tile_count + _MARKER_TOKENS


@dataclass(frozen=True, slots=True)
class Placement:
    """The rectangle of a canvas, in pixels, that the image covers; the rest stays white."""

    left: int
    top: int
    width: int
    height: int


def choose_grid(width: int, height: int, *, layout: Layout = "reference", max_tiles: int = MAX_TILES) -> Grid:
    """Choose the grid for an image of `width` x `height` pixels.

    `reference` is the rule that the model was trained with (InternVL's, as in the model's image
    processor and in vLLM): of all grids of at most `max_tiles` tiles, the one whose aspect ratio is
    closest to the image's. Of two that are equally close the larger wins, if the image has more than
    half as many pixels as that grid.

    `detail` takes the grid that shows the image largest without changing its aspect ratio, and of
    equals the one with the fewest tiles. It depends on the aspect ratio alone.

    Args:
        width: Width of the upright image in pixels, 1 or more.
        height: Height of the upright image in pixels, 1 or more.
        layout: `reference` or `detail`.
        max_tiles: Most tiles, 1 to 12, the thumbnail not counted.

    Raises:
        InvalidRequestError: A size below 1 pixel, no such layout, or `max_tiles` outside 1 to 12.

    Examples:
        >>> choose_grid(1654, 2339)
        Grid(columns=2, rows=3)
        >>> choose_grid(1654, 2339, layout="detail")
        Grid(columns=3, rows=4)
    """
    check_layout(layout)
    check_whole("width", width, 1, _MOST_PIXELS)
    check_whole("height", height, 1, _MOST_PIXELS)
    grids = _grids_by_area(check_whole("max_tiles", max_tiles, 1, MAX_TILES))
    match layout:
        case "reference":
            return _find_closest_aspect(grids, width, height)
        case "detail":
            return _find_largest_view(grids, width, height)
        case _:
            assert_never(layout)


def place_image(width: int, height: int, grid: Grid, *, layout: Layout) -> Placement:
    """Say where an image of `width` x `height` pixels stands on the canvas of `grid`.

    `reference` stretches it over the whole canvas. `detail` keeps its aspect ratio and centres it.

    Raises:
        InvalidRequestError: There is no such layout.

    Examples:
        >>> place_image(1654, 2339, Grid(3, 4), layout="detail")
        Placement(left=44, top=0, width=1448, height=2048)
    """
    check_layout(layout)
    match layout:
        case "reference":
            return Placement(0, 0, grid.width, grid.height)
        case "detail":
            if width * grid.height > height * grid.width:
                placed_width, placed_height = grid.width, max(1, round(height * grid.width / width))
            else:
                placed_width, placed_height = max(1, round(width * grid.height / height)), grid.height
            left, top = (grid.width - placed_width) // 2, (grid.height - placed_height) // 2
            return Placement(left, top, placed_width, placed_height)
        case _:
            assert_never(layout)


def count_image_tokens(
    width: int, height: int, *, layout: Layout = "reference", max_tiles: int = MAX_TILES
) -> int:
    """Count the prompt tokens of an image of `width` x `height` pixels.

    Raises:
        InvalidRequestError: As `choose_grid`.

    Examples:
        >>> count_image_tokens(1700, 2200)
        3330
        >>> count_image_tokens(1700, 2200, max_tiles=6)
        1794
    """
    return choose_grid(width, height, layout=layout, max_tiles=max_tiles).token_count


def check_layout(layout: object) -> None:
    """Refuse a layout that does not exist.

    Raises:
        InvalidRequestError: Names those that do.
    """
    check_choice("layout", layout, _LAYOUTS)


def check_fitting(layout: object, max_tiles: object) -> None:
    """Refuse what no image can be fitted with; None stands for what the engine is set to.

    Raises:
        InvalidRequestError: No such layout, or `max_tiles` outside 1 to 12.
    """
    if layout is not None:
        check_layout(layout)
    if max_tiles is not None:
        check_whole("max_tiles", max_tiles, 1, MAX_TILES)


@cache
def _grids_by_area(max_tiles: int) -> tuple[Grid, ...]:
    grids = [Grid(c, r) for c in range(1, max_tiles + 1) for r in range(1, max_tiles // c + 1)]
    return tuple(sorted(grids, key=lambda grid: grid.columns * grid.rows))


def _find_closest_aspect(grids: tuple[Grid, ...], width: int, height: int) -> Grid:
    # Floats on purpose: exact fractions would break ties that vLLM's floats do not see, and the reverse.
    aspect = width / height
    best, smallest = grids[0], float("inf")
    for grid in grids:
        distance = abs(aspect - grid.columns / grid.rows)
        large_enough = width * height > 0.5 * grid.width * grid.height
        if distance < smallest or (distance == smallest and large_enough):
            best, smallest = grid, distance
    return best


def _find_largest_view(grids: tuple[Grid, ...], width: int, height: int) -> Grid:
    # The scale that fits a grid is min(columns / width, rows / height); in whole numbers it is exact.
    return max(
        grids, key=lambda grid: (min(grid.columns * height, grid.rows * width), -grid.columns * grid.rows)
    )
