"""Which addresses of the web may be fetched, and what one of them may cost."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from nemotron_vl_integrations.argument_checks import check_items, check_number, check_text, check_whole, show
from nemotron_vl_integrations.errors import InvalidRequestError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_ADDRESS: Final = re.compile(r"(?:https?:|(?!file:|data:)[a-z][a-z0-9+.-]*://)", re.IGNORECASE)
_SCHEMES: Final = {"http": 80, "https": 443}
_LONGEST_URL: Final = 2048
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}", re.IGNORECASE)
_ALLOWED: Final = re.compile(
    r"(?P<name>\*|(?:\*\.)?[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
)
# IPv6 addresses that carry an IPv4 address, which is where their packets end.
_NAT64: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_COMPATIBLE: Final = ip_network("::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlPolicy:
    """What may be fetched from the web: nothing, unless hosts are named.

    Attributes:
        hosts: Hosts that may be asked, on the ports of `http` and `https` or on one that is named: `"example.org"`,
            `"*.example.org"` for what lies below it, `"localhost:8000"`, or `"*"` for all. A name may mean public
            machines alone; this machine and private networks must be named as `"localhost"`, by their IP address, or in
            `networks`.
        networks: Private networks that names may mean, such as `"10.20.0.0/16"`.
        max_bytes: Most bytes of an answer.
        seconds: Longest time for one address, its redirects included.
        max_redirects: Most redirects; each is checked like the first address, and none leads from `https` to `http`.

    Examples:
        >>> UrlPolicy(hosts=("example.org",)).check("https://example.com/a.png")
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: The address 'https://example.com/a.png' is not allowed: ...
    """

    hosts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    max_bytes: int = 64 * 1024 * 1024
    seconds: float = 30.0
    max_redirects: int = 3

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InvalidRequestError: One is of another type, or out of range.
        """
        check_whole("max_bytes", self.max_bytes, 1, 2**40)
        check_whole("max_redirects", self.max_redirects, 0, 20)
        check_number("seconds", self.seconds, 0.0, 86_400.0, with_low=False)
        for host in check_items("hosts", self.hosts, "names of hosts"):
            _read_host(check_text("hosts", host))
        for network in check_items("networks", self.networks, "networks"):
            _read_network(check_text("networks", network))

    def check(self, url: str) -> "CheckedUrl":
        """Return the parts of an address that may be asked for; its machine is checked when it is connected to.

        Raises:
            InvalidRequestError: It is no `http` or `https` address, names a user, or a host that is not allowed.
        """
        checked = _parse(url)
        if not any(_read_host(host).covers(checked) for host in self.hosts):
            raise InvalidRequestError(
                f"The address {show(url)} is not allowed: nothing is fetched from there.",
                hint="Name its host in `allowed_hosts`, or send the bytes.",
            )
        return checked

    def allows(self, url: "CheckedUrl", address: str) -> bool:
        """Whether the host of an address of the web may mean a machine.

        Args:
            url: What is asked for.
            address: The IP address that the name of its host was found to mean.

        Examples:
            >>> policy = UrlPolicy(hosts=("*", "localhost"), networks=("10.20.0.0/16",))
            >>> public, here = policy.check("http://example.org/"), policy.check("http://localhost/")
            >>> policy.allows(public, "93.184.216.34"), policy.allows(public, "::ffff:127.0.0.1")
            (True, False)
            >>> policy.allows(here, "127.0.0.1"), policy.allows(public, "10.20.3.4")
            (True, True)
        """
        machines = _unwrap(ip_address(address.partition("%")[0]))
        if any(_read_host(named).means(url, machines) for named in self.hosts):
            return True
        if any(machines[-1] in network for network in map(_read_network, self.networks)):
            return True
        return "%" not in address and all(_is_public(machine) for machine in machines)


@dataclass(frozen=True, slots=True)
class _Host:
    """An entry of `UrlPolicy.hosts`; `port` is None for the usual ports."""

    name: str
    port: int | None

    def covers(self, url: "CheckedUrl") -> bool:
        if url.port != (_SCHEMES[url.scheme] if self.port is None else self.port):
            return False
        if self.name.startswith("*."):
            return url.host.endswith(self.name[1:])
        return self.name in ("*", url.host)

    def means(self, url: "CheckedUrl", machines: "list[Address]") -> bool:
        """Whether this machine, or an IP address itself, was named with its port and found to be that."""
        if url.host != self.name or not self.covers(url) or len(machines) != 1:
            return False
        return machines[0].is_loopback if url.host == "localhost" else str(machines[0]) == url.host


@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """An address whose parts may be asked for.

    Attributes:
        scheme: `http` or `https`.
        host: In lower case, without brackets.
        port: Its port.
        target: Path and query, as they are sent.
    """

    scheme: str
    host: str
    port: int
    target: str


def is_url(text: str) -> bool:
    """Whether a text begins as an address does, of whatever kind; `file:` and `data:` are other things.

    Examples:
        >>> is_url("HTTPS:example.org"), is_url("ftp://x"), is_url("file:///x"), is_url("letter:2.pdf")
        (True, True, False, False)
    """
    return _ADDRESS.match(text[:64].lstrip()) is not None


def refuse_url(url: str, reason: str) -> InvalidRequestError:
    """The error for an address that is not fetched."""
    return InvalidRequestError(
        f"The address {show(url)} is not allowed: {reason}.", hint="Download it, and name the file."
    )


def _parse(url: str) -> CheckedUrl:
    # Parsers differ in what they make of spaces, backslashes and the like, so an address with any of them is refused.
    if len(url) > _LONGEST_URL or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise refuse_url(url, "it is too long, or holds characters that must be escaped in an address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise refuse_url(url, "it cannot be read") from exc
    if parts.scheme not in _SCHEMES:
        raise refuse_url(url, "only http and https are fetched")
    if "@" in parts.netloc:
        raise refuse_url(url, "it names a user")
    if not _HOST.fullmatch(host):
        raise refuse_url(url, "its host cannot be read")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return CheckedUrl(parts.scheme, host, _SCHEMES[parts.scheme] if port is None else port, target)


def _read_host(text: str) -> _Host:
    match = _ALLOWED.fullmatch(text.lower())
    if match is None:
        raise InvalidRequestError(
            f"`hosts` holds {show(text)}, which is no host.",
            hint="Write for instance 'example.org', 'localhost:8000' or '*'.",
        )
    port = None if match["port"] is None else check_whole("port", int(match["port"]), 1, 65_535)
    return _Host(match["name"].strip("[]"), port)


def _read_network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as exc:
        raise InvalidRequestError(
            f"`networks` holds {show(text)}, which is no network.", hint="Write for instance '10.20.0.0/16'."
        ) from exc


def _is_public(machine: Address) -> bool:
    return machine.is_global and not (
        machine.is_multicast
        or machine.is_reserved
        or machine.is_unspecified
        or (isinstance(machine, IPv6Address) and machine.is_site_local)
    )


def _unwrap(machine: Address) -> list[Address]:
    """The address, and the IPv4 address inside it if it is one that carries another."""
    if not isinstance(machine, IPv6Address):
        return [machine]
    inner = machine.ipv4_mapped or machine.sixtofour or (machine.teredo or (None, None))[1]
    if inner is None and (machine in _COMPATIBLE or any(machine in network for network in _NAT64)):
        inner = IPv4Address(int(machine) & 0xFFFF_FFFF)
    # A mapped address is its IPv4 address, written longer.
    return [inner] if machine.ipv4_mapped and inner else [machine, inner] if inner else [machine]
