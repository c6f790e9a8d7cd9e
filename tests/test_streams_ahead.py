"""Streams that run ahead of their reader on the background loop."""

import asyncio
from contextlib import closing

import pytest

from nemotron_vl_integrations.background_loop import aiterate, iterate, run
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
