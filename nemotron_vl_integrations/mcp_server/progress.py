"""Tells a client how far its call is, and that it is still worked on while nothing else can be said."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from anyio import BrokenResourceError, ClosedResourceError
from mcp.server.session import ServerSession

from nemotron_vl_integrations.tools import ToolProgress

HEARTBEAT: Final = 10.0
"""Seconds after which a client hears of its call again; clients often give up after 60."""

_STEP: Final = 0.001


class ProgressSender:
    """Sends the progress of one call; each notification is beyond the one before, as the protocol asks.

    Args:
        session: Of the call.
        phase: Says what the engine does while it starts; empty when it runs.
    """

    def __init__(self, session: ServerSession, phase: Callable[[], str]) -> None:
        self._session = session
        self._phase = phase
        self._sent = -_STEP
        self._last = ToolProgress(0, 1, "begun")

    async def report(self, progress: ToolProgress) -> None:
        """Send what a tool reports."""
        self._last = progress
        await self._send(progress.done, progress.message)

    @asynccontextmanager
    async def keep_alive(self) -> AsyncGenerator[None]:
        """Send something now and then until the block ends."""
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    async def _beat(self) -> None:
        # A client that went away is no fault of its call.
        with suppress(BrokenResourceError, ClosedResourceError):
            while True:
                await asyncio.sleep(HEARTBEAT)
                await self._send(self._last.done, self._phase() or self._last.message)

    async def _send(self, done: float, message: str) -> None:
        self._sent = max(done, self._sent + _STEP)
        await self._session.report_progress(self._sent, max(self._last.total, self._sent), message)
