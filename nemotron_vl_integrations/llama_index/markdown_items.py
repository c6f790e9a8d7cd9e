"""The headings, tables and texts of a page, in the form in which LlamaParse lists them."""

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from nemotron_vl_integrations.messages import JSON

Item = dict[str, JSON]

# A line such as "[1]: see the note" would define a link and be no item.
_PARSER: Final = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").disable("reference")
_MOST_CELLS: Final = 20_000


def find_items(markdown: str) -> list[Item]:
    r"""Return what a page is made of, in its order; each item holds its Markdown.

    Args:
        markdown: Of one page; tables are pipes or HTML.

    Examples:
        >>> [item["type"] for item in find_items("# Offer\n\nDear Ms Hale,\n\n| a | b |\n|---|---|\n| 1 | 2 |")]
        ['heading', 'text', 'table']
        >>> find_items("| a | b |\n|---|---|\n| 1 | 2 |")[0]["rows"]
        [['a', 'b'], ['1', '2']]
    """
    lines = markdown.splitlines(keepends=True)
    return [_make_item(block, "".join(lines[slice(*span)]).strip()) for block, span in _find_blocks(markdown)]


def _find_blocks(markdown: str) -> Iterator[tuple[Sequence[Token], tuple[int, int]]]:
    """Yield the tokens of each block of the first level, and its lines."""
    block: list[Token] = []
    for token in _PARSER.parse(markdown):
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            first = block[0].map
            if first is not None:
                yield block, (first[0], first[1])
            block = []


def _make_item(block: Sequence[Token], markdown: str) -> Item:
    match block[0].type:
        case "heading_open":
            return {"type": "heading", "lvl": int(block[0].tag[1:]), "value": _text(block), "md": markdown}
        case "table_open":
            return _make_table(_read_rows(block), markdown)
        case "html_block" if rows := _read_html_rows(markdown):
            return {**_make_table(rows, markdown), "html": markdown}
        case _:
            return {"type": "text", "value": markdown, "md": markdown}


def _make_table(rows: list[list[str]], markdown: str) -> Item:
    cells: list[JSON] = [[*row] for row in rows]
    return {"type": "table", "rows": cells, "md": markdown}


def _text(block: Sequence[Token]) -> str:
    return " ".join(token.content for token in block if token.type == "inline")


def _read_rows(block: Sequence[Token]) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token.content)
    return rows


def _read_html_rows(markup: str) -> list[list[str]]:
    parser = _RowParser()
    parser.feed(markup)
    parser.close()
    return [[" ".join(cell.split()) for cell in row] for row in parser.rows]


class _RowParser(HTMLParser):
    """Collects the cells of a table, spans not repeated."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._in_cell = False
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows and self._cells < _MOST_CELLS:
            self._cells += 1
            self._in_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in {"td", "th", "tr"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        """Add to the cell that is open."""
        if self._in_cell:
            self.rows[-1][-1] += data
