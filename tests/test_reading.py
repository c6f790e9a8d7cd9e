import asyncio
import inspect
import math
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing, closing
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nemotron_vl_integrations.backends.base import BackendInfo, Report
from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.concurrency.background_loop import arun
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    EngineClosedError,
    EngineDiedError,
    EngineError,
    EngineStartError,
    InvalidRequestError,
    PageRangeError,
    UnreadableDocumentError,
    UnsupportedModeError,
)
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_result import DocumentResult, PageResult
from nemotron_vl_integrations.pages import RenderLimits
from nemotron_vl_integrations.reading import (
    ReadingOptions,
    aiter_pages,
    aread_document,
    iter_pages,
    read_document,
)
from nemotron_vl_integrations.tiling import Grid
from tests.paged_script import PagedScript, draw_number, draw_text, open_script, write_numbers, write_tiff
from tests.rendered_pages import child_pids

LETTER = "Dear Susan,\nthank you for the order\nof 12 March."
PATIENT = ReadingOptions(timeout=20, orientation="as_is")
DIED = EngineDiedError("The engine's process ended.")


def read_script(
    steps: dict[int, list[ScriptStep]], *, timeout: float = 20.0
) -> tuple[DocumentResult, PagedScript]:
    backend = PagedScript(steps)
    with open_script(backend) as engine:
        options = ReadingOptions(timeout=timeout, concurrency=4, orientation="as_is")
        document = read_document(write_numbers(len(steps)), engine=engine, options=options)
        assert engine.running == 0
    return document, backend


def describe(document: DocumentResult) -> list[tuple[int, str, str]]:
    return [(page.page, page.status, page.text) for page in document.pages]


def test_the_engine_reads_a_page(engine: Engine) -> None:
    (page,) = read_document(draw_text(LETTER), engine=engine).pages
    assert (page.text, page.status, page.reason) == (LETTER, "read", "")
    assert (page.source, page.page, page.page_label) == ("<image>", 1, "1")
    assert (page.grid, page.model) == (Grid(1, 1), engine.model)
    assert page.prompt_tokens > 258
    assert 0 < page.completion_tokens < 60
    assert page.confidence is not None
    assert 0.8 < page.confidence <= 1
    assert 0 < page.seconds < 60


def test_the_engine_reads_several_pages_at_once_and_gives_them_in_order(engine: Engine) -> None:
    lines = [f"This is the page of {word}." for word in ("apples", "bread", "coffee", "dates")]
    pages = list(iter_pages(write_tiff([draw_text(line) for line in lines]), "2-4", engine=engine))
    assert [(page.page, page.text) for page in pages] == list(enumerate(lines, start=1))[1:]


def test_a_page_longer_than_the_limit_is_continued_from_its_last_whole_line(engine: Engine) -> None:
    options = ReadingOptions(max_tokens=12)
    (page,) = read_document(draw_text(LETTER), engine=engine, options=options).pages
    assert (page.status, page.text) == ("continued", LETTER)
    assert page.attempts > 1
    assert "max_tokens" in page.reason


def test_leaving_the_loop_early_leaves_nothing_running_in_the_engine(engine: Engine) -> None:
    document = write_tiff([draw_text(LETTER)] * 6)
    with closing(iter_pages(document, engine=engine)) as pages:
        assert next(pages).status == "read"
    assert engine.running == 0


def test_the_same_engine_serves_any_event_loop(engine: Engine) -> None:
    for _ in range(2):
        document = asyncio.run(aread_document(draw_text("Good morning."), engine=engine))
        assert document.text == "Good morning."


def test_the_prompt_is_the_page_and_the_reading_prompt_of_the_checkpoint() -> None:
    _, backend = read_script({1: ["text"]})
    (prompt,), (sampling,) = backend.prompts, backend.samplings
    assert "<image>\nTranscribe this page.\n" in prompt.text
    assert [image.size for image in prompt.images] == [(512, 512)]
    assert (sampling.temperature, sampling.logprobs, sampling.max_tokens) == (0.0, 0, 4096)


