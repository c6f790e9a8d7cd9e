"""Which files a ledger takes, what it refuses, what it sets aside, and what it brings up to date."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from nemotron_vl_integrations.errors import LedgerError
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.ledger.schema import APPLICATION_ID, SCHEMA_VERSION
from tests.ledger_pages import FILE, SETTINGS, make_page, run_sql

ASIDE = re.compile(r"pages\.ledger\.damaged-[0-9]{8}-[0-9]{6}(-[0-9]+)?(-wal|-shm)?")


def write_ledger(path: Path, pages: int = 30, words: int = 200) -> bytes:
    with Ledger(path) as ledger:
        for page in range(1, pages + 1):
            ledger.record(FILE, SETTINGS, make_page(page, f"page {page} " * words))
    return path.read_bytes()


def list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def damage_tables(data: bytes) -> bytes:
    """Overwrites the pages in the middle of a database, as a disk that lost them would."""
    return data[: 4096 * 3] + b"\xa5" * (len(data) - 4096 * 3)


def test_what_can_be_no_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    expected = {
        "dangling": "link to nothing",
        "loop": "link to nothing",
        "pipe": "no regular file",
        ".": "a folder",
        "missing/x": "folder .* cannot be opened",
        "nul\0": "cannot be looked at",
        "x" * 300: "cannot be looked at",
    }
    before = list_names(tmp_path)
    for name, message in expected.items():
        with pytest.raises(LedgerError, match=message) as caught:
            Ledger(tmp_path / name)
        assert caught.value.hint
    with pytest.raises(LedgerError, match="no regular file"):
        Ledger("/dev/null")
    assert list_names(tmp_path) == before


def test_a_link_leads_to_its_ledger(tmp_path: Path) -> None:
    write_ledger(tmp_path / "real.ledger", 1)
    (tmp_path / "link").symlink_to("real.ledger")
    with Ledger(tmp_path / "link") as ledger:
        assert ledger.find(FILE, 1, SETTINGS)
        ledger.record(FILE, SETTINGS, make_page(2))
    assert list_names(tmp_path) == ["link", "real.ledger"]


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "pages.ledger").touch()
    write_ledger(tmp_path / "pages.ledger", 1)
    assert list_names(tmp_path) == ["pages.ledger"]


def test_the_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE results (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="another program"):
        Ledger(path)
    assert path.read_bytes() == before
    assert list_names(tmp_path) == ["other.db"]


def test_a_ledger_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    write_ledger(path)
    run_sql(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    for create in (True, False):
        with pytest.raises(LedgerError, match=f"has version {SCHEMA_VERSION + 1}"):
            Ledger(path, create=create)
    assert path.read_bytes() == before
    assert list_names(tmp_path) == ["pages.ledger"]


@pytest.mark.parametrize("start", [b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"PK\x03\x04"])
def test_a_document_named_by_mistake_is_refused_untouched(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "letter"
    path.write_bytes(start + bytes(5000))
    with pytest.raises(LedgerError, match="document or an image"):
        Ledger(path)
    assert list_names(tmp_path) == ["letter"]
    assert path.read_bytes() == start + bytes(5000)


@pytest.mark.parametrize("how", ["text", "one byte", "zeros", "cut", "header", "tables"])
def test_a_damaged_ledger_is_set_aside_and_a_new_one_begins(tmp_path: Path, how: str) -> None:
    path = tmp_path / "pages.ledger"
    whole = write_ledger(path)
    damaged = {
        "text": b"not a database\n" * 500,
        "one byte": b"x",
        "zeros": bytes(len(whole)),
        "cut": whole[: len(whole) // 2],
        "header": bytes(4096) + whole[4096:],
        "tables": damage_tables(whole),
    }[how]
    path.write_bytes(damaged)
    with pytest.raises(LedgerError, match="is damaged"):
        Ledger(path, create=False)
    assert list_names(tmp_path) == ["pages.ledger"]
    lines = list[str]()
    with Ledger(path, report=lines.append) as ledger:
        assert ledger.find_many(FILE, SETTINGS) == {}
        ledger.record(FILE, SETTINGS, make_page())
    (aside,) = [tmp_path / name for name in list_names(tmp_path) if ASIDE.fullmatch(name)]
    assert aside.read_bytes() == damaged
    assert list_names(tmp_path) == ["pages.ledger", aside.name]
    assert len(lines) == 1
    assert str(path) in lines[0]
    assert str(aside) in lines[0]
    with Ledger(path) as ledger:
        assert ledger.find(FILE, 1, SETTINGS)


def test_nothing_is_replaced_by_what_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pages.ledger"
    for number in range(4):
        path.write_bytes(b"damaged %d" % number)
        Ledger(path).close()
    kept = [tmp_path / name for name in list_names(tmp_path) if ASIDE.fullmatch(name)]
    assert {file.read_bytes() for file in kept} == {b"damaged %d" % number for number in range(4)}
    assert capsys.readouterr().err.count("is kept as") == 4


def test_damage_that_is_met_later_is_set_aside_and_the_page_is_written_to_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    # More than SQLite keeps in memory.
    write_ledger(path, 200, 2000)
    lines = list[str]()
    with Ledger(path, report=lines.append) as ledger, Ledger(path, report=lines.append) as other:
        damaged = damage_tables(path.read_bytes())
        with path.open("r+b") as file:
            file.write(damaged)
        assert ledger.find_many(FILE, SETTINGS) == {}
        ledger.record(FILE, SETTINGS, make_page(1, "after"))
        assert len(lines) == 1
        # Whoever had it open too goes on in the new one.
        other.record(FILE, SETTINGS, make_page(2, "after too"))
        assert ledger.find_statuses(FILE, SETTINGS) == {1: "read", 2: "read"}
    assert [name for name in list_names(tmp_path) if not ASIDE.fullmatch(name)] == ["pages.ledger"]
    assert len(lines) == 2
    assert "moved or removed" in lines[1]


def test_a_damaged_index_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    write_ledger(path, 3)
    run_sql(path, "UPDATE search_data SET block = x'0000' WHERE id > 10")
    with Ledger(path) as ledger:
        assert {hit.page for hit in ledger.search("page 2")} == {2}
        ledger.record(FILE, SETTINGS, make_page(4, "the fourth"))
        assert {hit.page for hit in ledger.search("fourth")} == {4}
        assert len(ledger.find_many(FILE, SETTINGS)) == 4
    assert list_names(tmp_path) == ["pages.ledger"]


def test_a_ledger_that_was_removed_while_in_use_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    lines = list[str]()
    with Ledger(path, report=lines.append) as ledger:
        ledger.record(FILE, SETTINGS, make_page(1))
        for name in list_names(tmp_path):
            (tmp_path / name).unlink()
        ledger.record(FILE, SETTINGS, make_page(2))
    assert len(lines) == 1
    with Ledger(path) as ledger:
        assert ledger.find_statuses(FILE, SETTINGS) == {2: "read"}


def test_whoever_leaves_a_removed_ledger_takes_nothing_from_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    lines = list[str]()
    with Ledger(path, report=lines.append) as one, Ledger(path, report=lines.append) as two:
        one.record(FILE, SETTINGS, make_page(9))
        for name in list_names(tmp_path):
            (tmp_path / name).unlink()
        one.record(FILE, SETTINGS, make_page(1))
        log = (tmp_path / "pages.ledger-wal").stat().st_ino
        two.record(FILE, SETTINGS, make_page(2))
        assert (tmp_path / "pages.ledger-wal").stat().st_ino == log
        one.record(FILE, SETTINGS, make_page(3))
        assert list(two.find_statuses(FILE, SETTINGS)) == [1, 2, 3]


def test_a_log_without_its_database_is_set_aside_and_not_taken_for_the_new_ones(tmp_path: Path) -> None:
    path, kept = tmp_path / "pages.ledger", tmp_path / "kept"
    with Ledger(path) as ledger:
        ledger.record(FILE, SETTINGS, make_page(1))
        shutil.copy(f"{path}-wal", kept)
    path.unlink()
    kept.rename(f"{path}-wal")
    lines = list[str]()
    with Ledger(path, report=lines.append) as ledger:
        assert ledger.find_many(FILE, SETTINGS) == {}
    assert len(lines) == 1
    assert [name[-4:] for name in list_names(tmp_path) if name != "pages.ledger"] == ["-wal"]


def test_a_missing_ledger_is_not_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="There is no ledger"):
        Ledger(tmp_path / "pages.ledger", create=False)
    assert list_names(tmp_path) == []


def test_a_folder_where_nothing_can_be_written_is_an_error_that_names_the_file() -> None:
    with pytest.raises(LedgerError, match=r"'/proc/pages.ledger' cannot be opened"):
        Ledger("/proc/pages.ledger")


READ_ONLY = f"""
import os, sys
from nemotron_vl_integrations.errors import LedgerError
from nemotron_vl_integrations.ledger import Ledger
from tests.ledger_pages import SETTINGS, make_page
if os.geteuid() == 0:  # For whom nothing is read-only.
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
with Ledger(sys.argv[1], create=False) as ledger:
    print(len(ledger.find_many({FILE!r}, SETTINGS)), len(ledger.search("page 2")))
    try:
        ledger.record({FILE!r}, SETTINGS, make_page(9))
    except LedgerError as error:
        print(error)
