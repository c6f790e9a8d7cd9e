"""Lets requests run side by side, or one of them alone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class RequestGate:
    """A lock for one event loop: any number together, or one alone; who wants to be alone goes first.

    Reading uses it after the engine died: the pages that were running are tried again one by one, so that the page that
    brings the engine down takes no other page with it.
    """

    def __init__(self) -> None:
        self._together = 0
        self._alone = 0
        self._nobody_together = asyncio.Event()
        self._nobody_together.set()
        self._nobody_alone = asyncio.Event()
        self._nobody_alone.set()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def together(self) -> AsyncGenerator[None, None]:
        """Enter beside others, once nobody is alone or waits to be."""
        while self._alone:
            await self._nobody_alone.wait()
        self._together += 1
        self._nobody_together.clear()
        try:
            yield
        finally:
            self._together -= 1
            if not self._together:
                self._nobody_together.set()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None, None]:
        """Enter once everybody has left, and keep everybody else out."""
        self._alone += 1
        self._nobody_alone.clear()
        try:
            async with self._turn:
                await self._nobody_together.wait()
                yield
        finally:
            self._alone -= 1
            if not self._alone:
                self._nobody_alone.set()
