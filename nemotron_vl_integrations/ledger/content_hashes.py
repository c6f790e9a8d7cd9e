"""The SHA-256 of what is read: of a document's bytes, and of a rendered page's pixels."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_STRIP = 64


def hash_document(document: Path | bytes) -> str:
    """Return the SHA-256 of a document's bytes, as 64 hexadecimal digits; a file is read piece by piece.

    Raises:
        OSError: The file cannot be read.

    Examples:
        >>> hash_document(b"%PDF-1.7")[:8]
        '86edbaa2'
    """
    if isinstance(document, bytes):
        return hashlib.sha256(document).hexdigest()
    with document.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_page_image(image: "Image") -> str:
    """Return the SHA-256 of an image's size, mode and pixels: equal only for images that the model cannot tell apart.

    Examples:
        >>> from PIL import Image
        >>> wide, high = Image.new("RGB", (4, 2)), Image.new("RGB", (2, 4))
        >>> hash_page_image(wide) == hash_page_image(wide.copy()), hash_page_image(wide) == hash_page_image(high)
        (True, False)
    """
    digest = hashlib.sha256(f"{image.mode} {image.width} {image.height}\n".encode("ascii"))
    # Strip by strip: the pixels of a page as one piece are another 7 MB for each page in flight.
    for top in range(0, image.height, _STRIP):
        strip = image.crop((0, top, image.width, min(top + _STRIP, image.height)))
        digest.update(strip.tobytes())
    return digest.hexdigest()
