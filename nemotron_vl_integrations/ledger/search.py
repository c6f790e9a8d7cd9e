"""Finds pages by what is written on them, in any script."""

import sqlite3
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, cast
from unicodedata import normalize

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger.columns import from_column
from nemotron_vl_integrations.ledger.folding import fold_text, measure_folds
from nemotron_vl_integrations.ledger.records import NEWEST_PATH, Text
from nemotron_vl_integrations.messages import JSON

MAX_QUERY_CHARACTERS: Final = 1000
MAX_HITS: Final = 10_000
_INDEXED_CHARACTERS: Final = 3
_BEFORE = 40
_AROUND = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A page on which every word of a query stands.

    Attributes:
        source: Where the document was seen last.
        page: Counts from 1.
        page_label: The number in the document's own numbering.
        file_sha256: Of the document's bytes.
        rank: Place among the hits, from 1; the best is first.
        snippet: The text around the first match, on one line.
        matches: Where the words stand in the snippet: start and end of each, in order.
    """

    source: str
    page: int
    page_label: str
    file_sha256: str
    rank: int
    snippet: str
    matches: tuple[tuple[int, int], ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the hit as one flat JSON object."""
        matches: list[JSON] = [[start, end] for start, end in self.matches]
        return {
            "source": self.source,
            "page": self.page,
            "page_label": self.page_label,
            "rank": self.rank,
            "snippet": self.snippet,
            "matches": matches,
            "file_sha256": self.file_sha256,
        }

    def mark(self, before: str = "[", after: str = "]") -> str:
        """Return the snippet with marks around every match.

        Examples:
            >>> hit = SearchHit(
            ...     source="a.pdf", page=1, page_label="1", file_sha256="", rank=1,
            ...     snippet="Dear Ms Hale,", matches=((8, 12),),
            ... )
            >>> hit.mark()
            'Dear Ms [Hale],'
        """
        pieces, last = list[str](), 0
        for start, end in self.matches:
            pieces += (self.snippet[last:start], before, self.snippet[start:end], after)
            last = end
        return "".join((*pieces, self.snippet[last:]))


def split_query(query: str) -> tuple[str, ...]:
    """Return the words of a query as search compares them; each once.

    Raises:
        InvalidRequestError: The query is longer than `MAX_QUERY_CHARACTERS`.

    Examples:
        >>> split_query('Rechnung "Größe" rechnung')
        ('rechnung', '"grosse"')
    """
    if len(query) > MAX_QUERY_CHARACTERS:
        raise InvalidRequestError(
            f"The query has {len(query)} characters, more than {MAX_QUERY_CHARACTERS}.",
            hint="A few words are enough.",
        )
    return tuple(dict.fromkeys(fold_text(query).split()))


def find_pages(
    connection: sqlite3.Connection, words: tuple[str, ...], limit: int, digest: bytes | None = None
) -> tuple[SearchHit, ...]:
    """Return the pages on which all words stand, the best first; with a digest those of one document.

    Words of three characters and more are looked up in the index of trigrams; shorter ones, common in Chinese, are
    looked for in the texts that are left.
    """
    indexed = [word for word in words if len(word) >= _INDEXED_CHARACTERS]
    tables, conditions, values, order = (
        "results",
        list[str](),
        list[str | bytes](),
        "results.file_id, results.page, results.id",
    )
    if indexed:
        tables = "search JOIN results ON results.id = search.rowid"
        conditions.append("search MATCH ?")
        # In quotes nothing is syntax; a quote itself is doubled.
        values.append(" ".join('"' + word.replace('"', '""') + '"' for word in indexed))
        order = "search.rank, results.file_id, results.page, results.id"
    for word in words:
        if len(word) < _INDEXED_CHARACTERS:
            conditions.append("instr(results.folded, ?)")
            values.append(word)
    if digest is not None:
        conditions.append("files.sha256 = ?")
        values.append(digest)
    rows = connection.execute(
        f"SELECT {NEWEST_PATH}, files.sha256, page, page_label, text FROM {tables}"
        " JOIN files ON files.id = results.file_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?",
        (*values, limit),
    )
    found = cast("list[tuple[Text | None, bytes, int, Text, Text]]", rows.fetchall())
    return tuple(_make_hit(row, rank, words) for rank, row in enumerate(found, start=1))


def _make_hit(
    row: tuple[Text | None, bytes, int, Text, Text], rank: int, words: tuple[str, ...]
) -> SearchHit:
    path, file_sha256, page, label, text = row
    snippet, matches = cut_snippet(from_column(text), words)
    return SearchHit(
        source="" if path is None else from_column(path),
        page=page,
        page_label=from_column(label),
        file_sha256=file_sha256.hex(),
        rank=rank,
        snippet=snippet,
        matches=matches,
    )


def cut_snippet(text: str, words: tuple[str, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    r"""Return what stands around the first match, on one line, and where the matches are in it.

    Examples:
        >>> cut_snippet("Die Größe\nder Tür", ("gross", "tur"))
        ('Die Größe der Tür', ((4, 8), (14, 17)))
    """
    text = normalize("NFC", text)
    folded = fold_text(text)
    ends = list(accumulate(measure_folds(text)))
    places = [place for word in words if (place := folded.find(word)) >= 0]
    first = bisect_right(ends, min(places, default=0))
    start = max(0, first - _BEFORE)
    stop = min(len(text), first + max(_AROUND, *map(len, words), 0))
    snippet = " ".join(text[start:stop].split("\n")).replace("\t", " ").replace("\r", " ").replace("\f", " ")
    lead, tail = "…" if start else "", "…" if stop < len(text) else ""
    matches = _find_matches(snippet, words)
    return lead + snippet + tail, tuple((begin + len(lead), end + len(lead)) for begin, end in matches)


def _find_matches(snippet: str, words: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Return where words stand in a text in NFC; matches that overlap become one."""
    folded = fold_text(snippet)
    ends = list(accumulate(measure_folds(snippet)))
    spans = list[tuple[int, int]]()
    for word in words:
        place = folded.find(word)
        while place >= 0:
            spans.append((bisect_right(ends, place), bisect_right(ends, place + len(word) - 1) + 1))
            place = folded.find(word, place + len(word))
    merged = list[tuple[int, int]]()
    for begin, end in sorted(spans):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)
