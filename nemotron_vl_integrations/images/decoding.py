"""Image files to pixels: one decoder at a time, upright, on white, within limits."""

import importlib.util
import struct
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from PIL import Image, TiffImagePlugin, WebPImagePlugin

from nemotron_vl_integrations.argument_checks import check_whole
from nemotron_vl_integrations.errors import (
    ImageTooLargeError,
    MissingExtraError,
    NemotronVLError,
    UnreadableImageError,
)

IMAGE_TYPES: Final = {
    "png": "PNG",
    "jpeg": "JPEG",
    "webp": "WEBP",
    "tiff": "TIFF",
    "gif": "GIF",
    "bmp": "BMP",
    "heic": "HEIF",
}
"""Image types that can be read, with Pillow's name of each."""

# Named here, these plug-ins are registered, and Pillow need not import all of its plug-ins to find them.
_PLUGINS: Final = (TiffImagePlugin.TiffImageFile, WebPImagePlugin.WebPImageFile)
_HEIC_COMMAND: Final = 'pip install "nemotron-vl-integrations[heic]"'
_EXIF_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_WHITE: Final = (255, 255, 255)
# What Pillow and its codecs raise on hostile files. `Warning` is there for runs with -W error.
_DECODE_ERRORS: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
    Warning,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """How large an image may be; checked before its pixels are decoded.

    Attributes:
        max_bytes: Most bytes of the file.
        max_pixels: Most pixels, width times height. An A1 sheet at 300 dpi has 70 million. Above
            the default, Pillow's own `PIL.Image.MAX_IMAGE_PIXELS` warns and then refuses as well.
        max_frames: Most frames of a TIFF whose frames are read as pages.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 89_000_000
    max_frames: int = 1_000

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            InvalidRequestError: One is of another type, or out of range.
        """
        for name, value in (
            ("max_bytes", self.max_bytes),
            ("max_pixels", self.max_pixels),
            ("max_frames", self.max_frames),
        ):
            check_whole(name, value, 1, 2**62)


@contextmanager
def decoder_errors(name: str, hint: str = "It is damaged or cut short.") -> Generator[None]:
    """Turn what Pillow raises on a bad image into `UnreadableImageError`.

    Args:
        name: What the message calls the image.
        hint: What to do about it.

    Raises:
        UnreadableImageError: The image is damaged.
        ImageTooLargeError: Pillow itself refuses its size.
    """
    try:
        yield
    except NemotronVLError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise ImageTooLargeError(
            f"{name} is larger than Pillow's own limit: {exc}",
            hint="Scale it down, or raise PIL.Image.MAX_IMAGE_PIXELS as well.",
        ) from exc
    except _DECODE_ERRORS as exc:
        raise UnreadableImageError(
            f"{name} cannot be decoded: {str(exc) or type(exc).__name__}.", hint=hint
        ) from exc


def open_image(file: BinaryIO, kind: str) -> Image.Image:
    """Open an image file of a known type, to be used inside `decoder_errors`; `decode_frame` decodes it.

    Args:
        file: The file, positioned anywhere; the caller closes it.
        kind: A key of `IMAGE_TYPES`. Only the decoder of that type runs.

    Raises:
        MissingExtraError: HEIC without the extra `heic`.
    """
    return _open_heic(file) if kind == "heic" else Image.open(file, formats=[IMAGE_TYPES[kind]])


def decode_frame(image: Image.Image, *, name: str, limits: ImageLimits) -> Image.Image:
    """Decode the current frame: upright RGB on white, a new image without metadata.

    Raises:
        ImageTooLargeError: More than `limits.max_pixels`; the pixels were not decoded.
        UnreadableImageError: No pixels.
    """
    width, height = image.size
    if width * height > limits.max_pixels:
        raise ImageTooLargeError(
            f"{name} has {width} x {height} pixels, more than the limit of {limits.max_pixels:,}.",
            hint="Scale it down, or raise ImageLimits.max_pixels.",
        )
    if width * height == 0:
        raise UnreadableImageError(f"{name} has {width} x {height} pixels.", hint="It holds no picture.")
    image.load()
    return _lay_on_white(_turn_upright(image))


def require_heic() -> None:
    """Check that HEIC images can be decoded.

    Raises:
        MissingExtraError: The extra `heic` is not installed.
    """
    if importlib.util.find_spec("pi_heif") is None:
        raise MissingExtraError(
            "Reading HEIC images needs the package pi-heif.", hint=f"Run: {_HEIC_COMMAND}"
        )


def _open_heic(file: BinaryIO) -> Image.Image:
    require_heic()
    # An optional extra. Its class is used directly, so that Pillow's global registry stays as it was.
    from pi_heif import HeifImageFile

    file.seek(0)
    return HeifImageFile(file)


def _turn_upright(image: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(_EXIF_ORIENTATION)
    except _DECODE_ERRORS:
        # Broken metadata beside good pixels: the image is shown as it is stored, as viewers do.
        return image
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _lay_on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _deep_to_rgb(image)
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        rgb = Image.new("RGB", image.size, _WHITE)
        rgb.paste(rgba, mask=rgba.getchannel("A"))
        return rgb
    rgb = image.convert("RGB")
    rgb.info = {}
    return rgb


def _deep_to_rgb(image: Image.Image) -> Image.Image:
    # NumPy takes 0.1 s to import and is only needed for the rare images of more than 8 bits.
    from nemotron_vl_integrations.images.arrays import deep_image_to_grey, mask_of_value

    rgb = deep_image_to_grey(image).convert("RGB")
    transparent = cast("object", image.info.get("transparency"))
    if isinstance(transparent, int):
        rgb.paste(_WHITE, mask=mask_of_value(image, transparent))
    return rgb
