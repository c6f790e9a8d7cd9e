import asyncio
import datetime
import inspect
import json
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

import pytest
from PIL import Image
from pydantic import BaseModel, Field, field_validator

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    EngineError,
    ExtractionError,
    InvalidRequestError,
    PageRenderError,
    TruncatedError,
)
from nemotron_vl_integrations.extraction import aextract_fields, extract_fields
from nemotron_vl_integrations.messages import JSONSchemaConstraint, Sampling
from tests.paged_script import PagedScript, draw_number, draw_text, open_script, write_numbers, write_tiff

TOTAL = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}


class Line(BaseModel):
    name: str = Field(max_length=6)
    amount: Decimal


class Invoice(BaseModel):
    """An invoice."""

    number: str = Field(description="Invoice number,\nat the top right")
    date: datetime.date
    status: Literal["paid", "open"] = "open"
    lines: list[Line]
    note: str | None = None


INVOICE = {
    "number": "A-7",
    "date": "2026-03-12",
    "status": "paid",
    "lines": [{"name": "ink", "amount": "4.50"}],
}


def constraint_of(sampling: Sampling) -> dict[str, object]:
    assert isinstance(sampling.constraint, JSONSchemaConstraint)
    return dict(sampling.constraint.schema)


class Item(BaseModel):
    name: str = Field(max_length=6)
    count: int = Field(ge=0, le=99)


class Answers(BaseModel):
    paid: bool
    colour: Literal["red", "green"]
    copies: int = Field(ge=1, le=9)
    code: str = Field(pattern=r"[A-C]{2}")
    items: list[Item] = Field(min_length=1, max_length=2)


class Part(BaseModel):
    name: Literal["bolt", "nut"]
    parts: list["Part"] = Field(max_length=1)


def test_the_engine_answers_in_the_form_of_a_pydantic_model(engine: Engine) -> None:
    fields = extract_fields(draw_text("Two copies, paid."), Answers, engine=engine)
    assert 1 <= fields.copies <= 9
    assert set(fields.code) <= set("ABC")
    assert 1 <= len(fields.items) <= 2


def test_the_engine_answers_in_the_form_of_a_json_schema(engine: Engine) -> None:
    schema = {
        "type": "object",
        "properties": {"paid": {"enum": ["yes", "no", None]}, "copies": {"$ref": "#/$defs/digit"}},
        "required": ["paid", "copies"],
        "additionalProperties": False,
        "$defs": {"digit": {"type": "integer", "minimum": 0, "maximum": 9}},
    }
    fields = extract_fields(draw_text("Two copies, paid."), schema, engine=engine)
    assert list(fields) == ["paid", "copies"]


def test_the_engine_takes_the_relaxed_schema_of_several_pages(engine: Engine) -> None:
    pages = write_tiff([draw_text("Two copies."), draw_text("Paid.")])
    schema = {
        "type": "object",
        "properties": {
            "paid": {"type": "boolean"},
            "copies": {"type": "integer", "minimum": 0, "maximum": 9},
        },
    }
    assert set(extract_fields(pages, schema, engine=engine)) <= {"paid", "copies"}


def test_a_pydantic_model_is_filled_in() -> None:
    with open_script(ScriptedBackend([json.dumps(INVOICE)])) as engine:
        invoice = extract_fields(draw_number(1), Invoice, engine=engine)
    assert invoice == Invoice(
        number="A-7",
        date=datetime.date(2026, 3, 12),
        status="paid",
        lines=[Line(name="ink", amount=Decimal("4.50"))],
    )


def test_a_json_schema_gives_a_dict() -> None:
    with open_script(ScriptedBackend(['{"total": 42.5}'])) as engine:
        assert extract_fields(draw_number(1), TOTAL, engine=engine) == {"total": 42.5}


def test_the_request_lists_the_fields_and_forces_the_schema() -> None:
    backend = ScriptedBackend([json.dumps(INVOICE)])
    with open_script(backend) as engine:
        extract_fields(draw_number(1), Invoice, engine=engine)
    (prompt,), (sampling,) = backend.prompts, backend.samplings
    listed = [line for line in prompt.text.splitlines() if line.startswith("- ")]
    assert listed == [
        "- number (string): Invoice number, at the top right",
        "- date (date)",
        "- status ('paid' or 'open')",
        "- lines (list of object)",
        "- lines[].name (string)",
        "- lines[].amount (number or string)",
        "- note (string or null)",
    ]
    schema = constraint_of(sampling)
    assert schema["required"] == ["number", "date", "lines"]
    assert "description" not in schema
    assert sampling.temperature == 0.0


def test_several_pages_are_merged_in_order() -> None:
    backend = PagedScript(
        {
            1: ['{"number": null, "date": null, "status": null, "lines": null, "note": "first"}'],
            2: [json.dumps({**INVOICE, "note": "second"})],
            3: [json.dumps({"number": "B-8", "lines": [{"name": "pen", "amount": 2}], "note": None})],
        }
    )  # fmt: skip
    with open_script(backend) as engine:
        invoice = extract_fields(write_numbers(3), Invoice, engine=engine)
    assert (invoice.number, invoice.date, invoice.status) == ("A-7", datetime.date(2026, 3, 12), "paid")
    assert [line.name for line in invoice.lines] == ["ink", "pen"]
    assert invoice.note == "first"
    assert constraint_of(backend.samplings[0])["required"] == ["number", "date", "status", "lines", "note"]


