"""One event loop on one daemon thread, shared by everything in this process.

vLLM's `AsyncLLM` must be driven by the loop that created it. This module owns that loop and offers
four ways onto it, so no other file needs to know which thread it is on.

    call           from sync code    from async code (any loop)
    one result     run(coro)         await arun(coro)
    a stream       iterate(agen)     async for x in aiterate(agen)

Cancelling a caller cancels its work here and waits until that has ended, so nothing outlives its caller.
"""

import asyncio
import atexit
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import CancelledError, Future, wait
from contextlib import aclosing, suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from nemotron_vl_integrations.concurrency.loop_wakeups import wake
from nemotron_vl_integrations.errors import EngineForkedError, InvalidRequestError

T = TypeVar("T")

_lock = threading.Lock()


class _LoopThread:
    """A running loop, its thread, and the process that both belong to."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="nemotron-vl-loop", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        # Ctrl-C belongs to the thread that waits for a request, which cancels it here.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        asyncio.set_event_loop(self.loop)
        while True:
            # Work that exits ends the loop as well as itself. Its caller is told; the others go on.
            with suppress(SystemExit, KeyboardInterrupt):
                self.loop.run_forever()


_SIGNAL_SECONDS = 1.0
"""Longest time after which a thread that waits looks whether a signal came."""

DELTAS_AHEAD = 8
"""Pieces of a reply that may wait for their reader: enough to spare him a change of threads, few to throw away."""

_current: _LoopThread | None = None


def _get() -> _LoopThread:
    global _current
    with _lock:  # `functools.cache` would let two threads start two loops.
        if _current is None:
            _current = _LoopThread()
        current = _current
    if current.pid != os.getpid():
        raise EngineForkedError(
            f"The engine's thread stayed in process {current.pid} when this process was forked from it.",
            hint="Use `ProcessPoolExecutor(mp_context=multiprocessing.get_context('spawn'))` of `concurrent.futures`, "
            "and an engine inside each worker.",
        )
    return current


def on_loop_thread() -> bool:
    """Whether the caller already runs on the background loop's thread."""
    return _current is not None and threading.current_thread() is _current.thread


