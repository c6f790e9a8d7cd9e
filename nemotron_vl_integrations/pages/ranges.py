"""Which pages of a document are meant: `"1-3,7"`, `5`, `[2, 4]`. Pages count from 1."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias, cast

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import PageRangeError

PageSelection: TypeAlias = str | int | Sequence[int] | None

_PART: Final = re.compile(r"(?P<first>[0-9]{1,9})?\s*(?P<dash>-)?\s*(?P<last>[0-9]{1,9})?", re.ASCII)
_HINT: Final = "Write for instance '1-3,7' or '5-' (to the end) or '-2' (the first two)."
_LONGEST_TEXT: Final = 10_000
_MOST_PAGES: Final = 10**9
"""More than any document has."""


def parse_page_range(text: str, page_count: int) -> tuple[int, ...]:
    """Read a page range such as `1-3,7`, `5-` (from page 5 to the end) or `-2` (pages 1 and 2).

    The order is kept: `7,1-3` means 7, 1, 2, 3.

    Args:
        text: Pages and ranges, with commas between; spaces do not matter.
        page_count: Number of pages of the document.

    Returns:
        Page numbers, each once.

    Raises:
        PageRangeError: It cannot be read, counts backwards, is empty, names a page that does not exist,
            or names a page twice: a page has one result, so a page asked for twice is a mistake.

    Examples:
        >>> parse_page_range("1-3, 7", page_count=9)
        (1, 2, 3, 7)
        >>> parse_page_range("8-", page_count=9), parse_page_range("-2", page_count=9)
        ((8, 9), (1, 2))
    """
    _check_length(text)
    pages: list[int] = []
    for part in text.split(","):
        pages += _parse_part(part.strip(), text, page_count)
        if len(pages) > page_count:
            break
    return _check_pages(pages, text, page_count)


def select_pages(selection: PageSelection, page_count: int) -> tuple[int, ...]:
    """Turn any form of selection into page numbers; None selects all pages.

    Raises:
        PageRangeError: As `parse_page_range`.
    """
    return _select(selection, page_count)


def check_selection(selection: object) -> None:
    """Refuse what selects pages of no document, whatever its length.

    Raises:
        PageRangeError: It cannot be read, names a page twice or below 1, or can be looked through only once.

    Examples:
        >>> check_selection("3-1")
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.PageRangeError: The page range '3-1' counts backwards at '3-1'. ...
    """
    match selection:
        case None:
            return
        case str():
            _check_length(selection)
            for part in selection.split(","):
                _parse_part(part.strip(), selection, _MOST_PAGES)
        case Iterator():
            raise PageRangeError(
                f"pages={show(cast('object', selection))} can be looked through only once.",
                hint="Give a list: each document is asked for its pages.",
            )
        case _:
            _select(selection, _MOST_PAGES)


def _select(selection: object, page_count: int) -> tuple[int, ...]:
    match selection:
        case None:
            return tuple(range(1, page_count + 1))
        case str():
            return parse_page_range(selection, page_count)
        case int():
            return _check_pages([selection], selection, page_count)
        case bytes() | bytearray():
            raise PageRangeError(f"pages={show(selection)} is no text.", hint=_HINT)
        case Iterable():
            return _check_pages(cast("Iterable[object]", selection), cast("object", selection), page_count)
        case _:
            raise PageRangeError(
                f"pages={show(selection)} is of type {type(selection).__name__!r}.", hint=_HINT
            )


def _check_length(text: str) -> None:
    if len(text) > _LONGEST_TEXT:
        raise PageRangeError(f"A page range of {len(text):,} characters is too long.", hint=_HINT)


def _parse_part(part: str, text: str, page_count: int) -> range:
    match = _PART.fullmatch(part)
    if match is None or not (match["first"] or match["last"]):
        raise PageRangeError(f"The page range {text!r} cannot be read at {part!r}.", hint=_HINT)
    if match["dash"] is None:
        # Without a dash the two groups of digits can only have come from one split by spaces.
        if match["first"] and match["last"]:
            raise PageRangeError(f"The page range {text!r} cannot be read at {part!r}.", hint=_HINT)
        page = int(match["first"] or match["last"])
        return range(page, page + 1)
    first = int(match["first"]) if match["first"] else 1
    last = int(match["last"]) if match["last"] else page_count
    for page in (first, last):
        _check_page(page, text, page_count)
    if first > last:
        raise PageRangeError(f"The page range {text!r} counts backwards at {part!r}.", hint=_HINT)
    return range(first, last + 1)


def _check_pages(pages: Iterable[object], selection: object, page_count: int) -> tuple[int, ...]:
    seen: dict[int, None] = {}
    for page in pages:
        number = _check_page(page, selection, page_count)
        if number in seen:
            raise PageRangeError(
                f"Page {number} stands twice in {show(selection)}.", hint="Name each page once."
            )
        seen[number] = None
    if not seen:
        raise PageRangeError(f"{show(selection)} selects no page.", hint=_HINT)
    return tuple(seen)


def _check_page(page: object, selection: object, page_count: int) -> int:
    if not isinstance(page, int) or isinstance(page, bool):
        raise PageRangeError(f"{show(page)} in {show(selection)} is not a page number.", hint=_HINT)
    place = "" if isinstance(selection, int) else f" in {show(selection)}"
    if page < 1:
        raise PageRangeError(f"Page {page}{place} does not exist.", hint="Pages count from 1.")
    if page > page_count:
        last = "its only page is 1" if page_count == 1 else f"its pages are 1 to {page_count}"
        raise PageRangeError(f"Page {page}{place} does not exist.", hint=f"Of this document {last}.")
    return page
