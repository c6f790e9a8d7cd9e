"""Works on the items of a stream side by side and hands the results out in the order of the stream."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def map_in_order(
    source: AsyncGenerator[Item, None],
    work: Callable[[Item], Awaitable[Result]],
    *,
    concurrency: int,
    window: int,
) -> AsyncGenerator[Result, None]:
    """Yield `work(item)` for each item of `source`, in order, each as soon as it and those before it are done.

    It works on while the consumer is busy with a result. Closing or cancelling it cancels all running work, closes
    `source`, and returns when both have come to an end.

    Args:
        source: Items that are not None; closed in the end, also after an error.
        work: Run once for each item. Its first exception is raised in the item's place and ends the rest.
        concurrency: Most items in work at one time; the next item is only asked for when one is done.
        window: Most items in work or done and not yet handed out, so that one slow item cannot pile up results.
    """
    queue: asyncio.Queue[asyncio.Task[Result] | None] = asyncio.Queue()
    places = asyncio.Semaphore(window)
    feeder = asyncio.create_task(_feed(source, work, queue, places, asyncio.Semaphore(concurrency)))
    current: asyncio.Task[Result] | None = None
    try:
        while (current := await queue.get()) is not None:
            result = await current
            places.release()
            yield result
        await feeder
    finally:
        feeder.cancel()
        left = [current] if current is not None else []
        while not queue.empty():
            if (task := queue.get_nowait()) is not None:
                left.append(task)
        for task in left:
            task.cancel()
        await asyncio.gather(feeder, asyncio.gather(*left, return_exceptions=True), return_exceptions=True)


async def _feed(
    source: AsyncGenerator[Item, None],
    work: Callable[[Item], Awaitable[Result]],
    queue: "asyncio.Queue[asyncio.Task[Result] | None]",
    places: asyncio.Semaphore,
    running: asyncio.Semaphore,
) -> None:
    async def run(item: Item) -> Result:
        try:
            return await work(item)
        finally:
            running.release()

    try:
        async with aclosing(source):
            while True:
                await places.acquire()
                await running.acquire()
                item = await anext(source, None)
                if item is None:
                    return
                queue.put_nowait(asyncio.create_task(run(item)))
                del item  # A page image must not outlive its work while the next item is waited for.
    finally:
        queue.put_nowait(None)
