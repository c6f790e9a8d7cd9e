"""Who may talk to the server over HTTP: names that it is called by, origins of pages, and a token."""

import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from nemotron_vl_integrations.errors import InvalidRequestError

SHORTEST_TOKEN: Final = 16
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAccess:
    """Who may come.

    Attributes:
        host: Address to listen at. Others than this machine can reach it only where a token is set.
        port: Port to listen at; 0 takes a free one.
        names: Names by which clients call the server, beside its address; a request with another `Host` is refused, so
            that no page of the web can reach it under a name of its own.
        token: What clients send as `Authorization: Bearer TOKEN`; None asks for none.

    Examples:
        >>> HttpAccess(host="0.0.0.0")
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: The address '0.0.0.0' can be reached from other ...
    """

    host: str = "127.0.0.1"
    port: int = 8808
    names: tuple[str, ...] = ()
    token: str | None = None

    def __post_init__(self) -> None:
        """Check that nobody is let in by mistake.

        Raises:
            InvalidRequestError: An address that others can reach and no token, or one that is too short.
        """
        if self.token is not None and (
            len(self.token) < SHORTEST_TOKEN or not self.token.isascii() or not self.token.isprintable()
        ):
            raise InvalidRequestError(
                f"The token is shorter than {SHORTEST_TOKEN} characters, or holds others than ASCII ones.",
                hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
            )
        if self.token is None and not self.is_local:
            raise InvalidRequestError(
                f"The address {self.host!r} can be reached from other machines, and no token is set.",
                hint="Set one with --token-file, or listen at 127.0.0.1.",
            )

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the address."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def settings(self, port: int) -> TransportSecuritySettings:
        """Return the `Host` and `Origin` headers that are let in.

        Args:
            port: That is listened at.
        """
        own = f"[{self.host}]" if ":" in self.host else self.host
        names = dict.fromkeys((*(_LOOPBACK if self.is_local else (own,)), *self.names))
        hosts = [form for name in names for form in (name, f"{name}:{port}")]
        return TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=hosts,
            allowed_origins=[f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")],
        )


class TokenGuard:
    """Lets requests through that carry the token; refuses all others before they reach anything."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "http":
            said = Headers(scope=scope).get("authorization", "").encode("latin-1", "replace")
            if not hmac.compare_digest(said, self._expected):
                response = Response("A token is needed.", 401, headers={"WWW-Authenticate": "Bearer"})
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
