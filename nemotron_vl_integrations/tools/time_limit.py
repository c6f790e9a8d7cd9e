"""Bounds the time of one call."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from nemotron_vl_integrations.errors import RequestTimeoutError
from nemotron_vl_integrations.tools.workspace import Workspace


@asynccontextmanager
async def time_limit(workspace: Workspace) -> AsyncGenerator[None]:
    """Bound the time of a call by the limit of its workspace.

    Raises:
        RequestTimeoutError: It is over.
    """
    seconds = workspace.limits.seconds
    try:
        async with asyncio.timeout(seconds):
            yield
    except RequestTimeoutError:
        raise
    except TimeoutError as exc:
        raise RequestTimeoutError(
            f"The call took longer than {seconds:g} s.", hint="Try once more, or ask for less."
        ) from exc
