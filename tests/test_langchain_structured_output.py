"""Answers that follow a schema, on a script: what the engine is asked for, what the caller gets, what is refused."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypedDict

import pytest
from langchain_core.exceptions import ModelInvalidRequestError, OutputParserException
from langchain_core.messages import AIMessage
from pydantic import BaseModel
from pydantic.v1 import BaseModel as BaseModelV1

from nemotron_vl_integrations.backends.scripted import ScriptedReply
from nemotron_vl_integrations.engine.reply_constraint import ReplyConstraint
from nemotron_vl_integrations.errors import ExtractionError, TruncatedError
from nemotron_vl_integrations.messages import ChoiceConstraint, JSONSchemaConstraint
from tests.scripted_chat import find_page, open_chat


class Letter(BaseModel):
    """A letter."""

    sender: str
    pages: int


class LetterTable(TypedDict):
    """A letter."""

    sender: str
    pages: int


@dataclass(frozen=True)
class LetterData:
    """A letter."""

    sender: str
    pages: int


class LetterV1(BaseModelV1):
    """A letter."""

    sender: str
    pages: int


class Kind(Enum):
    LETTER = "letter"
    BILL = "bill"


LETTER = '{"sender": "Anna", "pages": 2}'


SCHEMAS: dict[str, tuple[Any, str, object]] = {
    "a pydantic model": (Letter, "Letter", Letter(sender="Anna", pages=2)),
    "a model of pydantic 1": (LetterV1, "LetterV1", LetterV1(sender="Anna", pages=2)),
    "a data class": (LetterData, "LetterData", LetterData("Anna", 2)),
    "a typed dict": (LetterTable, "LetterTable", {"sender": "Anna", "pages": 2}),
    "a JSON schema": (Letter.model_json_schema(), "Letter", {"sender": "Anna", "pages": 2}),
}


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize("method", ["json_schema", "json_mode", "function_calling"])
def test_answers_follow_a_schema(
    kind: str, method: Literal["json_schema", "json_mode", "function_calling"]
) -> None:
    schema, name, wanted = SCHEMAS[kind]
    call = f'<TOOLCALL>[{{"name": "{name}", "arguments": {LETTER}}}]</TOOLCALL>'
    chat, backend = open_chat([call if method == "function_calling" else LETTER] * 2)
    assert chat.with_structured_output(schema, method=method).invoke("Who wrote?") == wanted
    told: Any = chat.with_structured_output(schema, method=method, include_raw=True).invoke("Who wrote?")
    assert (told["parsed"], told["parsing_error"], isinstance(told["raw"], AIMessage)) == (wanted, None, True)
    wanted_form = ReplyConstraint if method == "function_calling" else JSONSchemaConstraint
    assert all(isinstance(sampling.constraint, wanted_form) for sampling in backend.samplings)


def test_options_may_stand_beside_the_form_of_an_answer() -> None:
    chat, backend = open_chat([LETTER, "bill"])
    chat.with_structured_output(Letter, max_tokens=40).invoke("Who wrote?")
    chat.with_structured_output(Kind, seed=3).invoke("What is it?")
    assert (backend.samplings[0].max_tokens, backend.samplings[1].seed) == (40, 3)


def test_a_schema_may_come_in_openais_wrapping() -> None:
    wrapped = {"type": "json_schema", "json_schema": {"name": "a", "schema": Letter.model_json_schema()}}
    answer = open_chat([LETTER])[0].with_structured_output(wrapped).invoke("Who wrote?")
    assert answer == {"sender": "Anna", "pages": 2}


LIST_SCHEMA = {"title": "Pages", "type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"schema": Letter, "method": "function"}, "`method='function'` does not exist"),
        ({"schema": Letter, "tools": [find_page]}, "bind_tools"),
        ({"schema": LIST_SCHEMA}, "root is of type 'array'"),
        ({"schema": LIST_SCHEMA, "method": "function_calling"}, "root is of type 'array'"),
        ({"schema": {}}, "a JSON schema with `properties`"),
        ({"schema": list[Letter]}, "a pydantic model, a typed dict"),
        ({"schema": None}, "only for `method='json_mode'`"),
    ],
)
def test_a_form_that_cannot_be_asked_for_is_refused_before_the_first_call(
    arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ModelInvalidRequestError, match=reason):
        open_chat([])[0].with_structured_output(**arguments)


def test_answers_are_one_of_a_few_values() -> None:
    chat, backend = open_chat(["bill", "no"])
    assert chat.with_structured_output(Kind).invoke("What is it?") is Kind.BILL
    assert chat.with_structured_output(Literal["yes", "no"]).invoke("Is it?") == "no"
    assert [sampling.constraint for sampling in backend.samplings] == [
        ChoiceConstraint(("letter", "bill")),
        ChoiceConstraint(("yes", "no")),
    ]


def test_an_answer_that_was_cut_is_an_error_or_told_with_the_message() -> None:
    cut = ScriptedReply(text='{"sender": "An', finish_reason="length")
    chat, _ = open_chat([cut, cut])
    with pytest.raises(OutputParserException, match="cut by `max_tokens`") as error:
        chat.with_structured_output(Letter).invoke("Who wrote?")
    assert isinstance(error.value, TruncatedError)
    assert error.value.llm_output == '{"sender": "An'
    told: Any = chat.with_structured_output(Letter, include_raw=True).invoke("Who wrote?")
    assert (told["raw"].text, told["parsed"]) == ('{"sender": "An', None)
    assert isinstance(told["parsing_error"], OutputParserException)


def test_an_answer_that_went_round_in_circles_says_what_helps() -> None:
    looped = ScriptedReply(text='{"sender": "An An An', finish_reason="repetition")
    with pytest.raises(TruncatedError, match="repetition_penalty"):
        open_chat([looped])[0].with_structured_output(Letter).invoke("Who wrote?")


def test_a_whole_answer_that_does_not_fit_is_an_error_of_its_own() -> None:
    with pytest.raises(OutputParserException, match="values do not fit") as error:
        open_chat(['{"sender": "Anna", "pages": "two"}'])[0].with_structured_output(Letter).invoke("Who?")
    assert isinstance(error.value, ExtractionError)


CALL = f'<TOOLCALL>[{{"name": "LetterTable", "arguments": {LETTER}}}]</TOOLCALL>'


@pytest.mark.parametrize(
    ("schema", "method", "script"),
    [
        (LetterTable, "json_schema", LETTER),
        (Letter.model_json_schema(), "json_mode", LETTER),
        (None, "json_mode", LETTER),
        (LetterTable, "function_calling", CALL),
    ],
)
def test_an_answer_that_is_a_dict_grows_while_it_streams(schema: Any, method: Any, script: str) -> None:  # noqa: ANN401 - any schema and method
    chat, _ = open_chat([script] * 2)
    answering = chat.with_structured_output(schema, method=method)

    async def collect() -> list[Any]:
        return [answer async for answer in answering.astream("Who wrote?")]

    answers: list[Any] = list(answering.stream("Who wrote?"))
    assert answers == asyncio.run(collect())
    assert {"sender": "An"} in answers
    assert answers[-1] == {"sender": "Anna", "pages": 2}
    assert answers.count(answers[-1]) == 1


@pytest.mark.parametrize(
    ("schema", "script", "wanted"),
    [
        (Letter, LETTER, Letter(sender="Anna", pages=2)),
        (Kind, "bill", Kind.BILL),
        (Literal["no", "yes"], "no", "no"),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_any_other_answer_comes_once(schema: Any, script: str, wanted: object, whole: bool) -> None:  # noqa: ANN401 - any schema
    chat, _ = open_chat([script], disable_streaming=whole)
    assert list(chat.with_structured_output(schema).stream("Who wrote?")) == [wanted]


def test_an_answer_that_is_cut_while_it_streams_ends_in_an_error() -> None:
    cut = ScriptedReply(text='{"sender": "An', finish_reason="length")
    answers = open_chat([cut])[0].with_structured_output(LetterTable).stream("Who wrote?")
    assert [next(answers) for _ in range(2)] == [{}, {"sender": ""}]
    with pytest.raises(TruncatedError, match="max_tokens"):
        list(answers)
