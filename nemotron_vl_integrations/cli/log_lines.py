"""What the package warns of while a command runs, as lines on standard error like all others."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager

from nemotron_vl_integrations.cli.terminal import report

_PACKAGE = "nemotron_vl_integrations"


class _Lines(logging.Handler):
    def __init__(self, make_room: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._make_room = make_room

    def emit(self, record: logging.LogRecord) -> None:
        self._make_room()
        # The names in a message come from strangers; `report` makes them safe.
        report("error" if record.levelno >= logging.ERROR else "warning", record.getMessage())


@contextmanager
def show_warnings(make_room: Callable[[], None]) -> Generator[None]:
    """Write warnings of this package as lines, where Python would write them bare.

    Args:
        make_room: Takes the display away before a line is written.
    """
    logger, lines = logging.getLogger(_PACKAGE), _Lines(make_room)
    passes_on, logger.propagate = logger.propagate, False
    logger.addHandler(lines)
    try:
        yield
    finally:
        logger.removeHandler(lines)
        logger.propagate = passes_on
