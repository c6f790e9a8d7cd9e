"""Images in NumPy's own file format, in which LangChain's PDF loaders hand on the pictures of a page."""

import io
import tokenize
from typing import Final, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from nemotron_vl_integrations.errors import ImageTooLargeError, UnreadableImageError
from nemotron_vl_integrations.images.arrays import array_to_image
from nemotron_vl_integrations.images.decoding import ImageLimits, decoder_errors

NPY_MAGIC: Final = b"\x93NUMPY"
"""How such a file begins."""

_LONGEST_HEADER: Final = 1024
_HINT: Final = "Write it with numpy.save, one image a file."


def decode_npy(data: bytes, *, limits: ImageLimits) -> Image.Image:
    """Turn the bytes of an `.npy` file into an image; nothing in it is unpickled.

    Args:
        data: The file.
        limits: Largest file and image.

    Returns:
        An image of mode L, LA, RGB or RGBA.

    Raises:
        UnreadableImageError: Damaged, or of a shape, type or range of values that is no image.
        ImageTooLargeError: Over one of the limits.

    Examples:
        >>> file = io.BytesIO()
        >>> np.save(file, np.zeros((4, 3), np.uint8))
        >>> decode_npy(file.getvalue(), limits=ImageLimits()).size
        (3, 4)
    """
    if len(data) > limits.max_bytes:
        raise ImageTooLargeError(
            f"The array of {len(data):,} bytes is over the limit of {limits.max_bytes:,}.",
            hint="Raise ImageLimits.max_bytes.",
        )
    name = f"The array of {len(data):,} bytes"
    with decoder_errors(name, hint=_HINT):
        try:
            # Room for an array that claims to be vast is only reserved, never filled.
            loaded = cast(
                "object", np.load(io.BytesIO(data), allow_pickle=False, max_header_size=_LONGEST_HEADER)
            )
        except tokenize.TokenError as exc:  # Of a header that is half a line of Python.
            raise UnreadableImageError(f"{name} cannot be decoded: {exc.args[0]}.", hint=_HINT) from exc
    if not isinstance(loaded, np.ndarray):
        raise UnreadableImageError(f"{name} holds no array.", hint=_HINT)
    return array_to_image(cast("npt.NDArray[np.generic]", loaded), max_pixels=limits.max_pixels)
