"""Any image that a caller may hold, as an upright RGB image on white."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from PIL import Image

from nemotron_vl_integrations.argument_checks import check_instance
from nemotron_vl_integrations.errors import ImageTooLargeError, UnreadableImageError
from nemotron_vl_integrations.images.decoding import (
    IMAGE_TYPES,
    ImageLimits,
    decode_frame,
    decoder_errors,
    open_image,
)
from nemotron_vl_integrations.images.file_types import SNIFF_BYTES, describe_type, sniff_type
from nemotron_vl_integrations.images.source_files import FileTooLargeError, read_regular_file
from nemotron_vl_integrations.images.text import decode_base64, decode_data_url, looks_like_base64

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


ImageSource: TypeAlias = "str | Path | bytes | Image.Image | npt.NDArray[np.generic]"

DEFAULT_LIMITS: Final = ImageLimits()

_LONGEST_PATH: Final = 4096
_LONGEST_QUOTE: Final = 300
_ADDRESSES: Final = ("http://", "https://", "ftp://", "s3://", "gs://", "file://")


def load_image(source: ImageSource, *, limits: ImageLimits = DEFAULT_LIMITS) -> Image.Image:
    """Load an image, turn it upright and lay it on white.

    The type is told from the bytes, and only the decoder of that type runs: PNG, JPEG, WebP, TIFF,
    GIF, BMP, and HEIC with its extra. EXIF orientation is applied; transparent parts become white;
    of an animation or a TIFF the first frame is taken; CMYK, palettes and 16-bit images become 8-bit
    RGB. Deep grey is scaled over its whole range, not clipped, see `arrays.scale_to_bytes`.

    A file that is cut short is refused, unless the program itself has told Pillow otherwise with
    `PIL.ImageFile.LOAD_TRUNCATED_IMAGES`.

    Args:
        source: A path, the bytes of a file, a `data:` URL, base64 text, a PIL image (its current
            frame; never changed), or a NumPy array (see `arrays.array_to_image`). A text that names
            an existing file is a path.
        limits: Largest file and image.

    Returns:
        A new image of mode RGB without metadata. No file stays open.

    Raises:
        UnreadableImageError: Missing, damaged, cut short, of an unsupported type, or an http address.
        ImageTooLargeError: Over one of the limits.
        MissingExtraError: HEIC without the extra `heic`.

    Examples:
        >>> load_image(Image.new("LA", (2, 1), (0, 0))).getpixel((0, 0))
        (255, 255, 255)
    """
    check_instance("limits", limits, ImageLimits)
    match source:
        case Image.Image():
            name = f"The PIL image of mode {source.mode!r}"
            with decoder_errors(name, hint="Its file is damaged or was closed."):
                return decode_frame(source, name=name, limits=limits)
        case bytes():
            return _decode(source, f"The image of {len(source):,} bytes", limits)
        case Path():
            return _load_path(source, limits)
        case str():
            return _load_text(source, limits)
        case _:
            return _load_array(source, limits)


def _load_path(path: Path, limits: ImageLimits) -> Image.Image:
    try:
        data = read_regular_file(path, max_bytes=limits.max_bytes)
    except FileTooLargeError as exc:
        raise ImageTooLargeError(
            f"{_quote(path)} cannot be read: {exc.strerror}.", hint="Raise ImageLimits.max_bytes."
        ) from exc
    except OSError as exc:
        raise UnreadableImageError(
            f"{_quote(path)} cannot be read: {exc.strerror}.", hint="Check the path."
        ) from exc
    return _decode(data, _quote(path), limits)


def _load_text(text: str, limits: ImageLimits) -> Image.Image:
    if not text:
        raise UnreadableImageError("The path of the image is empty.", hint="Give the path of a file.")
    if text[:16].lower().startswith(_ADDRESSES):
        raise UnreadableImageError(
            f"{text[:_LONGEST_QUOTE]!r} is an address, and nothing is fetched from addresses.",
            hint="Download it first and pass the path or the bytes.",
        )
    if text[:5].lower() == "data:":
        data = decode_data_url(text, max_bytes=limits.max_bytes)
        return _decode(data, "The image of the data URL", limits)
    if len(text) <= _LONGEST_PATH and _names_file(text):
        return _load_path(Path(text), limits)
    if looks_like_base64(text):
        return _decode(decode_base64(text, max_bytes=limits.max_bytes), "The image in base64", limits)
    if len(text) > _LONGEST_PATH:
        raise UnreadableImageError(
            f"A text of {len(text):,} characters is neither a path nor an image in base64.",
            hint="Pass a path, a data: URL, or the base64 of an image file.",
        )
    return _load_path(Path(text), limits)


def _load_array(source: object, limits: ImageLimits) -> Image.Image:
    # NumPy takes 0.1 s to import and is only needed by those who hand in an array.
    import numpy as np

    from nemotron_vl_integrations.images.arrays import array_to_image

    if not isinstance(source, np.ndarray):
        raise UnreadableImageError(
            f"A value of type {type(source).__name__!r} is not an image.",
            hint="Pass a path, bytes, a data: URL, base64 text, a PIL image or a NumPy array.",
        )
    array = cast("npt.NDArray[np.generic]", source)
    image = array_to_image(array, max_pixels=limits.max_pixels)
    return decode_frame(image, name="The array", limits=limits)


def _decode(data: bytes, name: str, limits: ImageLimits) -> Image.Image:
    if len(data) > limits.max_bytes:
        raise ImageTooLargeError(
            f"{name} has {len(data):,} bytes, more than the limit of {limits.max_bytes:,}.",
            hint="Raise ImageLimits.max_bytes.",
        )
    kind = sniff_type(data[:SNIFF_BYTES])
    if kind is None or kind not in IMAGE_TYPES:
        what, hint = describe_type(kind, data[:SNIFF_BYTES])
        raise UnreadableImageError(f"{name} is not an image: it is {what}.", hint=hint)
    with decoder_errors(f"{name} ({kind.upper()})"), open_image(io.BytesIO(data), kind) as image:
        return decode_frame(image, name=name, limits=limits)


def _quote(path: Path) -> str:
    text = str(path)
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}...")


def _names_file(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False
