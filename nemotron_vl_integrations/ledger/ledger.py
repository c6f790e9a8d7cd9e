"""The ledger: what was read is found again, whatever happened to the process that read it."""

import os
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NoReturn, cast

from nemotron_vl_integrations.argument_checks import check_flag, check_function, check_instance
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger.columns import from_column, to_column, to_digest
from nemotron_vl_integrations.ledger.database import Database
from nemotron_vl_integrations.ledger.records import (
    ENTRY_COLUMNS,
    NEWEST_PATH,
    RESULT_COLUMNS,
    EntryRow,
    LedgerEntry,
    ResultRow,
    Text,
    check_size,
    entry_from_row,
    from_row,
    to_row,
)
from nemotron_vl_integrations.ledger.search import MAX_HITS, SearchHit, find_pages, split_query
from nemotron_vl_integrations.ledger.settings import ReadingSettings
from nemotron_vl_integrations.page_result import PageResult, PageStatus

_BATCH = 64
_TABLES = (
    "results JOIN files ON files.id = results.file_id JOIN settings ON settings.id = results.settings_id"
)
_OF_DOCUMENT = f"FROM {_TABLES} WHERE files.sha256 = ? AND settings.fingerprint = ?"
_FIND = f"SELECT {NEWEST_PATH}, {RESULT_COLUMNS} {_OF_DOCUMENT}"
_FIND_MANY = f"SELECT {RESULT_COLUMNS} {_OF_DOCUMENT}"
_FIND_IMAGE = (
    f"SELECT {NEWEST_PATH}, {RESULT_COLUMNS} FROM results JOIN settings ON settings.id = results.settings_id"
    " WHERE image_sha256 = ? AND settings.fingerprint = ? AND status <> 'text_layer'"
    " ORDER BY status = 'failed', recorded_at DESC LIMIT 1"
)
_COLUMN_NAMES: Final = (
    "file_id",
    "settings_id",
    "image_sha256",
    *RESULT_COLUMNS.split(", "),
    "recorded_at",
    "folded",
)
_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in _COLUMN_NAMES[3:])
_RECORD = (
    f"INSERT INTO results ({', '.join(_COLUMN_NAMES)}) VALUES ({', '.join('?' * len(_COLUMN_NAMES))})"
    " ON CONFLICT (file_id, settings_id, page) DO UPDATE SET"
    f" image_sha256 = coalesce(excluded.image_sha256, image_sha256), {_UPDATES}"
    " WHERE excluded.status <> 'failed' OR results.status = 'failed'"
)


