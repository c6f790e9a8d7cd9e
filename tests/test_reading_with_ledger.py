"""Reading with a ledger: nothing is read twice, and a ledger that fails costs no page."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from nemotron_vl_integrations.backends.scripted import ScriptedReply, ScriptStep
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import EngineError
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.page_result import DocumentResult, PageResult
from nemotron_vl_integrations.reading import ReadingOptions, aread_document, iter_pages, read_document
from tests.paged_script import PagedScript, draw_number, draw_text, open_script, write_numbers, write_tiff

OPTIONS = ReadingOptions(orientation="as_is", max_attempts=1)
RETRY = ReadingOptions(orientation="as_is", max_attempts=1, retry_failed=True)


def read_pages(
    steps: Mapping[int, Sequence[ScriptStep]],
    ledger: Ledger,
    document: bytes | None = None,
    *,
    options: ReadingOptions = OPTIONS,
    max_tiles: int | None = None,
) -> tuple[DocumentResult, PagedScript]:
    backend = PagedScript(steps)
    source = write_numbers(len(steps)) if document is None else document
    with open_script(backend) as engine:
        result = read_document(source, engine=engine, options=options, ledger=ledger, max_tiles=max_tiles)
    return result, backend


def describe(document: DocumentResult) -> list[tuple[int, str, str, bool]]:
    return [(page.page, page.status, page.text, page.from_ledger) for page in document.pages]


def test_the_engine_reads_a_document_once(engine: Engine, tmp_path: Path) -> None:
    scan = write_tiff([draw_text("Good morning."), draw_text("Good evening.")])
    with Ledger(tmp_path / "pages.ledger") as ledger:
        first = read_document(scan, engine=engine, ledger=ledger)
        second = read_document(scan, engine=engine, ledger=ledger)
        hits = ledger.search("evening")
    assert [page.text for page in second.pages] == [page.text for page in first.pages]
    assert [page.from_ledger for page in (*first.pages, *second.pages)] == [False, False, True, True]
    assert [hit.page for hit in hits] == [2]


def test_a_second_run_neither_renders_nor_reads(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        read_pages({1: ["one"], 2: ["two"]}, ledger)
        document, backend = read_pages({}, ledger, write_numbers(2))
    assert describe(document) == [(1, "read", "one", True), (2, "read", "two", True)]
    assert (backend.starts, backend.prompts) == (0, [])


def test_only_the_pages_that_are_missing_are_read(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger, open_script(PagedScript({2: ["two"]})) as engine:
        read_document(write_numbers(4), "2", engine=engine, options=OPTIONS, ledger=ledger)
        document, backend = read_pages({1: ["one"], 3: ["three"], 4: ["four"]}, ledger, write_numbers(4))
    assert [page.text for page in document.pages] == ["one", "two", "three", "four"]
    assert sorted(backend.arrived) == [1, 3, 4]


def test_a_document_that_moved_is_found_and_its_new_name_remembered(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger, open_script(PagedScript({1: ["one"]})) as engine:
        read_document(write_numbers(1), name="old.tiff", engine=engine, options=OPTIONS, ledger=ledger)
        moved = read_document(
            write_numbers(1), name="new.tiff", engine=engine, options=OPTIONS, ledger=ledger
        )
        (entry,) = ledger.entries()
        paths = ledger.paths(entry.file_sha256)
    assert (moved.pages[0].source, moved.pages[0].from_ledger) == ("new.tiff", True)
    assert paths == ("new.tiff", "old.tiff")


def test_other_settings_are_other_results(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        read_pages({1: ["one"]}, ledger)
        document, _ = read_pages({1: ["with fewer tiles"]}, ledger, max_tiles=3)
    assert describe(document) == [(1, "read", "with fewer tiles", False)]


def test_failed_pages_are_read_again_only_if_that_is_asked_for(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        read_pages({1: [EngineError("It stumbled.")]}, ledger)
        kept, _ = read_pages({}, ledger, write_numbers(1))
        retried, _ = read_pages({1: ["one"]}, ledger, options=RETRY)
        again, _ = read_pages({}, ledger, write_numbers(1), options=RETRY)
    assert describe(kept) == [(1, "failed", "", True)]
    assert describe(retried) == [(1, "read", "one", False)]
    assert describe(again) == [(1, "read", "one", True)]


def test_identical_pages_are_read_once_even_if_they_come_at_the_same_time(tmp_path: Path) -> None:
    cover = draw_number(7)
    scan = write_tiff([cover, draw_number(1), cover, cover])
    with Ledger(tmp_path / "pages.ledger") as ledger:
        document, backend = read_pages({7: ["the cover"], 1: ["one"]}, ledger, scan)
        other, _ = read_pages({2: ["two"]}, ledger, write_tiff([draw_number(2), cover]))
    assert [page.text for page in document.pages] == ["the cover", "one", "the cover", "the cover"]
    assert sorted(backend.arrived) == [1, 7]
    assert describe(other) == [(1, "read", "two", False), (2, "read", "the cover", True)]


def test_blank_pages_do_not_take_each_others_place(tmp_path: Path) -> None:
    scan = write_tiff([draw_number(1), *[draw_number(0).point(lambda _: 255)] * 2])
    with Ledger(tmp_path / "pages.ledger") as ledger:
        read_pages({1: ["one"]}, ledger, scan)
        document, _ = read_pages({}, ledger, scan)
    assert [(page.page, page.status) for page in document.pages] == [(1, "read"), (2, "blank"), (3, "blank")]


def test_a_run_that_was_left_early_goes_on_where_it_was(tmp_path: Path) -> None:
    steps: dict[int, list[ScriptStep]] = {page: [f"page {page}"] for page in range(1, 9)}
    with Ledger(tmp_path / "pages.ledger") as ledger, open_script(PagedScript(steps)) as engine:
        pages = iter_pages(write_numbers(8), engine=engine, options=OPTIONS, ledger=ledger)
        first = [next(pages), next(pages)]
        pages.close()
        done = {entry.result.page for entry in ledger.entries()}
        rest = {page: script for page, script in steps.items() if page not in done}
        document, backend = read_pages(rest, ledger, write_numbers(8))
    assert {page.page for page in first} <= done
    assert [page.text for page in document.pages] == [f"page {page}" for page in range(1, 9)]
    assert set(backend.arrived) == set(rest)


def test_a_reading_that_is_cancelled_lets_the_next_one_read_the_page(tmp_path: Path) -> None:
    held = ScriptedReply(hold=asyncio.Event())

    async def cancel_first(ledger: Ledger) -> PageResult:
        async with open_script(PagedScript({1: [held, "one"]})) as engine:
            reading = asyncio.create_task(
                aread_document(write_numbers(1), engine=engine, options=OPTIONS, ledger=ledger)
            )
            while engine.running < 1:
                await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            return (
                await aread_document(write_numbers(1), engine=engine, options=OPTIONS, ledger=ledger)
            ).pages[0]

    with Ledger(tmp_path / "pages.ledger") as ledger:
        assert asyncio.run(cancel_first(ledger)).text == "one"


def test_a_ledger_that_fails_costs_a_warning_and_no_page(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(tmp_path / "pages.ledger")
    ledger.close()
    document, _ = read_pages({1: ["one"], 2: ["two"]}, ledger)
    assert describe(document) == [(1, "read", "one", False), (2, "read", "two", False)]
    assert [
        record.getMessage().startswith("Pages are read on without the ledger.") for record in caplog.records
    ] == [True]


def test_pictures_of_failed_pages_are_kept_beside_the_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        document, _ = read_pages({1: [EngineError("It stumbled.")]}, ledger)
        found, _ = read_pages({}, ledger, write_numbers(1))
    kept = document.pages[0].image
    assert kept is not None
    assert kept.parent == tmp_path / "pages.ledger.images"
    assert kept.is_file()
    assert found.pages[0].image == kept


def test_every_event_loop_may_read_with_one_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger, open_script(PagedScript({1: ["one"]})) as engine:
        documents = [
            asyncio.run(aread_document(write_numbers(1), engine=engine, options=OPTIONS, ledger=ledger))
            for _ in range(3)
        ]
    assert [document.pages[0].from_ledger for document in documents] == [False, True, True]


def test_a_run_without_a_failed_page_leaves_the_ledger_alone_in_its_folder(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        read_pages({1: ["one"]}, ledger)
    assert [path.name for path in tmp_path.iterdir()] == ["pages.ledger"]
