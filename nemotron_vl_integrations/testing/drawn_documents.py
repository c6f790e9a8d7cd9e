"""Documents that a suite draws: a few large words on each page, or none."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_SIZE = (512, 512)
_PIXELS_PER_INCH = 200


def draw_words(words: str) -> Image.Image:
    """Draw words in black on a white page of 512 x 512 pixels; without words it is blank.

    Examples:
        >>> draw_words("").getextrema(), draw_words("Good morning.").getextrema()[0][0]
        (((255, 255), (255, 255), (255, 255)), 0)
    """
    page = Image.new("RGB", _SIZE, "white")
    ImageDraw.Draw(page).text((40, 40), words, fill="black", font=ImageFont.load_default(26))
    return page


def write_document(path: Path, pages: Sequence[str]) -> Path:
    """Write a scanned document of the type that the path's suffix names: `.pdf` or `.tiff`.

    Args:
        path: The file.
        pages: The words of each page; a blank page has none.
    """
    images = [draw_words(words) for words in pages]
    images[0].save(path, save_all=True, append_images=images[1:], resolution=_PIXELS_PER_INCH)
    return path
