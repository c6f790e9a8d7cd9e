"""Columns of text on a page: sections of two or three, read one after the other, below each other or alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from training.rendition import Span
from training.sheet import Sheet
from training.text_blocks import Flow, write_flow, write_heading, write_list, write_paragraph

NARROWEST = 9
"""Of a column, in em."""
ONE_SECTION_SHARE = 0.4
BALANCED_SHARE = 0.6
_HEADING_SHARE, _LIST_SHARE = 0.09, 0.07


@dataclass(slots=True)
class _Story:
    """Text that runs through columns: the words still to be set, and the lines of the paragraph so far."""

    words: Iterator[str] | None = None
    lines: list[Span] = field(default_factory=list[Span])


def write_column_sections(sheet: Sheet) -> None:
    """Write sections of columns until the page is full, often with a heading or a paragraph between them.

    Many short sections on a page let a network learn from one page many times where reading goes on when a column ends.
    """
    rng = sheet.rng
    alone = rng.random() < ONE_SECTION_SHARE
    while sheet.has_room(3):
        before = sheet.y
        _write_section(sheet, None if alone else rng.randrange(3, 13))
        if not sheet.has_room(4) or sheet.y <= before:
            break
        _separate(sheet)


def _separate(sheet: Sheet) -> None:
    """Write what spans all columns, so that nobody can take the next section for the end of this one."""
    rng = sheet.rng
    kind = rng.random()
    if kind < 0.3:
        y = sheet.y - sheet.em * 0.8
        sheet.rule((sheet.left, y), (sheet.right, y), rng.choice((1, 1, 2, 3)))
        sheet.y += sheet.em * rng.uniform(0.5, 1.5)
        return
    if kind < 0.55:
        write_heading(sheet, 1)
    write_paragraph(sheet, rng.randrange(2, 5))


def _write_section(sheet: Sheet, lines: int | None) -> None:
    """Write one section of `lines` lines, or of as many as fit."""
    rng, left, right, bottom = sheet.rng, sheet.left, sheet.right, sheet.bottom
    em, pitch = sheet.em, sheet.style.pitch
    gutter = em * rng.uniform(1.0, 3.2)
    most = int((sheet.width + gutter) / (NARROWEST * em + gutter))
    if most < 2:
        write_paragraph(sheet)
        return
    count = 3 if most > 2 and rng.random() < 0.3 else 2
    width = (right - left - gutter * (count - 1)) / count
    fitting = int(sheet.left_over / count / max(8.0, width / (em * 0.48)))
    # a last section takes what is left of the page
    lines = max(3, min(lines or fitting, fitting))
    top, low = sheet.y, min(bottom, sheet.y - em + lines * pitch + em * 0.5)
    balanced = rng.random() < BALANCED_SHARE
    story, lowest = _Story(), top
    for number in range(count):
        start = left + number * (width + gutter)
        last = number + 1 == count
        sheet.y, sheet.bottom = (
            top,
            low if balanced or not last else top + (low - top) * rng.uniform(0.35, 1.0),
        )
        with sheet.column(start, start + width):
            _fill_column(sheet, story)
        lowest = max(lowest, sheet.y)
    sheet.outline.paragraph(story.lines)
    if rng.random() < 0.15:
        for number in range(1, count):
            x = left + number * (width + gutter) - gutter / 2
            sheet.rule((x, top - em), (x, lowest - pitch + em * 0.3))
    sheet.y, sheet.bottom = lowest, bottom


def _fill_column(sheet: Sheet, story: _Story) -> None:
    """Fill a column with what the one before it left over, and with new paragraphs."""
    rng, style = sheet.rng, sheet.style
    while sheet.has_room():
        if story.words is None:
            kind = rng.random()
            if kind < _HEADING_SHARE + _LIST_SHARE:
                before = sheet.y
                (write_heading if kind < _HEADING_SHARE else write_list)(sheet)
                if sheet.y <= before:
                    return
                continue
            story.words, story.lines = _sentences(sheet), []
        flow = Flow(sheet.face, justified=style.justified)
        story.lines += write_flow(sheet, story.words, 99, flow)
        if not sheet.has_room():
            return
        sheet.outline.paragraph(story.lines)
        story.words, story.lines = None, []
        sheet.y += style.gap


def _sentences(sheet: Sheet) -> Iterator[str]:
    """Words of a paragraph of one to six sentences."""
    left = sheet.rng.randrange(1, 7)
    for word in sheet.source.prose():
        yield word
        left -= word.endswith((".", "?", "!"))
        if left <= 0:
            return
