"""What a held-out document is made of, and the text and Markdown that a perfect reader writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Setting = Literal["body", "right", "centre", "bold", "small", "justified"]
Marks = Literal["bullet", "number", "letter", "dash"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `lines` of more than one entry are kept apart by line breaks."""

    lines: tuple[str, ...]
    setting: Setting = "body"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 or 2."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    entries: tuple[str, ...]
    marks: Marks = "bullet"

    def mark(self, number: int) -> str:
        """What is printed before entry `number`, from 1."""
        match self.marks:
            case "bullet":
                return "•"
            case "dash":
                return "–"  # noqa: RUF001
            case "number":
                return f"{number}."
            case "letter":
                return f"({chr(96 + number)})"


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of values at tab stops, such as `label: value` or an article with its price at the right edge."""

    rows: tuple[tuple[str, ...], ...]
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first row is its head.

    Attributes:
        rows: Cells; each fits on one line.
        shares: Widths of the columns.
        right: Which columns are set to the right.
        ruled: Whether cells have borders.
    """

    rows: tuple[tuple[str, ...], ...]
    shares: tuple[int, ...]
    right: tuple[bool, ...]
    ruled: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """Blocks in columns that are read one after the other."""

    blocks: tuple[Paragraph | Heading | Items, ...]
    count: int = 2


Block = Paragraph | Heading | Items | Rows | Table | Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of one page.

    Attributes:
        name: Of its files.
        layout: What kind of document it is.
        language: English name in lower case.
        family: Font family.
        points: Size of the body text.
        blocks: In reading order.
        foot: Printed at the foot of the page, read last; may be empty.
        narrow: Whether the paper is a strip, as of a receipt.
    """

    name: str
    layout: str
    language: str
    family: str
    points: float
    blocks: tuple[Block, ...]
    foot: str = ""
    narrow: bool = False

    @property
    def text(self) -> str:
        """The text in reading order; a paragraph is one line, what stands on one line has single spaces."""
        return self._join(_lines(self.blocks))

    @property
    def unmarked_text(self) -> str:
        """The same without the bullets and dashes of lists, which Markdown shows in its own way."""
        return self._join(_lines(self.blocks, marked=False))

    def _join(self, lines: list[str]) -> str:
        return "\n".join([*lines, self.foot] if self.foot else lines)


def _lines(blocks: Sequence[Block], *, marked: bool = True) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        match block:
            case Paragraph():
                lines += block.lines
            case Heading():
                lines.append(block.text)
            case Items():
                shown = marked or block.marks in ("number", "letter")
                marks = [
                    f"{block.mark(number)} " if shown else "" for number in range(1, len(block.entries) + 1)
                ]
                lines += [f"{mark}{entry}" for mark, entry in zip(marks, block.entries, strict=True)]
            case Rows() | Table():
                lines += [" ".join(cell for cell in row if cell) for row in block.rows]
            case Columns():
                lines += _lines(block.blocks, marked=marked)
    return lines


def tables_of(document: Document) -> list[Table]:
    """The tables of a document."""
    return [block for block in document.blocks if isinstance(block, Table)]