class _Call(Generic[T]):
    """A coroutine for the loop; `result` settles only when its task has really ended.

    It is handed over by `start` and not at once: an interrupt of the caller in between must find the call to cancel.
    """

    def __init__(self, coro: Coroutine[None, None, T]) -> None:
        try:
            self._loop = _get().loop
        except EngineForkedError:
            coro.close()
            raise
        self.result: Future[T] = Future()
        self._coro = coro
        self._task: asyncio.Task[T] | None = None

    def start(self) -> None:
        self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        if self.result.done():
            return  # Cancelled before it was handed over.
        self._task = self._loop.create_task(self._coro)
        self._task.add_done_callback(self._settle)

    def _settle(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.result.set_exception(CancelledError())
        elif (error := task.exception()) is not None:
            self.result.set_exception(error)
        else:
            self.result.set_result(task.result())

    def cancel(self) -> None:
        self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        elif not self.result.done():
            self._coro.close()
            self.result.set_exception(CancelledError())


def run(coro: Coroutine[None, None, T]) -> T:
    """Run `coro` on the background loop and block until it is done; an interrupt cancels it.

    Raises:
        InvalidRequestError: Called from the background loop itself, where it would wait for ever.
        EngineForkedError: Called in a process that was forked after the loop started.

    Examples:
        >>> async def double(x: int) -> int:
        ...     return 2 * x
        >>> run(double(21))
        42
    """
    if on_loop_thread():
        coro.close()
        raise InvalidRequestError(
            "A blocking call was made from the engine's own event loop.", hint="Await the async form there."
        )
    call = _Call(coro)
    try:
        call.start()
        # A signal that comes just before this thread begins to wait does not wake it: Python looks at it only when the
        # thread runs again. So it runs again every now and then.
        while not wait([call.result], timeout=_SIGNAL_SECONDS).done:
            pass
        return call.result.result()
    except BaseException:
        if not call.result.done():  # An interrupt of the caller, not an error of the call.
            call.cancel()
            call.result.exception()
        raise


async def arun(coro: Coroutine[None, None, T]) -> T:
    """Await `coro` on the background loop from any loop; cancelling the caller cancels it there.

    Raises:
        EngineForkedError: Called in a process that was forked after the loop started.
    """
    if on_loop_thread():
        return await coro
    call = _Call(coro)
    call.start()
    waiter = asyncio.wrap_future(call.result)
    try:
        return await asyncio.shield(waiter)
    except asyncio.CancelledError:
        call.cancel()
        await _wait_through(waiter)
        raise


async def _wait_through(work: "asyncio.Future[Any]") -> None:
    """Wait for the end of work that was cancelled, although its caller is cancelled again meanwhile.

    `gather` returns at the first of its calls that is cancelled, and `asyncio.run` then cancels the others once more.
    """
    while not work.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([work])
    if not work.cancelled():
        work.exception()  # Marks it as seen; the caller is told of its own cancellation instead.


def iterate(stream: AsyncGenerator[T, None], *, ahead: int = 0) -> Generator[T, None, None]:
    """Iterate an async generator of the background loop from sync code; closing it closes the stream.

    Args:
        stream: Read on the loop.
        ahead: Items that it may be ahead of its reader. They then come without being asked for one by one, which
            spares a change of threads for each; 0 is for streams whose items are dear.
    """
    if ahead and not on_loop_thread():
        yield from _iterate_ahead(stream, ahead)
        return
    try:
        while True:
            try:
                item = run(_next(stream))
            except StopAsyncIteration:
                return
            yield item
    finally:
        _close_from_anywhere(stream)


async def aiterate(stream: AsyncGenerator[T, None], *, ahead: int = 0) -> AsyncGenerator[T, None]:
    """Iterate an async generator of the background loop from any loop; closing it closes the stream.

    Args:
        stream: Read on the background loop.
        ahead: As in `iterate`.
    """
    if ahead and not on_loop_thread():
        async with aclosing(_aiterate_ahead(stream, ahead)) as items:
            async for item in items:
                yield item
        return
    try:
        while True:
            try:
                item = await arun(_next(stream))
            except StopAsyncIteration:
                return
            yield item
    finally:
        await arun(_close(stream))


class _Feed(Generic[T]):
    """A stream that runs on the loop by itself, at most so many items ahead of its reader on another thread.

    Args:
        stream: Closed on the loop when the feed ends, however it ends.
        ahead: Most items that were given and not taken.
        notify: Called on the loop's thread when items have come, and at the end.
    """

    def __init__(self, stream: AsyncGenerator[T, None], ahead: int, notify: Callable[[], None]) -> None:
        self._items: deque[T] = deque()
        self._ahead = ahead
        self._room: asyncio.Future[None] | None = None
        self._notify = notify
        self._stream = stream
        self._call = _Call(self._run())
        self._call.result.add_done_callback(lambda _: notify())

    @property
    def result(self) -> "Future[None]":
        """Settles when the stream has ended or is closed."""
        return self._call.result

    def start(self) -> None:
        with _lock:
            _feeds.add(self)
        self._call.result.add_done_callback(lambda _: _feeds.discard(self))
        self._call.start()

    async def _run(self) -> None:
        async with aclosing(self._stream):
            async for item in self._stream:
                self._items.append(item)
                self._notify()
                if len(self._items) >= self._ahead:
                    await self._wait_for_room()

    async def _wait_for_room(self) -> None:
        self._room = asyncio.get_running_loop().create_future()
        # Looked at again: the reader may have taken all before it could see that it is waited for.
        if len(self._items) >= self._ahead:
            await self._room
        self._room = None

    def take(self) -> Generator[T, None, None]:
        """Yield what has come; the loop hears of it only if it waits, as that costs a change of threads."""
        while self._items:
            item = self._items.popleft()
            room = self._room
            if room is not None and len(self._items) <= self._ahead // 2:
                self._room = None
                _get().loop.call_soon_threadsafe(_settle, room)
            yield item

    def cancel(self) -> None:
        self._call.cancel()


def _settle(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


_feeds: "set[_Feed[Any]]" = set()
"""Those that run."""


@atexit.register
def _end_feeds() -> None:
    """End what nobody reads any more: a task that the end of the interpreter destroys complains on stderr."""
    if _current is None or _current.pid != os.getpid():
        return
    with _lock:
        left = list(_feeds)
    for feed in left:
        feed.cancel()
    wait([feed.result for feed in left], timeout=_SIGNAL_SECONDS)


def _iterate_ahead(stream: AsyncGenerator[T, None], ahead: int) -> Generator[T, None, None]:
    news: SimpleQueue[None] = SimpleQueue()
    feed = _Feed(stream, ahead, lambda: news.put(None))
    try:
        feed.start()
        while True:
            _get()  # Refuses in a fork, where nothing would ever come.
            # Looked at before the items: what came before the end is taken first.
            ended = feed.result.done()
            yield from feed.take()
            if ended:
                feed.result.result()
                return
            # As in `run`, for signals.
            with suppress(Empty):
                news.get(timeout=_SIGNAL_SECONDS)
    finally:
        if not (feed.result.done() or sys.is_finalizing() or _get_pid() != os.getpid()):
            feed.cancel()
            if not on_loop_thread():  # There, as part of a collection, it cannot wait.
                wait([feed.result])


async def _aiterate_ahead(stream: AsyncGenerator[T, None], ahead: int) -> AsyncGenerator[T, None]:
    here, news = asyncio.get_running_loop(), asyncio.Event()

    feed = _Feed(stream, ahead, lambda: wake(here, news))
    ending = asyncio.wrap_future(feed.result)
    try:
        feed.start()
        while True:
            ended = feed.result.done()
            for item in feed.take():
                yield item
            if ended:
                await ending
                return
            await news.wait()
            news.clear()
    except asyncio.CancelledError:
        feed.cancel()
        await _wait_through(ending)
        raise
    finally:
        if not feed.result.done():
            feed.cancel()
            await asyncio.wait([ending])
        if ending.done() and not ending.cancelled():
            ending.exception()  # Marks it as seen: what the reader left is no longer its concern.


def _get_pid() -> int:
    return 0 if _current is None else _current.pid


async def _next(stream: AsyncGenerator[T, None]) -> T:
    return await anext(stream)


async def _close(stream: AsyncGenerator[T, None]) -> None:
    """Close `stream`; a caller who does not wait for that leaves its clean-up running to the end."""
    await asyncio.shield(asyncio.ensure_future(stream.aclose()))


def _close_from_anywhere(stream: AsyncGenerator[T, None]) -> None:
    """Close `stream`, also where a half-read iterator is collected: on the loop's thread, in a fork, or at exit."""
    if sys.is_finalizing() or (_current is not None and _current.pid != os.getpid()):
        return
    if on_loop_thread():
        _Call(_close(stream)).start()
    else:
        run(_close(stream))
