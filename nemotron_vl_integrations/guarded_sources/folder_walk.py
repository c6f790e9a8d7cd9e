"""The way from a folder down to a file, step by step on open descriptors.

A path that is checked and then opened by its name can be made to mean something else in between. So nothing is opened
by its name: each folder is opened from the one above it, a link is read and walked as if its text stood in its place,
and `..` goes back to a folder that is already open. What comes out is the descriptor that was checked.
"""

import errno
import os
import stat
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

MAX_STEPS: Final = 256
"""Names on one way, those in links included."""

# On Linux a folder that may be passed through need not be one that may be listed.
_FOLDER: Final = (
    (os.O_PATH if sys.platform == "linux" else os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
)
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class OutsideFolderError(OSError):
    """The way leads out of the folder."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "it leads out of the allowed folder")


def open_below(folder: Path, steps: Sequence[str], *, follow_links: bool = True) -> int:
    """Open a regular file below a folder for reading and return its descriptor, which the caller closes.

    Args:
        folder: Where the way begins, without links in it.
        steps: Names, `..` and `.`, as a path has them between its slashes.
        follow_links: Whether links are followed as long as they stay below the folder, or lead out of it all.

    Raises:
        OutsideFolderError: A step or a link leads out of the folder.
        OSError: It is missing, unreadable, not a regular file, or the way is too long; `strerror` says which.
    """
    with _Walk(folder, follow_links=follow_links) as walk:
        return walk.to_file(steps)


class _Walk(ExitStack):
    """The folders from the first to the one reached, all open."""

    def __init__(self, folder: Path, *, follow_links: bool) -> None:
        super().__init__()
        self._root = folder
        self._follow_links = follow_links
        self._open: list[int] = []
        self._enter_folder(os.open(folder, _FOLDER & ~os.O_NOFOLLOW))

    def to_file(self, steps: Sequence[str]) -> int:
        waiting = deque(steps)
        for _ in range(MAX_STEPS):
            if not waiting:
                raise OSError(errno.EISDIR, "it is a folder, not a file")
            name = waiting.popleft()
            if name in ("", "."):
                continue
            if name == "..":
                self._leave_folder()
                continue
            descriptor = self._take(name, waiting)
            if descriptor is not None:
                return descriptor
        raise OSError(errno.ELOOP, "its path has too many names or links")

    def _take(self, name: str, waiting: deque[str]) -> int | None:
        """Take one step; the descriptor of the file if that was the last."""
        here = self._open[-1]
        mode = os.stat(name, dir_fd=here, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            waiting.extendleft(reversed(self._steps_of_link(os.readlink(name, dir_fd=here))))
        elif any(step not in ("", ".") for step in waiting):
            self._enter_folder(os.open(name, _FOLDER, dir_fd=here))
        else:
            return _open_file(name, here, mode)
        return None

    def _steps_of_link(self, target: str) -> Sequence[str]:
        if not self._follow_links:
            raise OutsideFolderError
        if not target.startswith("/"):
            return target.split("/")
        steps, root = target.split("/"), str(self._root).rstrip("/").split("/")
        if steps[: len(root)] != root:
            raise OutsideFolderError
        while len(self._open) > 1:
            self._leave_folder()
        return steps[len(root) :]

    def _enter_folder(self, descriptor: int) -> None:
        self._open.append(descriptor)
        self.callback(os.close, descriptor)

    def _leave_folder(self) -> None:
        if len(self._open) == 1:
            raise OutsideFolderError
        # It is closed with all others at the end of the walk.
        self._open.pop()


def _open_file(name: str, folder: int, mode: int) -> int:
    # Opening some devices moves them, so the kind is looked at before, and again on what was opened.
    _check_regular(mode)
    descriptor = os.open(name, _FILE, dir_fd=folder)
    try:
        _check_regular(os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, "it is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a device, pipe or socket, not a file")
