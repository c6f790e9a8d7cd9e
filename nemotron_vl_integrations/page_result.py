"""What reading gives back: one result a page, and the document that they make."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.paragraphs import join_lines
from nemotron_vl_integrations.tiling import Grid

Mode = Literal["text", "markdown", "tables", "json"]
"""Plain text; Markdown with headings, lists and tables; the tables of a page alone, as Markdown; or one JSON object."""

PageStatus = Literal["read", "retried", "continued", "split", "text_layer", "blank", "failed"]
PAGE_BREAK = "\n\f\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """One page as it was read. Every page that was asked for gives exactly one.

    Attributes:
        source: The path as it was given, `<bytes>`, `<image>`, or the name that the caller chose.
        page: Counts from 1.
        page_label: The number printed in the document's own numbering ("iv", "A-3"), else the page number.
        status: How the text came about:
            `read` at the first attempt;
            `retried` at a later one, turned, with other tiles or at another temperature;
            `continued`: it was longer than `max_tokens` and was written in several pieces;
            `split`: the page was read in parts, which were joined;
            `text_layer`: it is the document's own text;
            `blank`: there is nothing on the page, or the model found no text (then `reason` says so);
            `failed`: no attempt gave a text that can be trusted.
        text: What the model wrote, in Unicode's composed form (NFC), without form feeds and without white space at its
            end; in the mode `json` one object. Of a failed page the part that can be trusted: what stands before a loop
            or a cut, often nothing.
        reason: Why the status is what it is, in one sentence; empty for `read` and for pages without ink.
        attempts: Requests that the model answered for this page; 0 for a page that it never saw.
        prompt_tokens: Tokens of the page and its prompt, over all attempts.
        completion_tokens: Tokens that the model wrote, over all attempts.
        seconds: From the rendered page to its text, waiting and further attempts included.
        grid: The tiles that the page was fitted to; None for a page that could not be rendered.
        rotation: Degrees, clockwise, by which the page was turned before it was read: 0, 90, 180 or 270.
        confidence: Geometric mean probability of the tokens, 0 to 1, see `measure_confidence`; None without tokens.
        lowest_logprob: Natural log probability of the least certain token; None without tokens.
        repetition: Share of the text that repeats what stands right before it, 0 to 1.
        model: Name of the checkpoint that read.
        image: File that holds the page as the model saw it, if it was kept.
        from_ledger: Whether the result was found in the ledger rather than made now.
    """

    source: str
    page: int
    page_label: str
    status: PageStatus
    text: str = ""
    reason: str = ""
    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    grid: Grid | None = None
    rotation: int = 0
    confidence: float | None = None
    lowest_logprob: float | None = None
    repetition: float = 0.0
    model: str = ""
    image: Path | None = None
    from_ledger: bool = False

    @property
    def paragraphs(self) -> str:
        r"""The text with the printed lines of each paragraph joined, see `join_lines`; for the mode `text`.

        Examples:
            >>> text = "the two boxes of care-\nfully packed books"
            >>> PageResult(source="a.pdf", page=1, page_label="1", status="read", text=text).paragraphs
            'the two boxes of carefully packed books'
        """
        return join_lines(self.text)

    def to_json(self) -> dict[str, JSON]:
        """Return the result as one flat JSON object, in the order of the command line's `--json`.

        Examples:
            >>> page = PageResult(source="a.pdf", page=1, page_label="1", status="blank", grid=Grid(1, 1), model="m")
            >>> page.to_json()["grid"], page.to_json()["tokens"]
            ({'columns': 1, 'rows': 1, 'tiles': 1}, {'prompt': 0, 'completion': 0})
        """
        return {
            "source": self.source,
            "page": self.page,
            "page_label": self.page_label,
            "status": self.status,
            "text": self.text,
            "tokens": {"prompt": self.prompt_tokens, "completion": self.completion_tokens},
            "seconds": round(self.seconds, 3),
            "grid": None if self.grid is None else _describe_grid(self.grid),
            "confidence": _rounded(self.confidence),
            "lowest_logprob": _rounded(self.lowest_logprob),
            "repetition": round(self.repetition, 4),
            "rotation": self.rotation,
            "attempts": self.attempts,
            "model": self.model,
            "reason": self.reason,
            "image": None if self.image is None else str(self.image),
            "from_ledger": self.from_ledger,
        }


def _describe_grid(grid: Grid) -> dict[str, JSON]:
    return {"columns": grid.columns, "rows": grid.rows, "tiles": grid.tile_count}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """All pages that were asked for, in their order."""

    source: str
    pages: tuple[PageResult, ...]

    @property
    def text(self) -> str:
        r"""The pages joined by a form feed on a line of its own.

        Every page is in it, a blank or failed one with what `PageResult.text` holds, so `text.split("\f")` gives one
        piece a page: reading turns a form feed within a page into a line break. To a text splitter that cuts at white
        space the form feed is white space.

        Examples:
            >>> one = PageResult(source="a.pdf", page=1, page_label="1", status="read", text="Dear Ms Hale,")
            >>> two = PageResult(source="a.pdf", page=2, page_label="2", status="blank")
            >>> DocumentResult("a.pdf", (one, two)).text
            'Dear Ms Hale,\n\x0c\n'
        """
        return PAGE_BREAK.join(page.text for page in self.pages)

    @property
    def failed(self) -> tuple[PageResult, ...]:
        """The pages that could not be read."""
        return tuple(page for page in self.pages if page.status == "failed")

    @property
    def counts(self) -> dict[PageStatus, int]:
        """Number of pages of each status that occurs.

        Examples:
            >>> page = PageResult(source="a.pdf", page=1, page_label="1", status="blank")
            >>> DocumentResult("a.pdf", (page,)).counts
            {'blank': 1}
        """
        return dict(Counter(page.status for page in self.pages))
