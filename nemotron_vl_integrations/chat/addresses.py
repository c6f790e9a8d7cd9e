"""Fetching a file from an address that a message names, from hosts that were allowed and no others."""

import http.client
from collections.abc import Sequence
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from typing_extensions import override

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import ImageTooLargeError, InvalidRequestError

_SECONDS: Final = 30.0
_SCHEMES: Final = ("http", "https")


def is_address(text: str) -> bool:
    """Whether a text names something on another machine.

    Examples:
        >>> is_address("https://example.org/page.png"), is_address("page.png"), is_address("file:///page.png")
        (True, False, False)
    """
    scheme, colon, _ = text[:16].partition("://")
    return bool(colon) and scheme.isalnum() and scheme.lower() != "file"


def fetch_address(address: str, *, allowed_hosts: Sequence[str], max_bytes: int) -> bytes:
    """Return the bytes at an `http` or `https` address; redirections are followed to allowed hosts alone.

    Args:
        address: What a message names.
        allowed_hosts: Names such as `"example.org"`, or with a port `"localhost:8000"`.
        max_bytes: Most bytes.

    Raises:
        InvalidRequestError: The host is not allowed, or does not answer with the file.
        ImageTooLargeError: More bytes than that.
    """
    check_host(address, allowed_hosts)
    opener = build_opener(_AllowedRedirects(allowed_hosts))
    try:
        with opener.open(Request(address), timeout=_SECONDS) as response:
            data: bytes = response.read(max_bytes + 1)
    except HTTPError as exc:
        exc.close()
        raise InvalidRequestError(f"The address {show(address)} answers {exc.code} {exc.reason}.") from exc
    except (URLError, http.client.HTTPException, OSError, ValueError) as exc:
        raise InvalidRequestError(f"The address {show(address)} cannot be read: {exc}.") from exc
    if len(data) > max_bytes:
        raise ImageTooLargeError(f"The file at {show(address)} has more than {max_bytes:,} bytes.")
    return data


def check_host(address: str, allowed_hosts: Sequence[str]) -> None:
    """Refuse an address whose host is not among those that are allowed.

    Raises:
        InvalidRequestError: Names the address.
    """
    try:
        split = urlsplit(address)
        host = _name_host(split)
    except ValueError as exc:
        raise InvalidRequestError(f"The address {show(address)} cannot be read: {exc}.") from exc
    if split.scheme.lower() not in _SCHEMES or host not in {allowed.lower() for allowed in allowed_hosts}:
        raise InvalidRequestError(
            f"The message names the address {show(address)}, and nothing is fetched from there.",
            hint="Name its host in `allowed_hosts`, or send the bytes.",
        )


def _name_host(split: SplitResult) -> str:
    name = (split.hostname or "").lower()
    return name if split.port is None else f"{name}:{split.port}"


class _AllowedRedirects(HTTPRedirectHandler):
    def __init__(self, allowed_hosts: Sequence[str]) -> None:
        self._allowed_hosts = allowed_hosts

    @override
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        try:
            check_host(newurl, self._allowed_hosts)
        except InvalidRequestError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)
