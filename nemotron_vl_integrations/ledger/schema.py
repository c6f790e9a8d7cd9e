"""The tables of a ledger, and the steps from one version of them to the next.

    files      one row for the bytes of a document: their SHA-256 and size
    paths      where those bytes were seen; the row with the highest id is the newest
    settings   what determined a result: its fingerprint, and itself as JSON
    results    one row a page result; `folded` is its text as `search` compares it
    search     index of the trigrams of `results.folded`, kept right by triggers

A new file takes every step from version 0, so it is made as an old one is brought up to date. SQLite 3.34 is enough.
"""

import sqlite3
from collections.abc import Callable
from typing import Final, cast

from nemotron_vl_integrations.ledger.columns import from_column
from nemotron_vl_integrations.ledger.folding import fold_text

APPLICATION_ID: Final = 0x4E56_4C31
"""In the header of the file: "NVL1"."""

_VERSION_1 = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    size INTEGER
);
CREATE TABLE paths (
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES files (id),
    path NOT NULL,
    UNIQUE (path, file_id)
);
CREATE INDEX paths_of_file ON paths (file_id, id);
CREATE TABLE settings (
    id INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    json TEXT NOT NULL
);
CREATE TABLE results (
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES files (id),
    settings_id INTEGER NOT NULL REFERENCES settings (id),
    page INTEGER NOT NULL CHECK (page >= 1),
    image_sha256 BLOB CHECK (length(image_sha256) = 32),
    recorded_at REAL NOT NULL,
    status TEXT NOT NULL,
    page_label NOT NULL,
    reason NOT NULL,
    attempts INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    seconds REAL NOT NULL,
    grid_columns INTEGER,
    grid_rows INTEGER,
    rotation INTEGER NOT NULL,
    confidence REAL,
    lowest_logprob REAL,
    repetition REAL NOT NULL,
    model NOT NULL,
    image,
    text NOT NULL,
    UNIQUE (file_id, settings_id, page)
);
CREATE INDEX results_by_image ON results (image_sha256, settings_id) WHERE image_sha256 IS NOT NULL;
CREATE INDEX results_by_status ON results (status, file_id, settings_id, page);
"""

_VERSION_2 = """
CREATE VIRTUAL TABLE search USING fts5 (
    folded, content = 'results', content_rowid = 'id', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER results_are_found AFTER INSERT ON results BEGIN
    INSERT INTO search (rowid, folded) VALUES (new.id, new.folded);
END;
CREATE TRIGGER results_are_forgotten AFTER DELETE ON results BEGIN
    INSERT INTO search (search, rowid, folded) VALUES ('delete', old.id, old.folded);
END;
CREATE TRIGGER results_are_found_anew AFTER UPDATE OF id, folded ON results BEGIN
    INSERT INTO search (search, rowid, folded) VALUES ('delete', old.id, old.folded);
    INSERT INTO search (rowid, folded) VALUES (new.id, new.folded);
END;
"""


def _make_tables(connection: sqlite3.Connection) -> None:
    _run_statements(connection, _VERSION_1)


def _add_search(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE results ADD COLUMN folded TEXT NOT NULL DEFAULT ''")
    # One page at a time: a big ledger does not fit into memory.
    last = 0
    query = "SELECT id, text FROM results WHERE id > ? ORDER BY id LIMIT 1"
    while row := cast("tuple[int, str | bytes] | None", connection.execute(query, (last,)).fetchone()):
        last, text = row
        connection.execute("UPDATE results SET folded = ? WHERE id = ?", (fold_text(from_column(text)), last))
    _run_statements(connection, _VERSION_2)
    connection.execute("INSERT INTO search (search) VALUES ('rebuild')")


_STEPS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (_make_tables, _add_search)
"""Each brings a file from the version that is its index to the next; a step that was released never changes."""

SCHEMA_VERSION: Final = len(_STEPS)


def read_version(connection: sqlite3.Connection) -> int:
    """Return the version of the tables; 0 for a file without any."""
    (version,) = cast("tuple[int]", connection.execute("PRAGMA user_version").fetchone())
    return version


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date in one transaction: a process that dies in it leaves the old version."""
    if read_version(connection) == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have done it while this one waited for the lock.
        for step in _STEPS[read_version(connection) :]:
            step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _run_statements(connection: sqlite3.Connection, script: str) -> None:
    """Run statements one by one: `executescript` would end the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
