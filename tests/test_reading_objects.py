"""The mode `json`: one object a page that satisfies a schema. The first test runs the engine; the rest is scripted,
because the demo checkpoint cannot be told to break a schema."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest
from PIL import Image
from pydantic import BaseModel, Field, field_validator

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.messages import JSONSchemaConstraint
from nemotron_vl_integrations.page_result import Mode, PageResult
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from nemotron_vl_integrations.reading.page_task import PageSchema
from tests.paged_script import PagedScript, draw_number, open_script, write_numbers

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
TOTAL = {
    "type": "object",
    "properties": {"total": {"type": "number", "multipleOf": 0.5}},
    "required": ["total"],
}
OPTIONS = ReadingOptions(orientation="as_is")
CUT = ScriptedReply(text='{"total": 4', finish_reason="length")
LOOP = ScriptedReply(text='{"total": 4444', finish_reason="repetition")


class Receipt(BaseModel):
    date: str | None = Field(description="Date as printed", max_length=40)
    total: str | None = Field(description="Total as printed", max_length=20)


class Even(BaseModel):
    total: int

    @field_validator("total")
    @classmethod
    def _even(cls, total: int) -> int:
        if total % 2:
            raise ValueError("odd")
        return total


def read_object(
    *steps: ScriptStep, schema: PageSchema = TOTAL, options: ReadingOptions = OPTIONS
) -> tuple[PageResult, PagedScript]:
    backend = PagedScript({1: steps})
    with open_script(backend) as engine:
        document = read_document(draw_number(1), mode="json", schema=schema, engine=engine, options=options)
    return document.pages[0], backend


def test_the_engine_reads_a_page_as_an_object(engine: Engine) -> None:
    scan = SAMPLES / "receipt.png"
    document = read_document(scan, mode="json", schema=Receipt, engine=engine, max_tiles=4)
    (page,) = document.pages
    assert page.status == "read"
    assert page.confidence is not None
    assert Receipt.model_validate_json(page.text).total == "31.80"


def test_the_model_is_asked_for_the_fields_and_held_to_the_schema() -> None:
    page, backend = read_object('{"total": 4.5}')
    assert (page.status, page.text, page.attempts) == ("read", '{"total": 4.5}', 1)
    assert "- total (number)" in backend.prompts[0].text
    constraint = backend.samplings[0].constraint
    assert isinstance(constraint, JSONSchemaConstraint)
    assert constraint.schema["required"] == ["total"]


@pytest.mark.parametrize("first", ['{"total": 4.3}', '{"total": 4', "[]", CUT, LOOP])
def test_an_object_that_does_not_do_is_drawn_again(first: ScriptStep) -> None:
    page, backend = read_object(first, '{"total": 4.5}')
    assert (page.status, page.text) == ("retried", '{"total": 4.5}')
    assert [sampling.temperature for sampling in backend.samplings] == [0.0, 0.3]


def test_what_breaks_the_schema_is_said_and_nothing_of_it_is_handed_out() -> None:
    page, _ = read_object(*['{"total": 4.3}'] * 9)
    assert (page.status, page.text) == ("failed", "")
    assert "total: 4.3 is not a multiple of 0.5" in page.reason


def test_a_model_checks_with_its_own_rules() -> None:
    page, _ = read_object('{"total": 3}', '{"total": 4}', schema=Even)
    assert (page.status, page.text) == ("retried", '{"total": 4}')
    failed, _ = read_object('{"total": 3}', schema=Even, options=ReadingOptions(max_attempts=1))
    assert "total: Value error, odd" in failed.reason


@pytest.mark.parametrize("broken", [CUT, LOOP])
def test_an_object_is_neither_continued_nor_joined_from_halves(broken: ScriptStep) -> None:
    page, backend = read_object(*[broken] * 9)
    assert (page.status, page.text) == ("failed", "")
    assert {prompt.text.endswith("<think></think>") for prompt in backend.prompts} == {True}
    sizes = [prompt.images[0].size for prompt in backend.prompts]
    assert sizes == [(512, 512), (512, 512), (1536, 1536), (512, 512)]


def test_equal_rows_are_no_loop() -> None:
    rows = json.dumps({"rows": [{"name": "ink", "amount": "4.50"}] * 30})
    item = {"type": "object", "properties": {"name": {"type": "string"}, "amount": {"type": "string"}}}
    schema = {"type": "object", "properties": {"rows": {"type": "array", "items": item}}}
    page, _ = read_object(rows, schema=schema)
    assert (page.status, page.text) == ("read", rows)


def test_a_page_of_one_colour_has_no_object() -> None:
    white = Image.new("RGB", (512, 512), "white")
    with open_script(ScriptedBackend([])) as engine:
        (page,) = read_document(white, mode="json", schema=TOTAL, engine=engine).pages
    assert (page.status, page.text, page.attempts) == ("blank", "", 0)


def test_the_ledger_tells_schemas_apart(tmp_path: Path) -> None:
    total = cast("Mapping[str, object]", TOTAL)
    schemas: Sequence[Mapping[str, object]] = [total, {**total, "additionalProperties": False}, total]
    backend = PagedScript({1: ['{"total": 4.5}', '{"total": 5}']})
    with Ledger(tmp_path / "pages.ledger") as ledger, open_script(backend) as engine:
        documents = [
            read_document(
                write_numbers(1), mode="json", schema=schema, engine=engine, options=OPTIONS, ledger=ledger
            )
            for schema in schemas
        ]
    assert [document.text for document in documents] == ['{"total": 4.5}', '{"total": 5}', '{"total": 4.5}']
    assert [document.pages[0].from_ledger for document in documents] == [False, False, True]


@pytest.mark.parametrize(
    ("mode", "schema", "complaint"),
    [
        ("json", None, "needs a schema"),
        ("text", TOTAL, "does nothing in mode='text'"),
        ("json", {"type": "array"}, "root"),
        ("json", [], "a JSON schema as a dict"),
    ],
)
def test_a_schema_that_does_not_fit_the_mode_is_refused(
    mode: Mode, schema: PageSchema | None, complaint: str
) -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError) as caught:
        read_document(draw_number(1), mode=mode, schema=schema, engine=engine)
    assert complaint in f"{caught.value} {caught.value.hint}"


def test_the_turn_of_a_page_is_asked_for_in_words_and_not_as_an_object() -> None:
    # Squares without lines of text leave a doubt, and an uncertain answer makes it a question.
    doubtful = ScriptedReply(text='{"total": 4.5}', logprob=-2.0)
    looked = [ScriptedReply(text="", logprob=-2.0)] * 4
    page, backend = read_object(doubtful, *looked, options=ReadingOptions())
    assert (page.status, page.attempts) == ("read", 5)
    assert [sampling.constraint is None for sampling in backend.samplings] == [False, *[True] * 4]
    assert all("total" not in prompt.text for prompt in backend.prompts[1:])
