"""Streams that run ahead of their reader on the background loop."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import closing
from unittest.mock import patch

import pytest

from nemotron_vl_integrations.concurrency.background_loop import aiterate, arun, iterate, run
from tests.number_stream import Counter


def test_an_error_in_an_async_stream_that_comes_by_itself_comes_last_too() -> None:
    counter, seen = Counter(20, error=LookupError("cut")), list[int]()

    async def read() -> None:
        async for number in aiterate(counter.stream(), ahead=8):
            seen.append(number)

    with pytest.raises(LookupError, match="cut"):
        asyncio.run(read())
    assert (seen, counter.closed) == (list(range(20)), True)


@pytest.mark.parametrize("ahead", [1, 8])
def test_a_stream_that_comes_by_itself_waits_for_its_reader(ahead: int) -> None:
    counter = Counter()

    async def pass_time() -> None:
        for _ in range(200):
            await asyncio.sleep(0)

    with closing(iterate(counter.stream(), ahead=ahead)) as numbers:
        for number in range(3 * ahead):
            assert next(numbers) == number
            run(pass_time())
            # The one that was taken, those ahead of it, and one that waits for its place.
            assert counter.given <= number + 1 + ahead + 1


class Beat:
    """Lets streams of the background loop give an item at the same time, as a step of the engine does."""

    def __init__(self) -> None:
        self._next: asyncio.Future[None] | None = None
        self._waiting = 0

    async def stream(self, count: int) -> AsyncGenerator[int, None]:
        for number in range(count):
            self._next = self._next or asyncio.get_running_loop().create_future()
            self._waiting += 1
            await asyncio.shield(self._next)
            yield number

    async def wait_for(self, streams: int) -> asyncio.AbstractEventLoop:
        """The loop, once so many streams wait for the next beat."""
        while self._waiting < streams:
            await asyncio.sleep(0)
        return asyncio.get_running_loop()

    def strike(self) -> None:
        struck, self._next = self._next, None
        self._waiting = 0
        assert struck is not None
        struck.set_result(None)


async def test_what_comes_to_many_readers_at_once_is_one_change_of_threads() -> None:
    beat, here = Beat(), asyncio.get_running_loop()
    streams = [aiterate(beat.stream(3), ahead=8) for _ in range(20)]

    async def receive() -> list[int]:
        return await asyncio.gather(*(anext(stream) for stream in streams))

    reading = asyncio.create_task(receive())
    await asyncio.sleep(0)
    background = await arun(beat.wait_for(20))
    background.call_soon_threadsafe(beat.strike)
    assert await reading == [0] * 20
    await arun(beat.wait_for(20))
    with patch.object(here, "call_soon_threadsafe", wraps=here.call_soon_threadsafe) as changes:
        reading = asyncio.create_task(receive())
        await asyncio.sleep(0)
        background.call_soon_threadsafe(beat.strike)
        assert await reading == [1] * 20
    for stream in streams:
        await stream.aclose()
    assert changes.call_count == 1
