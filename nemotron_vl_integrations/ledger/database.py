"""The connection of a ledger: one for all threads, guarded by a lock, replaced when its file breaks or goes away."""

import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nemotron_vl_integrations.errors import LedgerError
from nemotron_vl_integrations.ledger.damage import (
    describe_failure,
    has_companions,
    hold_folder,
    is_damage,
    is_index_damage,
    set_aside,
)
from nemotron_vl_integrations.ledger.opening import (
    FoundDamageError,
    connect,
    locate,
    make_file,
    refuse_foreign,
)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
"""What is done with the connection; done a second time if the file had to be replaced."""

_READ_ONLY = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


class Database:
    """A ledger's file, opened.

    One connection serves all threads. A page is written in a millisecond and found in a tenth of that, so a lock costs
    nothing; a connection for each thread would have to be closed when its thread ends, which nobody tells.

    Args:
        path: The file.
        create: Make a missing file, and begin anew beside a damaged one; else both are errors and nothing is moved.
        report: Takes one line when a file was set aside or has gone away.

    Raises:
        LedgerError: The file cannot be used.
    """

    def __init__(self, path: Path, *, create: bool, report: Callable[[str], None] | None) -> None:
        self.path = path
        self._create = create
        self._report = report or _say
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._place = locate(path)
        self._closed = False
        self._connection: sqlite3.Connection | None = None
        self._open()

    def read(self, work: Work[T]) -> T:
        """Do what reads; one statement sees one state of the file."""
        return self._run(work)

    def write(self, work: Work[T]) -> T:
        """Do what writes, in one transaction: all of it is there afterwards, or nothing."""

        def transact(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

        return self._run(transact)

    def close(self) -> None:
        """Close the file; a second time, and in a forked child, nothing happens."""
        with self._lock:
            self._closed = True
            if self._connection is not None and os.getpid() == self._process:
                self._connection.close()
                self._connection = None

    def _run(self, work: Work[T]) -> T:
        with self._lock:
            try:
                return work(self._find_connection())
            except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
                raise  # A mistake of this package, not of the file.
            except sqlite3.DatabaseError as exc:
                self._recover(exc)
            try:
                return work(self._find_connection())
            except sqlite3.DatabaseError as exc:
                raise describe_failure(self.path, exc) from exc

    def _find_connection(self) -> sqlite3.Connection:
        if os.getpid() != self._process:
            raise LedgerError(
                f"The ledger {str(self.path)!r} was opened in process {self._process}, of which this one is a fork.",
                hint="Open it again here.",
            )
        if self._closed:
            raise LedgerError(f"The ledger {str(self.path)!r} is closed.", hint="Open it again.")
        if self._connection is None:  # It could not be opened again after damage; perhaps it can now.
            return self._open()
        if self._create and _identify(self._place) != self._identity:
            # Another process has set it aside, or somebody has removed it: what is written to it now would be lost.
            self._connection.close()
            self._report(
                f"The ledger {str(self.path)!r} was moved or removed while in use; going on in a new one."
            )
            return self._open()
        return self._connection

    def _recover(self, error: sqlite3.DatabaseError) -> None:
        """Mend or replace the file after an error.

        Raises:
            LedgerError: The error is of a kind that neither would cure.
        """
        if not self._create or not is_damage(error) or self._connection is None:
            raise describe_failure(self.path, error) from error
        if is_index_damage(error) and _rebuild_search(self._connection):
            return
        self._connection.close()
        with hold_folder(self._place.parent):
            # Unless another process has met the damage first, and begun a new file.
            if _identify(self._place) == self._identity:
                self._set_aside(str(error))
        self._open()

    def _open(self) -> sqlite3.Connection:
        self._connection = None
        try:
            with hold_folder(self._place.parent):
                self._connection = self._open_held()
                self._identity = _identify(self._place)
                return self._connection
        except sqlite3.DatabaseError as exc:
            raise describe_failure(self.path, exc) from exc
        except OSError as exc:
            raise LedgerError(
                f"The ledger {str(self.path)!r} cannot be opened: {exc.strerror or exc}.",
                hint="Choose a file in a folder that you may write.",
            ) from exc

    def _open_held(self) -> sqlite3.Connection:
        if not self._create:
            return self._open_present()
        try:
            if _is_there(self._place):
                return self._open_present()
        except sqlite3.DatabaseError as exc:
            if not is_damage(exc):
                raise
            self._set_aside(str(exc))
        except FoundDamageError as exc:
            self._set_aside(str(exc))
        if has_companions(self._place):
            # A new database would take the log for its own.
            self._set_aside("its log is there and its database is missing")
        make_file(self._place)
        return connect(self._place, write=True)

    def _open_present(self) -> sqlite3.Connection:
        if not _is_there(self._place):
            raise LedgerError(f"There is no ledger {str(self.path)!r}.", hint="Check the path.")
        try:
            refuse_foreign(self._place)
            return connect(self._place, write=True)
        except FoundDamageError as exc:
            if self._create:
                raise
            raise LedgerError(
                f"The ledger {str(self.path)!r} is damaged ({exc}).",
                hint="Reading into it sets it aside and begins a new one.",
            ) from exc
        except sqlite3.OperationalError as exc:
            log = self._place.with_name(self._place.name + "-wal")
            if self._create or exc.sqlite_errorcode & 0xFF not in _READ_ONLY or log.exists():
                raise
            return connect(self._place, write=False)

    def _set_aside(self, reason: str) -> None:
        target = set_aside(self._place)
        if target is not None:
            self._report(
                f"The ledger {str(self.path)!r} is damaged ({reason}). It is kept as {str(target)!r}, and a new"
                " one begins."
            )


def _is_there(place: Path) -> bool:
    """Tell whether there is something in the file; SQLite, too, takes an empty one for a new one."""
    return place.exists() and place.stat().st_size > 0


def _identify(place: Path) -> tuple[int, int] | None:
    try:
        found = place.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _rebuild_search(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("INSERT INTO search (search) VALUES ('rebuild')")
    except sqlite3.DatabaseError:
        return False
    return True


def _say(line: str) -> None:
    sys.stderr.write(f"nemotron-vl: {line}\n")
    sys.stderr.flush()
