"""How many pages are with the engine at one time."""

import asyncio
from contextlib import aclosing

import pytest

from nemotron_vl_integrations.backends.scripted import ScriptedReply, ScriptStep
from nemotron_vl_integrations.concurrency.background_loop import arun
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.engine.host import EngineHost
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.reading import ReadingOptions, aiter_pages
from tests.paged_script import PagedScript, open_script, write_numbers

PAGES = 30
OPTIONS = ReadingOptions(orientation="as_is", ahead=1)


def count_pages_in_work(expected: int) -> int:
    """Hold every page, and count those that the engine got: those expected, and any that come after them."""
    held = asyncio.Event()
    steps: dict[int, list[ScriptStep]] = {
        page: [ScriptedReply(text="Text.", hold=held)] for page in range(1, PAGES + 1)
    }
    backend = PagedScript(steps)

    async def read() -> int:
        async with open_script(backend) as engine:
            pages = aiter_pages(write_numbers(PAGES), engine=engine, options=OPTIONS)
            async with aclosing(pages):
                first = asyncio.ensure_future(anext(pages))
                most = await _settled(backend, expected)
                await arun(_open(held))
                await first
                return most

    return asyncio.run(read())


async def _settled(backend: PagedScript, expected: int) -> int:
    """The number of requests, once it is as expected and has not changed for a while."""
    async with asyncio.timeout(120):
        while backend.running < expected:
            await asyncio.sleep(0.005)
    seen, since = -1, 0
    while since < 50:
        await asyncio.sleep(0.005)
        since = since + 1 if backend.running == seen else 0
        seen = backend.running
    return seen


async def _open(event: asyncio.Event) -> None:
    event.set()


def test_on_a_cpu_eight_pages_are_with_the_engine() -> None:
    assert count_pages_in_work(8) == 8


# There is no GPU here, so what the engine says of itself is put in its place.
def test_on_a_gpu_pages_fill_the_places_and_an_eighth_more_wait_in_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Engine, "device", "cuda")
    monkeypatch.setattr(Engine, "places", 16)
    assert count_pages_in_work(18) == 18


def test_an_engine_that_cannot_say_how_many_places_it_has_is_asked_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(engine: Engine) -> int:
        raise EngineStartError("No room.")

    monkeypatch.setattr(Engine, "device", "cuda")
    monkeypatch.setattr(Engine, "places", property(refuse))
    assert count_pages_in_work(PAGES) == PAGES


def test_the_places_of_an_engine_are_known_before_its_start() -> None:
    assert EngineHost(EngineConfig(device="cpu")).places == 16
    assert EngineHost(EngineConfig(device="cpu", max_num_seqs=3)).places == 3
