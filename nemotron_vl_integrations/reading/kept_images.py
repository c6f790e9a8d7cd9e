"""Keeps pictures of pages on disk, so that a person can look at what the model saw."""

import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger import hash_page_image
from nemotron_vl_integrations.reading.options import ImageFormat

_SUFFIXES: dict[ImageFormat, str] = {"jpeg": "jpg", "png": "png"}
_QUALITY = 92
_PNG_EFFORT = 1
"""Of 9: a scan gets hardly smaller with more, and takes four times as long."""
_STEM_CHARACTERS = 60
_DIGEST_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """A folder for pictures of pages.

    Attributes:
        folder: Where it is.
        image_format: How pictures are written.
    """

    folder: Path
    image_format: ImageFormat = "jpeg"

    def make(self) -> None:
        """Make the folder.

        Raises:
            InvalidRequestError: It cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise InvalidRequestError(
                f"The folder {str(self.folder)!r} for page images cannot be made: {exc.strerror}.",
                hint="Choose another folder.",
            ) from exc

    def keep(self, image: Image.Image, *, source: str, page: int) -> Path:
        """Write a page under a name made of its document and number; it is whole or not there.

        A PNG has a digest of its pixels in its name as well. So a page that changes gets another file, and what
        points to the old one still shows what it was written about.

        Raises:
            OSError: It cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{_stem(source)}-page-{page:05}"
        if self.image_format == "png":
            name += f"-{hash_page_image(image)[:_DIGEST_CHARACTERS]}"
        path = self.folder / f"{name}.{_SUFFIXES[self.image_format]}"
        if self.image_format == "png" and path.exists():
            return path
        part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
        if self.image_format == "jpeg":
            image.save(part, "JPEG", quality=_QUALITY)
        else:
            image.save(part, "PNG", compress_level=_PNG_EFFORT)
        part.replace(path)
        return path


def _stem(source: str) -> str:
    """A file name that differs for documents of one name in different folders."""
    readable = "".join(letter if letter.isalnum() else "-" for letter in Path(source).stem)[:_STEM_CHARACTERS]
    digest = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{readable.strip('-') or 'page'}-{digest}"
