"""Image files written as text: base64 and `data:` URLs."""

import base64
import binascii
from urllib.parse import unquote_to_bytes

from nemotron_vl_integrations.errors import ImageTooLargeError, UnreadableImageError
from nemotron_vl_integrations.images.file_types import sniff_type

_SNIFFED_CHARACTERS = 64
_URL_ALPHABET = str.maketrans("-_", "+/")


def decode_data_url(text: str, *, max_bytes: int) -> bytes:
    """Take the bytes out of a `data:` URL, in base64 or percent-encoded.

    Raises:
        UnreadableImageError: It is damaged or cut short.
        ImageTooLargeError: It is too long for `max_bytes`.

    Examples:
        >>> decode_data_url("data:text/plain;base64,aGk=", max_bytes=100)
        b'hi'
    """
    header, comma, body = text.partition(",")
    if not comma:
        raise UnreadableImageError(f"{text[:80]!r} is a data URL without a comma.", hint="It is cut short.")
    if header.lower().endswith(";base64"):
        return decode_base64(body, max_bytes=max_bytes)
    _check_length(len(body), max_bytes, characters_per_byte=3.0)
    return unquote_to_bytes(body)


def decode_base64(text: str, *, max_bytes: int) -> bytes:
    """Decode base64 in either alphabet, with or without line breaks and padding.

    Raises:
        UnreadableImageError: It is damaged or cut short.
        ImageTooLargeError: It is too long for `max_bytes`.
    """
    _check_length(len(text), max_bytes, characters_per_byte=1.5)
    compact = _compact(text)
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise UnreadableImageError(
            f"The text {text[:40]!r}... of {len(text):,} characters is not base64: {exc}.",
            hint="It is damaged or cut short.",
        ) from exc


def looks_like_base64(text: str) -> bool:
    """Tell whether a text starts as the base64 of a file of a known type does.

    Examples:
        >>> looks_like_base64("iVBORw0KGgoAAAANSUhEUg=="), looks_like_base64("scan.png")
        (True, False)
    """
    return sniff_type(decode_start(text)) is not None


def decode_start(text: str) -> bytes:
    r"""Return the first bytes of a file that is written as base64; nothing for a text that is none.

    Examples:
        >>> decode_start("iVBORw0KGgoAAAANSUhEUg==")[:4]
        b'\x89PNG'
    """
    start = _compact(text[:_SNIFFED_CHARACTERS])
    try:
        return base64.b64decode(start[: len(start) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return b""


def _compact(text: str) -> str:
    return "".join(text.split()).translate(_URL_ALPHABET).rstrip("=")


def _check_length(length: int, max_bytes: int, *, characters_per_byte: float) -> None:
    if length > max_bytes * characters_per_byte:
        raise ImageTooLargeError(
            f"A text of {length:,} characters holds more than the limit of {max_bytes:,} bytes.",
            hint="Raise ImageLimits.max_bytes.",
        )