def test_confidence_is_the_geometric_mean_of_what_the_tokens_had() -> None:
    reply = ScriptedReply(pieces=("Dear", " Ms"), logprob=math.log(0.25))
    document, _ = read_script({1: [reply]})
    assert document.pages[0].confidence == pytest.approx(0.25)


def test_a_page_of_one_colour_is_blank_and_the_model_never_sees_it() -> None:
    backend = ScriptedBackend([])
    with open_script(backend) as engine:
        (page,) = read_document(Image.new("RGB", (800, 600), "ivory"), engine=engine).pages
    assert (page.status, page.text, page.reason, page.prompt_tokens) == ("blank", "", "", 0)
    assert (backend.prompts, backend.starts) == ([], 0)


@pytest.mark.parametrize(
    ("reply", "status", "text", "reason"),
    [
        (ScriptedReply(text=" \n"), "blank", "", "no text"),
        (ScriptedReply(text="  indented \n\n"), "read", "  indented", ""),
        (ScriptedReply(text="Dear", finish_reason="abort"), "failed", "", "ended the request"),
    ],
)
def test_how_a_reply_ended_is_the_status_of_its_page(
    reply: ScriptedReply, status: str, text: str, reason: str
) -> None:
    document, _ = read_script({1: [reply] * 3})
    assert describe(document) == [(1, status, text)]
    assert reason in document.pages[0].reason


def test_a_page_that_runs_out_of_time_fails_and_the_others_go_on() -> None:
    stuck = ScriptedReply(text="never", hold=asyncio.Event())
    document, _ = read_script({1: ["one"], 2: [stuck], 3: ["three"]}, timeout=1)
    assert describe(document) == [(1, "read", "one"), (2, "failed", ""), (3, "read", "three")]
    assert document.pages[1].reason.startswith("RequestTimeoutError: ")
    assert document.failed == (document.pages[1],)


def test_a_request_that_the_engine_fails_costs_its_page_alone() -> None:
    document, _ = read_script({1: [EngineError("vLLM failed on this request.")], 2: ["two"]})
    assert describe(document) == [(1, "failed", ""), (2, "read", "two")]


def test_a_page_that_cannot_be_rendered_fails_without_a_request() -> None:
    backend = PagedScript({1: ["one"], 3: ["three"]})
    pages = [draw_number(1), Image.new("RGB", (600, 600), "red"), draw_number(3)]
    limits = RenderLimits(image=ImageLimits(max_pixels=512 * 512))
    with open_script(backend) as engine:
        document = read_document(write_tiff(pages), engine=engine, options=ReadingOptions(limits=limits))
    assert describe(document) == [(1, "read", "one"), (2, "failed", ""), (3, "read", "three")]
    assert (document.pages[1].grid, sorted(backend.arrived)) == (None, [1, 3])
    assert "pixels" in document.pages[1].reason


def test_an_engine_that_dies_costs_no_page() -> None:
    document, backend = read_script({1: ["one", "one"], 2: [DIED, "two"], 3: ["three", "three"]})
    assert describe(document) == [(1, "read", "one"), (2, "read", "two"), (3, "read", "three")]
    assert backend.starts == 2


def test_a_page_that_kills_the_engine_takes_no_other_page_with_it() -> None:
    all_there = asyncio.Event()
    cut_off = ScriptedReply(text="cut off", hold=asyncio.Event())
    steps: dict[int, list[ScriptStep]] = {page: [cut_off, f"page {page}"] for page in (1, 3, 4)}
    backend = PagedScript({**steps, 2: [ScriptedReply(hold=all_there, error=DIED), DIED]})

    async def read() -> DocumentResult:
        async with open_script(backend) as engine:
            reading = asyncio.create_task(aread_document(write_numbers(4), engine=engine, options=PATIENT))
            while len(backend.arrived) < 4:
                await asyncio.sleep(0)
            await arun(_open(all_there))
            return await reading

    document = asyncio.run(read())
    assert describe(document) == [
        (1, "read", "page 1"),
        (2, "failed", ""),
        (3, "read", "page 3"),
        (4, "read", "page 4"),
    ]
    assert document.pages[1].reason.startswith("EngineDiedError: ")
    assert backend.starts == 3
    assert backend.beside == [0, 1, 2, 3, 0, 0, 0, 0]


