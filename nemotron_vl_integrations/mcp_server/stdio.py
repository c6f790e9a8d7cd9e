"""The server over standard input and output, for a client that starts it."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from typing import Final, cast

import anyio
from mcp.server import Server
from mcp.server.stdio import stdio_server

LONGEST_MESSAGE: Final = 8 * 1024 * 1024
_AHEAD: Final = 64
_PIECE: Final = 65_536


async def serve_stdio(server: Server) -> None:
    """Serve one client until it closes standard input; what it had asked for then is cancelled.

    What anything else in the process prints goes to standard error meanwhile.
    """
    reader = _InputLines(_take_standard_input())
    try:
        async with stdio_server(stdin=cast("anyio.AsyncFile[str]", reader)) as (requests, replies):
            await server.run(requests, replies, server.create_initialization_options())
    except* BrokenPipeError:
        # The client went away without closing the other end first.
        pass


def _take_standard_input() -> int:
    """Return standard input under a number of its own, and leave nothing to read at its place."""
    descriptor = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return descriptor


class _InputLines:
    """The lines of a pipe or terminal. Waiting for one can be cancelled, which a thread that waits in a read cannot."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        # The thread waits for room, so that a client that never stops does not fill the memory.
        self._room = threading.Semaphore(_AHEAD)
        threading.Thread(target=self._read, name="nemotron-vl-stdin", daemon=True).start()

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._lines.get()) is not None:
            self._room.release()
            yield line.decode("utf-8", "replace")

    def _read(self) -> None:
        rest = b""
        while piece := self._read_piece():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self._put(line)
            if len(rest) > LONGEST_MESSAGE:
                print(
                    f"nemotron-vl: error: a message of more than {LONGEST_MESSAGE:,} bytes", file=sys.stderr
                )
                break
        self._put(None)

    def _read_piece(self) -> bytes:
        try:
            return os.read(self._descriptor, _PIECE)
        except OSError:
            return b""

    def _put(self, line: bytes | None) -> None:
        self._room.acquire()
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
