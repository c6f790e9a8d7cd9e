"""Reading the fields of pages: in the window, the statuses and the ledger of any reading."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.errors import EngineDiedError
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.messages import JSON, JSONSchemaConstraint
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.pipeline import (
    DocumentToRead,
    PageDone,
    ReadingRun,
    read_documents,
)
from tests.paged_script import PagedScript, draw_number, open_script, write_numbers, write_tiff

TOTAL: dict[str, JSON] = {
    "type": "object",
    "properties": {"total": {"type": "number"}},
    "required": ["total"],
}


def read(
    source: bytes,
    backend: ScriptedBackend,
    *,
    schema: dict[str, JSON] | None = TOTAL,
    ledger: Ledger | None = None,
    options: ReadingOptions | None = None,
) -> list[PageResult]:
    async def collect() -> list[PageResult]:
        async with open_script(backend) as engine:
            run = ReadingRun(
                engine=engine,
                mode="text",
                layout="reference",
                max_tiles=12,
                options=options or ReadingOptions(orientation="as_is"),
                ledger=ledger,
                schema=schema,
            )
            events = read_documents([DocumentToRead(source=source, name="scan")], run)
            return [event.page async for event in events if isinstance(event, PageDone)]

    return asyncio.run(collect())


def describe(pages: Sequence[PageResult]) -> list[tuple[str, str]]:
    return [(page.status, page.text) for page in pages]


def test_each_page_gives_the_fields_that_it_shows() -> None:
    backend = PagedScript({1: ['{"total":42.5}'], 2: ['{ "total" : null }']})
    pages = read(write_numbers(2), backend)
    assert describe(pages) == [("read", '{"total": 42.5}'), ("read", '{"total": null}')]
    assert all(page.confidence is not None and page.attempts == 1 for page in pages)
    (constraint,) = {
        json.dumps(sampling.constraint.schema)
        for sampling in backend.samplings
        if isinstance(sampling.constraint, JSONSchemaConstraint)
    }
    assert json.loads(constraint)["properties"] == {
        "total": {"anyOf": [{"type": "number"}, {"type": "null"}]}
    }


def test_a_page_without_ink_is_not_asked_and_shows_nothing() -> None:
    white = draw_number(0).point(lambda _: 255)
    assert describe(read(write_tiff([white]), PagedScript({}))) == [("blank", "")]


def test_a_page_whose_fields_do_not_come_is_failed_with_the_reason_and_costs_no_other() -> None:
    steps: dict[int, Sequence[ScriptStep]] = {
        1: [ScriptedReply(text='{"tot', finish_reason="length")],
        2: [ScriptedReply(text='{"total": ', finish_reason="repetition")],
        3: ['{"total": 1e999}'],
        4: [EngineDiedError("It died."), EngineDiedError("It died.")],
        5: ['{"total": 5}'],
    }
    options = ReadingOptions(orientation="as_is", max_attempts=1, concurrency=1)
    pages = read(write_numbers(5), PagedScript(steps), options=options)
    assert [page.status for page in pages] == ["failed"] * 4 + ["read"]
    assert [page.reason for page in pages] == [
        "The object does not satisfy the schema: it was stopped after 5 characters.",
        "The object does not satisfy the schema: it was stopped after 9 characters because it looped.",
        "The object does not satisfy the schema: it is not JSON (1e999 is beyond the numbers of JSON).",
        "EngineDiedError: It died.",
        "",
    ]


def test_half_a_character_in_a_field_stays_an_escape() -> None:
    schema: dict[str, JSON] = {"type": "object", "properties": {"name": {"type": "string"}}}
    escaped = '{"name": "\\ud83d"}'
    (page,) = read(write_numbers(1), PagedScript({1: [escaped]}), schema=schema)
    assert page.text == escaped


def test_a_documents_own_text_never_takes_the_place_of_fields() -> None:
    options = ReadingOptions(orientation="as_is", text_layer="prefer")
    (page,) = read(write_numbers(1), PagedScript({1: ['{"total": 1}']}), options=options)
    assert page.status == "read"


def test_fields_are_read_once_and_apart_from_the_text(tmp_path: Path) -> None:
    scan = write_numbers(1)
    with Ledger(tmp_path / "pages.ledger") as ledger:
        first = read(scan, PagedScript({1: ['{"total": 1}']}), ledger=ledger)
        again = read(scan, PagedScript({}), ledger=ledger)
        text = read(scan, PagedScript({1: ["One euro."]}), ledger=ledger, schema=None)
        other = read(
            scan,
            PagedScript({1: ['{"sum": 1}']}),
            ledger=ledger,
            schema={"type": "object", "properties": {"sum": {"type": "number"}}},
        )
    assert describe(again) == describe(first) == [("read", '{"total": 1}')]
    assert (again[0].from_ledger, describe(text), describe(other)) == (
        True,
        [("read", "One euro.")],
        [("read", '{"sum": 1}')],
    )