def test_a_field_that_no_page_shows_takes_its_default_or_is_named() -> None:
    empty = '{"number": "A-7", "date": null, "status": null, "lines": null, "note": null}'
    with (
        open_script(PagedScript({1: [empty], 2: [empty]})) as engine,
        pytest.raises(ExtractionError, match="date: Field required; lines: Field required"),
    ):
        extract_fields(write_numbers(2), Invoice, engine=engine)
    with open_script(PagedScript({1: ['{"total": null}'], 2: ['{"total": null}']})) as engine:
        optional = {**TOTAL, "required": []}
        assert extract_fields(write_numbers(2), optional, engine=engine) == {}


def test_pages_restricts_what_is_asked() -> None:
    backend = PagedScript({2: ['{"total": 2}']})
    with open_script(backend) as engine:
        assert extract_fields(write_numbers(3), TOTAL, "2", engine=engine) == {"total": 2}
    assert constraint_of(backend.samplings[0])["properties"] == {"total": {"type": "number"}}


def test_a_page_of_one_colour_shows_nothing_and_is_not_asked() -> None:
    backend = PagedScript({1: ['{"total": 7}']})
    blank = Image.new("RGB", (512, 512), "white")
    with open_script(backend) as engine:
        assert extract_fields(write_tiff([blank, draw_number(1)]), TOTAL, engine=engine) == {"total": 7}
        with pytest.raises(ExtractionError, match="total: missing"):
            extract_fields(blank, TOTAL, engine=engine)
    assert len(backend.prompts) == 1


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (
            ScriptedReply(text='{"total": 4', finish_reason="length"),
            TruncatedError,
            r"page 1 .*\{\"total\": 4",
        ),
        (ScriptedReply(text='{"total": 44', finish_reason="repetition"), ExtractionError, "repeated itself"),
        (ScriptedReply(text="{", finish_reason="abort"), ExtractionError, "page 1"),
        ('{"total": "4"}', ExtractionError, "total: '4' is not of type 'number'"),
        ("{}", ExtractionError, "total: missing"),
        ("[1]", ExtractionError, "not an object"),
        ("total 4", ExtractionError, "not JSON"),
        ('{"total": NaN}', ExtractionError, "not JSON"),
        ('{"total": 1e999}', ExtractionError, "not JSON"),
        (ScriptedReply(pieces=("[" * 100_000,)), ExtractionError, "not JSON"),
        (EngineError("vLLM failed"), EngineError, "vLLM failed"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_error(
    reply: ScriptStep, error: type[Exception], message: str
) -> None:
    with open_script(ScriptedBackend([reply])) as engine, pytest.raises(error, match=message):
        extract_fields(draw_number(1), TOTAL, engine=engine)


def test_the_check_of_the_model_itself_names_the_field_and_the_answer() -> None:
    class Checked(BaseModel):
        total: int

        @field_validator("total")
        @classmethod
        def be_even(cls, value: int) -> int:
            if value % 2:
                raise ValueError("must be even")
            return value

    with (
        open_script(ScriptedBackend(['{"total": 3}'])) as engine,
        pytest.raises(ExtractionError, match=r"total: .*must be even.*\"total\": 3"),
    ):
        extract_fields(draw_number(1), Checked, engine=engine)


def test_a_page_that_cannot_be_read_is_raised_and_ends_the_rest() -> None:
    huge = Image.new("1", (11_000, 11_000))
    backend = PagedScript({1: ['{"total": 1}'], 3: [ScriptedReply(hold=asyncio.Event())]})
    with open_script(backend) as engine:
        with pytest.raises(PageRenderError, match="Page 2"):
            extract_fields(write_tiff([draw_number(1), huge, draw_number(3)]), TOTAL, engine=engine)
        assert engine.running == 0


def test_a_schema_is_refused_before_the_document_is_opened() -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match="'not'"):
        extract_fields("no/such.pdf", {**TOTAL, "not": {}}, engine=engine)


def test_what_is_no_engine_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match="`engine='demo'`"):
        extract_fields(draw_number(1), TOTAL, engine=cast("Engine", "demo"))


def test_a_recursive_model_can_be_extracted() -> None:
    text = '{"name": "bolt", "parts": [{"name": "nut", "parts": []}]}'
    with open_script(ScriptedBackend([text])) as engine:
        part = extract_fields(draw_number(1), Part, engine=engine)
    assert part.parts[0].name == "nut"


def test_both_forms_take_the_same_arguments() -> None:
    assert inspect.signature(extract_fields) == inspect.signature(aextract_fields)


def test_one_text_is_one_password() -> None:
    path = Path(__file__).parent.parent / "samples" / "letter.pdf"
    with open_script(ScriptedBackend(['{"total": 4}'] * 2)) as engine:
        assert extract_fields(path, TOTAL, passwords="secret", engine=engine) == {"total": 4}
        with pytest.raises(InvalidRequestError, match=r"`passwords\[0\]=None`"):
            extract_fields(path, TOTAL, passwords=cast("list[str]", [None]), engine=engine)


def test_a_cut_answer_is_shown_cut() -> None:
    reply = ScriptedReply(text='{"total": "' + "x" * 5000, finish_reason="length")
    with open_script(ScriptedBackend([reply])) as engine, pytest.raises(TruncatedError) as caught:
        extract_fields(draw_text("Total"), TOTAL, engine=engine)
    assert len(str(caught.value)) < 600
