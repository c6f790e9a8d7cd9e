"""A small picture of a page with its tile grid, as a JPEG file in memory."""

import io
from typing import Final

from PIL import Image, ImageDraw

from nemotron_vl_integrations.tiling.grid import Grid

_GREEN: Final = (84, 138, 0)
_QUALITY: Final = 72


def draw_thumbnail(image: Image.Image, grid: Grid, *, pixels: int) -> bytes:
    """Shrink a page and draw the borders of its tiles.

    Args:
        image: The page, mode RGB; it is stretched to the form of the grid, as the canvas is.
        grid: Its tiles.
        pixels: Length of the longer side.

    Returns:
        A JPEG file.

    Examples:
        >>> jpeg = draw_thumbnail(Image.new("RGB", (1024, 1536), "white"), Grid(2, 3), pixels=300)
        >>> Image.open(io.BytesIO(jpeg)).size
        (200, 300)
    """
    longest = max(grid.columns, grid.rows)
    width, height = (max(1, round(pixels * side / longest)) for side in (grid.columns, grid.rows))
    small = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
    pen = ImageDraw.Draw(small)
    for column in range(1, grid.columns):
        left = round(column * width / grid.columns)
        pen.line((left, 0, left, height), fill=_GREEN)
    for row in range(1, grid.rows):
        top = round(row * height / grid.rows)
        pen.line((0, top, width, top), fill=_GREEN)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()
