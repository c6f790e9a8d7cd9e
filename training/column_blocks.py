"""Columns of text on a page: sections of two to four, read one after the other, below each other or alone.

Readers lose columns in four ways: they take a gap at the same height in all columns for the end of a section, miss a
heading that opens or ends a column, begin the next column in a lower line, or go back when the last one ends. So gaps
often stand at one height, headings open and end columns, and columns differ in length and start.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from training.ornaments import draw_picture
from training.rendition import Span
from training.sheet import Sheet
from training.text_blocks import Flow, write_flow, write_heading, write_list, write_paragraph

NARROWEST = 9
"""Of a column, in em."""
ONE_SECTION_SHARE = 0.65
SHORT_SHARE = 0.5
"""Of the pages with one section: it ends above the foot of the page, with white paper below."""
_HEADING_SHARE, _LIST_SHARE = 0.09, 0.07
_LINES_BELOW_A_BREAK = 4

_Writing = Literal["prose", "articles", "even"]
_Ends = Literal["level", "last", "any"]


@dataclass(frozen=True, slots=True)
class _Setting:
    """How the columns of a section are written.

    Attributes:
        writing: Prose; articles, each under a heading of its own; or paragraphs as long as each other, so that the
            gaps between them stand at one height in all columns.
        ends: Which columns end above the foot of the section: none, the last one, or any.
        gap: Between paragraphs, in pixels.
        indent: Of the first line of a paragraph, in pixels.
        lines: Of an even paragraph.
        whole: Whether a column ends with a paragraph, instead of in the middle of it.
        apart: Whether each column has a text of its own.
    """

    writing: _Writing
    ends: _Ends
    gap: float
    indent: float
    lines: int
    whole: bool
    apart: bool


@dataclass(slots=True)
class _Story:
    """Text that runs through columns.

    Attributes:
        words: Those of the paragraph that are still to be set.
        lines: The lines of the paragraph so far.
        begun: Whether anything was written.
        headed: Whether a heading was written last.
    """

    words: Iterator[str] | None = None
    lines: list[Span] = field(default_factory=list[Span])
    begun: bool = False
    headed: bool = False


def write_column_sections(sheet: Sheet) -> None:
    """Write sections of columns until the page is full, or one that may end above its foot.

    Many sections on a page let a network learn from one page several times where reading goes on when a column ends.
    """
    rng = sheet.rng
    alone = rng.random() < ONE_SECTION_SHARE
    while sheet.has_room(3):
        before = sheet.y
        short = alone and rng.random() < SHORT_SHARE
        lines = None if alone else rng.choice((rng.randrange(3, 9), rng.randrange(8, 26)))
        _write_section(sheet, lines, rng.uniform(0.3, 0.9) if short else 1.0)
        if sheet.y <= before or not sheet.has_room(4) or (short and rng.random() < 0.7):
            break
        _separate(sheet)


def _separate(sheet: Sheet) -> None:
    """Write what spans all columns, so that nobody can take the next section for the end of this one."""
    rng = sheet.rng
    sheet.y += sheet.style.pitch * rng.uniform(0.3, 1.4)
    kind = rng.random()
    if kind < 0.3:
        y = sheet.y - sheet.em * 0.8
        sheet.rule((sheet.left, y), (sheet.right, y), rng.choice((1, 1, 2, 3)))
        sheet.y += sheet.em * rng.uniform(0.5, 1.5)
        return
    if kind < 0.55:
        write_heading(sheet, 1)
    write_paragraph(sheet, rng.randrange(2, 5))
    sheet.y += sheet.style.pitch * rng.uniform(0.0, 0.9)


def _draw_setting(sheet: Sheet) -> _Setting:
    rng, style = sheet.rng, sheet.style
    writing: _Writing = rng.choices(("prose", "articles", "even"), (48, 34, 18))[0]
    gap, indent = style.gap, 0.0
    if writing == "prose" and rng.random() < 0.35:
        gap, indent = 0.0, sheet.em * rng.uniform(0.8, 2.2)
    elif rng.random() < 0.6:
        gap = style.pitch * rng.uniform(0.2, 1.1)
    return _Setting(
        writing=writing,
        ends=rng.choices(("level", "last", "any"), (55, 25, 20))[0],
        gap=gap,
        indent=indent,
        lines=rng.randrange(2, 8),
        whole=rng.random() < (0.3 if writing == "prose" else 0.55),
        apart=rng.random() < 0.12,
    )


def _draw_edges(sheet: Sheet) -> list[tuple[float, float]]:
    """Left and right edge of each column; none where the page is too narrow."""
    rng, em = sheet.rng, sheet.em
    narrow, wide = rng.choices(((0.8, 1.6), (1.6, 3.2), (3.2, 6.5)), (30, 50, 20))[0]
    gutter = em * rng.uniform(narrow, wide)
    most = int((sheet.width + gutter) / (NARROWEST * em + gutter))
    if most < 2:
        return []
    count = min(most, rng.choices((2, 3, 4), (75, 22, 3))[0])
    width = (sheet.width - gutter * (count - 1)) / count
    starts = [sheet.left + number * (width + gutter) for number in range(count)]
    return [(start, start + width) for start in starts]


def _write_section(sheet: Sheet, lines: int | None, share: float) -> None:
    """Write one section of `lines` lines, or of a `share` of as many as fit."""
    rng, bottom = sheet.rng, sheet.bottom
    edges = _draw_edges(sheet)
    if not edges:
        write_paragraph(sheet)
        return
    em, pitch = sheet.em, sheet.style.pitch
    width = edges[0][1] - edges[0][0]
    fitting = min(
        int(sheet.left_over / len(edges) / max(8.0, width / (em * 0.48))), int((bottom - sheet.y) / pitch) + 1
    )
    # a last section takes what is left of the page
    lines = max(3, min(lines or int(fitting * share), fitting))
    top, low = sheet.y, min(bottom, sheet.y - em + lines * pitch + em * 0.5)
    setting = _draw_setting(sheet)
    story, lowest = _Story(), top
    for number, (left, right) in enumerate(edges):
        last = number + 1 == len(edges)
        shorter = setting.ends == "any" or (setting.ends == "last" and last)
        sheet.y, sheet.bottom = top, top + (low - top) * rng.uniform(0.35, 1.0) if shorter else low
        if number and rng.random() < 0.06:
            sheet.y += pitch * rng.randrange(1, 4)
        if setting.apart:
            story = _end(sheet, story)
        with sheet.column(left, right):
            _fill_column(sheet, story, setting)
        lowest = max(lowest, sheet.y)
    _end(sheet, story)
    if rng.random() < 0.18:
        for (_, before), (after, _) in pairwise(edges):
            x = (before + after) / 2
            sheet.rule((x, top - em), (x, lowest - pitch + em * 0.3))
    sheet.y, sheet.bottom = lowest, bottom


def _end(sheet: Sheet, story: _Story) -> _Story:
    """End the paragraph of a story; returns a new one."""
    sheet.outline.paragraph(story.lines)
    return _Story()


def _fill_column(sheet: Sheet, story: _Story, setting: _Setting) -> None:
    """Fill a column with what the one before it left over, and with new paragraphs."""
    rng = sheet.rng
    if story.words is None and rng.random() < 0.06:
        _advance(sheet, draw_picture)
    while sheet.has_room():
        if story.words is None:
            if _open(sheet, story, setting):
                continue
            story.words, story.lines = _words(sheet, setting), []
        indent = 0.0 if story.lines else setting.indent
        flow = Flow(sheet.face, first_indent=indent, justified=sheet.style.justified)
        most = setting.lines - len(story.lines) if setting.writing == "even" else 99
        story.lines += write_flow(sheet, story.words, most, flow)
        if not sheet.has_room():
            if setting.writing == "even" and len(story.lines) >= setting.lines:
                _close(sheet, story)
            return
        _close(sheet, story)
        sheet.y += setting.gap
        if setting.whole and not sheet.has_room(rng.randrange(2, _LINES_BELOW_A_BREAK + setting.lines)):
            if rng.random() < 0.25:
                story.headed = _advance(sheet, _write_heading)
            return


def _close(sheet: Sheet, story: _Story) -> None:
    sheet.outline.paragraph(story.lines)
    story.words, story.lines, story.headed = None, [], False


def _open(sheet: Sheet, story: _Story, setting: _Setting) -> bool:
    """Perhaps write what stands before the next paragraph: a heading or a list; returns whether there was one."""
    kind, begun = sheet.rng.random(), story.begun
    story.begun = True
    match setting.writing:
        case "even":
            return False
        case "articles":
            story.headed = not story.headed and (not begun or kind < 0.3) and _advance(sheet, _write_heading)
            return story.headed
        case "prose":
            if kind >= _HEADING_SHARE + _LIST_SHARE:
                return False
            return _advance(sheet, _write_heading if kind < _HEADING_SHARE else write_list)


def _write_heading(sheet: Sheet) -> None:
    write_heading(sheet, sheet.rng.choice((2, 2, 2, 3, 3, 1)))


def _advance(sheet: Sheet, write: Callable[[Sheet], None]) -> bool:
    """Write a block; returns whether there was room for it."""
    before = sheet.y
    write(sheet)
    return sheet.y > before


def _words(sheet: Sheet, setting: _Setting) -> Iterator[str]:
    """Words of a paragraph of one to six sentences, endless for one that ends after so many lines."""
    left = 1000 if setting.writing == "even" else sheet.rng.randrange(1, 7)
    for word in sheet.source.prose():
        yield word
        left -= word.endswith((".", "?", "!"))
        if left <= 0:
            return
