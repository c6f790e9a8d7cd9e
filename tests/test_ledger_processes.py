"""Several processes on one ledger, and processes that are killed while they write."""

import random
import subprocess
import sys
from pathlib import Path

from nemotron_vl_integrations.ledger import Ledger
from tests.ledger_pages import FILE, SETTINGS, make_page, run_sql

WRITE = f"""
import sys
from nemotron_vl_integrations.ledger import Ledger
from tests.ledger_pages import SETTINGS, make_page
path, first, step, count = sys.argv[1], *map(int, sys.argv[2:])
with Ledger(path) as ledger:
    for page in range(first, first + step * count, step):
        ledger.record({FILE!r}, SETTINGS, make_page(page, f"page {{page}} " * 100))
        print(page, flush=True)
"""


def start_writer(path: Path, first: int, step: int, count: int) -> subprocess.Popen[str]:
    """Starts a process that writes pages, and prints the number of each once it is written."""
    arguments = [sys.executable, "-c", WRITE, str(path), str(first), str(step), str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def test_two_processes_make_and_fill_a_ledger_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    writers = [start_writer(path, first, 2, 150) for first in (1, 2)]
    for writer in writers:
        printed, _ = writer.communicate()
        assert writer.returncode == 0
        assert len(printed.split()) == 150
    with Ledger(path) as ledger:
        assert list(ledger.find_statuses(FILE, SETTINGS)) == list(range(1, 301))
        assert len(ledger.search("page", limit=1000)) == 300
    assert [name.name for name in tmp_path.iterdir()] == ["pages.ledger"]
    run_sql(path, "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")


def test_what_a_killed_process_has_written_is_there(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    chance = random.Random(7)
    written = 0
    for _ in range(4):
        writer = start_writer(path, written + 1, 1, 100_000)
        assert writer.stdout is not None
        goal = chance.randint(1, 60)
        printed = [int(writer.stdout.readline()) for _ in range(goal)]
        writer.kill()
        # It went on until the kill reached it; a line that is cut is not one of a page.
        printed += [int(line) for line in writer.stdout if line.endswith("\n")]
        writer.stdout.close()
        writer.wait()
        with Ledger(path) as ledger:
            found = ledger.find_many(FILE, SETTINGS)
        # Of a page that was in flight the kill may come before its line is printed.
        assert len(found) - printed[-1] in (0, 1)
        assert list(found) == list(range(1, len(found) + 1))
        assert all(result.text == f"page {page} " * 100 for page, result in found.items())
        assert run_sql(path, "PRAGMA integrity_check") == [("ok",)]
        run_sql(path, "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
        written = len(found)


def test_a_process_that_is_killed_while_another_writes_costs_the_other_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    killed, other = start_writer(path, 1, 2, 100_000), start_writer(path, 2, 2, 200)
    assert killed.stdout is not None
    assert [int(killed.stdout.readline()) for _ in range(20)] == list(range(1, 41, 2))
    killed.kill()
    printed, _ = other.communicate()
    killed.stdout.close()
    killed.wait()
    assert other.returncode == 0
    with Ledger(path) as ledger:
        ledger.record(FILE, SETTINGS, make_page(10**6))
        assert {int(page) for page in printed.split()} | set(range(1, 41, 2)) <= set(
            ledger.find_many(FILE, SETTINGS)
        )


def test_two_processes_that_meet_a_damaged_ledger_set_it_aside_once_and_share_the_new_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "pages.ledger"
    path.write_bytes(b"damaged " * 1000)
    writers = [start_writer(path, first, 2, 30) for first in (1, 2)]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    with Ledger(path) as ledger:
        assert list(ledger.find_statuses(FILE, SETTINGS)) == list(range(1, 61))
    (aside,) = [file for file in tmp_path.iterdir() if file != path]
    assert aside.read_bytes() == b"damaged " * 1000


CREATE_AND_DIE = """
import os, sys
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.ledger import opening
step = opening.migrate
def migrate(connection):
    step(connection)
    os.kill(os.getpid(), 9)
opening.migrate = migrate
Ledger(sys.argv[1])
"""


def test_a_process_that_is_killed_while_it_makes_a_ledger_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    done = subprocess.run([sys.executable, "-c", CREATE_AND_DIE, str(path)], check=False)
    assert done.returncode == -9
    assert not path.exists()
    with Ledger(path) as ledger:
        ledger.record(FILE, SETTINGS, make_page())
    assert [name.name for name in tmp_path.iterdir()] == ["pages.ledger"]


NO_SPACE = """
import resource, sys
from nemotron_vl_integrations.errors import LedgerError
from nemotron_vl_integrations.ledger import Ledger
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
try:
    Ledger(sys.argv[1])
except LedgerError as error:
    print(error)
"""


def test_a_ledger_that_does_not_fit_the_disk_leaves_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    done = subprocess.run(
        [sys.executable, "-c", NO_SPACE, str(path)], capture_output=True, text=True, check=True
    )
    assert f"The ledger {str(path)!r} cannot" in done.stdout
    assert list(tmp_path.iterdir()) == []
