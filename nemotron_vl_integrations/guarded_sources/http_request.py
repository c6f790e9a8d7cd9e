"""One request of the web, to a machine whose address was checked after its name was looked up."""

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import httpcore
from typing_extensions import override

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import ImageTooLargeError, InvalidRequestError
from nemotron_vl_integrations.guarded_sources.url_policy import CheckedUrl, UrlPolicy, refuse_url

_HEADERS: Final = ((b"Accept", b"*/*"), (b"Accept-Encoding", b"identity"), (b"Connection", b"close"))
_OK: Final = 200
# Of a host with many addresses that do not answer.
_MOST_ADDRESSES: Final = 4


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a server answered; `body` is only read of status 200."""

    status: int
    location: str
    body: bytes


async def get(url: CheckedUrl, policy: UrlPolicy) -> HttpAnswer:
    """Ask for an address, without following where it leads.

    Raises:
        InvalidRequestError: Its host means a machine that is not allowed, or does not answer.
        ImageTooLargeError: It answers with more than `policy.max_bytes`.
    """
    network = _CheckedNetwork(url, policy)
    place = httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target)
    try:
        async with (
            httpcore.AsyncConnectionPool(network_backend=network, max_connections=1) as pool,
            pool.stream("GET", place, headers=list(_HEADERS)) as response,
        ):
            body = await _read(response, url, policy.max_bytes) if response.status == _OK else b""
            return HttpAnswer(response.status, _find_header(response, b"location"), body)
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as exc:
        raise InvalidRequestError(f"The host {show(url.host)} cannot be asked: {exc}.") from exc


async def _read(response: httpcore.Response, url: CheckedUrl, max_bytes: int) -> bytes:
    coding = _find_header(response, b"content-encoding").lower()
    if coding not in ("", "identity"):
        raise InvalidRequestError(f"The host {show(url.host)} answers in the coding {show(coding)}.")
    data = bytearray()
    async for piece in response.aiter_stream():
        data += piece
        if len(data) > max_bytes:
            raise ImageTooLargeError(
                f"The host {show(url.host)} answers with more than the limit of {max_bytes:,} bytes.",
                hint="Download it first, or raise `max_bytes`.",
            )
    return bytes(data)


def _find_header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Looks a host up once, checks what that gave, and connects to it and nothing else."""

    def __init__(self, url: CheckedUrl, policy: UrlPolicy) -> None:
        self._url = url
        self._policy = policy
        backend = httpcore.AnyIOBackend()
        self._network: httpcore.AsyncNetworkBackend = backend  # pyright: ignore[reportAttributeAccessIssue] - without anyio a stand-in has its name

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | None = None
        for address in await self._look_up(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as exc:
                failure = exc
        raise failure or httpcore.ConnectError("it has no address")

    @override
    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise refuse_url(path, "it is a socket of this machine")

    @override
    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)

    async def _look_up(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as exc:  # A part of the name is empty or too long.
            raise httpcore.ConnectError("it is no name of a host") from exc
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        for address in addresses:
            if not self._policy.allows(self._url, address):
                raise refuse_url(host, "it is a machine of a private network")
        return addresses[:_MOST_ADDRESSES]
