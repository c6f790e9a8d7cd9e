"""Forms on a page: labels with their values, beside or above each other, and blocks of short lines."""

from collections.abc import Sequence

from training.letters import Face
from training.lexicon import Kind, Label
from training.lexicon.terms import KINDS
from training.random_text import TextSource
from training.rendition import Span
from training.sheet import Piece, Sheet
from training.text_blocks import Align, write_line
from training.vocabulary import MAIN_LANGUAGE

MADE_UP_SHARE = 0.45
SPELT_SHARE = 0.45
_SPELT_KINDS: tuple[Kind, ...] = ("code", "code", "name", "name", "email", "phone", "phrase")
"""Kinds of values that no word before them foretells: half of the errors of fields are single letters of these."""
_ENDINGS = ("", "", "", "", "", " no.", " date", " code", " number", " ID", " name", " fee")


def write_fields(sheet: Sheet, entries: Sequence[Label] | None = None) -> None:
    """Write a form: a label and its value on each line, sometimes two such pairs beside each other."""
    rng, style = sheet.rng, sheet.style
    entries = entries or draw_labels(sheet, rng.randrange(2, 9))
    label_face = rng.choice((sheet.face, sheet.face, sheet.bold(), sheet.accent()))
    tab = sheet.width * rng.uniform(0.28, 0.5) if rng.random() < 0.55 else None
    ending = rng.choices((":", "", " :"), (80, 14, 6))[0]
    ending = ":" if tab is None else ending
    capitals = rng.random() < 0.1
    ruled = rng.choices(("", "line", "dots", "box"), (70, 12, 10, 8))[0]
    paired = sheet.width > sheet.em * 34 and rng.random() < 0.25
    lines: list[list[Span]] = []
    while entries and sheet.has_room():
        taken, entries = entries[: 1 + paired], entries[1 + paired :]
        pieces: list[Piece] = []
        names: list[str] = []
        for number, entry in enumerate(taken):
            left = sheet.left + number * sheet.width / 2
            right = sheet.right if number + 1 == len(taken) else sheet.left + sheet.width / 2 - sheet.em
            label = f"{entry.text.upper() if capitals else entry.text}{ending}"
            pair = _field(sheet, (label, label_face), (left, right), tab and tab / len(taken), entry)
            if pair:
                _decorate(sheet, ruled, pair, right)
                pieces += pair
                names.append(entry.text)
        if pieces:
            spans = sheet.write(*pieces)
            lines.append(_with_gaps(spans))
            for name, span in zip(names, spans[1::2], strict=False):
                sheet.name_field(name, span)
            sheet.y += style.pitch
    sheet.outline.lines(lines)
    sheet.y += style.gap


def draw_labels(sheet: Sheet, count: int) -> list[Label]:
    """Draw labels: usual ones and made-up ones, so that questions after any label can be answered."""
    usual = sheet.rng.sample(sheet.source.lexicon.fields, k=count)
    return [make_up_label(sheet.source) if sheet.rng.random() < MADE_UP_SHARE else label for label in usual]


def make_up_label(source: TextSource) -> Label:
    """A label of a word or two, with values of any kind, most of them such as only their letters tell."""
    rng = source.rng
    text = source.words(rng.choice((1, 1, 1, 2)))
    ending = rng.choice(_ENDINGS) if source.language == MAIN_LANGUAGE else ""
    kind = rng.choice(_SPELT_KINDS if rng.random() < SPELT_SHARE else KINDS)
    return Label(f"{text[:1].upper()}{text[1:]}{ending}", kind)


def _field(
    sheet: Sheet, label: tuple[str, Face], edges: tuple[float, float], tab: float | None, entry: Label
) -> list[Piece]:
    text, face = label
    left, right = edges
    width = sheet.width_of(text, face)
    x = left + width + sheet.width_of("  ", face)
    if tab and left + tab > x:
        x = left + tab
    value = sheet.cut(sheet.source.value(entry.kind), right - x)
    if not value or x > right:
        return []
    return [Piece(left, text, face), Piece(x, value, sheet.face)]


