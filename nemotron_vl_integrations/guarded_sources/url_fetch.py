"""Fetches an address of the web within a policy: each redirect is checked, and time and size are bounded."""

import asyncio
from http import HTTPStatus
from importlib.util import find_spec
from typing import Final
from urllib.parse import urljoin

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError, MissingExtraError
from nemotron_vl_integrations.guarded_sources.url_policy import UrlPolicy, refuse_url

_OK: Final = HTTPStatus.OK
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


async def fetch_url(url: str, policy: UrlPolicy) -> bytes:
    """Return the bytes of an `http` or `https` address.

    The name of a host is looked up once, what it means is checked, and that machine is connected to: a name that means
    another machine a moment later has no effect. No proxy, cookie or password of this machine is used.

    Raises:
        InvalidRequestError: It is not allowed, or does not answer with the bytes of a file in time.
        ImageTooLargeError: It answers with more than `policy.max_bytes`.
        MissingExtraError: The extra `urls` is not installed.
    """
    policy.check(url)
    if find_spec("httpcore") is None:
        raise MissingExtraError(
            "Fetching addresses needs the package httpcore.",
            hint='Run: pip install "nemotron-vl-integrations[urls]"',
        )
    try:
        async with asyncio.timeout(policy.seconds):
            return await _follow(url, policy)
    except TimeoutError as exc:
        raise InvalidRequestError(
            f"The address {show(url)} took longer than {policy.seconds:g} s.", hint="Download it first."
        ) from exc


async def _follow(url: str, policy: UrlPolicy) -> bytes:
    # An optional extra, of which nothing is imported before it is needed.
    from nemotron_vl_integrations.guarded_sources.http_request import get

    place = url
    for _ in range(policy.max_redirects + 1):
        checked = policy.check(place)
        answer = await get(checked, policy)
        if answer.status == _OK:
            return answer.body
        if answer.status not in _REDIRECTS or not answer.location:
            raise InvalidRequestError(
                f"The address {show(url)} answers {answer.status}{_name(answer.status)}."
            )
        target = _join(place, answer.location)
        if checked.scheme == "https" and not target.lower().startswith("https:"):
            raise refuse_url(url, "it leads from https to another scheme")
        place = target
    raise refuse_url(url, f"it leads through more than {policy.max_redirects} redirects")


def _join(place: str, location: str) -> str:
    try:
        return urljoin(place, location)
    except ValueError as exc:
        raise refuse_url(place, "it leads to an address that cannot be read") from exc


def _name(status: int) -> str:
    return f" {HTTPStatus(status).phrase}" if status in list(HTTPStatus) else ""
