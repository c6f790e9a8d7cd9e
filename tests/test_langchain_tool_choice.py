"""Calls of tools that are forced, limited or strict, through the chat model."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import pytest
from jsonschema.validators import validator_for
from langchain_core.exceptions import ModelInvalidRequestError, OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain import ChatNemotronVL
from nemotron_vl_integrations.messages import ReplyConstraint
from tests.drawn_schemas import draw_schemas
from tests.paged_script import open_script
from tests.scripted_chat import add_up


@tool
def find_page(number: int) -> str:
    """Find a page by its number."""
    return f"Page {number}"


@tool
def say_date() -> str:
    """Say which day it is."""
    return "Monday"


class Letter(BaseModel):
    """A letter."""

    sender: str = Field(max_length=20)
    pages: int = Field(ge=1, le=9)


TOOLS = [find_page, say_date]
CALL = '{"name": "find_page", "arguments": {"number": 3}}'
ANSWER = {"type": "json_schema", "json_schema": {"name": "Letter", "schema": Letter.model_json_schema()}}


def constrain(script: str = "Hello.", **bound: Any) -> ReplyConstraint | None:  # noqa: ANN401 - options of a call
    """What the engine was asked to enforce."""
    backend = ScriptedBackend([script])
    ChatNemotronVL(engine=open_script(backend)).bind_tools(TOOLS, **bound).invoke("Look.")
    constraint = backend.samplings[0].constraint
    assert constraint is None or isinstance(constraint, ReplyConstraint)
    return constraint


def call_names(constraint: ReplyConstraint | None) -> list[str]:
    return [] if constraint is None else [spec.name for spec in constraint.tools]


FORCED: list[Any] = ["any", "required", True, {"type": "any"}]
NAMED: list[Any] = [
    "find_page",
    {"type": "function", "function": {"name": "find_page"}},
    {"type": "tool", "name": "find_page"},
    {"name": "find_page"},
]


@pytest.mark.parametrize("choice", FORCED)
def test_a_choice_that_forces_a_call_leaves_nothing_else(choice: Any) -> None:  # noqa: ANN401 - any form of a choice
    constraint = constrain(tool_choice=choice)
    assert constraint is not None
    assert (call_names(constraint), constraint.parallel) == (["find_page", "say_date"], True)
    assert (constraint.answer, constraint.free_text) == (None, False)


@pytest.mark.parametrize("choice", NAMED)
def test_a_choice_that_names_a_tool_forces_one_call_of_it(choice: Any) -> None:  # noqa: ANN401 - any form of a choice
    constraint = constrain(tool_choice=choice)
    assert constraint is not None
    assert (call_names(constraint), constraint.parallel) == (["find_page"], False)


@pytest.mark.parametrize("choice", [None, "auto", False, "none", {"type": "auto"}])
def test_other_choices_force_nothing(choice: Any) -> None:  # noqa: ANN401 - any form of a choice
    assert constrain(tool_choice=choice) is None


@pytest.mark.parametrize(
    "choice",
    ["burn_page", {"type": "tool", "name": "burn_page"}, 7, {"tool": "find_page"}, ["find_page"], find_page],
)
def test_a_choice_that_cannot_be_made_is_refused_by_name(choice: Any) -> None:  # noqa: ANN401 - any form of a choice
    with pytest.raises(ModelInvalidRequestError, match="tool_choice"):
        constrain(tool_choice=choice)


def test_a_forced_call_without_tools_is_refused() -> None:
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend([])))
    with pytest.raises(ModelInvalidRequestError, match="names no tool"):
        chat.bind_tools([], tool_choice="any").invoke("Look.")


@pytest.mark.parametrize("choice", ["auto", "any"])
def test_parallel_calls_can_be_forbidden(choice: str) -> None:
    constraint = constrain(tool_choice=choice, parallel_tool_calls=False)
    assert constraint is not None
    assert (constraint.parallel, constraint.free_text) == (False, choice == "auto")


def test_strict_calls_that_the_model_chooses_are_constrained_too() -> None:
    constraint = constrain(strict=True)
    assert constraint is not None
    assert (constraint.free_text, constraint.parallel) == (True, True)
    assert constraint.tools[0].parameters["additionalProperties"] is False


def test_tools_and_a_form_of_the_answer_mean_a_call_or_the_answer() -> None:
    constraint = constrain(response_format=ANSWER)
    assert constraint is not None
    assert (call_names(constraint), constraint.answer is not None) == (["find_page", "say_date"], True)


def test_several_calls_of_one_reply_come_in_their_order() -> None:
    calls = f'<TOOLCALL>[{CALL}, {{"name": "say_date", "arguments": {{}}}}]</TOOLCALL>'
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend([calls])))
    reply = chat.bind_tools(TOOLS, tool_choice="any").invoke("Look.")
    assert [(call["name"], call["args"]) for call in reply.tool_calls] == [
        ("find_page", {"number": 3}),
        ("say_date", {}),
    ]


def test_a_forced_call_that_is_cut_is_an_invalid_one_with_the_reason() -> None:
    cut = ScriptedReply(text=f"<TOOLCALL>[{CALL[:30]}", finish_reason="length")
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend([cut])))
    reply = chat.bind_tools(TOOLS, tool_choice="any").invoke("Look.")
    assert (reply.tool_calls, reply.response_metadata["finish_reason"]) == ([], "length")
    assert [bool(call["error"]) for call in reply.invalid_tool_calls] == [True]


@pytest.mark.parametrize("limit", [12, 16, 20])
def test_a_forced_call_that_is_cut_while_it_streams_is_never_carried_out(engine: Engine, limit: int) -> None:
    chat = ChatNemotronVL(engine=engine, max_tokens=limit).bind_tools(TOOLS, tool_choice="find_page")
    reply = add_up(list(chat.stream("Find page 1234567.")))
    assert len(reply.tool_calls) + len(reply.invalid_tool_calls) == 1
    assert bool(reply.tool_calls) == (reply.response_metadata["finish_reason"] == "stop")


KEYWORDS: list[tuple[str, dict[str, Any]]] = [
    ("multipleOf", {"type": "integer", "multipleOf": 5}),
    ("uniqueItems", {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}),
    ("patternProperties", {"type": "object", "patternProperties": {"^a": {}}}),
    ("format", {"type": "string", "format": "iban"}),
    ("pattern", {"type": "string", "pattern": "^(?!no).*$"}),
]


@pytest.mark.parametrize(("keyword", "schema"), KEYWORDS)
@pytest.mark.parametrize("bound", [{"tool_choice": "any"}, {"strict": True}])
def test_a_keyword_that_cannot_be_enforced_is_refused_by_name(
    keyword: str, schema: dict[str, Any], bound: dict[str, Any]
) -> None:
    spec = {"name": "record", "parameters": {"type": "object", "properties": {"value": schema}}}
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend(["Hello."])))
    with pytest.raises(ModelInvalidRequestError, match=repr(keyword)):
        chat.bind_tools([spec], **bound).invoke("Look.")
    assert chat.bind_tools([spec]).invoke("Look.").text == "Hello."


def test_function_calling_gives_an_instance_from_a_forced_call() -> None:
    call = '<TOOLCALL>[{"name": "Letter", "arguments": {"sender": "Anna", "pages": 2}}]</TOOLCALL>'
    backend = ScriptedBackend([call])
    chat = ChatNemotronVL(engine=open_script(backend))
    answer = chat.with_structured_output(Letter, method="function_calling").invoke("Who wrote?")
    constraint = backend.samplings[0].constraint
    assert answer == Letter(sender="Anna", pages=2)
    assert isinstance(constraint, ReplyConstraint)
    assert (call_names(constraint), constraint.parallel) == (["Letter"], False)


def test_function_calling_takes_a_schema_whose_title_is_no_name() -> None:
    schema = {"title": "A letter!", "type": "object", "properties": {"pages": {"type": "integer"}}}
    call = '<TOOLCALL>[{"name": "A_letter_", "arguments": {"pages": 2}}]</TOOLCALL>'
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend([call])))
    assert chat.with_structured_output(schema, method="function_calling").invoke("Who?") == {"pages": 2}


def test_function_calling_that_is_cut_says_why_there_is_no_answer() -> None:
    cut = ScriptedReply(text='<TOOLCALL>[{"name": "Letter", "arguments": {"se', finish_reason="length")
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend([cut, cut])))
    structured = chat.with_structured_output(Letter, method="function_calling")
    with pytest.raises(OutputParserException, match="cut by `max_tokens`"):
        structured.invoke("Who wrote?")
    told: Any = chat.with_structured_output(Letter, method="function_calling", include_raw=True).invoke(
        "Who?"
    )
    assert (told["parsed"], len(told["raw"].invalid_tool_calls)) == (None, 1)


def check_calls(schemas: Sequence[dict[str, Any]], replies: Sequence[AIMessage]) -> int:
    """How many replies ended by themselves; each of them holds one call that satisfies its schema."""
    ended = 0
    for schema, reply in zip(schemas, replies, strict=True):
        if reply.response_metadata["finish_reason"] != "stop":
            assert reply.tool_calls == []
            continue
        ended += 1
        (call,) = reply.tool_calls
        assert reply.invalid_tool_calls == []
        validator_for(schema)(schema).validate(call["args"])
    return ended


@pytest.mark.parametrize(
    "count", [12, pytest.param(200, marks=[pytest.mark.proof, pytest.mark.timeout(3000)])]
)
def test_every_forced_call_that_ends_satisfies_its_schema(engine: Engine, count: int) -> None:
    chat = ChatNemotronVL(engine=engine, max_tokens=300, temperature=1.0, seed=5)
    schemas = draw_schemas(count)

    def call(number: int) -> AIMessage:
        bound = chat.bind_tools([{"name": "record", "parameters": schemas[number]}], tool_choice="record")
        if number % 2:
            return add_up(list(bound.stream("Record something.")))
        return bound.invoke("Record something.")

    with ThreadPoolExecutor(16) as threads:
        replies = list(threads.map(call, range(count)))
    ended = check_calls(schemas, replies)
    print(f"{ended} of {count} forced calls ended by themselves, and all of these satisfy their schema")
    assert ended > 0.9 * count


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_the_engine_fills_a_model(engine: Engine, method: Literal["json_schema", "function_calling"]) -> None:
    chat = ChatNemotronVL(engine=engine, max_tokens=80)
    answer = chat.with_structured_output(Letter, method=method).invoke("Anna wrote a letter of 2 pages.")
    assert isinstance(answer, Letter)


def test_the_engine_calls_what_it_is_told_to(engine: Engine) -> None:
    chat = ChatNemotronVL(engine=engine, max_tokens=80)
    named = chat.bind_tools(TOOLS, tool_choice="say_date").invoke("Find page 3.")
    assert [(call["name"], call["args"]) for call in named.tool_calls] == [("say_date", {})]
    single = chat.bind_tools(TOOLS, tool_choice="any", parallel_tool_calls=False).invoke("Find page 3.")
    assert len(single.tool_calls) == 1
    free = chat.bind_tools(TOOLS, parallel_tool_calls=False, strict=True).invoke("Hello")
    assert free.text or free.tool_calls
