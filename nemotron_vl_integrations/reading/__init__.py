"""Reads documents: every page gives one result, and a page that does not come out well is tried in other ways."""

from nemotron_vl_integrations.reading.document import (
    aiter_pages,
    aread_document,
    iter_pages,
    name_source,
    read_document,
)
from nemotron_vl_integrations.reading.options import ReadingOptions
from nemotron_vl_integrations.reading.progress import ReadingProgress, summarise

__all__ = [
    "ReadingOptions",
    "ReadingProgress",
    "aiter_pages",
    "aread_document",
    "iter_pages",
    "name_source",
    "read_document",
    "summarise",
]
