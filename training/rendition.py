"""The same page as Markdown, with the place of every character on the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

NOT_ON_PAGE = -1


@dataclass(frozen=True, slots=True)
class Rendition:
    """A text that shows a page in another form.

    Attributes:
        text: The form.
        places: For each character of `text` the index in the page's plain text of the character that it shows,
            -1 for marks that are not on the page.
    """

    text: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of the page's text.

    Attributes:
        start: Its first character.
        end: The place after its last one.
        broken: Whether it ends in a hyphen that parts a word at the end of a line.
    """

    start: int
    end: int
    broken: bool = False


_Part = str | Span
Cell = Sequence[Span]


@dataclass(slots=True)
class Outline:
    """Collects the blocks of a page while they are written."""

    _blocks: list[list[_Part]] = field(default_factory=list[list[_Part]])

    def heading(self, level: int, lines: Sequence[Span]) -> None:
        """Add a heading of level 1 to 6."""
        self._add(["#" * level + " ", *_flow(lines)], lines)

    def paragraph(self, lines: Sequence[Span]) -> None:
        """Add a paragraph; its lines are joined, words parted at a line's end made whole."""
        self._add(_flow(lines), lines)

    def lines(self, lines: Sequence[Sequence[Span]]) -> None:
        """Add lines that stay lines, such as those of an address or of a form."""
        parts: list[_Part] = []
        for line in lines:
            parts += ["\n", *_flow(line)] if parts else _flow(line)
        self._add(parts, lines)

    def items(self, items: Sequence[tuple[int, Sequence[_Part], Sequence[Span]]]) -> None:
        """Add a list: for each item its depth, its mark and its lines."""
        parts: list[_Part] = []
        for depth, mark, lines in items:
            parts += ["\n" if parts else "", "  " * depth, *mark, *_flow(lines)]
        self._add(parts, items)

    def table(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add a table; its first row is the head."""
        parts: list[_Part] = []
        for number, row in enumerate(rows):
            parts.append("\n|" if number else "|")
            for cell in row:
                parts += [
                    " ",
                    *(_Escaped(span.start, span.end, span.broken) for span in cell_flow(cell)),
                    " |",
                ]
            if number == 0:
                parts.append("\n|" + " --- |" * len(row))
        self._add(parts, rows)

    def code(self, lines: Sequence[Span]) -> None:
        """Add lines of code between fences."""
        parts: list[_Part] = ["```\n"]
        for line in lines:
            parts += [line, "\n"]
        self._add([*parts, "```"], lines)

    def _add(self, parts: list[_Part], content: Sequence[object]) -> None:
        if content:
            self._blocks.append(parts)

    def render(self, text: str) -> Rendition:
        """Write the blocks down with a blank line between them; `text` is the page's plain text."""
        written: list[str] = []
        places: list[int] = []
        for number, block in enumerate(self._blocks):
            for part in ["\n\n", *block] if number else block:
                if isinstance(part, str):
                    written.append(part)
                    places += [NOT_ON_PAGE] * len(part)
                    continue
                for place in range(part.start, part.end - part.broken):
                    if isinstance(part, _Escaped) and text[place] == "|":
                        written.append("\\")
                        places.append(NOT_ON_PAGE)
                    written.append(" " if text[place] == "\n" else text[place])
                    places.append(place)
        return Rendition("".join(written), tuple(places))


class _Escaped(Span):
    """A run of text in a table, where a bar must be escaped."""

    __slots__ = ()


def cell_flow(lines: Sequence[Span]) -> list[Span]:
    """The lines of a cell with the line ends between them."""
    return [part for part in _flow(lines, between=True) if isinstance(part, Span)]


def _flow(lines: Sequence[Span], *, between: bool = False) -> list[_Part]:
    """Lines joined by spaces; a space stands for the character that follows the line on the page."""
    parts: list[_Part] = []
    for number, line in enumerate(lines):
        parts.append(line)
        if number + 1 < len(lines) and not line.broken:
            parts.append(
                Span(line.end, line.end + 1) if between or lines[number + 1].start > line.end else " "
            )
    return parts
