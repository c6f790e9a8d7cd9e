"""Which files may be named, and reading one of them without a gap between the check and the opening."""

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.guarded_sources.folder_walk import OutsideFolderError, open_below
from nemotron_vl_integrations.images.source_files import FileTooLargeError, read_descriptor

_LONGEST_PATH: Final = 4096


@dataclass(frozen=True, slots=True)
class GuardedFile:
    """A file that was read.

    Attributes:
        name: Its path below the allowed folder, or its name where it was allowed itself.
        data: Its bytes.
    """

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Way:
    """From an allowed folder to what was named."""

    folder: Path
    steps: tuple[str, ...]
    follow_links: bool = True


@dataclass(frozen=True, slots=True)
class AllowedPaths:
    """Folders and files that may be named. A name can be absolute, or begin at a folder, or at the current one.

    Links that stay below their folder are followed. A link, `..` or an absolute path that leads elsewhere is refused,
    and so is everything that is not a regular file; what was checked is what is read, whatever becomes of the name
    meanwhile. Hard links and mounts below a folder belong to it.

    Attributes:
        paths: The folders and files; a link among them stands for what it leads to now.

    Examples:
        >>> AllowedPaths((Path("samples"),)).read("../pyproject.toml", max_bytes=1000)
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: The path '../pyproject.toml' is not allowed. ...
    """

    paths: tuple[Path, ...] = ()

    def read(self, text: str, *, max_bytes: int) -> GuardedFile:
        """Return the file that a path or a `file:` address names.

        Raises:
            InvalidRequestError: It is not allowed, missing, too large, or no regular file. What lies outside is not
                looked at, so the message does not tell whether it exists.
        """
        path = _to_path(text)
        refusal: OSError = OutsideFolderError()
        for way in self._find_ways(path):
            try:
                descriptor = open_below(way.folder, way.steps, follow_links=way.follow_links)
            except OutsideFolderError:
                continue
            except OSError as exc:
                refusal = exc
                continue
            name = posixpath.normpath("/".join(way.steps))
            return GuardedFile(name, _read(descriptor, text, max_bytes))
        if isinstance(refusal, OutsideFolderError):
            raise InvalidRequestError(
                f"The path {show(text)} is not allowed.",
                hint="Name its folder in `allowed_paths`, or send the bytes in base64.",
            )
        raise InvalidRequestError(f"{show(text)} cannot be read: {refusal.strerror}.") from refusal

    def _find_ways(self, path: str) -> list[_Way]:
        roots = [(allowed.absolute(), allowed.resolve()) for allowed in self.paths]
        ways: list[_Way] = []
        if not path.startswith("/"):
            ways += [_Way(real, _split(path)) for _, real in roots if real.is_dir()]
            path = f"{Path.cwd()}/{path}"
        for named, real in roots:
            ways += [way for root in {named: None, real: None} if (way := _find_way(path, root, real))]
        return ways


def _find_way(path: str, root: Path, real: Path) -> _Way | None:
    """The way to a path that begins like a root; `..` in the rest is left to the walk."""
    steps, start = _split(path), _split(str(root))
    if steps[: len(start)] != start:
        return None
    rest = steps[len(start) :]
    if rest:
        return _Way(real, rest)
    # The root itself is named, so it must be a file.
    return _Way(real.parent, (real.name,), follow_links=False)


def _split(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split("/") if step not in ("", "."))


def _to_path(text: str) -> str:
    path = text
    if text[:5].lower() == "file:":
        try:
            address = urlsplit(text)
            here = address.netloc in ("", "localhost") and not address.query and not address.fragment
        except ValueError:
            here = False
        if not here:
            raise InvalidRequestError(f"The address {show(text)} names no file of this machine.")
        path = unquote(urlsplit(text).path)
    if not path or len(path) > _LONGEST_PATH or "\x00" in path or not _can_be_named(path):
        raise InvalidRequestError(f"{show(text)} is not the path of a file.")
    return path


def _can_be_named(path: str) -> bool:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:  # Half a character that no name of a file holds.
        return False
    return True


def _read(descriptor: int, text: str, max_bytes: int) -> bytes:
    try:
        return read_descriptor(descriptor, max_bytes=max_bytes)
    except FileTooLargeError as exc:
        raise InvalidRequestError(
            f"{show(text)} cannot be read: {exc.strerror}.", hint="Raise `max_bytes`."
        ) from exc
    except OSError as exc:
        raise InvalidRequestError(f"{show(text)} cannot be read: {exc.strerror}.") from exc