class Ledger(AbstractContextManager["Ledger"]):
    """A file that remembers every page that was read: an SQLite database with one row a page.

    A page is found by the SHA-256 of its document, its number and the settings, before anything is rendered; or by
    the SHA-256 of its rendered image and the settings, when another document has the same page. What `record` has
    returned for survives the end of the process, by any signal; a loss of power can take the last rows.

    Threads may share one ledger, and processes one file; the file must be on a local disk. Methods take a few
    milliseconds at most, so async code calls them with `asyncio.to_thread`.

    Args:
        path: The file, made if it is missing. A damaged one is moved to `NAME.damaged-DATE-TIME`, and a new one begins.
        create: False makes a missing or damaged file an error, and changes no name; a file that cannot be written is
            opened to be read.
        report: Takes one line when a file was set aside; None writes it to stderr.

    Raises:
        LedgerError: The file cannot be used. Every method raises it when the file or its disk fails; the page at hand
            is not lost by that, only not remembered.

    Examples:
        >>> from tempfile import TemporaryDirectory
        >>> page = PageResult(source="letter.pdf", page=1, page_label="1", status="read", text="Dear Ms Hale,")
        >>> settings = ReadingSettings(
        ...     mode="text", prompt="Read.", layout="reference", max_tiles=12, max_tokens=4096,
        ...     text_layer="auto", orientation="auto", model="demo", revision="1",
        ... )
        >>> with TemporaryDirectory() as folder, Ledger(Path(folder, "pages.ledger")) as ledger:
        ...     ledger.record("ab" * 32, settings, page)
        ...     ledger.find("ab" * 32, 1, settings).text
        'Dear Ms Hale,'
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        report: Callable[[str], None] | None = None,
    ) -> None:
        check_instance("path", path, str | os.PathLike)
        self.path = Path(path)
        check_function("report", report, "a function that takes one line, such as `print`")
        self._database = Database(self.path, create=check_flag("create", create), report=report)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self._database.close()

    def __copy__(self) -> "Ledger":
        """Stay the same: a second handle would be closed by nobody, or close this one."""
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "Ledger":
        """Stay the same, in the copies that frameworks make of what holds a ledger."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to go to another process.

        Raises:
            InvalidRequestError: Always.
        """
        raise InvalidRequestError(
            f"The open ledger {str(self.path)!r} does not go to another process.",
            hint="Hand on its path: wherever a ledger is taken a path is taken too, and opened there.",
        )

    def find(
        self, file_sha256: str, page: int, settings: ReadingSettings, *, source: str | None = None
    ) -> PageResult | None:
        """Return a page as it was read, also if that failed.

        Args:
            file_sha256: Of the document's bytes, see `hash_document`.
            page: Counts from 1.
            settings: What it would be read with.
            source: What the result calls the document; None takes the path where it was seen last.
        """
        key = (to_digest(file_sha256), to_digest(settings.fingerprint), page)

        def look_up(connection: sqlite3.Connection) -> list[tuple[Text | None, *ResultRow]]:
            return connection.execute(f"{_FIND} AND page = ?", key).fetchall()

        rows = self._database.read(look_up)
        return _name_result(rows[0], source) if rows else None

    def find_many(
        self, file_sha256: str, settings: ReadingSettings, *, source: str | None = None
    ) -> dict[int, PageResult]:
        """Return all pages of a document that were read, by number, in one query and with their texts in memory."""
        key = (to_digest(file_sha256), to_digest(settings.fingerprint))

        def look_up(connection: sqlite3.Connection) -> list[ResultRow]:
            return connection.execute(f"{_FIND_MANY} ORDER BY page", key).fetchall()

        rows = self._database.read(look_up)
        name = source if source is not None else next(iter(self.paths(file_sha256)), "")
        return {row[0]: from_row(row, name) for row in rows}

    def find_statuses(self, file_sha256: str, settings: ReadingSettings) -> dict[int, PageStatus]:
        """Return the status of all pages of a document that were read, by number: one query, and no text in memory."""
        key = (to_digest(file_sha256), to_digest(settings.fingerprint))
        query = f"SELECT page, status {_OF_DOCUMENT} ORDER BY page"
        rows = self._database.read(lambda connection: connection.execute(query, key).fetchall())
        return dict(cast("list[tuple[int, PageStatus]]", rows))

    def find_image(self, image_sha256: str, settings: ReadingSettings) -> PageResult | None:
        """Return the result of an identical page of any document, under that document's name and number.

        A page whose text came from its document's text layer is left out: another document with the same picture may
        have another text layer. A failed page is found only if no identical one was read.

        Args:
            image_sha256: Of the rendered page, see `hash_page_image`.
            settings: What it would be read with.
        """
        key = (to_digest(image_sha256), to_digest(settings.fingerprint))

        def look_up(connection: sqlite3.Connection) -> list[tuple[Text | None, *ResultRow]]:
            return connection.execute(_FIND_IMAGE, key).fetchall()

        rows = self._database.read(look_up)
        return _name_result(rows[0], None) if rows else None

    def record(
        self,
        file_sha256: str,
        settings: ReadingSettings,
        result: PageResult,
        *,
        image_sha256: str | None = None,
        file_size: int | None = None,
    ) -> None:
        """Write a page, in one transaction; when this returns, no kill takes it away.

        A page that is there already is replaced, except that a failure never replaces a text. The path of the document
        is `result.source`.

        Raises:
            LedgerError: The disk is full, the file is locked for half a minute, or a text is over 1 MiB.
        """
        check_size(result)
        digest, image = to_digest(file_sha256), None if image_sha256 is None else to_digest(image_sha256)
        fingerprint = to_digest(settings.fingerprint)
        row = to_row(result)

        def write(connection: sqlite3.Connection) -> None:
            file_id = _ensure_file(connection, digest, file_size)
            _ensure_path(connection, file_id, result.source)
            settings_id = _ensure_settings(connection, fingerprint, settings)
            connection.execute(_RECORD, (file_id, settings_id, image, *row))

        self._database.write(write)

    def note_path(self, file_sha256: str, source: str) -> None:
        """Write that a document is now at this path; of a document without a row nothing is written."""
        digest = to_digest(file_sha256)

        def write(connection: sqlite3.Connection) -> None:
            file_id = _find_id(connection, "SELECT id FROM files WHERE sha256 = ?", digest)
            if file_id is not None:
                _ensure_path(connection, file_id, source)

        self._database.write(write)

    def paths(self, file_sha256: str) -> tuple[str, ...]:
        """Return where a document was seen, the newest path first."""
        query = (
            "SELECT path FROM paths JOIN files ON files.id = file_id WHERE sha256 = ? ORDER BY paths.id DESC"
        )
        digest = to_digest(file_sha256)
        rows = self._database.read(lambda connection: connection.execute(query, (digest,)).fetchall())
        return tuple(from_column(path) for (path,) in cast("list[tuple[Text]]", rows))

    def entries(
        self, *, status: PageStatus | None = None, source: str | None = None
    ) -> Iterator[LedgerEntry]:
        """Iterate over the rows: documents in the order in which they were first read, pages by number.

        A few rows are in memory at a time, and the file is not held between them: what others write meanwhile may
        be seen or not.

        Args:
            status: Only pages of this status.
            source: Only documents that were seen at this path.
        """
        conditions, values = ["(results.file_id, results.settings_id, page) > (?, ?, ?)"], list[Text]()
        if status is not None:
            conditions.append("status = ?")
            values.append(status)
        if source is not None:
            conditions.append("results.file_id IN (SELECT file_id FROM paths WHERE path = ?)")
            values.append(to_column(source))
        query = (
            f"SELECT {ENTRY_COLUMNS} FROM {_TABLES} WHERE {' AND '.join(conditions)}"
            f" ORDER BY results.file_id, results.settings_id, page LIMIT {_BATCH}"
        )
        return self._iterate(query, values)

    def search(self, query: str, limit: int = 20, *, file_sha256: str | None = None) -> tuple[SearchHit, ...]:
        """Return the pages on which every word of a query stands, the best first.

        A word is found inside longer ones, whatever the case and the accents, in any script. There is no syntax:
        quotes, stars and the like are looked for as they are.

        Args:
            query: The words.
            limit: Most pages.
            file_sha256: Of a document's bytes; None searches all documents.

        Raises:
            InvalidRequestError: The query has more than 1,000 characters, or the limit is not from 1 to 10,000.
        """
        if not 1 <= limit <= MAX_HITS:
            raise InvalidRequestError(f"limit={limit!r} is not from 1 to {MAX_HITS}.", hint="Ask for fewer.")
        words = split_query(query)
        if not words:
            return ()
        digest = None if file_sha256 is None else to_digest(file_sha256)
        return self._database.read(lambda connection: find_pages(connection, words, limit, digest))

    def forget(self, file_sha256: str) -> int:
        """Remove a document with all its pages and paths; returns how many pages that were."""
        digest = to_digest(file_sha256)

        def remove(connection: sqlite3.Connection) -> int:
            file_id = _find_id(connection, "SELECT id FROM files WHERE sha256 = ?", digest)
            removed = connection.execute("DELETE FROM results WHERE file_id = ?", (file_id,)).rowcount
            connection.execute("DELETE FROM paths WHERE file_id = ?", (file_id,))
            connection.execute("DELETE FROM files WHERE id = ?", (file_id,))
            return removed

        return self._database.write(remove)

    def _iterate(self, query: str, values: list[Text]) -> Generator[LedgerEntry]:
        after = (0, 0, 0)
        while True:
            key = (*after, *values)
            rows = cast(
                "list[EntryRow]",
                self._database.read(lambda connection, key=key: connection.execute(query, key).fetchall()),
            )
            for row in rows:
                entry = entry_from_row(row)
                after = (row[1], row[2], entry.result.page)
                yield entry
            if len(rows) < _BATCH:
                return


def _name_result(row: tuple[Text | None, *ResultRow], source: str | None) -> PageResult:
    path, *result = row
    name = source if source is not None else "" if path is None else from_column(path)
    return from_row(cast("ResultRow", tuple(result)), name)


def _find_id(connection: sqlite3.Connection, query: str, key: Text) -> int | None:
    row = cast("tuple[int] | None", connection.execute(query, (key,)).fetchone())
    return None if row is None else row[0]


def _ensure_file(connection: sqlite3.Connection, digest: bytes, size: int | None) -> int:
    file_id = _find_id(connection, "SELECT id FROM files WHERE sha256 = ?", digest)
    if file_id is None:
        insert = "INSERT INTO files (sha256, size) VALUES (?, ?)"
        return cast("int", connection.execute(insert, (digest, size)).lastrowid)
    if size is not None:
        connection.execute("UPDATE files SET size = ? WHERE id = ? AND size IS NULL", (size, file_id))
    return file_id


def _ensure_path(connection: sqlite3.Connection, file_id: int, source: str) -> None:
    """Make a path the newest of its file."""
    newest = "SELECT path FROM paths WHERE file_id = ? ORDER BY id DESC LIMIT 1"
    row = cast("tuple[Text] | None", connection.execute(newest, (file_id,)).fetchone())
    path = to_column(source)
    if row is None or row[0] != path:
        connection.execute("DELETE FROM paths WHERE path = ? AND file_id = ?", (path, file_id))
        connection.execute("INSERT INTO paths (file_id, path) VALUES (?, ?)", (file_id, path))


def _ensure_settings(connection: sqlite3.Connection, fingerprint: bytes, settings: ReadingSettings) -> int:
    found = _find_id(connection, "SELECT id FROM settings WHERE fingerprint = ?", fingerprint)
    if found is not None:
        return found
    insert = "INSERT INTO settings (fingerprint, json) VALUES (?, ?)"
    return cast("int", connection.execute(insert, (fingerprint, settings.to_json())).lastrowid)
