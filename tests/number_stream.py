"""A stream that counts, and knows how far it was read and whether it was closed."""

import asyncio
from collections.abc import AsyncGenerator


class Counter:
    """A stream of numbers that records how far it was read and whether it was closed to the end."""

    def __init__(self, length: int = 1_000_000, error: Exception | None = None) -> None:
        self.length = length
        self.error = error
        self.given = 0
        self.closed = False
        self.clean_up = asyncio.Event()
        self.clean_up.set()

    async def stream(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(self.length):
                await asyncio.sleep(0)
                self.given += 1
                yield number
            if self.error is not None:
                raise self.error
        finally:
            await self.clean_up.wait()
            self.closed = True
