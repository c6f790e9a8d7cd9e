"""Draws training pages: a random style, then a random kind of document until the page is full."""

import random

from training.documents import pick_document
from training.glyphs import Shelf, usual_size
from training.ornaments import draw_marks
from training.random_text import TextSource
from training.sheet import Page, Piece, Sheet, Style
from training.text_blocks import write_line
from training.vocabulary import MAIN_LANGUAGE

DENSE_SHARE = 0.85
KERNED_SHARE = 0.7
SMOOTH_SHARE = 0.6
MONOSPACED_SHARE = 0.07
RUNNING_LINE_SHARE = 0.2
# numbers and codes take more tokens than English words do, and Markdown tables more again
_DENSITY = {"invoice": 0.8, "receipt": 0.75, "form": 0.88}


def pick_size(rng: random.Random, smallest: int, largest: int) -> int:
    """A font size between the two, more often near the small end, where documents live."""
    return round(smallest * (largest / smallest) ** (rng.random() ** 1.5))


def draw_style(
    rng: random.Random, shelf: Shelf, size: tuple[int, int], font_size: int, *, monospaced: bool
) -> Style:
    """Draw how a page of `size` is set, with body text of `font_size` pixels."""
    width, height = size
    font_size = usual_size(font_size)
    path = shelf.pick(rng, monospaced=monospaced)
    accent = shelf.sibling(path, bold=True) if rng.random() < 0.7 else shelf.pick(rng)
    top, bottom = height * rng.uniform(0.015, 0.10), height - height * rng.uniform(0.02, 0.09)
    end = height * (1.0 if rng.random() < DENSE_SHARE else rng.uniform(0.15, 1.0)) + top
    pitch = font_size * (rng.uniform(1.12, 1.5) if rng.random() < 0.85 else rng.uniform(1.5, 2.2))
    justified = not monospaced and rng.random() < 0.35
    return Style(
        path=path,
        accent_path=accent,
        font_size=font_size,
        smooth=rng.random() < SMOOTH_SHARE,
        spacing=0.0 if monospaced or rng.random() < 0.75 else font_size * rng.uniform(-0.015, 0.05),
        kerned=rng.random() < KERNED_SHARE,
        justified=justified,
        hyphenated=rng.random() < (0.3 if justified else 0.08),
        left=width * rng.uniform(0.02, 0.13),
        right=width - width * rng.uniform(0.02, 0.11),
        top=top,
        bottom=min(bottom, end),
        pitch=pitch,
        gap=pitch * rng.choice((0.0, 0.3, 0.5, 0.8, 1.0)),
        ink=0 if rng.random() < 0.75 else rng.randrange(100),
    )


def draw_page(
    rng: random.Random,
    source: TextSource,
    shelf: Shelf,
    size: tuple[int, int],
    font_size: int,
    most_characters: int,
) -> Page:
    """Draw one page.

    Args:
        rng: Where chance comes from; the same state draws the same page.
        source: Where text comes from.
        shelf: Where fonts come from.
        size: Width and height in pixels.
        font_size: Size of the body text in pixels.
        most_characters: The page stops at about this many.
    """
    source.pick_language()
    kind, write = pick_document(rng)
    monospaced = rng.random() < (0.5 if kind == "receipt" else MONOSPACED_SHARE)
    style = draw_style(rng, shelf, size, font_size, monospaced=monospaced)
    density = (1.0 if source.language == MAIN_LANGUAGE else 0.8) * _DENSITY.get(kind, 1.0)
    sheet = Sheet(rng, source, shelf, style, size, int(most_characters * density))
    draw_marks(sheet)
    footed = rng.random() < RUNNING_LINE_SHARE and style.bottom > size[1] * 0.8
    if rng.random() < RUNNING_LINE_SHARE:
        _write_running_head(sheet)
    sheet.bottom -= style.pitch * 1.6 * footed
    write(sheet)
    sheet.bottom = style.bottom
    if footed and sheet.left_over > 80:
        _write_foot(sheet)
    if not sheet.lines:
        _write_one_line(sheet)
    return sheet.finish(kind)


def _write_running_head(sheet: Sheet) -> None:
    rng, source = sheet.rng, sheet.source
    small = sheet.plain(max(9, sheet.em * rng.uniform(0.75, 1.0)))
    text = rng.choice((source.company, source.heading, source.date, source.code))()
    spans = write_line(sheet, text, small, rng.choice(("left", "centre", "right")))
    sheet.outline.paragraph(spans)
    if spans and rng.random() < 0.3:
        sheet.rule((sheet.left, sheet.y - sheet.em * 0.8), (sheet.right, sheet.y - sheet.em * 0.8))
    sheet.y += sheet.style.gap + sheet.style.pitch * 0.3


def _write_foot(sheet: Sheet) -> None:
    rng, source = sheet.rng, sheet.source
    sheet.y = sheet.bottom - sheet.em * 0.4
    page = rng.randrange(1, 40)
    text = rng.choice(source.lexicon.page).format(page=page, pages=page + rng.randrange(0, 20))
    if rng.random() < 0.25:
        text = f"{source.company()} | {text}"
    small = sheet.plain(max(9, sheet.em * rng.uniform(0.75, 1.0)))
    sheet.outline.paragraph(write_line(sheet, text, small, rng.choice(("left", "centre", "centre", "right"))))


def _write_one_line(sheet: Sheet) -> None:
    sheet.y, sheet.bottom = sheet.style.top + sheet.em, float(sheet.size[1])
    text = sheet.cut(sheet.source.anything(), sheet.size[0] - sheet.left - 4) or "ok"
    sheet.outline.paragraph(sheet.write(Piece(sheet.left, text, sheet.face)))
