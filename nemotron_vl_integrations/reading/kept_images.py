"""Keeps pictures of pages on disk, so that a person can look at what the model saw."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from nemotron_vl_integrations.errors import InvalidRequestError

_QUALITY = 92
_STEM_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """A folder for pictures of pages."""

    folder: Path

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
        """Write a page as JPEG under a name made of its document and number; it is whole or not there.

        Raises:
            OSError: It cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{_stem(source)}-page-{page:05}.jpg"
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        image.save(part, "JPEG", quality=_QUALITY)
        part.replace(path)
        return path


def _stem(source: str) -> str:
    """A file name that differs for documents of one name in different folders."""
    readable = "".join(letter if letter.isalnum() else "-" for letter in Path(source).stem)[:_STEM_CHARACTERS]
    digest = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{readable.strip('-') or 'page'}-{digest}"
