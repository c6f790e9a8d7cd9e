"""The time limit of one request."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

from nemotron_vl_integrations.errors import RequestTimeoutError

T = TypeVar("T")


async def limit_time(stream: AsyncGenerator[T, None], seconds: float) -> AsyncGenerator[T, None]:
    """Yield from `stream` until it ends or the time is up, which aborts what it waits for.

    Args:
        stream: Is not closed here.
        seconds: Counted from the first item that is asked for.

    Raises:
        RequestTimeoutError: The time is up.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        limit = asyncio.timeout_at(deadline)
        try:
            async with limit:
                item = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError as exc:
            if not limit.expired():
                raise
            raise RequestTimeoutError(
                f"The request was not done after `timeout={seconds}` seconds and was aborted.",
                hint="Allow more time, fewer tokens or fewer tiles; or the engine has more to do than it can.",
            ) from exc
        yield item
