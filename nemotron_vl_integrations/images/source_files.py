"""Opening a file that somebody named: a regular file of bounded size, or a clear `OSError`."""

import errno
import os
import stat
from pathlib import Path


def open_regular_file(path: Path, *, max_bytes: int) -> int:
    """Open a regular file for reading and return its descriptor, which the caller closes.

    A FIFO would block and a device would never end, so the kind is checked before opening, and again
    on the open descriptor, because the name may mean something else by then.

    Args:
        path: The file.
        max_bytes: Most bytes that it may have.

    Raises:
        FileTooLargeError: It has more than `max_bytes`.
        OSError: It is missing, unreadable, or not a regular file; `strerror` says which.
    """
    try:
        _check_regular(path.stat(), path)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except ValueError as exc:
        raise OSError(0, "the name holds a zero byte", str(path)) from exc
    try:
        status = os.fstat(descriptor)
        _check_regular(status, path)
        if status.st_size > max_bytes:
            raise FileTooLargeError(status.st_size, max_bytes)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_regular_file(path: Path, *, max_bytes: int) -> bytes:
    """Read a whole regular file of at most `max_bytes`.

    Raises:
        FileTooLargeError: It has more than `max_bytes`, or grew beyond them.
        OSError: As `open_regular_file`.
    """
    return read_descriptor(open_regular_file(path, max_bytes=max_bytes), max_bytes=max_bytes)


def read_descriptor(descriptor: int, *, max_bytes: int) -> bytes:
    """Read a whole regular file of at most `max_bytes` from its descriptor, and close that.

    Raises:
        FileTooLargeError: It has more than `max_bytes`, or grew beyond them.
        OSError: It cannot be read.
    """
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        if size > max_bytes:
            raise FileTooLargeError(size, max_bytes)
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise FileTooLargeError(len(data), max_bytes)
    return data


class FileTooLargeError(OSError):
    """A file has more bytes than it may have."""

    def __init__(self, size: int, max_bytes: int) -> None:
        super().__init__(0, f"it has {size:,} bytes, more than the limit of {max_bytes:,}")
        self.size = size
        self.max_bytes = max_bytes


def _check_regular(status: os.stat_result, path: Path) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EISDIR, "it is a folder, not a file", str(path))
    # `<(command)` of a shell is such a pipe.
    raise OSError(0, "it is a device, pipe or socket, not a file (`-` reads standard input)", str(path))
