"""A damaged ledger is moved aside, never written over and never removed."""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nemotron_vl_integrations.errors import LedgerError

_COMPANIONS: Final = ("-wal", "-shm", "-journal")
"""SQLite's own files beside a database, in the order in which they are moved."""

_DOCUMENTS: Final = (
    b"%PDF-",
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"II*\0",
    b"MM\0*",
    b"BM",
    b"PK\x03\x04",
)
"""How documents begin that may be named as the ledger by mistake."""

_NO_LOCKS: Final = (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether an error says that the file itself is broken."""
    return _primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_index_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether an error says that only the index of the search is broken, which can be made again."""
    return error.sqlite_errorcode == sqlite3.SQLITE_CORRUPT_VTAB


def describe_failure(path: Path, error: sqlite3.DatabaseError) -> LedgerError:
    """Make the error for people of an error of SQLite."""
    match _primary_code(error):
        case sqlite3.SQLITE_FULL:
            what, hint = "cannot grow: the disk is full", "Free some space; what is recorded in it stays."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            what, hint = "cannot be written", "Choose a file and a folder that you may write."
        case sqlite3.SQLITE_CANTOPEN:
            what, hint = "cannot be opened", "Choose a file in a folder that you may write."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            what, hint = "is locked by another process", "Wait for it, or end it."
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_PROTOCOL:
            what, hint = (
                "cannot be read or written",
                "Keep it on a local disk, and see whether that has space.",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            what, hint = "is damaged", "Reading into it sets it aside and begins a new one."
        case _:
            what, hint = "failed", "Look at what SQLite says."
    return LedgerError(f"The ledger {str(path)!r} {what} ({error}).", hint=hint)


def _primary_code(error: sqlite3.DatabaseError) -> int:
    return error.sqlite_errorcode & 0xFF


@contextmanager
def hold_folder(folder: Path) -> Generator[None]:
    """Keep every other process and thread from opening, making or moving a ledger in a folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as exc:
        raise LedgerError(
            f"The folder {str(folder)!r} of the ledger cannot be opened: {exc.strerror}.",
            hint="Make it, or choose another.",
        ) from exc
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as exc:
            # Some network file systems cannot lock a folder; there one process has to be enough.
            if exc.errno not in _NO_LOCKS:
                raise
        yield
    finally:
        os.close(descriptor)


def refuse_document(path: Path) -> None:
    """Refuse a file that is a document: it is no damaged ledger but a wrong name.

    Raises:
        LedgerError: It is one.
    """
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(_DOCUMENTS):
        raise LedgerError(
            f"{str(path)!r} is a document or an image, not a ledger.",
            hint="Name another file for the ledger.",
        )


def has_companions(path: Path) -> bool:
    """Tell whether SQLite's files stand beside a database, or beside the place where one was."""
    return any(_beside(path, suffix).exists() for suffix in _COMPANIONS)


def set_aside(path: Path) -> Path | None:
    """Move a ledger and SQLite's files beside it to names that nothing has yet; returns the new name of what there was.

    The database goes last: whoever opens a half moved one finds it as damaged as it was, and none begins a new one
    beside the old log. The folder must be held.
    """
    there = [name for suffix in (*_COMPANIONS, "") if (name := _beside(path, suffix)).exists()]
    if not there:
        return None
    target = _choose_name(path)
    for name in there:
        name.rename(_beside(target, name.name.removeprefix(path.name)))
    return target


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _choose_name(path: Path) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    name = first = f"{path.name}.damaged-{moment}"
    number = 2
    while any(path.with_name(name + suffix).exists() for suffix in (*_COMPANIONS, "")):
        name, number = f"{first}-{number}", number + 1
    return path.with_name(name)
