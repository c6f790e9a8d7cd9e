"""A request that is sent again when the engine dies under it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import EngineDiedError
from nemotron_vl_integrations.messages import Delta, Reply, Request


async def reply_with_retries(open_engine: Callable[[], Engine], request: Request, *, retries: int) -> Reply:
    """Return the reply to a request.

    Args:
        open_engine: Gives the engine of an attempt.
        request: What is asked.
        retries: How often it is sent again when the engine died.

    Raises:
        EngineDiedError: The engine died once more than that.
    """
    for _ in range(retries):
        try:
            return await open_engine().agenerate(request)
        except EngineDiedError:
            continue
    return await open_engine().agenerate(request)


async def stream_with_retries(
    open_engine: Callable[[], Engine], request: Request, *, retries: int
) -> AsyncGenerator[Delta, None]:
    """Yield the reply to a request in pieces; once one is out, nothing is sent again.

    Args:
        open_engine: Gives the engine of an attempt.
        request: What is asked.
        retries: How often it is sent again when the engine died before the first piece.

    Raises:
        EngineDiedError: The engine died once more than that, or in the middle.
    """
    left, begun = retries, False
    while True:
        try:
            async with aclosing(open_engine().astream(request)) as deltas:
                async for delta in deltas:
                    begun = True
                    yield delta
            return
        except EngineDiedError:
            if begun or not left:
                raise
            left -= 1
