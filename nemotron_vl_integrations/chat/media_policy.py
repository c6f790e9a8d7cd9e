"""What a message may bring along: which paths and addresses may be read, and how much of anything."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nemotron_vl_integrations.argument_checks import check_instance, check_items, check_whole, show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.guarded_sources import AllowedPaths, UrlPolicy, fetch_url, is_url


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPolicy:
    """Limits of what messages bring along. Messages may come from strangers, so nothing outside them is read.

    Attributes:
        allowed_paths: Folders and files that a message may name by their path; none unless given.
        allowed_hosts: Hosts that addresses in a message may name, see `UrlPolicy.hosts`; none unless given.
        max_bytes: Most bytes of one file.
        max_pages: Most pages of one document; each page takes the room of an image in the prompt.
        max_characters: Most characters of one text file.

    Examples:
        >>> asyncio.run(MediaPolicy().read("/etc/hostname"))
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: The path '/etc/hostname' is not allowed. ...
    """

    allowed_paths: tuple[Path, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    max_bytes: int = 64 * 1024 * 1024
    max_pages: int = 4
    max_characters: int = 200_000

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            InvalidRequestError: One is of another type, or out of range.
        """
        check_whole("max_bytes", self.max_bytes, 1, 2**40)
        check_whole("max_pages", self.max_pages, 1, 10_000)
        check_whole("max_characters", self.max_characters, 1, 2**40)
        for path in check_items("allowed_paths", self.allowed_paths, "paths"):
            check_instance("allowed_paths", path, Path)
        check_items("allowed_hosts", self.allowed_hosts, "names of hosts")
        UrlPolicy(hosts=self.allowed_hosts, max_bytes=self.max_bytes)

    async def read(self, text: str) -> bytes:
        """Return the bytes of the file or the page of the web that a message names.

        Args:
            text: A path, a `file:` address, or an address of the web.

        Raises:
            InvalidRequestError: It is not allowed, cannot be read, or is too large.
            MissingExtraError: It is an address, and the extra `urls` is not installed.
        """
        if not is_url(text):
            allowed = AllowedPaths(self.allowed_paths)
            return (await asyncio.to_thread(allowed.read, text, max_bytes=self.max_bytes)).data
        if not self.allowed_hosts:
            raise InvalidRequestError(
                f"The message names the address {show(text)}, and nothing is fetched from there.",
                hint="Name its host in `allowed_hosts`, or download it and send the bytes in base64.",
            )
        return await fetch_url(text, UrlPolicy(hosts=self.allowed_hosts, max_bytes=self.max_bytes))


DEFAULT_POLICY: Final = MediaPolicy()
