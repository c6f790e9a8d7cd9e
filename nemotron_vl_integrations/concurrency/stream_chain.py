"""Runs several streams side by side and hands their items on stream after stream."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


class _Pump(Generic[T]):
    """Runs one stream ahead of its reader, by at most `buffered` items that are not None."""

    def __init__(self, stream: AsyncGenerator[T, None], buffered: int) -> None:
        self._queue: asyncio.Queue[T | None] = asyncio.Queue()
        self._places = asyncio.Semaphore(buffered)
        self.task = asyncio.create_task(self._run(stream))

    async def _run(self, stream: AsyncGenerator[T, None]) -> None:
        try:
            async with aclosing(stream):
                async for item in stream:
                    await self._places.acquire()
                    self._queue.put_nowait(item)
        finally:
            self._queue.put_nowait(None)

    async def items(self) -> AsyncGenerator[T, None]:
        while (item := await self._queue.get()) is not None:
            self._places.release()
            yield item
        await self.task  # Raises what ended the stream.


async def chain_in_order(
    streams: Iterable[AsyncGenerator[T, None]], *, ahead: int, buffered: int
) -> AsyncGenerator[T, None]:
    """Yield all items of the first stream, then all of the second, and so on, while later ones already run.

    What a stream raises is raised when its turn comes. That, or closing this generator, closes all streams.

    Args:
        streams: Taken from the iterable only when their turn to run comes; their items are not None.
        ahead: Most streams that run at one time.
        buffered: Most items of one stream that wait for their turn.
    """
    waiting = iter(streams)
    running = deque(_Pump(stream, buffered) for stream in islice(waiting, ahead))
    try:
        while running:
            async with aclosing(running[0].items()) as items:
                async for item in items:
                    yield item
            running.popleft()
            running.extend(_Pump(stream, buffered) for stream in islice(waiting, 1))
    finally:
        for pump in running:
            pump.task.cancel()
        await asyncio.gather(*(pump.task for pump in running), return_exceptions=True)
