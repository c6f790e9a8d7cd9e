"""Running text on a page: headings, paragraphs, lists and listings, each written onto a sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from training.letters import Face
from training.rendition import Span
from training.sheet import Piece, Sheet
from training.word_lists import BULLETS

Align = Literal["left", "centre", "right"]
_LONGEST_LINE = 40
BRIEF = 0
"""Lines of an item of a few words."""
_VOWELS = "aeiouyäöüáéíóúàèìòùâêîôûãõ"


def write_line(
    sheet: Sheet, text: str, face: Face | None = None, align: Align = "left", ink: int | None = None
) -> list[Span]:
    """Write one line, cut to the column, and move on; writes nothing when there is no room."""
    face = face or sheet.face
    sheet.y += max(0, face.size - sheet.em)
    fitted = sheet.cut(text, sheet.width, face)
    if not fitted or not sheet.has_room():
        return []
    share = {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
    x = sheet.left + (sheet.width - sheet.width_of(fitted, face)) * share
    spans = sheet.write(Piece(x, fitted, face, ink=ink))
    sheet.y += max(sheet.style.pitch, face.size * 1.2)
    return spans


def write_heading(sheet: Sheet, level: int | None = None, text: str | None = None) -> None:
    """Write one heading, sometimes numbered, centred, underlined or on a ground of its own."""
    rng, style = sheet.rng, sheet.style
    level = level or rng.choice((1, 2, 2, 3))
    scale = {1: rng.uniform(1.4, 2.1), 2: rng.uniform(1.12, 1.45)}.get(level, 1.0)
    size = int(sheet.em * scale)
    face = sheet.bold(size) if level > 2 or rng.random() < 0.55 else sheet.accent(size)
    text = sheet.cut(text or _heading_text(sheet), sheet.width, face)
    if not text or not sheet.has_room(scale + 1):
        return
    sheet.y += size - sheet.em
    width = sheet.width_of(text, face)
    share = rng.choices((0.0, 0.5, 1.0), (70, 26, 4))[0] if level == 1 else 0.0
    x = sheet.left + (sheet.width - width) * share
    light = level < 3 and share == 0 and rng.random() < 0.06
    low = sheet.y + size * 0.3
    if light:
        box = (sheet.left - size * 0.3, sheet.y - size * 0.95, sheet.right, low + 1)
        sheet.drawing.rectangle(box, fill=rng.randrange(0, 90))
    ink = rng.randrange(60, 130) if not light and rng.random() < 0.08 else None
    sheet.outline.heading(level, sheet.write(Piece(x, text, face, ink=ink, light=light)))
    if not light and rng.random() < 0.15:
        end = sheet.right if rng.random() < 0.4 else x + width
        sheet.rule((x, low), (end, low), max(1, size // 14))
    sheet.y += style.pitch * rng.uniform(1.05, 1.5) + size * 0.15


def _heading_text(sheet: Sheet) -> str:
    rng = sheet.rng
    text = sheet.source.heading()
    if rng.random() < 0.3:
        mark = rng.choice((".", f".{rng.randrange(1, 10)}", f".{rng.randrange(1, 5)}.", ")"))
        text = f"{rng.randrange(1, 12)}{mark} {text}"
    return rng.choice((text, text, text, text.upper(), text.title()))


@dataclass(frozen=True, slots=True)
class Flow:
    """How running text is set.

    Attributes:
        face: Its font.
        first_indent: Of the first line, in pixels.
        hang: Of the other lines.
        align: Ragged lines are set to the left, centred or to the right.
        justified: Whether full lines end at the right edge.
    """

    face: Face
    first_indent: float = 0.0
    hang: float = 0.0
    align: Align = "left"
    justified: bool = False


def write_flow(sheet: Sheet, words: Iterator[str], most_lines: int, flow: Flow) -> list[Span]:
    """Fill lines with words until they, the column or `most_lines` end; returns the lines."""
    spans: list[Span] = []
    over = ""
    for number in range(most_lines):
        if not sheet.has_room():
            break
        indent = flow.hang if number else flow.first_indent
        line, over, broken, full = _fill_line(sheet, words, over, sheet.width - indent, flow.face)
        if not line:
            break
        x, stretch = sheet.left + indent, 0.0
        free = sheet.width - indent - sheet.width_of(line, flow.face)
        spaces = line.count(" ")
        if flow.justified and spaces and full and number + 1 < most_lines and free / spaces < sheet.em:
            stretch = free / spaces
        elif flow.align != "left":
            x += free * (0.5 if flow.align == "centre" else 1.0)
        span = sheet.write(Piece(x, line, flow.face, stretch=stretch))[0]
        spans.append(Span(span.start, span.end, broken))
        sheet.y += sheet.style.pitch
        if not full:
            break
    if spans and spans[-1].broken:
        spans[-1] = Span(spans[-1].start, spans[-1].end)
    return spans


def _fill_line(
    sheet: Sheet, words: Iterator[str], over: str, width: float, face: Face
) -> tuple[str, str, bool, bool]:
    """Take words while they fit.

    Returns:
        The line, the word that did not fit, whether a word was parted, and whether more words follow.
    """
    line, used = "", 0.0
    space = sheet.width_of(" ", face)
    while len(line) <= sheet.left_over - _LONGEST_LINE:
        word = over or next(words, "")
        over = ""
        if not word:
            return line, "", False, False
        wide = sheet.width_of(word, face) + (space if line else 0)
        if used + wide > width:
            if line and not sheet.style.hyphenated:
                return line, word, False, True
            head, tail = _part(sheet, word, width - used - (space if line else 0), face, forced=not line)
            if not head:
                return line, word, False, True
            return f"{line} {head}" if line else head, tail, head.endswith("-"), True
        used += wide
        line = f"{line} {word}" if line else word
    return line, over, False, False


def _part(sheet: Sheet, word: str, width: float, face: Face, *, forced: bool) -> tuple[str, str]:
    """Part a word before a consonant so that its head with a hyphen fits; a forced one anywhere."""
    if forced:
        head = sheet.cut(word, width, face)
        return head, word[len(head) :]
    if len(word) < 7 or not word.isalpha():
        return "", word
    for place in range(len(word) - 3, 2, -1):
        fits = word[place - 1] in _VOWELS and word[place] not in _VOWELS
        if fits and sheet.width_of(f"{word[:place]}-", face) <= width:
            return f"{word[:place]}-", word[place:]
    return "", word


def write_paragraph(sheet: Sheet, lines: int | None = None) -> None:
    """Write some lines of prose, filled to the margin, sometimes all in capitals or in italics."""
    rng = sheet.rng
    words = sheet.source.prose()
    kind = rng.random()
    face = sheet.face
    if kind < 0.05:
        words = (word.upper() for word in words)
    elif kind < 0.1:
        face = sheet.italic()
    elif kind < 0.14:
        face = sheet.bold()
    ragged: Align = "left" if rng.random() < 0.95 else rng.choice(("centre", "right"))
    indent = rng.choice((0, 0, 0, sheet.em * 2)) if ragged == "left" else 0
    flow = Flow(face, first_indent=indent, align=ragged, justified=sheet.style.justified and ragged == "left")
    if lines is None:
        lines = rng.randrange(1, 9 if sheet.size[1] < 700 else 14)
    last = (word for word in _ending(sheet, words, lines))
    spans = write_flow(sheet, last, lines + 3, flow)
    sheet.outline.paragraph(spans)
    sheet.y += sheet.style.gap


def _ending(sheet: Sheet, words: Iterator[str], lines: int) -> Iterator[str]:
    """Words for about `lines` lines, to the end of a sentence where one comes."""
    room = lines * sheet.width / (sheet.em * 0.5)
    used = 0
    for word in words:
        yield word
        used += len(word) + 1
        if used > room or (used > room * 0.8 and word.endswith((".", "?", "!"))):
            return


def write_list(sheet: Sheet, mark: str | None = None) -> None:
    """Write a list, sometimes with a list in it; each entry starts with a mark, further lines hang."""
    rng = sheet.rng
    mark = mark or rng.choice(BULLETS)
    indent = rng.choice((0.0, 0.0, 1.0, 2.0)) * sheet.em
    hanging = rng.random() < 0.8
    inner = rng.choice(("–", "-", "•", "*", "a)")) if rng.random() < 0.25 else ""  # noqa: RUF001
    length = rng.choices((BRIEF, 1, 3), (50, 20, 30))[0]
    spread = rng.choice((0.0, 0.0, 0.3, 0.5, 0.9)) * sheet.style.pitch
    items: list[tuple[int, list[str | Span], list[Span]]] = []
    number = 0
    for entry in range(rng.choice((rng.randrange(2, 7), rng.randrange(3, 13)))):
        if not sheet.has_room():
            break
        nested = bool(inner) and entry > 0 and rng.random() < 0.5
        number += not nested
        own = inner if nested else _own_mark(mark, number, rng.randrange(6))
        left = sheet.left + indent + (sheet.em * 1.8 if nested else 0)
        items += _write_item(sheet, (left, own, int(nested), hanging), length)
        sheet.y += spread
    sheet.outline.items(items)
    sheet.y += sheet.style.gap


def _own_mark(mark: str, number: int, chance: int) -> str:
    if mark in ("a)", "a.", "(a)"):
        return mark.replace("a", chr(96 + number))
    if mark == "I.":
        return ("I.", "II.", "III.", "IV.", "V.", "VI.", "VII.", "VIII.", "IX.", "X.", "XI.", "XII.")[
            number - 1
        ]
    if mark in ("[ ]", "[x]"):
        return "[x]" if chance < 3 else "[ ]"
    return mark.replace("1", str(number))


def _write_item(
    sheet: Sheet, setting: tuple[float, str, int, bool], most_lines: int
) -> list[tuple[int, list[str | Span], list[Span]]]:
    """Write an item with its mark, as one line of the mark and the first words, then the others."""
    left, mark, depth, hanging = setting
    hang = sheet.width_of(f"{mark} ") + sheet.em * sheet.rng.choice((0.0, 0.3, 0.8))
    with sheet.column(left, sheet.right):
        words = _item_words(sheet, most_lines)
        line, over, broken, full = _fill_line(sheet, words, "", sheet.width - hang, sheet.face)
        if not line:
            return []
        marked, first = sheet.write(Piece(left, mark, sheet.face), Piece(left + hang, line, sheet.face))
        sheet.y += sheet.style.pitch
        spans = [Span(first.start, first.end, broken and full)]
        if full:
            rest = _chained(over, words)
            more = write_flow(sheet, rest, 3, Flow(sheet.face, *((hang, hang) if hanging else (0.0, 0.0))))
            spans = [*spans, *more] if more else [Span(first.start, first.end)]
    return [(depth, _markdown_mark(mark, marked), spans)]


def _item_words(sheet: Sheet, most_lines: int) -> Iterator[str]:
    """Words of an item: some lines of prose, or a few words as on a list of things to bring."""
    if most_lines != BRIEF:
        yield from _ending(sheet, sheet.source.prose(), sheet.rng.randrange(1, most_lines + 1))
        return
    rng, source = sheet.rng, sheet.source
    draws = (source.phrase, source.item, source.phrase, source.heading, source.measure, source.name)
    parts = [rng.choice(draws)() for _ in range(rng.choices((1, 2, 3), (55, 33, 12))[0])]
    yield from rng.choice((" ", ", ", "; ", ": ", " – ")).join(parts).split(" ")  # noqa: RUF001


def _chained(over: str, words: Iterator[str]) -> Iterator[str]:
    if over:
        yield over
    yield from words


def _markdown_mark(mark: str, span: Span) -> list[str | Span]:
    if mark in ("•", "-", "*", "–", "·"):  # noqa: RUF001
        return ["- "]
    if mark[:-1].isdigit():
        return [Span(span.start, span.end - 1), ". "]
    return ["- ", span, " "]


def write_listing(sheet: Sheet) -> None:
    """Write lines of a program or of a log in a monospaced font."""
    rng, source = sheet.rng, sheet.source
    path = sheet.shelf.pick(rng, monospaced=True)
    face = sheet.shelf.face(path, sheet.em, smooth=sheet.style.smooth)
    spans: list[Span] = []
    left = sheet.left
    for _ in range(rng.randrange(2, 9)):
        if not sheet.has_room():
            break
        name, value = source.word().lower(), source.anything()
        number, other = rng.randrange(100), source.word().lower()
        line = rng.choice(
            (
                f"{name} = {value}", f"{name}({other}, {number});", f"{source.date()} {name}: {value}",
                f"if {name} == {number}:", f"$ {name} --{other} {value}", f"# {source.words(3)}",
                f"return {name}[{number}]", f'"{name}": "{value}",', f"{name.upper()}_{number}={source.code()}",
            )
        )  # fmt: skip
        with sheet.column(left + rng.choice((0, 0, 2, 4)) * face.advance("0"), sheet.right):
            spans += write_line(sheet, line, face)
    sheet.outline.code(spans)
    sheet.y += sheet.style.gap
