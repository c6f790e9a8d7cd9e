"""The display on standard error while the engine starts and reads: live on a terminal, nothing elsewhere."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nemotron_vl_integrations.cli.log_lines import show_warnings
from nemotron_vl_integrations.cli.terminal import is_terminal, one_line

if TYPE_CHECKING:
    from nemotron_vl_integrations.reading.progress import ReadingProgress

_LONGEST_NAME = 32


class Display(Protocol):
    """What a command tells the person who waits."""

    def show_phase(self, text: str) -> None:
        """Say what the engine does while it starts."""
        ...

    def show_document(self, name: str, progress: "ReadingProgress") -> None:
        """Begin with a document."""
        ...

    def show_progress(self, progress: "ReadingProgress") -> None:
        """Show how far the run is."""
        ...

    def clear(self) -> None:
        """Take the display away, so that output can be written; the next call brings it back."""
        ...


class SilentDisplay:
    """Shows nothing: for pipes, `--quiet` and terminals that cannot move the cursor."""

    def show_phase(self, text: str) -> None:
        """Show nothing."""

    def show_document(self, name: str, progress: "ReadingProgress") -> None:
        """Show nothing."""

    def show_progress(self, progress: "ReadingProgress") -> None:
        """Show nothing."""

    def clear(self) -> None:
        """There is nothing to take away."""


@contextmanager
def open_display(*, quiet: bool) -> Generator[Display]:
    """Yield the display that fits standard error, which makes room for warnings, and take it away at the end."""
    display = SilentDisplay() if quiet or not is_terminal(sys.stderr) else _make_live_display()
    try:
        with show_warnings(display.clear):
            yield display
    finally:
        display.clear()


def _make_live_display() -> Display:
    # Imported here: a pipe needs none of it, and it costs 0.1 s.
    from nemotron_vl_integrations.cli.live_progress import LiveDisplay

    return LiveDisplay()


def describe_document(name: str, index: int, total: int) -> str:
    r"""Name a document in one safe and short line.

    Examples:
        >>> describe_document("scans/page\n.pdf", 2, 5)
        'page\\n.pdf (2 of 5)'
    """
    file_name = one_line(Path(name).name)
    short = file_name if len(file_name) <= _LONGEST_NAME else file_name[: _LONGEST_NAME - 3] + "..."
    return short + (f" ({index} of {total})" if total > 1 else "")
