"""An MCP server in this process, on the engine of the tests."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from nemotron_vl_integrations.mcp_server import HttpAccess, make_server, serve_http
from nemotron_vl_integrations.tools import Workspace


@asynccontextmanager
async def serving_here(workspace: Workspace) -> AsyncGenerator[str]:
    """Serve over HTTP on a free port of this machine; gives the address."""
    address = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve_http(make_server(workspace), HttpAccess(port=0), announce=address.set_result)
    )
    try:
        yield await address
    finally:
        server.cancel()
        with suppress(asyncio.CancelledError):
            await server
