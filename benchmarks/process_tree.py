"""What this process and all its children cost the machine: processor time, and memory at its highest."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import psutil

_SECONDS_BETWEEN = 0.2


def cpu_seconds() -> float:
    """Processor time of this process, its children, and the children that have ended."""
    total = 0.0
    for process in _tree():
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def resident_bytes() -> int:
    """Memory of this process and its children; what they share is counted once, where the system says it."""
    return sum(resident_bytes_of_each())


def resident_bytes_of_each() -> list[int]:
    """Memory of this process and of each of its children, largest first."""
    found: list[int] = []
    for process in _tree():
        try:
            found.append(process.memory_full_info().pss)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return sorted(found, reverse=True)


def _tree() -> list[psutil.Process]:
    me = psutil.Process()
    return [me, *me.children(recursive=True)]


class PeakMemory:
    """The highest memory that was seen so far, in bytes."""

    def __init__(self) -> None:
        self.peak = resident_bytes()

    def look(self) -> None:
        """Compare the memory of now."""
        self.peak = max(self.peak, resident_bytes())


@contextmanager
def watch_memory() -> Generator[PeakMemory, None, None]:
    """Look at the memory every fifth of a second until the block ends."""
    memory, ended = PeakMemory(), threading.Event()

    def watch() -> None:
        while not ended.wait(_SECONDS_BETWEEN):
            memory.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        ended.set()
        thread.join()
        memory.look()
