"""Whether Markdown is well formed, and whether a table's cells stand in their places."""

import re
from collections.abc import Sequence

from training.evaluation.scoring import normalise

_HEAD_RULE = re.compile(r"^\|(\s*:?-{3,}:?\s*\|)+$")
_BAR = re.compile(r"(?<!\\)\|")


def find_faults(markdown: str) -> list[str]:
    r"""What is wrong with the form of a Markdown text; an empty list for a well-formed one.

    Examples:
        >>> find_faults("# A\n\n| a | b |\n| --- | --- |\n| 1 |")
        ['line 5: 1 cell under a head of 2']
    """
    faults: list[str] = []
    lines = markdown.split("\n")
    if sum(line.startswith("```") for line in lines) % 2:
        faults.append("a fence is not closed")
    lines = _without_code(lines)
    for number, line in enumerate(lines, 1):
        before = lines[number - 2] if number > 1 else ""
        if re.match(r"^#+", line) and not re.match(r"^#{1,6} \S", line):
            faults.append(f"line {number}: no heading")
        if line.startswith("|") and not before.startswith("|"):
            faults += _table_faults(lines[number - 1 :], number)
    return faults


def _without_code(lines: Sequence[str]) -> list[str]:
    """The lines with those between fences emptied."""
    kept: list[str] = []
    fenced = False
    for line in lines:
        fenced ^= line.startswith("```")
        kept.append("" if fenced else line)
    return kept


def _table_faults(lines: Sequence[str], first: int) -> list[str]:
    rows = _table_lines(lines)
    if len(rows) < 2 or not _HEAD_RULE.match(rows[1].strip()):
        return [f"line {first}: a table without a rule below its head"]
    width = len(split_cells(rows[0]))
    faults: list[str] = []
    for number, row in enumerate(rows[1:], first + 1):
        count = len(split_cells(row))
        if count != width:
            faults.append(f"line {number}: {count} cell{'s' if count != 1 else ''} under a head of {width}")
    return faults


def _table_lines(lines: Sequence[str]) -> list[str]:
    end = next((place for place, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return list(lines[:end])


def split_cells(row: str) -> list[str]:
    r"""The cells of a row; `\|` is a bar within a cell.

    Examples:
        >>> split_cells(r"| a | b \| c |")
        ['a', 'b | c']
    """
    return [part.strip().replace("\\|", "|") for part in _BAR.split(row.strip().strip("|"))]


def read_tables(markdown: str) -> list[list[list[str]]]:
    """The tables of a Markdown text, as rows of cells without the rule below the head."""
    tables: list[list[list[str]]] = []
    lines = markdown.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("|") and (number == 0 or not lines[number - 1].startswith("|")):
            rows = [row for row in _table_lines(lines[number:]) if not _HEAD_RULE.match(row.strip())]
            tables.append([split_cells(row) for row in rows])
    return tables


def share_of_cells(truth: Sequence[Sequence[str]], markdown: str) -> float:
    r"""Share of the cells of a table that stand, letter by letter, in their row and column of the best table.

    Examples:
        >>> share_of_cells([["a", "b"], ["1", "2"]], "| a | b |\n| --- | --- |\n| 1 | 3 |")
        0.75
    """
    cells = {
        (row, place): normalise(cell) for row, line in enumerate(truth) for place, cell in enumerate(line)
    }
    best = 0
    for table in read_tables(markdown):
        read = {
            (row, place): normalise(cell) for row, line in enumerate(table) for place, cell in enumerate(line)
        }
        best = max(best, sum(read.get(place) == cell for place, cell in cells.items()))
    return best / max(1, len(cells))


def plain_text(markdown: str) -> str:
    """The text of a page in Markdown without its marks, to count character errors in."""
    kept = [
        line
        for line in markdown.split("\n")
        if not _HEAD_RULE.match(line.strip()) and not line.startswith("```")
    ]
    lines = [" ".join(split_cells(line)) if line.startswith("|") else line for line in kept]
    return "\n".join(re.sub(r"^\s*(#{1,6} |- )", "", line) for line in lines)
