import os

import pytest

from nemotron_vl_integrations.freed_memory import FreedMemory, IdleMemory, find_trim
from tests.long_document import MEGABYTE, measure_memory

TRIM = find_trim()


@pytest.mark.skipif(TRIM is None, reason="this C library gives memory back by itself")
def test_what_was_freed_below_something_that_stays_goes_back() -> None:
    # Smaller than what glibc maps apart; the last one keeps the others from being cut off the end of the heap.
    pieces = [bytearray(64 * 1024) for _ in range(1024)]
    last = pieces.pop()
    pieces.clear()
    held = measure_memory(os.getpid())
    FreedMemory(TRIM).page_done()
    assert held - measure_memory(os.getpid()) > 32 * MEGABYTE
    assert len(last) == 64 * 1024


def test_a_slow_look_through_the_memory_is_followed_by_a_long_rest() -> None:
    times = iter([0.0, 2.0, 50.0, 99.0, 100.0, 101.0])
    done: list[str] = []
    memory = FreedMemory(lambda: done.append("back"), clock=lambda: next(times))
    for _ in range(2):
        memory.page_done()
    assert len(done) == 1
    for _ in range(2):
        memory.page_done()
    assert len(done) == 2


def test_a_library_without_a_way_to_give_back_is_left_alone() -> None:
    FreedMemory(None).page_done()


def test_a_process_that_works_keeps_what_it_has_freed_and_an_idle_one_gives_it_back_once() -> None:
    used = iter([0.0, 3.0, 6.0, 6.1, 6.1, 6.2])
    done: list[int] = []
    memory = IdleMemory(lambda: done.append(len(done)), clock=lambda: next(used))
    counts: list[int] = []
    for _ in range(5):
        memory.look()
        counts.append(len(done))
    assert counts == [0, 0, 1, 1, 1]


def test_where_memory_goes_back_by_itself_nothing_is_done() -> None:
    IdleMemory(None, clock=iter([0.0, 0.0]).__next__).look()