class Unstartable(ScriptedBackend):
    async def start(self, report: Report) -> BackendInfo:
        raise EngineStartError("There is no card.")


def test_an_engine_that_does_not_start_is_raised_and_not_written_on_every_page() -> None:
    with open_script(Unstartable([])) as engine, pytest.raises(EngineStartError, match="no card"):
        read_document(write_numbers(5), engine=engine)


def test_an_engine_that_is_closed_while_reading_is_raised() -> None:
    backend = PagedScript({page: [ScriptedReply(hold=asyncio.Event())] for page in (1, 2, 3)})

    async def close_under_way() -> None:
        engine = open_script(backend)
        reading = asyncio.create_task(aread_document(write_numbers(3), engine=engine, options=PATIENT))
        while len(backend.arrived) < 3:
            await asyncio.sleep(0)
        await engine.aclose()
        await reading

    with pytest.raises(EngineClosedError):
        asyncio.run(close_under_way())


@pytest.mark.parametrize(
    "argument", ["max_tokens", "concurrency", "ahead", "max_attempts", "timeout", "page_seconds"]
)
def test_options_out_of_range_are_refused(argument: str) -> None:
    with pytest.raises(InvalidRequestError, match=argument):
        replace(ReadingOptions(), **{argument: 0})


def test_an_empty_layout_is_refused_and_not_taken_for_none() -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match="`layout=''`"):
        read_document(draw_number(1), layout=cast("Layout", ""), engine=engine)


def test_more_tiles_than_the_model_takes_are_refused() -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match="max_tiles"):
        read_document(draw_number(1), max_tiles=13, engine=engine)


@pytest.mark.parametrize(
    ("source", "pages", "error"),
    [
        (write_numbers(2), "3", PageRangeError),
        (b"not a document", None, UnreadableDocumentError),
        ("no/such.pdf", None, UnreadableDocumentError),
    ],
)
def test_a_document_that_cannot_be_read_at_all_is_raised(
    source: str | bytes, pages: str | None, error: type[Exception]
) -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(error):
        read_document(source, pages, engine=engine)


def test_a_mode_without_a_prompt_names_those_that_there_are() -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(UnsupportedModeError, match="'text'"):
        read_document(draw_number(1), mode="tables", engine=engine)


@settings(max_examples=8)
@given(order=st.permutations([1, 2, 3, 4, 5]))
def test_pages_come_in_order_in_whatever_order_they_are_done(order: list[int]) -> None:
    gates = {page: asyncio.Event() for page in order}
    backend = PagedScript(
        {page: [ScriptedReply(text=f"page {page}", hold=gate)] for page, gate in gates.items()}
    )

    async def read() -> list[str]:
        async with open_script(backend) as engine:
            reading = asyncio.create_task(aread_document(write_numbers(5), engine=engine, options=PATIENT))
            while len(backend.arrived) < 5:
                await asyncio.sleep(0)
            for page in order:
                await arun(_open(gates[page]))
            return [page.text for page in (await reading).pages]

    assert asyncio.run(read()) == [f"page {page}" for page in sorted(order)]


async def _open(gate: asyncio.Event) -> None:
    gate.set()


FAULTS = st.sampled_from(
    ["text", "", DIED, EngineError("failed"), ScriptedReply(text="cut", finish_reason="length")]
)


@settings(max_examples=15)
@given(faults=st.lists(st.tuples(FAULTS, FAULTS), min_size=1, max_size=7))
def test_every_page_gives_exactly_one_result_whatever_goes_wrong(
    faults: list[tuple[ScriptStep, ScriptStep]],
) -> None:
    # An engine that dies ends the requests beside it too, so any page may need all of its steps.
    document, _ = read_script({page: [*steps, *["spare"] * 9] for page, steps in enumerate(faults, start=1)})
    assert [page.page for page in document.pages] == list(range(1, len(faults) + 1))
    for page in document.pages:
        assert page.reason or page.status == "read"
        assert page.text or page.status in ("blank", "failed")


