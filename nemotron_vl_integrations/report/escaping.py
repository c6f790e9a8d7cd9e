"""The one door through which text of strangers enters the report."""

import html
import re

# C0 without newline and tab, DEL, C1, and halves of surrogate pairs: no HTML may hold them.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# They turn the order of letters around, so that a name looks like another.
_TURNING = re.compile(r"[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def escape_text(text: str) -> str:
    r"""Make text safe between tags: it can start no tag, end none, and be no character reference.

    Examples:
        >>> escape_text("</div><script>&lt;\x00")
        '&lt;/div&gt;&lt;script&gt;&amp;lt;\ufffd'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return html.escape(_FORBIDDEN.sub("\ufffd", lines))


def escape_name(name: str) -> str:
    r"""Make a name or a message safe between tags, and show that it holds characters that turn the order of letters.

    Examples:
        >>> escape_name("scan\u202efdp.exe")
        'scan\ufffdfdp.exe'
    """
    return escape_text(_TURNING.sub("\ufffd", name))
