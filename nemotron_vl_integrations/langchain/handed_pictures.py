"""Pictures as LangChain's PDF loaders hand them on to `images_parser`: bare pixels, without a name or a page."""

import io
from typing import Final

from PIL import Image

from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.images.decoding import decoder_errors, open_image
from nemotron_vl_integrations.images.file_types import SNIFF_BYTES, sniff_type

_NPY: Final = b"\x93NUMPY"
# Where a PNG's header names its channels, and its number for RGBA.
_CHANNELS_AT: Final = 25
_RGBA: Final = 6


def decode_picture(data: bytes, *, limits: ImageLimits, named: bool) -> Image.Image | None:
    """Return the picture of a blob that says less than a file would; None for anything else.

    That is an array of NumPy, and a PNG of four channels without a source, which may have been CMYK.

    Args:
        data: The bytes of the blob.
        limits: Largest file and image.
        named: Whether the blob says where it is from. Then it is a file, and a PNG's transparency is meant.

    Raises:
        UnreadableImageError: Damaged, or no image.
        ImageTooLargeError: Over one of the limits.
    """
    is_array = data.startswith(_NPY)
    is_bare_rgba = not named and sniff_type(data[:SNIFF_BYTES]) == "png" and _has_four_channels(data)
    if not is_array and not is_bare_rgba:
        return None
    # NumPy takes 0.1 s to import, and files are read without it.
    from nemotron_vl_integrations.images.four_channels import name_four_channels
    from nemotron_vl_integrations.images.npy import decode_npy

    image = decode_npy(data, limits=limits) if is_array else _open_png(data, limits)
    return name_four_channels(image) if image is not None and image.mode == "RGBA" else image


def _has_four_channels(data: bytes) -> bool:
    return len(data) > _CHANNELS_AT and data[_CHANNELS_AT] == _RGBA


def _open_png(data: bytes, limits: ImageLimits) -> Image.Image | None:
    with decoder_errors(f"The image of {len(data):,} bytes (PNG)"):
        image = open_image(io.BytesIO(data), "png")
        if image.mode != "RGBA" or image.width * image.height > limits.max_pixels:
            return None  # Deep, or too large: the ordinary way handles both.
        image.load()
        return image
