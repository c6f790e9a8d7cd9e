"""Paragraphs out of printed lines: joined across hyphens, with a space or without one, as the script has it."""

import re
import unicodedata
from itertools import pairwise
from typing import Final

FULL_LINE: Final = 0.75
"""Share of the widest line's width from which a line is taken to go on in the next one."""

FULL_SENTENCE: Final = 0.92
"""The same for a line that ends a sentence, and so perhaps its paragraph."""

_SENTENCE_ENDS: Final = frozenset(".!?:。！？：")  # noqa: RUF001 - the wide ones are meant

_LIST_MARK: Final = re.compile(r"(?:[-*•◦▪‣·–—]|\(?[0-9]{1,3}[.)]|\(?[A-Za-z][.)])\s")  # noqa: RUF001 - dashes of lists
_HYPHEN: Final = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\Z")
# "Vor- und Nachteile": what stands after the hyphen is no rest of the word before it.
_AFTER_A_SUSPENDED_HYPHEN: Final = re.compile(r"(?:und|oder|bzw|sowie|and|or|to|et|ou|y|o|e|ed)\b")


def join_lines(text: str) -> str:
    r"""Join the printed lines of each paragraph, for search, for text splitters, and for reading aloud.

    Reading gives lines as they are printed. A line goes on in the next one if it reaches nearly as far to the right as
    the widest line of its page, or ends in a hyphen before a small letter. Empty lines, form feeds and marks of lists
    begin anew. A word that a hyphen broke is made whole; Chinese and Japanese are joined without a space. Nothing but
    such hyphens and white space is changed. Meant for the mode `text`; in Markdown a paragraph is one line already.

    Args:
        text: The text of a page, or of several with a form feed between them.

    Examples:
        >>> join_lines("Dear Ms Hale,\nwe thank you for the two boxes of care-\nfully packed books.\nDaniel Foster")
        'Dear Ms Hale,\nwe thank you for the two boxes of carefully packed books.\nDaniel Foster'
    """
    return "\f".join(_join_page(page) for page in text.split("\f"))


def _join_page(page: str) -> str:
    lines = page.split("\n")
    widest = max(map(_width, lines))
    joined = lines[:1]
    # The line that stands right above, not all that was joined to it: it decides how far the paragraph reaches.
    for above, line in pairwise(lines):
        if _goes_on(above, line, widest):
            joined[-1] = _join(joined[-1], line.lstrip())
        else:
            joined.append(line)
    return "\n".join(joined)


def _goes_on(above: str, line: str, widest: int) -> bool:
    if not above.strip() or not line.strip() or _LIST_MARK.match(line.lstrip()):
        return False
    is_broken_word = _HYPHEN.search(above.rstrip()) is not None and line.lstrip()[0].islower()
    full = FULL_SENTENCE if above.rstrip()[-1] in _SENTENCE_ENDS else FULL_LINE
    return is_broken_word or _width(above) >= full * widest


def _join(above: str, line: str) -> str:
    above = above.rstrip()
    if _HYPHEN.search(above) is not None:
        if above.endswith("\u00ad") or (line[0].islower() and not _AFTER_A_SUSPENDED_HYPHEN.match(line)):
            return above[:-1] + line
        return f"{above} {line}" if line[0].islower() else above + line
    space = "" if _needs_no_space(above[-1]) and _needs_no_space(line[0]) else " "
    return above + space + line


def _width(line: str) -> int:
    """Columns of a line; letters of East Asia are twice as wide as others."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line.rstrip())


def _needs_no_space(sign: str) -> bool:
    """Whether a script is written without spaces between words: Chinese and Japanese, but not Korean."""
    is_wide = unicodedata.east_asian_width(sign) in "WF"
    return is_wide and not unicodedata.name(sign, "").startswith("HANGUL")
