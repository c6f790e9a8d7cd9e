"""The package's way on the pages of a benchmark: the pipeline of `read_document`, one reply for each page.

Random weights repeat themselves, and reading would end such a page and try it again. So a page that loops runs on to
its last token here, and no page is tried twice: the work is that of pages which come out well.
"""

import time
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from benchmarks.engine_access import OpenedEngine, watch_engine
from benchmarks.measurement import Measurement, Round
from benchmarks.process_tree import cpu_seconds, resident_bytes, resident_bytes_of_each, watch_memory
from benchmarks.run_options import RunOptions, make_parser, read_options
from benchmarks.scan_pages import PageKind, draw_page, write_scans
from nemotron_vl_integrations.concurrency.background_loop import iterate
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.page_task import PageTask
from nemotron_vl_integrations.reading.pipeline import DocumentToRead, PageDone, ReadingRun, read_documents

FULL = 0.95
"""Share of the engine's places from which a batch counts as full: one that just ended is filled in the next step."""


def measure(options: RunOptions) -> Measurement:
    """Start the engine and time its rounds."""
    began = time.perf_counter()
    with watch_engine() as opened, Engine(options.config()) as engine, TemporaryDirectory() as folder:
        engine.start()
        start, ready = time.perf_counter() - began, resident_bytes()
        rounds = list[Round]()
        with watch_memory() as memory, patch.object(PageTask, "repetition", None):
            for kind, number in product(options.kind, range(options.rounds)):
                documents = draw_documents(kind, options.pages, number * options.pages, Path(folder))
                began, cpu = time.perf_counter(), cpu_seconds()
                pages = read_all(engine, documents, options)
                seconds = time.perf_counter() - began
                tokens = sum(page.completion_tokens for page in pages)
                rounds.append(Round(kind, len(pages), seconds, tokens, cpu_seconds() - cpu))
        share = full_share(opened, engine, options, began)
        time.sleep(options.settle)
        return Measurement(start, rounds, ready, memory.peak, resident_bytes_of_each(), share)


def draw_documents(kind: PageKind, count: int, first: int, folder: Path) -> list[DocumentToRead]:
    """Exact pages as a picture each, scans as one PDF."""
    pages = [draw_page(first + n, kind) for n in range(count)]
    if kind == "exact":
        return [DocumentToRead(source=page, name=f"page {n}") for n, page in enumerate(pages)]
    write_scans(folder / f"{first}.pdf", pages)
    return [DocumentToRead(source=folder / f"{first}.pdf", name="scans")]


def read_all(engine: Engine, documents: list[DocumentToRead], options: RunOptions) -> list[PageResult]:
    """Read the pages of a round."""
    reading = ReadingOptions(
        max_tokens=options.tokens,
        max_attempts=1,
        text_layer="ignore",
        orientation="as_is",
        concurrency=options.concurrency,
    )
    config = engine.config
    run = ReadingRun(
        engine=engine, mode="text", layout=config.layout, max_tiles=config.max_tiles, options=reading
    )
    return [event.page for event in iterate(read_documents(documents, run)) if isinstance(event, PageDone)]


def full_share(opened: OpenedEngine, engine: Engine, options: RunOptions, since: float) -> float:
    """Share of the last round in steps that were as full as the pages allow."""
    assert engine.info is not None
    return opened.share_of_full_batches(int(FULL * min(engine.info.max_num_seqs, options.pages)), since)


if __name__ == "__main__":
    parser = make_parser(__doc__, pages=8)
    parser.add_argument("--out", type=Path, required=True, help="file for the figures")
    arguments = parser.parse_args()
    measure(read_options(arguments)).write(arguments.out)
