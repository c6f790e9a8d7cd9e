"""The documents below a folder: what may be offered to somebody who does not know their names."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nemotron_vl_integrations.argument_checks import holds_surrogates

DOCUMENT_TYPES: Final = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".heic": "image/heic",
}
"""Ends of names that documents have, and their media types; what is in a file, only its bytes say."""

MAX_ENTRIES: Final = 20_000
"""Entries of folders that are looked at for one listing."""


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A file that its name calls a document.

    Attributes:
        name: Its path below the folder, with `/` between.
        media_type: Its type, by the end of its name.
        size: In bytes.
    """

    name: str
    media_type: str
    size: int


def list_documents(folder: Path, *, limit: int) -> tuple[ListedDocument, ...]:
    """Return the documents below a folder by name: regular files only, no links, nothing that begins with a dot.

    Args:
        folder: A folder; a file is its own only document.
        limit: Most documents.

    Examples:
        >>> [document.name for document in list_documents(Path("samples"), limit=3)]
        ['contract.pdf', 'invoice.png', 'letter.pdf']
    """
    if folder.is_file():
        found = _describe(folder.name, folder.parent)
        return () if found is None else (found,)
    documents: list[ListedDocument] = []
    for name in _walk(folder):
        found = _describe(name, folder)
        if found is not None:
            documents.append(found)
        if len(documents) == limit:
            break
    return tuple(documents)


def type_of_name(name: str) -> str | None:
    """Return the media type that the end of a name stands for; None if it is none of a document.

    Examples:
        >>> type_of_name("scans/Letter.PDF")
        'application/pdf'
    """
    return DOCUMENT_TYPES.get(Path(name).suffix.lower())


def _walk(folder: Path) -> Iterator[str]:
    looked_at = 0
    # Links to folders are listed as names and not followed.
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = os.path.relpath(place, folder)
        looked_at += len(folders) + len(files)
        if looked_at > MAX_ENTRIES:
            return
        for name in sorted(files):
            if not name.startswith(".") and not holds_surrogates(name):
                yield name if inside == "." else f"{inside}/{name}"


def _describe(name: str, folder: Path) -> ListedDocument | None:
    media_type = type_of_name(name)
    if media_type is None:
        return None
    try:
        status = (folder / name).lstat()
    except OSError:  # It went away meanwhile.
        return None
    return ListedDocument(name, media_type, status.st_size) if stat.S_ISREG(status.st_mode) else None
