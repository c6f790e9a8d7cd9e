"""The parent's handle of a rendering process: start it, ask it, time it, kill it."""

import mmap
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import nemotron_vl_integrations
from nemotron_vl_integrations.page_renderer.protocol import (
    LONGEST_LINE,
    ProtocolError,
    Ready,
    ReplyLine,
    read_reply,
)

_START_SECONDS: Final = 60.0
_PIPE_BYTES: Final = 1024 * 1024
_CHUNK: Final = 256 * 1024
_COMMAND: Final = ("-S", "-P", "-W", "ignore", "-m", "nemotron_vl_integrations.page_renderer")


class RendererStoppedError(Exception):
    """The process ended, or was ended because it took too long or wrote nonsense; the text says which."""


class RendererStalledError(RendererStoppedError):
    """The process took longer than it may, and was killed."""


class RendererProcess:
    """A running rendering process with one document.

    `kill` may be called from any thread; everything else belongs to one thread.

    Args:
        descriptor: Open file descriptor of the document, which the process inherits.
    """

    def __init__(self, descriptor: int) -> None:
        # A plain child process, not asyncio's: it works on any event loop and outlives none of them.
        self._process = subprocess.Popen(
            [sys.executable, *_COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(descriptor,),
            env={**os.environ, "PYTHONPATH": _search_path()},
            bufsize=0,
            pipesize=_PIPE_BYTES,
            # Ctrl-C in a terminal goes to the program, which then closes its renderers itself.
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests = self._process.stdin
        self._replies = self._process.stdout.fileno()
        self._deadline = time.monotonic() + _START_SECONDS
        self._unread = bytearray()

    def wait_until_ready(self) -> None:
        """Wait until the process has started, which does not count as time of the document.

        Raises:
            RendererStoppedError: It could not start.
        """
        if not isinstance(self._read_reply(), Ready):
            raise self._stop("wrote nonsense")

    def ask(self, line: bytes, *, seconds: float) -> ReplyLine:
        """Send a request and wait for the line that answers it.

        Raises:
            RendererStoppedError: No valid answer came within `seconds`.
        """
        self._deadline = time.monotonic() + seconds
        try:
            self._requests.write(line)
        except BrokenPipeError as exc:
            raise self._stop("") from exc
        return self._read_reply()

    def read_pixels(self, count: int) -> mmap.mmap:
        """Read the `count` bytes that follow a line, within the time of that request.

        They come in memory of their own, which goes back to the system with them.

        Raises:
            RendererStoppedError: They did not come in time.
        """
        pixels = mmap.mmap(-1, count)
        taken = min(count, len(self._unread))
        pixels[:taken] = self._unread[:taken]
        del self._unread[:taken]
        view = memoryview(pixels)[taken:]
        while view:
            self._wait_for_data()
            read = os.readv(self._replies, [view])
            if read == 0:
                raise self._stop("")
            view = view[read:]
        return pixels

    def kill(self) -> None:
        """Kill the process at once; safe from any thread, more than once, and after it ended."""
        self._process.kill()

    def close(self) -> None:
        """Kill the process, wait until it is gone, and close the pipes to it."""
        self._process.kill()
        with self._process:
            pass

    def _read_reply(self) -> ReplyLine:
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            if searched > LONGEST_LINE:
                raise self._stop("wrote nonsense")
            self._wait_for_data()
            chunk = os.read(self._replies, _CHUNK)
            if not chunk:
                raise self._stop("")
            self._unread += chunk
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        try:
            return read_reply(line)
        except ProtocolError as exc:
            raise self._stop("wrote nonsense") from exc

    def _wait_for_data(self) -> None:
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        remaining = self._deadline - time.monotonic()
        if remaining <= 0 or not poll.poll(remaining * 1000):
            self.close()
            raise RendererStalledError("took too long")

    def _stop(self, reason: str) -> RendererStoppedError:
        if not reason:
            # Its output ended, so the process is ending too; a moment later its exit status is there.
            try:
                reason = _describe_exit(self._process.wait(timeout=1))
            except subprocess.TimeoutExpired:
                reason = "closed its output"
        self.close()
        return RendererStoppedError(reason)


def _describe_exit(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with exit status {status}"


def _search_path() -> str:
    # With `-S` nothing is searched but this: the same packages as here, without start-up hooks, which can
    # take seconds where vLLM is installed. With `-P` nothing in the current folder is ever imported.
    package = Path(nemotron_vl_integrations.__path__[0]).parent
    return os.pathsep.join([*(entry for entry in sys.path if entry), str(package)])
