"""Gives back to the system what this process has freed and its allocator keeps."""

import ctypes
import time
from collections.abc import Callable
from typing import Final

_REST: Final = 49
_IDLE_SECONDS: Final = 0.25


def find_trim() -> Callable[[], None] | None:
    """Find the way of the C library to give freed memory back; None where it has none, or does so by itself.

    glibc keeps what was freed for later, and threads that free pictures of 4 MB keep a great many of them: a run over
    thousands of pages held 80 MB more than it used. `malloc_trim` gives whole free pages back, whoever had them, and
    changes nothing else.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # musl, macOS
        return None
    trim.argtypes, trim.restype = (ctypes.c_size_t,), ctypes.c_int

    def give_back() -> None:
        trim(0)

    return give_back


class FreedMemory:
    """Gives freed memory back as pages come, for at most 2 % of the time; belongs to one thread at a time.

    Args:
        trim: Does it; None does nothing.
        clock: Seconds that only go forward.

    Examples:
        >>> times = iter([0.0, 1.0, 51.0, 51.5, 52.0])
        >>> done = []
        >>> memory = FreedMemory(lambda: done.append("back"), clock=lambda: next(times))
        >>> for _ in range(3):
        ...     memory.page_done()
        >>> len(done)
        2
    """

    def __init__(
        self, trim: Callable[[], None] | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._trim = trim
        self._clock = clock
        self._rests_until = float("-inf")

    def page_done(self) -> None:
        """Give back what the page needed, unless it was done a moment ago."""
        if self._trim is None or (began := self._clock()) < self._rests_until:
            return
        self._trim()
        # In a process that holds gigabytes of small things a look through them takes long.
        ended = self._clock()
        self._rests_until = ended + _REST * (ended - began)


class IdleMemory:
    """Gives freed memory back when a process has nothing more to do; what it needs often, it may keep meanwhile.

    Args:
        trim: Does it; None does nothing.
        clock: Seconds of processor time that this process has used.

    Examples:
        >>> used = iter([0.0, 9.0, 9.1, 9.2, 30.0, 30.0])
        >>> done = []
        >>> memory = IdleMemory(lambda: done.append("back"), clock=lambda: next(used))
        >>> for _ in range(5):
        ...     memory.look()
        >>> len(done)
        2
    """

    def __init__(
        self, trim: Callable[[], None] | None, *, clock: Callable[[], float] = time.process_time
    ) -> None:
        self._trim = trim
        self._clock = clock
        self._used = clock()
        self._keeps = True

    def look(self) -> None:
        """Give it back, once after each stretch of work, if hardly any time was used since the last look."""
        before, self._used = self._used, self._clock()
        if self._used - before >= _IDLE_SECONDS:
            self._keeps = True
        elif self._keeps and self._trim is not None:
            self._trim()
            self._keeps = False
