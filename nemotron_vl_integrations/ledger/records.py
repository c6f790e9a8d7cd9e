"""Page results as rows, and rows as page results."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast, get_args

from nemotron_vl_integrations.errors import LedgerError
from nemotron_vl_integrations.ledger.columns import from_column, to_column
from nemotron_vl_integrations.ledger.folding import fold_text
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.page_result import PageResult, PageStatus
from nemotron_vl_integrations.tiling import Grid

MAX_TEXT_BYTES: Final = 2**20
"""Of any one text of a page, in UTF-8: a hundred times a dense page."""

_STATUSES: Final[frozenset[str]] = frozenset(get_args(PageStatus))

RESULT_COLUMNS: Final = (
    "page, page_label, status, text, reason, attempts, prompt_tokens, completion_tokens, seconds,"
    " grid_columns, grid_rows, rotation, confidence, lowest_logprob, repetition, model, image"
)
"""What `to_row` makes and `from_row` takes, in this order."""

NEWEST_PATH: Final = (
    "(SELECT path FROM paths WHERE paths.file_id = results.file_id ORDER BY paths.id DESC LIMIT 1)"
)

Text = str | bytes
ResultRow = tuple[
    int,
    Text,
    str,
    Text,
    Text,
    int,
    int,
    int,
    float,
    int | None,
    int | None,
    int,
    float | None,
    float | None,
    float,
    Text,
    Text | None,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A row of the ledger.

    Attributes:
        result: The page, with the path at which its file was seen last.
        file_sha256: Of the document's bytes.
        file_size: In bytes; None if it was not said.
        image_sha256: Of the rendered page; None for a page that was not rendered.
        settings: Fingerprint of the settings it was read with.
        recorded_at: When it was written.
    """

    result: PageResult
    file_sha256: str
    file_size: int | None
    image_sha256: str | None
    settings: str
    recorded_at: datetime

    def to_json(self) -> dict[str, JSON]:
        """Return the entry as one flat JSON object: the page's own, and what the ledger knows beyond it."""
        return self.result.to_json() | {
            "file_sha256": self.file_sha256,
            "file_size": self.file_size,
            "image_sha256": self.image_sha256,
            "settings": self.settings,
            "recorded_at": self.recorded_at.isoformat(timespec="seconds"),
        }


ENTRY_COLUMNS: Final = (
    "results.id, results.file_id, results.settings_id, files.sha256, files.size, image_sha256, settings.fingerprint,"
    f" recorded_at, {NEWEST_PATH}, {RESULT_COLUMNS}"
)
EntryRow = tuple[
    int,
    int,
    int,
    bytes,
    int | None,
    bytes | None,
    bytes,
    float,
    Text | None,
    *tuple[Text | float | None, ...],
]


def check_size(result: PageResult) -> None:
    """Refuse a page with a text over `MAX_TEXT_BYTES`.

    Raises:
        LedgerError: It has one.
    """
    texts = {
        "source": result.source,
        "label": result.page_label,
        "text": result.text,
        "reason": result.reason,
    }
    for name, text in texts.items():
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > MAX_TEXT_BYTES:
            raise LedgerError(
                f"The {name} of page {result.page} of {result.source[:200]!r} has {size} bytes, and the ledger takes"
                f" {MAX_TEXT_BYTES}.",
                hint="The result itself is whole; it is only not remembered.",
            )


def to_row(result: PageResult) -> tuple[str | bytes | float | None, ...]:
    """Return the values of `RESULT_COLUMNS`, then `recorded_at` and `folded`."""
    return (
        result.page,
        to_column(result.page_label),
        result.status,
        to_column(result.text),
        to_column(result.reason),
        result.attempts,
        result.prompt_tokens,
        result.completion_tokens,
        result.seconds,
        None if result.grid is None else result.grid.columns,
        None if result.grid is None else result.grid.rows,
        result.rotation,
        result.confidence,
        result.lowest_logprob,
        result.repetition,
        to_column(result.model),
        None if result.image is None else to_column(str(result.image)),
        time.time(),
        fold_text(result.text),
    )


def from_row(row: ResultRow, source: str) -> PageResult:
    """Return the result of a row, under the name that its document has now.

    Raises:
        LedgerError: A newer version of this package wrote a status that this one does not know.
    """
    (page, label, status, text, reason, attempts, prompt_tokens, completion_tokens, seconds) = row[:9]
    (columns, rows, rotation, confidence, lowest_logprob, repetition, model, image) = row[9:]
    if status not in _STATUSES:
        raise LedgerError(
            f"Page {page} of {source!r} has the status {status!r} in the ledger, which this version does not know.",
            hint="Update nemotron-vl-integrations.",
        )
    return PageResult(
        source=source,
        page=page,
        page_label=from_column(label),
        status=cast("PageStatus", status),
        text=from_column(text),
        reason=from_column(reason),
        attempts=attempts,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        seconds=seconds,
        grid=None if columns is None or rows is None else Grid(columns, rows),
        rotation=rotation,
        confidence=confidence,
        lowest_logprob=lowest_logprob,
        repetition=repetition,
        model=from_column(model),
        image=None if image is None else Path(from_column(image)),
        from_ledger=True,
    )


def entry_from_row(row: EntryRow) -> LedgerEntry:
    """Return the entry of a row of `ENTRY_COLUMNS`."""
    _, _, _, file_sha256, file_size, image_sha256, fingerprint, recorded_at, path, *result = row
    return LedgerEntry(
        result=from_row(cast("ResultRow", tuple(result)), "" if path is None else from_column(path)),
        file_sha256=file_sha256.hex(),
        file_size=file_size,
        image_sha256=None if image_sha256 is None else image_sha256.hex(),
        settings=fingerprint.hex(),
        recorded_at=datetime.fromtimestamp(recorded_at, UTC),
    )
