"""Callers of the background loop that are cancelled or interrupted: their work ends, and they wait for that."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import pytest

from nemotron_vl_integrations.concurrency.background_loop import aiterate, arun, run
from tests.number_stream import Counter


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


FORMS = pytest.mark.parametrize("ahead", [0, 1, 8])
"""Items that are asked for one by one, and items that come by themselves."""


class Work:
    """Work that runs until it is cancelled and then needs a moment to end."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.ended = False

    async def run(self) -> None:
        try:
            self.started.set()
            await asyncio.Event().wait()
        finally:
            for _ in range(20):
                await asyncio.sleep(0)
            self.ended = True


class SlowToEnd:
    """Work that, once cancelled, ends when it is let."""

    def __init__(self) -> None:
        self.started, self.ending = threading.Event(), threading.Event()
        self.let = asyncio.Event()
        self.ended = False

    async def run(self) -> None:
        async with aclosing(self.stream()) as numbers:
            async for _ in numbers:
                await asyncio.Event().wait()

    async def stream(self) -> AsyncGenerator[int, None]:
        try:
            self.started.set()
            yield 1
            await asyncio.Event().wait()
        finally:
            self.ending.set()
            await self.let.wait()
            self.ended = True

    async def let_it_end(self) -> None:
        self.let.set()


def test_a_cancelled_caller_waits_until_its_work_has_ended() -> None:
    async def cancel() -> bool:
        work = Work()
        task = asyncio.create_task(arun(work.run()))
        await asyncio.to_thread(work.started.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return work.ended

    assert asyncio.run(cancel())


@pytest.mark.parametrize("form", ["call", "stream"])
def test_a_caller_that_is_cancelled_again_while_it_waits_for_the_end_still_waits(form: str) -> None:
    async def read(work: SlowToEnd) -> None:
        async for _ in aiterate(work.stream(), ahead=8):
            pass

    async def cancel_twice() -> bool:
        work = SlowToEnd()
        task = asyncio.create_task(arun(work.run()) if form == "call" else read(work))
        await asyncio.to_thread(work.started.wait)
        task.cancel()
        await asyncio.to_thread(work.ending.wait)
        task.cancel()
        await asyncio.wait([task], timeout=0)
        waits = not task.done()
        await arun(work.let_it_end())
        with pytest.raises(asyncio.CancelledError):
            await task
        return waits and work.ended

    assert asyncio.run(cancel_twice())


@FORMS
def test_cancelling_the_reader_of_a_stream_closes_it(ahead: int) -> None:
    async def cancel_reader(counter: Counter) -> None:
        reading = asyncio.Event()

        async def read() -> None:
            async for _ in aiterate(counter.stream(), ahead=ahead):
                reading.set()

        task = asyncio.create_task(read())
        await reading.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.get_running_loop().shutdown_asyncgens()

    counter = Counter()
    asyncio.run(cancel_reader(counter))
    assert counter.closed


@FORMS
def test_cancelling_while_a_stream_is_closed_leaves_its_clean_up_running(ahead: int) -> None:
    counter = Counter()

    async def hold_clean_up() -> None:
        counter.clean_up.clear()

    async def cancel_while_closing() -> None:
        numbers = aiterate(counter.stream(), ahead=ahead)
        await anext(numbers)
        await arun(hold_clean_up())
        closing_it = asyncio.ensure_future(numbers.aclose())
        await asyncio.sleep(0)
        await arun(double(1))  # The loop takes calls in their order, so the closing has begun.
        closing_it.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing_it

    async def release() -> None:
        counter.clean_up.set()
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(cancel_while_closing())
    assert not counter.closed
    run(release())
    assert counter.closed


def test_an_interrupt_cancels_the_work_and_the_loop_goes_on() -> None:
    work = Work()

    def interrupt() -> None:
        work.started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run(work.run())
    thread.join()
    assert work.ended
    assert run(double(2)) == 4


@pytest.mark.parametrize("handed_over", [True, False])
def test_an_interrupt_while_work_is_handed_over_leaves_nothing_running(
    handed_over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get_loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    loop, work = run(get_loop()), Work()
    hand_over = loop.call_soon_threadsafe

    def interrupted(callback: Callable[[], object]) -> None:
        monkeypatch.undo()
        if handed_over:
            hand_over(callback)
            work.started.wait()
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "call_soon_threadsafe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(work.run())
    assert work.started.is_set() is work.ended is handed_over
    assert run(double(2)) == 4
