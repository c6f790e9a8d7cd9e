"""The server over streamable HTTP, for clients that are started apart from it."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

import uvicorn
from mcp.server import Server
from starlette.types import ASGIApp

from nemotron_vl_integrations.mcp_server.access import HttpAccess, TokenGuard

PATH: Final = "/mcp"
_MAX_BODY: Final = 1024 * 1024
_MAX_SESSIONS: Final = 64
_SECONDS_TO_END: Final = 3


def make_app(server: Server, access: HttpAccess, *, port: int) -> ASGIApp:
    """Return the server as an ASGI application, for a web server of your own.

    Args:
        server: See `make_server`.
        access: Who may come.
        port: That clients call it at.
    """
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        transport_security=access.settings(port),
        max_request_body_size=_MAX_BODY,
        max_sessions=_MAX_SESSIONS,
        host=access.host,
    )
    return app if access.token is None else TokenGuard(app, access.token)


async def serve_http(
    server: Server, access: HttpAccess, *, announce: Callable[[str], None] | None = None
) -> None:
    """Serve until this is cancelled; calls that run then are cancelled too.

    Args:
        server: See `make_server`.
        access: Who may come, and where.
        announce: Is told the address when clients can connect.

    Raises:
        OSError: The address cannot be listened at.
    """
    family = socket.AF_INET6 if ":" in access.host else socket.AF_INET
    with socket.create_server((access.host, access.port), family=family, backlog=128) as listener:
        port = int(listener.getsockname()[1])
        # Connections wait in the listener until the server takes them.
        if announce is not None:
            announce(f"http://{_show(access.host)}:{port}{PATH}")
        config = uvicorn.Config(
            make_app(server, access, port=port),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
        await _serve(uvicorn.Server(config), listener)


async def _serve(web: uvicorn.Server, listener: socket.socket) -> None:
    serving = asyncio.create_task(web.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        # A server that is cancelled itself leaves its connections and calls behind.
        web.should_exit = True
        await serving


def _show(host: str) -> str:
    return f"[{host}]" if ":" in host else host
