"""The tags by which a reply is divided, and when the end of a piece may still become one."""

import re

BLOCK_START = "<TOOLCALL>"
BLOCK_END = "</TOOLCALL>"
ROLE_MARKER = r"<SPECIAL_[0-9]{1,6}>"

_MARKERS = ("</think", "<think>", BLOCK_START, BLOCK_END, "<SPECIAL_")
# Whole markers whose meaning hangs on the character behind them.
_WAITING = re.compile(rf"<SPECIAL_[0-9]{{0,6}}|</think|{BLOCK_START}\s{{0,64}}")
_LONGEST = len(BLOCK_START) + 64


def is_undecided(buffer: str, start: int) -> bool:
    """Whether the rest of the buffer may become a marker when more text comes.

    Args:
        buffer: Text that has arrived.
        start: Where a `<` stands in it.

    Examples:
        >>> is_undecided("a <TOOL", 2), is_undecided("a < b", 2)
        (True, False)
    """
    # One character more than any undecided text, so that a longer rest is never taken for one.
    tail = buffer[start : start + _LONGEST + 1]
    return any(marker.startswith(tail) for marker in _MARKERS) or _WAITING.fullmatch(tail) is not None
