"""What the command line names as a source: files, and standard input as `-`."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from nemotron_vl_integrations.errors import InvalidRequestError

STANDARD_INPUT = "-"
_INPUT_BYTES = 512 * 2**20
_PASSWORD_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Source:
    """A document as the command line named it; `content` is its path, or the bytes of standard input."""

    name: str
    content: str | bytes


def find_sources(names: list[str]) -> tuple[Source, ...]:
    """Turn the names of the command line into sources; reads standard input where one is `-`.

    Raises:
        InvalidRequestError: Standard input is named twice, is closed, or holds too much.

    Examples:
        >>> find_sources(["letter.pdf"])[0].name
        'letter.pdf'
    """
    if names.count(STANDARD_INPUT) > 1:
        raise InvalidRequestError("Standard input (-) is named twice.", hint="It can be read once.")
    return tuple(
        Source("stdin", _read_input()) if name == STANDARD_INPUT else Source(_show_name(name), name)
        for name in names
    )


def _show_name(name: str) -> str:
    """Read a file name as UTF-8, whatever the locale made of it; bytes that are none become escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _read_input() -> bytes:
    if sys.stdin is None:  # As `<&-` leaves it.
        raise InvalidRequestError(
            "Standard input (-) is closed.", hint="Pipe a document into it, or name a file."
        )
    data = sys.stdin.buffer.read(_INPUT_BYTES + 1)
    if len(data) > _INPUT_BYTES:
        raise InvalidRequestError(
            f"Standard input holds more than {_INPUT_BYTES} bytes.", hint="Write it to a file and name that."
        )
    return data


def read_passwords(path: Path | None) -> tuple[str, ...]:
    """Read passwords, one a line; spaces in them count.

    Raises:
        InvalidRequestError: The file cannot be read as UTF-8 text of at most 64 KiB.
    """
    if path is None:
        return ()
    try:
        with path.open("rb") as file:
            data = file.read(_PASSWORD_BYTES + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidRequestError(f"The password file {str(path)!r} cannot be read: {exc}.") from exc
    if len(data) > _PASSWORD_BYTES:
        raise InvalidRequestError(f"The password file {str(path)!r} holds more than {_PASSWORD_BYTES} bytes.")
    return tuple(line for line in text.splitlines() if line)