def _decorate(sheet: Sheet, ruled: str, pair: list[Piece], right: float) -> None:
    """Draw a line or a box around a value, or dots between label and value."""
    em, y = sheet.em, sheet.y
    end = pair[0].x + sheet.width_of(pair[0].text, pair[0].face)
    if ruled == "line":
        sheet.rule((pair[1].x - 2, y + em * 0.3), (right, y + em * 0.3))
    elif ruled == "box":
        sheet.drawing.rectangle(
            (pair[1].x - em * 0.3, y - em * 0.9, right, y + em * 0.32), outline=sheet.style.ink
        )
    elif ruled == "dots":
        write_leader(sheet, end, pair[1].x)


def write_leader(sheet: Sheet, start: float, end: float) -> None:
    """Draw dots on the baseline between two places; they count as a gap."""
    em = sheet.em
    dot = max(1, round(em * 0.08))
    x, low = start + em * 0.4, int(sheet.y)
    while x < end - em * 0.5:
        sheet.drawing.rectangle((int(x), low - dot, int(x) + dot - 1, low - 1), fill=sheet.style.ink)
        x += max(3, em * 0.36)


def _with_gaps(spans: Sequence[Span]) -> list[Span]:
    """Pieces of a line as one run of the text."""
    return [Span(spans[0].start, spans[-1].end)] if spans else []


def write_stacked_fields(sheet: Sheet) -> None:
    """Write a form of boxes: small labels side by side, their values below them."""
    rng, em = sheet.rng, sheet.em
    columns = rng.choice((1, 2, 2, 3)) if sheet.width > em * 26 else rng.choice((1, 2))
    small = sheet.plain(max(9, em * rng.uniform(0.65, 0.95)))
    boxed = rng.random() < 0.5
    width = sheet.width / columns
    lines: list[list[Span]] = []
    for _ in range(rng.randrange(1, 5)):
        if not sheet.has_room(2.3):
            break
        entries = draw_labels(sheet, columns)
        top = sheet.y - em * 0.95
        lefts = [sheet.left + number * width for number in range(columns)]
        labels = [sheet.cut(entry.text, width - em, small) or "No" for entry in entries]
        lines.append(
            _with_gaps(sheet.write(*(Piece(x, t, small) for x, t in zip(lefts, labels, strict=True))))
        )
        sheet.y += em * 1.25
        values = [sheet.cut(sheet.source.value(entry.kind), width - em) or "1" for entry in entries]
        spans = sheet.write(*(Piece(x, t, sheet.face) for x, t in zip(lefts, values, strict=True)))
        for entry, span in zip(entries, spans, strict=True):
            sheet.name_field(entry.text, span)
        lines.append(_with_gaps(spans))
        if boxed:
            for x in lefts:
                box = (x - em * 0.3, top, x + width - em * 0.5, sheet.y + em * 0.4)
                sheet.drawing.rectangle(box, outline=sheet.style.ink)
        sheet.y += em * 0.4 + sheet.style.pitch
    sheet.outline.lines(lines)
    sheet.y += sheet.style.gap


def write_block(sheet: Sheet, lines: Sequence[str], align: Align = "left", face: Face | None = None) -> None:
    """Write short lines that stand by themselves, such as an address."""
    sheet.outline.lines([spans for line in lines if (spans := write_line(sheet, line, face, align))])


def write_pairs(sheet: Sheet, left: Sequence[str], right: Sequence[str], share: float = 0.55) -> None:
    """Write two blocks of short lines side by side; what stands on one line is read together."""
    spans: list[list[Span]] = []
    start = sheet.left + sheet.width * share
    for number in range(max(len(left), len(right))):
        if not sheet.has_room():
            break
        pieces: list[Piece] = []
        if number < len(left) and (text := sheet.cut(left[number], start - sheet.left - sheet.em)):
            pieces.append(Piece(sheet.left, text, sheet.face))
        if number < len(right) and (text := sheet.cut(right[number], sheet.right - start)):
            pieces.append(Piece(start, text, sheet.face))
        if pieces:
            spans.append(_with_gaps(sheet.write(*pieces)))
        sheet.y += sheet.style.pitch
    sheet.outline.lines(spans)
    sheet.y += sheet.style.gap


def address_lines(sheet: Sheet, *, company: bool) -> list[str]:
    """The lines of an address block."""
    source = sheet.source
    first = [source.company()] if company else []
    return [
        *first,
        *([source.name()] if not company or sheet.rng.random() < 0.5 else []),
        source.street(),
        source.city(),
    ]
