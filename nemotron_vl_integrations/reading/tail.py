"""Tells when a run comes to its last pages, and the engine has room for more than one attempt at each."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Tail:
    """Counts the pages in work; belongs to one event loop.

    A run that never filled the engine has no tail: its pages climb the ladder one attempt after the other, which gives
    the same result every time.

    Args:
        concurrency: Most pages in work at one time. The tail begins when no page is left to begin and at most half as
            many are in work.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._in_work = 0
        self._begun = 0
        self._all_begun = False
        self._reached = asyncio.Event()

    @property
    def reached(self) -> bool:
        """Whether the tail has begun; once it has, it lasts.

        Examples:
            >>> tail = Tail(2)
            >>> for _ in range(3):
            ...     with tail.page():
            ...         pass
            >>> before = tail.reached
            >>> tail.end_of_pages()
            >>> before, tail.reached
            (False, True)
        """
        return self._reached.is_set()

    async def wait(self) -> None:
        """Wait until the tail begins, which it may never do."""
        await self._reached.wait()

    def end_of_pages(self) -> None:
        """Say that no further page will begin."""
        self._all_begun = True
        self._look()

    def _look(self) -> None:
        filled = self._begun > self._concurrency
        if self._all_begun and filled and self._in_work <= self._concurrency // 2:
            self._reached.set()

    @contextmanager
    def page(self) -> Generator[None, None, None]:
        """Count a page while it is in work."""
        self._in_work += 1
        self._begun += 1
        try:
            yield
        finally:
            self._in_work -= 1
            self._look()
