"""The documents below a folder: what may be offered to somebody who does not know their names."""

import os
import stat
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
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
        found = _describe(folder.name, folder.name, folder.stat())
        return () if found is None else (found,)
    with closing(_walk(folder.resolve())) as documents:
        return tuple(islice(documents, limit))


def is_listed(name: str) -> bool:
    """Whether a listing shows files of this name: a document, and nothing on the way to it begins with a dot.

    Examples:
        >>> is_listed("scans/letter.pdf"), is_listed(".private/letter.pdf"), is_listed("token")
        (True, False, False)
    """
    return type_of_name(name) is not None and all(map(_is_shown, name.split("/")))


def type_of_name(name: str) -> str | None:
    """Return the media type that the end of a name stands for; None if it is none of a document.

    Examples:
        >>> type_of_name("scans/Letter.PDF")
        'application/pdf'
    """
    return DOCUMENT_TYPES.get(Path(name).suffix.lower())


def _walk(folder: Path) -> Generator[ListedDocument]:
    looked_at = 0
    # On open folders and without links, so that none that is swapped meanwhile leads out.
    for place, folders, files, descriptor in os.fwalk(folder, follow_symlinks=False):
        folders[:] = sorted(name for name in folders if _is_shown(name))
        inside = os.path.relpath(place, folder)
        looked_at += len(folders) + len(files)
        if looked_at > MAX_ENTRIES:
            return
        for name in sorted(filter(_is_shown, files)):
            try:
                status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            except OSError:  # It went away meanwhile.
                continue
            found = _describe(name, name if inside == "." else f"{inside}/{name}", status)
            if found is not None:
                yield found


def _is_shown(name: str) -> bool:
    return not name.startswith(".") and not holds_surrogates(name)


def _describe(name: str, path: str, status: os.stat_result) -> ListedDocument | None:
    media_type = type_of_name(name)
    regular = stat.S_ISREG(status.st_mode)
    return ListedDocument(path, media_type, status.st_size) if media_type and regular else None
