"""Tells a page without ink from one that must be read, before the model sees it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

# Averaging 4x4 pixels takes scanner and JPEG noise (deviation about 5 levels) to about 1, so that 200,000 blocks stay
# within 12 levels; a stroke of 2 pixels of medium grey still moves its block by more than 30.
_BLOCK = 4
_LEVELS = 16


def is_uniform(image: "Image") -> bool:
    """Return whether a page shows one colour and nothing else.

    Made to be wrong in one direction: a lone page number, a pale stamp or the shadow of a scanner's edge
    count as something, and the model is asked. A model that is asked about nothing may invent text.

    Args:
        image: An RGB page.

    Examples:
        >>> from PIL import Image, ImageDraw
        >>> page = Image.new("RGB", (512, 512), "ivory")
        >>> is_uniform(page)
        True
        >>> ImageDraw.Draw(page).text((250, 490), "7", fill="black")
        >>> is_uniform(page)
        False
    """
    # `convert` copies an image that is RGB already.
    page = image if image.mode == "RGB" else image.convert("RGB")
    bands = page.reduce(_BLOCK).split()
    return all(_spread(band) <= _LEVELS for band in bands)


def _spread(band: "Image") -> int:
    levels = [level for level, count in enumerate(band.histogram()) if count]
    return levels[-1] - levels[0]
