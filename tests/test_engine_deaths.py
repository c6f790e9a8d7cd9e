"""The engine's process is killed under work, as the kernel does it where memory is short."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from multiprocessing import active_children

import pytest
from rapidfuzz.distance import Levenshtein

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import EngineDiedError
from nemotron_vl_integrations.messages import Message, RegexConstraint, Reply, Request, Sampling, TextPart
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from tests.paged_script import draw_text, write_tiff

HELLO = (Message("user", (TextPart("Hello"),)),)
SHORT = Request(messages=HELLO, sampling=Sampling(max_tokens=4))
# Long enough to be still there when everything else has come.
LONG = Request(
    messages=HELLO,
    sampling=Sampling(max_tokens=8000, repetition=None, constraint=RegexConstraint("(ab ){8000}")),
)


def write_sheets(count: int) -> bytes:
    return write_tiff(
        [draw_text(f"This is the sheet number {page}.\nGood morning.") for page in range(1, count + 1)]
    )


def read_again(engine: Engine) -> PageResult:
    options = ReadingOptions(orientation="as_is")
    return read_document(draw_text("Good evening."), engine=engine, options=options).pages[0]


class Killer:
    """Kills the engine's process, from a thread of its own, each time that something is the case."""

    def __init__(self, *moments: Callable[[], bool]) -> None:
        self.killed: list[int] = []
        self._moments = moments
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._kill, daemon=True)
        self._thread.start()

    def _kill(self) -> None:
        for moment in self._moments:
            while not moment():
                if self._given_up.wait(0.005):
                    return
            (core,) = {child.pid or 0 for child in active_children()} - set(self.killed)
            self.killed.append(core)
            os.kill(core, signal.SIGKILL)

    def stop(self) -> None:
        self._given_up.set()
        self._thread.join()


@pytest.mark.parametrize(
    ("pages", "chats"),
    [(6, 2), pytest.param(22, 10, marks=[pytest.mark.proof, pytest.mark.timeout(900)])],
)
def test_a_death_under_pages_and_chats_costs_no_page_and_tells_every_chat(
    engine: Engine, pages: int, chats: int
) -> None:
    before = read_again(engine)
    # Not when all are there: on a fast machine the first page is read before the last one comes.
    killer = Killer(lambda: engine.running > chats)

    def chat() -> Reply | EngineDiedError:
        try:
            return engine.generate(LONG)
        except EngineDiedError as error:
            return error

    with ThreadPoolExecutor(chats) as threads:
        asked = [threads.submit(chat) for _ in range(chats)]
        options = ReadingOptions(concurrency=pages, orientation="as_is")
        document = read_document(write_sheets(pages), engine=engine, options=options)
        told = wait(asked, timeout=60)
    killer.stop()
    assert len(killer.killed) == 1
    assert [page.page for page in document.pages] == list(range(1, pages + 1))
    assert {page.status for page in document.pages} == {"read"}
    assert all(f"number {page.page}" in page.text for page in document.pages)
    # A chat cannot be asked again behind its caller's back: part of it may be on a screen.
    assert not told.not_done
    assert {type(chat.result()) for chat in told.done} == {EngineDiedError}
    assert engine.generate(SHORT).usage.completion_tokens > 0
    again = read_again(engine)
    assert again.status == before.status == "read"
    # What runs beside a page changes how sums are rounded, and with them a character that the model is unsure of.
    assert Levenshtein.distance(again.text, before.text) <= 2
    assert engine.running == 0


# The small form of this is scripted: see test_a_page_that_kills_the_engine_takes_no_other_page_with_it.
@pytest.mark.proof
@pytest.mark.timeout(900)
def test_a_page_that_is_there_at_two_deaths_fails_alone(engine: Engine) -> None:
    before = read_again(engine)
    killer = Killer(lambda: engine.running == 32, lambda: engine.running == 1)
    options = ReadingOptions(concurrency=32, orientation="as_is")
    document = read_document(write_sheets(32), engine=engine, options=options)
    killer.stop()
    assert len(killer.killed) == 2
    assert [page.page for page in document.pages] == list(range(1, 33))
    (failed,) = document.failed
    assert failed.reason.startswith("EngineDiedError: ")
    assert {page.status for page in document.pages} - {"failed"} == {"read"}
    assert all(f"number {page.page}" in page.text for page in document.pages if page is not failed)
    assert read_again(engine).status == before.status == "read"
    assert engine.running == 0
