"""Ctrl-C, SIGTERM and the SIGHUP of a closed terminal: the first ends the command in order, the second at once."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

_STOPPING = b"\nnemotron-vl: stopping; Ctrl-C again stops at once\n"
_CURSOR = b"\r\x1b[2K\x1b[?25h"
"""Erases the line of the display and shows the cursor, which the display has hidden."""


class InterruptedBySignalError(KeyboardInterrupt):
    """A signal asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def _write_error(text: bytes) -> None:
    with suppress(OSError):  # A terminal that was closed is no reason not to end in order.
        os.write(2, text)


@contextmanager
def stop_on_signals() -> Generator[None]:
    """Raise `InterruptedBySignalError` in the main thread at the first signal, and end the process at the second.

    A start of the engine can only be left at a few places, so ending in order may take half a minute. Outside the main
    thread, and for a signal that the parent of this process has chosen to ignore, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stopping = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping:
            for child in multiprocessing.active_children():
                child.kill()
            if os.isatty(2):
                _write_error(_CURSOR)
            os._exit(128 + number)
        stopping = True
        # Python's own streams may be in the middle of a write here.
        _write_error(_STOPPING)
        raise InterruptedBySignalError(number)

    numbers = [
        n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is not signal.SIG_IGN
    ]
    previous = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
