"""Wakes readers on other event loops: what a step of the engine brings to many readers is one change of threads."""

import asyncio
from contextlib import suppress

_waiting: dict[asyncio.AbstractEventLoop, list[asyncio.Event]] = {}
"""Readers to be woken, by their loops; only the background loop's thread touches it."""


def wake(there: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    """Set an event of another loop, soon, together with all others that are set in this turn of the calling loop.

    Args:
        there: The loop that waits for the event.
        news: Set on that loop.
    """
    if not _waiting:
        asyncio.get_running_loop().call_soon(_deliver)
    _waiting.setdefault(there, []).append(news)


def _deliver() -> None:
    waiting = list(_waiting.items())
    _waiting.clear()
    for there, news in waiting:
        with suppress(RuntimeError):  # That loop was closed under its readers, and nobody waits.
            there.call_soon_threadsafe(_set_all, news)


def _set_all(news: list[asyncio.Event]) -> None:
    for one in news:
        one.set()
