"""Finds tables whose rows do not fit together, in Markdown and in HTML."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Final

_DIVIDER: Final = re.compile(r"\s*:?-+:?\s*")
_CODE: Final = re.compile(r"(?<![`\\])(`{1,8})(?!`)([^\n]{0,2000}?[^`\n])\1(?!`)")
_FENCE: Final = re.compile(r"\s{0,3}(?:```|~~~)")

# A browser takes spans up to 1,000 columns; a page of paper shows far fewer.
_WIDEST_SPAN: Final = 200
_MOST_CELLS: Final = 20_000
_SPAN_TEXT: Final = 6


def find_uneven_table(text: str) -> str:
    r"""Say which table of a text has rows of different length; empty if none has.

    Markdown: a table begins at its divider (`|---|---|`), and each of its rows must have as many cells.
    HTML: column and row spans must add up, so that every row of a table reaches its width.

    Examples:
        >>> find_uneven_table("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 \\| 5 |")
        ''
        >>> find_uneven_table("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 | 5 |")
        'row 3 of table 1 has 3 cells where 2 are expected'
        >>> find_uneven_table("<table><tr><td rowspan=2>1</td><td>2</td></tr><tr></tr></table>")
        'row 2 of table 1 has 1 cells where 2 are expected'
    """
    for number, table in enumerate(_find_pipe_tables(text), start=1):
        if finding := _compare(number, table):
            return finding
    if "<table" not in text and "<TABLE" not in text:
        return ""
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    return next(
        (
            finding
            for number, table in enumerate(parser.widths, start=1)
            if (finding := _compare(number, table))
        ),
        "",
    )


def _compare(number: int, widths: Sequence[int]) -> str:
    if len(widths) < 2:
        return ""
    # What most rows have is expected; the header settles a draw.
    expected = Counter(widths).most_common(1)[0][0]
    for row, width in enumerate(widths, start=1):
        if width != expected:
            return f"row {row} of table {number} has {width} cells where {expected} are expected"
    return ""


def _find_pipe_tables(text: str) -> Iterator[list[int]]:
    """Yield for each table the number of cells of each row; the divider is left out if it fits the header."""
    previous = ""
    table: list[int] = []
    fenced = False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        cells = [] if fenced else _split_row(line)
        if table and cells:
            table.append(len(cells))
        elif table:
            yield table
            table = []
        elif cells and all(_DIVIDER.fullmatch(cell) for cell in cells):
            header = _split_row(previous)
            table = (
                [len(header)] if len(header) == len(cells) else [len(header), len(cells)] if header else []
            )
        previous = line
    if table:
        yield table


def _split_row(line: str) -> list[str]:
    """The cells of a line, by GitHub's rules; none if it has no pipe."""
    bare = _CODE.sub("", line.replace("\\\\", "").replace("\\|", "")).strip()
    if "|" not in bare:
        return []
    return bare.removeprefix("|").removesuffix("|").split("|")


class _TableParser(HTMLParser):
    """Counts the cells of each row of each table, its spans and those from above included."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.widths: list[list[int]] = []
        self._open: list[_Grid] = []
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table or a row, or count a cell."""
        if tag == "table":
            grid = _Grid()
            self._open.append(grid)
            self.widths.append(grid.widths)
        elif not self._open or self._cells > _MOST_CELLS:
            return
        elif tag == "tr":
            self._open[-1].add_row()
        elif tag in {"td", "th"}:
            spans = {name: _read_span(value) for name, value in attrs if name in {"colspan", "rowspan"}}
            self._cells += spans.get("colspan", 1)
            self._open[-1].add_cell(spans.get("colspan", 1), spans.get("rowspan", 1))

    def handle_endtag(self, tag: str) -> None:
        """Close a table; a table that was cut short is not judged by its last row."""
        if tag == "table" and self._open:
            self._open.pop().close()


def _read_span(value: str | None) -> int:
    text = (value or "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > _SPAN_TEXT:
        return 1
    return min(_WIDEST_SPAN, max(1, int(text)))


class _Grid:
    """The widths of one table's rows, as far as it has come."""

    def __init__(self) -> None:
        self.widths: list[int] = []
        # Cells that reach down into the rows that follow: width and rows left.
        self._hanging: list[tuple[int, int]] = []
        self._begun: list[tuple[int, int]] = []

    def add_row(self) -> None:
        self._hanging = [(width, rows - 1) for width, rows in self._hanging + self._begun if rows > 1]
        self._begun = []
        self.widths.append(sum(width for width, _ in self._hanging))

    def add_cell(self, width: int, rows: int) -> None:
        if not self.widths:
            self.add_row()
        self.widths[-1] += width
        if rows > 1:
            self._begun.append((width, rows))

    def close(self) -> None:
        # Spans that reach beyond the last row show that rows are missing; a browser cuts them off.
        if any(rows > 1 for _, rows in self._hanging + self._begun):
            self.add_row()
