"""What a message may bring along: which paths may be read, and how much of anything."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPolicy:
    """Limits of what messages bring along. Messages may come from strangers, so nothing outside them is read.

    Attributes:
        allowed_paths: Folders and files that a message may name by their path; none unless given.
        allowed_hosts: Hosts that addresses in a message may name, such as `"example.org"`; none unless given.
        max_bytes: Most bytes of one file.
        max_pages: Most pages of one document; each page takes the room of an image in the prompt.
        max_characters: Most characters of one text file.

    Examples:
        >>> MediaPolicy().find_path("/etc/hostname")
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: The path '/etc/hostname' is not allowed. ...
    """

    allowed_paths: tuple[Path, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    max_bytes: int = 64 * 1024 * 1024
    max_pages: int = 4
    max_characters: int = 200_000

    def find_path(self, text: str) -> Path:
        """Return the file that a path or a `file:` address names, with its links followed.

        Raises:
            InvalidRequestError: It lies outside the allowed paths.
        """
        name = unquote(urlsplit(text).path) if text[:5].lower() == "file:" else text
        try:
            path = Path(name).resolve()
        except (OSError, ValueError) as exc:  # A zero byte, or links in a circle.
            raise InvalidRequestError(f"The path {show(text)} cannot be read: {exc}.") from exc
        if not any(path.is_relative_to(allowed.resolve()) for allowed in self.allowed_paths):
            raise InvalidRequestError(
                f"The path {show(text)} is not allowed.",
                hint="Name its folder in `allowed_paths`, or send the bytes in base64.",
            )
        return path


DEFAULT_POLICY: Final = MediaPolicy()
