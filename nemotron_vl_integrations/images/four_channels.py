"""What four channels are that come without a name: RGBA, RGB with a byte to fill up, or CMYK."""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

_MIDDLE: Final = 128
_NEARLY_NONE: Final = 16
_STANDS_OUT: Final = 64
_SOME: Final = 0.005


def name_four_channels(image: Image.Image) -> Image.Image:
    """Return an RGBA image in the mode that it was meant in.

    Code that loses the mode of a CMYK picture hands its four channels on, and they look like RGBA. Taken as RGBA they
    are nearly transparent, because paper has no black, and coloured ink disappears. So they are taken for RGBA unless
    that would hide what stands there. Where transparency hides nothing, as in a drawing without a ground, both give the
    same, and RGBA is right.

    Args:
        image: Of mode RGBA.

    Returns:
        The same bytes in mode RGBA or CMYK, or in mode RGB without the fourth.

    Examples:
        >>> page = Image.new("CMYK", (8, 8), (12, 8, 10, 0))
        >>> page.paste((200, 40, 20, 0), (0, 0, 4, 1))
        >>> name_four_channels(Image.frombytes("RGBA", page.size, page.tobytes())).mode
        'CMYK'
    """
    pixels = np.asarray(image)
    colours, fourth = pixels[..., :3], pixels[..., 3]
    if float(np.median(fourth)) >= _MIDDLE or not _varies(colours[fourth < _NEARLY_NONE]):
        return image
    is_filled_up = int(fourth.max()) == 0 and float(np.median(colours)) >= _MIDDLE
    if is_filled_up:
        return image.convert("RGB")
    return Image.frombytes("CMYK", image.size, image.tobytes())


def _varies(colours: npt.NDArray[np.uint8]) -> bool:
    """Whether more than a few pixels stand out from most of the others."""
    if not len(colours):
        return False
    most = np.median(colours, axis=0).astype(np.int16)
    away = np.abs(colours.astype(np.int16) - most) > _STANDS_OUT
    return float(away.any(axis=1).mean()) > _SOME
