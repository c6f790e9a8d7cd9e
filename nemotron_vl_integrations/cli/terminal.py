"""What may reach a terminal or a pipe: UTF-8 whatever the locale, and no control characters of strangers."""

import errno
import io
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from nemotron_vl_integrations.messages import JSON

# C0 without newline and tab, DEL, and C1, whose U+009B starts an escape sequence on some terminals.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINE_BREAKERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# `json.dumps` escapes C0 itself; these it would let through.
_RAW_IN_JSON = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


_STANDARD_OUTPUT = "standard output"


class OutputClosedError(Exception):
    """The reader of standard output went away, as `head` does once it has enough."""


def use_utf8() -> None:
    """Write UTF-8 on standard output and standard error, also under `LANG=C`."""
    for stream in (sys.stdout, sys.stderr):  # Either is None where a shell has closed it.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody looks at a stream; None is one that the shell has closed."""
    return stream is not None and stream.isatty()


def one_line(text: str) -> str:
    r"""Make a name or a message of others safe to print: control characters and line ends become escapes.

    Examples:
        >>> print(one_line("evil\x1b[2J.pdf"))
        evil\x1b[2J.pdf
    """
    return _LINE_BREAKERS.sub(lambda match: ascii(match[0])[1:-1], text)


def clean_text(text: str) -> str:
    r"""Take control characters other than newline and tab out of a text for a terminal.

    Examples:
        >>> clean_text("a\x1b[31m\tb\x9b1m\n")
        'a[31m\tb1m\n'
    """
    return _CONTROLS.sub("", text)


def dump_json(value: Mapping[str, JSON] | Sequence[JSON], *, indent: int | None = None) -> str:
    r"""Write JSON that people can read and that no terminal obeys.

    Examples:
        >>> print(dump_json({"name": "Zoë\x1b\x9b"}))
        {"name": "Zoë\u001b\u009b"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _RAW_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def write_text(text: str) -> None:
    """Write text on standard output at once, without control characters where that is a terminal.

    Raises:
        OutputClosedError: Its reader went away.
        OSError: It is closed, or the disk that it goes to is full.
    """
    _write_output(clean_text(text) if is_terminal(sys.stdout) else text)


def write_json(value: Mapping[str, JSON] | Sequence[JSON], *, indent: int | None = None) -> None:
    """Write JSON and a line end on standard output at once.

    Raises:
        OutputClosedError: Its reader went away.
        OSError: It is closed, or the disk that it goes to is full.
    """
    _write_output(dump_json(value, indent=indent) + "\n")


def report(kind: str, message: str) -> None:
    """Write one line `nemotron-vl: KIND: MESSAGE` on standard error; text of others is made safe."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"nemotron-vl: {kind}: {one_line(message)}\n")
        sys.stderr.flush()
    except OSError:
        return  # Nobody reads what went wrong; the exit code still says it.


def _write_output(text: str) -> None:
    if sys.stdout is None:
        raise OSError(errno.EBADF, "It is closed", _STANDARD_OUTPUT)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as exc:
        raise OutputClosedError from exc
    except OSError as exc:
        discard_output()
        raise OSError(exc.errno, exc.strerror, _STANDARD_OUTPUT) from exc


def discard_output() -> None:
    """Point standard output at nothing, so that Python's last flush at the exit has where to go."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
