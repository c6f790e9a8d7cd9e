"""A picture of the tiles for people: what the model sees, in which order, and what it costs."""

from typing import Final

from PIL import Image, ImageDraw, ImageFont

from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.tiling.fitting import fit_to_grid
from nemotron_vl_integrations.tiling.grid import MAX_TILES, TILE_SIZE, TOKENS_PER_TILE, Grid, choose_grid

# Sizes in pixels of the picture. A tile is drawn at less than half its size, so that 12 fit a page.
_TILE: Final = 220
_GAP: Final = 8
_MARGIN: Final = 36
_CAPTION: Final = 64
_BADGE: Final = 28
_LABEL: Final = 60

_PAPER: Final = (246, 247, 245)
_INK: Final = (38, 43, 40)
_QUIET: Final = (112, 120, 115)
_LINE: Final = (198, 204, 199)
_GREEN: Final = (84, 138, 0)
_WHITE: Final = (255, 255, 255)

_THUMBNAIL_LABEL: Final = "Thumbnail: the whole,\nsqueezed into one tile"


def draw_grid(image: Image.Image, *, layout: Layout = "reference", max_tiles: int = MAX_TILES) -> Image.Image:
    """Draw the tiles of an image as the model sees them.

    The canvas of `fit_to_grid` is cut into its tiles, numbered in the order in which the model reads
    them, with the thumbnail, its last tile, beside them, and the token count above.

    Args:
        image: Upright, mode RGB, see `load_image`. It is not changed.
        layout: `reference` or `detail`.
        max_tiles: Most tiles, 1 to 12, the thumbnail not counted.

    Returns:
        A new RGB image.

    Raises:
        InvalidRequestError: As `fit_to_grid`.

    Examples:
        >>> draw_grid(Image.new("RGB", (1654, 2339), "white")).mode
        'RGB'
    """
    canvas = fit_to_grid(image, layout=layout, max_tiles=max_tiles)
    grid = choose_grid(image.width, image.height, layout=layout, max_tiles=max_tiles)
    picture = Image.new("RGB", _measure(grid), _PAPER)
    _draw_caption(picture, grid)
    top = _MARGIN + _CAPTION
    for number in range(grid.columns * grid.rows):
        row, column = divmod(number, grid.columns)
        corner = (_MARGIN + column * (_TILE + _GAP), top + row * (_TILE + _GAP))
        box = (column * TILE_SIZE, row * TILE_SIZE, (column + 1) * TILE_SIZE, (row + 1) * TILE_SIZE)
        _draw_tile(picture, canvas.crop(box), corner, number + 1)
    if grid.tile_count > 1:
        corner = (2 * _MARGIN + _span(grid.columns), top)
        _draw_tile(picture, canvas, corner, grid.tile_count)
        label = (corner[0], top + _TILE + 10)
        ImageDraw.Draw(picture).multiline_text(
            label, _THUMBNAIL_LABEL, fill=_QUIET, font=_font(17), spacing=6
        )
    return picture


def _measure(grid: Grid) -> tuple[int, int]:
    width, height = _span(grid.columns), _span(grid.rows)
    if grid.tile_count > 1:
        width += _MARGIN + _TILE
        height = max(height, _TILE + _LABEL)
    return width + 2 * _MARGIN, height + _CAPTION + 2 * _MARGIN


def _span(tiles: int) -> int:
    return tiles * _TILE + (tiles - 1) * _GAP


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow's own font: it is everywhere, which the fonts of the system are not.
    return ImageFont.load_default(size)


def _draw_caption(picture: Image.Image, grid: Grid) -> None:
    area = grid.columns * grid.rows
    heading, tiles = "1 tile", "1"
    if area > 1:
        heading, tiles = f"{grid.columns} x {grid.rows} tiles", f"({area} + thumbnail)"
    pen = ImageDraw.Draw(picture)
    pen.text((_MARGIN, _MARGIN - 10), heading, fill=_INK, font=_font(28))
    cost = f"{tiles} x {TOKENS_PER_TILE} + 2 = {grid.token_count:,} tokens"
    pen.text((_MARGIN, _MARGIN + 27), cost, fill=_QUIET, font=_font(17))


def _draw_tile(picture: Image.Image, pixels: Image.Image, corner: tuple[int, int], number: int) -> None:
    left, top = corner
    picture.paste(pixels.resize((_TILE, _TILE), Image.Resampling.BICUBIC), corner)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((left - 1, top - 1, left + _TILE, top + _TILE), outline=_LINE)
    # On the corner, half outside, the badge hides as little of the tile as it can.
    centre = (left + _BADGE // 4, top + _BADGE // 4)
    badge = _draw_disc()
    picture.paste(_GREEN, (centre[0] - _BADGE // 2, centre[1] - _BADGE // 2), badge)
    pen.text(centre, str(number), fill=_WHITE, font=_font(15), anchor="mm")


def _draw_disc() -> Image.Image:
    # Pillow draws without smoothing, so the disc is drawn large and scaled down.
    large = Image.new("L", (_BADGE * 8, _BADGE * 8))
    ImageDraw.Draw(large).ellipse((0, 0, _BADGE * 8 - 1, _BADGE * 8 - 1), fill=255)
    return large.resize((_BADGE, _BADGE), Image.Resampling.BOX)