def test_a_slow_page_holds_up_no_more_than_a_window_of_others() -> None:
    slow = asyncio.Event()
    script: dict[int, list[ScriptStep]] = {page: [f"page {page}"] for page in range(2, 21)}
    backend = PagedScript({1: [ScriptedReply(text="page 1", hold=slow)], **script})

    async def read() -> list[str]:
        async with open_script(backend) as engine:
            options = ReadingOptions(concurrency=3, ahead=2, orientation="as_is")
            pages = aiter_pages(write_numbers(20), engine=engine, options=options)
            async with aclosing(pages):
                first = asyncio.create_task(_take(pages))
                async with asyncio.timeout(60):
                    while len(backend.arrived) < 14 or backend.running > 1:
                        await asyncio.sleep(0.0001)
                # Three in work, nine results that wait for the slow one, two rendered ahead.
                assert sorted(backend.arrived) == list(range(1, 15))
                await arun(_open(slow))
                return [(await first).text, *[page.text async for page in pages]]

    assert asyncio.run(read()) == [f"page {page}" for page in range(1, 21)]
    assert max(backend.beside) <= 2


async def _take(pages: AsyncGenerator[PageResult, None]) -> PageResult:
    return await anext(pages)


def test_reading_goes_on_while_the_caller_works_on_a_page() -> None:
    backend = PagedScript({page: ["text"] for page in range(1, 6)})
    with (
        open_script(backend) as engine,
        closing(iter_pages(write_numbers(5), engine=engine, options=PATIENT)) as pages,
    ):
        next(pages)
        waiting = threading.Event()
        for _ in range(500):
            if len(backend.arrived) == 5:
                break
            waiting.wait(0.01)
        assert len(backend.arrived) == 5


def test_closing_early_aborts_every_request_and_ends_the_renderer() -> None:
    held: dict[int, list[ScriptStep]] = {page: [ScriptedReply(hold=asyncio.Event())] for page in range(2, 31)}
    backend = PagedScript({1: ["first"], **held})

    async def read_one() -> None:
        async with open_script(backend) as engine:
            options = ReadingOptions(concurrency=6, orientation="as_is")
            pages = aiter_pages(write_numbers(30), engine=engine, options=options)
            async with aclosing(pages):
                assert (await anext(pages)).text == "first"
                while engine.running < 6:
                    await asyncio.sleep(0)
            assert engine.running == 0
            assert asyncio.all_tasks() == {asyncio.current_task()}

    before = child_pids()
    asyncio.run(read_one())
    assert child_pids() <= before


def test_cancelling_the_caller_aborts_every_request() -> None:
    backend = PagedScript({page: [ScriptedReply(hold=asyncio.Event())] for page in range(1, 7)})

    async def cancel() -> None:
        async with open_script(backend) as engine:
            reading = asyncio.create_task(aread_document(write_numbers(6), engine=engine, options=PATIENT))
            while engine.running < 6:
                await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert engine.running == 0

    asyncio.run(cancel())


def test_the_four_forms_take_the_same_arguments() -> None:
    forms = [inspect.signature(form) for form in (aiter_pages, iter_pages, aread_document, read_document)]
    assert len({tuple(form.parameters.values()) for form in forms}) == 1


def test_results_are_named_after_what_was_read() -> None:
    with open_script(PagedScript({1: ["a", "b", "c"]})) as engine:
        names = [
            read_document(draw_number(1), engine=engine).source,
            read_document(write_numbers(1), engine=engine).source,
            read_document(write_numbers(1), engine=engine, name="scan.tiff").pages[0].source,
        ]
    assert names == ["<image>", "<bytes>", "scan.tiff"]


def test_the_text_of_a_document_has_a_piece_for_every_page() -> None:
    document, _ = read_script({1: ["one\ftwo"], 2: [EngineError("failed")], 3: ["three"]})
    assert [piece.strip("\n") for piece in document.text.split("\f")] == ["one\ntwo", "", "three"]
