"""Opens the file of a ledger: which files are taken, how a new one is made, what every connection is set to."""

import sqlite3
import stat
from pathlib import Path
from typing import Final, cast

from nemotron_vl_integrations.errors import LedgerError
from nemotron_vl_integrations.ledger.columns import decode_text
from nemotron_vl_integrations.ledger.damage import is_damage, refuse_document
from nemotron_vl_integrations.ledger.schema import APPLICATION_ID, SCHEMA_VERSION, migrate, read_version

BUSY_SECONDS: Final = 30.0
"""How long a process waits for another one that writes; a page takes it a millisecond."""

CHECKED_BYTES: Final = 32 * 2**20
"""Files up to here are checked when they are opened, which takes some 30 ms."""

# Not the index of the search, which can be made again.
_CHECKED_TABLES: Final = ("files", "paths", "settings", "results")

_SMALLEST_DATABASE: Final = 512
_NEEDED_SQLITE: Final = (3, 34)


def locate(path: Path) -> Path:
    """Return where the ledger is or will be, links followed.

    Raises:
        LedgerError: That can be no ledger.
    """
    if sqlite3.sqlite_version_info < _NEEDED_SQLITE:
        raise LedgerError(
            f"This Python has SQLite {sqlite3.sqlite_version}, and the ledger needs 3.34.",
            hint="Use a Python that brings a newer one.",
        )
    try:
        if path.is_symlink() and not path.exists():
            raise LedgerError(
                f"The ledger {str(path)!r} is a link to nothing.", hint="Remove it, or make its target."
            )
        place = path.resolve()
        mode = place.stat().st_mode if place.exists() else None
    except (OSError, ValueError, RuntimeError) as exc:
        raise LedgerError(
            f"The ledger {str(path)!r} cannot be looked at: {exc}.", hint="Check the path."
        ) from exc
    if mode is not None and not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise LedgerError(f"The ledger {str(path)!r} is {kind}.", hint="Name a file, such as pages.ledger.")
    return place


def refuse_foreign(place: Path) -> None:
    """Refuse a database of another program, without a lock and without writing a byte.

    Raises:
        LedgerError: It is one, or a document, or a ledger of a newer version of this package.
        FoundDamageError: It is no database.
        sqlite3.DatabaseError: It cannot be opened.
    """
    if place.stat().st_size < _SMALLEST_DATABASE:
        refuse_document(place)
        raise FoundDamageError("it is too short for a database")
    # Only SQLite may open the file: closing one's own descriptor would drop the locks of every connection of the
    # process. What identifies a ledger is in the file from its first moment, so the log need not be read.
    connection = sqlite3.connect(f"{place.as_uri()}?immutable=1", uri=True)
    try:
        (found,) = cast("tuple[int]", connection.execute("PRAGMA application_id").fetchone())
        version = read_version(connection)
    except sqlite3.DatabaseError as exc:
        if not is_damage(exc):
            raise
        # No connection of this process can hold a lock on it, so it may be looked into.
        refuse_document(place)
        raise FoundDamageError(str(exc)) from exc
    finally:
        connection.close()
    if found != APPLICATION_ID:
        raise LedgerError(
            f"{str(place)!r} is the database of another program, not a ledger.", hint="Name another file."
        )
    _refuse_newer(place, version)


def _refuse_newer(place: Path, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"The ledger {str(place)!r} has version {version}; this package knows up to {SCHEMA_VERSION}.",
            hint="Update nemotron-vl-integrations, or begin another ledger.",
        )


def make_file(place: Path) -> None:
    """Make an empty ledger, which appears under its name when it is whole. The folder must be held."""
    unfinished = place.with_name(place.name + ".new")
    # A process that was killed here has left it.
    _remove_unfinished(unfinished)
    try:
        connection = sqlite3.connect(f"{unfinished.as_uri()}?mode=rwc", uri=True, isolation_level=None)
        try:
            migrate(connection)
            _use_log(connection, unfinished)
        finally:
            connection.close()
    except BaseException:
        # On a full disk, say.
        _remove_unfinished(unfinished)
        raise
    unfinished.replace(place)


def _remove_unfinished(unfinished: Path) -> None:
    """Remove a ledger that was never one, with what belongs to it; nothing was in it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)


def connect(place: Path, *, write: bool) -> sqlite3.Connection:
    """Open a ledger that is there, brought up to date.

    Raises:
        LedgerError: It has a newer version, or its file system cannot hold it.
        sqlite3.DatabaseError: What else SQLite has against it.
    """
    connection = sqlite3.connect(
        f"{place.as_uri()}?mode=rw" if write else f"{place.as_uri()}?immutable=1",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.text_factory = decode_text
        if write:
            _prepare(connection, place)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, place: Path) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    # With a log this keeps all that was committed through any end of the process. A loss of power takes the last pages,
    # never the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    _refuse_newer(place, read_version(connection))
    _use_log(connection, place)
    migrate(connection)
    if place.stat().st_size <= CHECKED_BYTES:
        for table in _CHECKED_TABLES:
            (found,) = cast("tuple[str]", connection.execute(f"PRAGMA quick_check ({table})").fetchone())
            if found != "ok":
                raise FoundDamageError(" ".join(found.split()))


def _use_log(connection: sqlite3.Connection, place: Path) -> None:
    (mode,) = cast("tuple[str]", connection.execute("PRAGMA journal_mode = WAL").fetchone())
    if mode != "wal":
        raise LedgerError(
            f"The file system of {str(place)!r} cannot hold a ledger: SQLite has no write-ahead log there.",
            hint="Keep it on a local disk.",
        )


class FoundDamageError(Exception):
    """The check of a ledger found it damaged."""
