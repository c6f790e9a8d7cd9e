"""Pages, settings and raw looks at a file, for tests of the ledger."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from nemotron_vl_integrations.ledger import ReadingSettings
from nemotron_vl_integrations.page_result import PageResult, PageStatus

SETTINGS = ReadingSettings(
    mode="text",
    prompt="Read the page.",
    layout="reference",
    max_tiles=12,
    max_tokens=4096,
    text_layer="auto",
    orientation="auto",
    model="demo",
    revision="1",
)
FILE = "0a" * 32
OTHER_FILE = "0b" * 32
IMAGE = "1c" * 32


def make_page(
    page: int = 1, text: str = "Dear Ms Hale,", *, source: str = "letter.pdf", status: PageStatus = "read"
) -> PageResult:
    return PageResult(source=source, page=page, page_label=str(page), status=status, text=text)


def run_sql(path: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Runs one statement on a file, past the ledger."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return cast("list[tuple[object, ...]]", connection.execute(statement, values).fetchall())