"""


def test_a_ledger_where_nothing_can_be_written_can_still_be_read() -> None:
    # Not pytest's folder, which is closed to the user without rights that root becomes here.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_ledger(folder / "pages.ledger", 2)
        folder.chmod(0o555)
        (folder / "pages.ledger").chmod(0o444)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(folder / "pages.ledger")],
            capture_output=True,
            text=True,
            check=False,
        )
        folder.chmod(0o755)
    assert done.stdout.splitlines()[0] == "2 1", done.stderr
    assert "cannot be written" in done.stdout


FULL_DISK = f"""
import resource, sys
from nemotron_vl_integrations.errors import LedgerError
from nemotron_vl_integrations.ledger import Ledger
from tests.ledger_pages import SETTINGS, make_page
with Ledger(sys.argv[1]) as ledger:
    ledger.record({FILE!r}, SETTINGS, make_page(1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    try:
        for page in range(2, 1000):
            ledger.record({FILE!r}, SETTINGS, make_page(page, "x" * 5000))
    except LedgerError as error:
        print(page, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ledger.record({FILE!r}, SETTINGS, make_page(page, "there is space again"))
"""


def test_a_disk_without_space_is_an_error_and_costs_no_page_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    failed, _, message = done.stdout.partition(" ")
    assert f"The ledger {str(path)!r} cannot" in message
    with Ledger(path) as ledger:
        assert list(ledger.find_statuses(FILE, SETTINGS)) == list(range(1, int(failed) + 1))


VERSION_1 = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32), size INTEGER
);
CREATE TABLE paths (
    id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL REFERENCES files (id), path NOT NULL, UNIQUE (path, file_id)
);
CREATE INDEX paths_of_file ON paths (file_id, id);
CREATE TABLE settings (
    id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32), json TEXT NOT NULL
);
CREATE TABLE results (
    id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL REFERENCES files (id),
    settings_id INTEGER NOT NULL REFERENCES settings (id), page INTEGER NOT NULL CHECK (page >= 1),
    image_sha256 BLOB CHECK (length(image_sha256) = 32), recorded_at REAL NOT NULL, status TEXT NOT NULL,
    page_label NOT NULL, reason NOT NULL, attempts INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, seconds REAL NOT NULL, grid_columns INTEGER, grid_rows INTEGER,
    rotation INTEGER NOT NULL, confidence REAL, lowest_logprob REAL, repetition REAL NOT NULL, model NOT NULL,
    image, text NOT NULL, UNIQUE (file_id, settings_id, page)
);
CREATE INDEX results_by_image ON results (image_sha256, settings_id) WHERE image_sha256 IS NOT NULL;
CREATE INDEX results_by_status ON results (status, file_id, settings_id, page);
PRAGMA user_version = 1;
"""


def write_version_1(path: Path, *texts: str) -> None:
    """Makes a ledger as the first version did, which could not be searched."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            VERSION_1 + f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA journal_mode = WAL;"
        )
        connection.execute("INSERT INTO files VALUES (1, ?, 5)", (bytes.fromhex(FILE),))
        connection.execute("INSERT INTO paths VALUES (1, 1, 'letter.pdf')")
        connection.execute(
            "INSERT INTO settings VALUES (1, ?, ?)", (bytes.fromhex(SETTINGS.fingerprint), SETTINGS.to_json())
        )
        connection.executemany(
            "INSERT INTO results (file_id, settings_id, page, recorded_at, status, page_label, reason, attempts,"
            " prompt_tokens, completion_tokens, seconds, rotation, repetition, model, text)"
            " VALUES (1, 1, ?, 0, 'read', '1', '', 1, 1, 1, 1, 0, 0, 'demo', ?)",
            list(enumerate(texts, start=1)),
        )


def describe_tables(path: Path) -> set[str]:
    rows = run_sql(path, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {re.sub(r"\s+", "", str(sql)) for (sql,) in rows}


def test_a_ledger_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    write_version_1(path, "Größe", "北京市", "")
    with Ledger(path) as ledger:
        assert [result.text for result in ledger.find_many(FILE, SETTINGS).values()] == [
            "Größe",
            "北京市",
            "",
        ]
        assert [hit.page for hit in ledger.search("grosse")] == [1]
        assert [hit.page for hit in ledger.search("北京市")] == [2]
        ledger.record(FILE, SETTINGS, make_page(1, "rewritten"))
        assert ledger.search("grosse") == ()
        assert [hit.page for hit in ledger.search("rewritten")] == [1]
    run_sql(path, "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
    write_ledger(tmp_path / "new.ledger", 1)
    assert describe_tables(path) == describe_tables(tmp_path / "new.ledger")
    assert run_sql(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_a_step_that_fails_leaves_the_old_version_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    write_version_1(path, "Größe")
    run_sql(path, "CREATE TABLE search (what TEXT)")
    tables = describe_tables(path)
    with pytest.raises(LedgerError, match="already exists"):
        Ledger(path)
    assert describe_tables(path) == tables
    assert run_sql(path, "PRAGMA user_version") == [(1,)]


def test_a_forked_child_is_told_to_open_its_own(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                ledger.record(FILE, SETTINGS, make_page())
            except LedgerError as error:
                os.write(writer, str(error).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        assert b"is a fork" in os.read(reader, 1000)
        os.close(reader)
        assert ledger.find_many(FILE, SETTINGS) == {}
