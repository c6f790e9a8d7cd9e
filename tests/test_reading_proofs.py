"""Reading that loses no page, however it is hit. Each proof has a small form that runs with the other tests."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InputError
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from tests.long_document import AlwaysAnswers
from tests.mutated_documents import mutated_documents
from tests.paged_script import open_script, write_numbers
from tests.rendered_pages import child_pids

ROOT = Path(__file__).resolve().parent.parent
HASTY = ReadingOptions(max_attempts=1, orientation="as_is")
LONGEST_SECONDS = 60.0

READ_NUMBERS = """
import asyncio, os, sys
from nemotron_vl_integrations.backends.scripted import ScriptedReply
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.reading import ReadingOptions, iter_pages
from tests.paged_script import PagedScript, open_script

def say(word, page):
    # Two threads say something, so each line is one write.
    os.write(1, f"{word} {page}\\n".encode())

class SayingScript(PagedScript):
    def _next_step(self):
        step = super()._next_step()
        say("asked", self.arrived[-1])
        # A model takes its time, so that a kill finds pages in flight.
        held = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, held.set)
        return ScriptedReply(text=step, hold=held)

backend = SayingScript({page: [f"This is page {page}."] for page in range(1, int(sys.argv[3]) + 1)})
options = ReadingOptions(orientation="as_is", max_attempts=1)
with Ledger(sys.argv[2]) as ledger, open_script(backend) as engine:
    say("began", 0)
    for page in iter_pages(sys.argv[1], engine=engine, options=options, ledger=ledger):
        say("done", page.page)
"""


class Run(NamedTuple):
    """What a process said before it ended: pages that the model was asked for, and pages that were handed out."""

    killed: bool
    asked: set[int]
    done: list[int]


def read_numbers(document: Path, ledger: Path, pages: int, *, kill_after: float) -> Run:
    """Read in a process of its own, which is killed some seconds after it began."""
    command = [sys.executable, "-c", READ_NUMBERS, str(document), str(ledger), str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "began 0\n"
        with suppress(subprocess.TimeoutExpired):
            process.wait(kill_after)
        process.kill()
        # A line that the kill has cut says nothing.
        said = [line.split() for line in process.stdout if line.endswith("\n")]
    assert process.returncode in (0, -9)
    asked = [int(number) for word, number in said if word == "asked"]
    assert len(asked) == len(set(asked))
    return Run(process.returncode != 0, set(asked), [int(number) for word, number in said if word == "done"])


@pytest.mark.parametrize(
    ("runs", "pages"),
    [(2, 20), pytest.param(20, 60, marks=[pytest.mark.proof, pytest.mark.timeout(1200)])],
)
def test_a_run_that_is_killed_loses_no_page_and_reads_no_finished_page_again(
    runs: int, pages: int, tmp_path: Path
) -> None:
    document = tmp_path / "numbers.tiff"
    document.write_bytes(write_numbers(pages))
    chance = random.Random(4)
    kills = asked_again = 0
    for run in range(runs):
        ledger_path = tmp_path / f"{run}.ledger"
        asked_before: set[int] = set()
        # Eight at a time and 0.1 s each: until then no run can be over, so that each is killed at least once.
        longest = pages / 80
        entries: dict[int, PageResult] = {}
        while len(entries) < pages:
            one = read_numbers(document, ledger_path, pages, kill_after=chance.uniform(0.0, longest))
            longest += 1.0
            kills += one.killed
            assert not one.asked & set(entries)
            asked_again += len(one.asked & asked_before)
            asked_before |= one.asked
            finished = set(entries) | set(one.done)
            with Ledger(ledger_path) as ledger:
                entries = {entry.result.page: entry.result for entry in ledger.entries()}
            assert finished <= set(entries)
        assert {page: (result.status, result.text) for page, result in entries.items()} == {
            page: ("read", f"This is page {page}.") for page in range(1, pages + 1)
        }
    print(f"{runs} runs of {pages} pages, {kills} kills, {asked_again} pages in flight asked again")
    assert kills >= runs


@pytest.mark.parametrize(
    ("pages", "measured_from", "most_growth"),
    # A page has 4 MB, so that a few that stay are seen.
    [(160, 80, 40), pytest.param(4000, 200, 50, marks=[pytest.mark.proof, pytest.mark.timeout(3600)])],
)
def test_memory_does_not_grow_with_the_document(
    pages: int, measured_from: int, most_growth: float, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.long_document", str(pages), str(measured_from), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    figures: dict[str, float] = json.loads(done.stdout)
    for name in ("parent", "renderer"):
        assert figures[f"{name}_growth_mb"] < most_growth
        assert figures[f"{name}_drift_mb"] < most_growth


@pytest.mark.parametrize(
    "documents", [60, pytest.param(10_000, marks=[pytest.mark.proof, pytest.mark.timeout(4 * 3600)])]
)
def test_a_mutated_document_gives_its_results_or_a_typed_error_in_time(documents: int) -> None:
    before = child_pids()
    outcomes: Counter[str] = Counter()
    slowest = 0.0

    @settings(
        max_examples=documents,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(mutated_documents())
    def read(data: bytes) -> None:
        nonlocal slowest
        began = time.monotonic()
        outcomes[read_mutated(data, engine)] += 1
        slowest = max(slowest, time.monotonic() - began)
        assert slowest < LONGEST_SECONDS
        # Hours may pass, and who asked for it wants to see it move.
        if outcomes.total() % 1000 == 0:
            print(describe(), flush=True)

    def describe() -> str:
        counts = dict(outcomes.most_common())
        return f"{outcomes.total()} documents, the slowest took {slowest:.1f} s: {counts}"

    with open_script(AlwaysAnswers([])) as engine:
        read()
    print(describe())
    assert outcomes.total() >= documents
    assert child_pids() <= before


def read_mutated(data: bytes, engine: Engine) -> str:
    """What came of a document: its statuses, or the type of the error."""
    try:
        document = read_document(data, engine=engine, options=HASTY)
    except InputError as error:
        return type(error).__name__
    assert [page.page for page in document.pages] == list(range(1, len(document.pages) + 1))
    return " ".join(sorted({page.status for page in document.pages}))
