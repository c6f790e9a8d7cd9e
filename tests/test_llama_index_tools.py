"""Tools and objects with NemotronVL on a script: calls in pieces, choices, calls that are none, partial objects."""

import asyncio
import json
from enum import Enum
from typing import Any, cast

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ToolCallBlock
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, Field, field_validator

from nemotron_vl_integrations.backends.scripted import ScriptedReply
from nemotron_vl_integrations.errors import ExtractionError, InvalidRequestError, TruncatedError
from nemotron_vl_integrations.llama_index.reply_conversion import LEFT_OUT
from nemotron_vl_integrations.llama_index.tool_calling import INVALID_CALL, NoToolCallError
from nemotron_vl_integrations.messages import JSONSchemaConstraint, ReplyConstraint
from tests.scripted_llm import open_llm, write_png

TWO = (
    'Look: <TOOLCALL>[{"name": "zoom", "arguments": {"page": 3, "note": "a\\"b"}}, '
    '{"name": "zoom", "arguments": {"page": 4, "note": ""}}]</TOOLCALL>'
)


def zoom(page: int, note: str = "") -> str:
    """Looks closer at a page."""
    return f"Page {page} {note}"


ZOOM = FunctionTool.from_defaults(zoom)
TOOLS = [ZOOM, FunctionTool.from_defaults(zoom, name="turn")]


def test_calls_are_read_from_every_piece_of_a_stream() -> None:
    llm, _ = open_llm([TWO])
    seen: list[list[tuple[str, str, dict[str, Any]]]] = []
    for chunk in llm.stream_chat_with_tools(TOOLS, user_msg="Look.", allow_parallel_tool_calls=True):
        calls = llm.get_tool_calls_from_response(chunk, error_on_no_tool_call=False)
        seen.append([(call.tool_id, call.tool_name, call.tool_kwargs) for call in calls])
        for told in chunk.message.additional_kwargs.get("tool_calls", []):
            assert told["function"]["name"] == "zoom"
    first, second = seen[-1]
    assert (first[1:], second[1:]) == (
        ("zoom", {"page": 3, "note": 'a"b'}),
        ("zoom", {"page": 4, "note": ""}),
    )
    assert len({first[0], second[0]}) == 2
    # Ids stay the same from the first piece on, and arguments grow.
    assert {calls[0][0] for calls in seen if calls} == {first[0]}
    grown = list(dict.fromkeys(json.dumps(calls[0][2]) for calls in seen if calls))
    notes = ["", "a", 'a"', 'a"b']
    assert grown == ["{}", '{"page": 3}', *(json.dumps({"page": 3, "note": note}) for note in notes)]


def test_whole_calls_are_blocks_and_json_beside_them() -> None:
    llm, _ = open_llm([TWO])
    message = llm.chat_with_tools(TOOLS, user_msg="Look.", allow_parallel_tool_calls=True).message
    text, first, second = message.blocks
    assert isinstance(text, TextBlock)
    assert isinstance(first, ToolCallBlock)
    assert isinstance(second, ToolCallBlock)
    assert (first.tool_kwargs, second.tool_kwargs) == ({"page": 3, "note": 'a"b'}, {"page": 4, "note": ""})
    assert json.loads(json.dumps(message.additional_kwargs))["tool_calls"][1]["id"] == second.tool_call_id


def test_one_call_is_one_call_and_the_others_are_listed() -> None:
    llm, _ = open_llm([TWO, TWO])
    whole = llm.chat_with_tools(TOOLS, user_msg="Look.")
    streamed = list(llm.stream_chat_with_tools(TOOLS, user_msg="Look."))[-1]
    for response in (whole, streamed):
        (call,) = llm.get_tool_calls_from_response(response)
        assert call.tool_kwargs["page"] == 3
        assert len(response.message.additional_kwargs["tool_calls"]) == 1
        (left,) = cast("dict[str, Any]", response.raw)[LEFT_OUT]
        assert json.loads(left["function"]["arguments"])["page"] == 4


@pytest.mark.parametrize(
    ("reply", "name", "reason"),
    [
        (TWO.replace("zoom", "burn"), "burn", "burn"),
        ('<TOOLCALL>[{"name": "zoom", "arguments": {"page": "3"}}]</TOOLCALL>', "zoom", "`page` is a string"),
        ('<TOOLCALL>[{"name": "zoom", "arguments": {"pa', "zoom", ""),
    ],
)
def test_a_call_that_cannot_be_carried_out_runs_no_tool_and_tells_why(
    reply: str, name: str, reason: str
) -> None:
    llm, _ = open_llm([reply])
    response = llm.chat_with_tools(TOOLS, user_msg="Look.")
    (call,) = llm.get_tool_calls_from_response(response)
    assert (call.tool_name, list(call.tool_kwargs)) == (name, [INVALID_CALL])
    assert reason in call.tool_kwargs[INVALID_CALL]
    assert ZOOM(page=1).is_error is False
    with pytest.raises(TypeError, match=INVALID_CALL):
        ZOOM(**call.tool_kwargs)


def test_a_reply_without_a_call_is_an_error_where_one_was_asked_for() -> None:
    llm, _ = open_llm(["No."])
    response = llm.chat_with_tools(TOOLS, user_msg="Look.")
    assert llm.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
    with pytest.raises(NoToolCallError, match="wrote 'No"):
        llm.get_tool_calls_from_response(response)
    with pytest.raises(ValueError, match="called no tool"):
        llm.get_tool_calls_from_response(response)


CALL = '<TOOLCALL>[{"name": "zoom", "arguments": {"page": 3}}]</TOOLCALL>'


@pytest.mark.parametrize(
    ("options", "tools", "parallel"),
    [
        ({"tool_required": True}, ["zoom", "turn"], False),
        ({"tool_required": True, "allow_parallel_tool_calls": True}, ["zoom", "turn"], True),
        ({"tool_choice": "required"}, ["zoom", "turn"], False),
        ({"tool_choice": "zoom"}, ["zoom"], False),
        ({"tool_required": True, "tool_choice": "zoom"}, ["zoom"], False),
        ({"tool_choice": {"type": "function", "function": {"name": "zoom"}}}, ["zoom"], False),
    ],
)
def test_a_required_call_is_enforced_in_the_engine(
    options: dict[str, Any], tools: list[str], parallel: bool
) -> None:
    llm, backend = open_llm([CALL])
    llm.chat_with_tools(TOOLS, user_msg="Look.", **options)
    constraint = backend.samplings[0].constraint
    assert isinstance(constraint, ReplyConstraint)
    assert [tool.name for tool in constraint.tools] == tools
    assert (constraint.parallel, constraint.answer) == (parallel, None)


def test_a_free_choice_leaves_text_possible_and_none_shows_no_tools() -> None:
    llm, backend = open_llm(["No."] * 3)
    for choice in (None, "auto", "none"):
        llm.chat_with_tools(TOOLS, user_msg="Look.", tool_choice=choice)
    *free, without = [sampling.constraint for sampling in backend.samplings]
    assert all(isinstance(one, ReplyConstraint) and one.free_text and not one.parallel for one in free)
    assert without is None
    assert ["zoom" in prompt.text for prompt in backend.prompts] == [True, True, False]


@pytest.mark.parametrize(
    ("tools", "options", "words"),
    [
        (TOOLS, {"tool_choice": "burn"}, "names no tool of this call.* zoom, turn"),
        (TOOLS, {"tool_choice": "none", "tool_required": True}, "contradict each other"),
        ([], {"tool_required": True}, "without tools"),
        (TOOLS, {"strict": True}, "has no option `strict=True`"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_name(
    tools: list[FunctionTool], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        open_llm([])[0].chat_with_tools(tools, user_msg="Look.", **options)


def test_a_history_and_options_stay_as_they_are() -> None:
    llm, _ = open_llm([CALL, "{}"])
    history = [ChatMessage(content="Hello"), ChatMessage(role="assistant", content="Yes?")]
    before = [message.model_dump() for message in history]
    llm.chat_with_tools(TOOLS, user_msg=ChatMessage(content="Look."), chat_history=history)
    assert [message.model_dump() for message in history] == before


def test_a_tool_is_predicted_and_called() -> None:
    llm, _ = open_llm([CALL, CALL])
    assert llm.predict_and_call([ZOOM], user_msg="Look.").response == "Page 3 "
    assert asyncio.run(llm.apredict_and_call([ZOOM], user_msg="Look.")).response == "Page 3 "


class Kind(Enum):
    LETTER = "letter"
    BILL = "bill"


class Sender(BaseModel):
    """Who wrote."""

    name: str = Field(description="as printed")
    kind: Kind | None = None


class Letter(BaseModel):
    """A letter."""

    sender: Sender
    pages: list[int]

    @field_validator("pages")
    @classmethod
    def _has_pages(cls, pages: list[int]) -> list[int]:
        assert pages, "no pages"
        return pages


WRITTEN = '{"sender": {"name": "Anna", "kind": "bill"}, "pages": [1, 2]}'
ANNA = Letter(sender=Sender(name="Anna", kind=Kind.BILL), pages=[1, 2])
ASK = PromptTemplate("Who wrote {what}?")


def test_objects_come_with_system_prompt_and_descriptions_in_all_four_ways() -> None:
    llm, backend = open_llm([WRITTEN] * 4, system_prompt="Be brief.")
    limits = {"max_tokens": 50}

    async def predict() -> tuple[Any, Any]:
        whole = await llm.astructured_predict(Letter, ASK, limits, what="it")
        stream = await llm.astream_structured_predict(Letter, ASK, limits, what="it")
        return whole, [partial async for partial in stream][-1]

    found = [*asyncio.run(predict()), llm.structured_predict(Letter, ASK, limits, what="it")]
    found.append(list(llm.stream_structured_predict(Letter, ASK, limits, what="it"))[-1])
    assert found == [ANNA] * 4
    assert limits == {"max_tokens": 50}
    for prompt, sampling in zip(backend.prompts, backend.samplings, strict=True):
        assert "System\nBe brief." in prompt.text
        assert "Who wrote it?" in prompt.text
        assert "- sender.name (string): as printed" in prompt.text
        assert isinstance(sampling.constraint, JSONSchemaConstraint)
        assert sampling.max_tokens == 50


def test_objects_grow_in_a_stream() -> None:
    llm, _ = open_llm([WRITTEN])
    stream = llm.stream_structured_predict(Letter, ASK, what="it")
    partials: list[dict[str, Any]] = [partial.model_dump(mode="json") for partial in stream]
    names = [partial["sender"]["name"] for partial in partials if partial["sender"]]
    assert [name for name in dict.fromkeys(names) if name] == ["A", "An", "Ann", "Anna"]
    lists = [partial["pages"] for partial in partials]
    assert [1] in lists
    assert lists[-1] == [1, 2]


def test_images_are_seen_and_braces_stay() -> None:
    llm, backend = open_llm([WRITTEN])
    shown = ChatMessage(blocks=[ImageBlock(image=write_png()), TextBlock(text='{"not": "a variable"}')])
    structured = llm.as_structured_llm(Letter)
    response = structured.chat([shown])
    assert response.raw == ANNA
    assert len(backend.prompts[0].images) == 1
    assert '{"not": "a variable"}' in backend.prompts[0].text
    assert len(shown.blocks) == 2


def test_a_prompt_that_ends_with_another_role_gets_the_instruction_behind_it() -> None:
    llm, backend = open_llm([WRITTEN])
    prompt = ChatPromptTemplate([ChatMessage(content="Hello"), ChatMessage(role="assistant", content="Yes?")])
    assert llm.structured_predict(Letter, prompt) == ANNA
    assert backend.prompts[0].text.index("Yes?") < backend.prompts[0].text.index(
        "Answer with one JSON object"
    )


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (ScriptedReply(text='{"sender": {"na', finish_reason="length"), TruncatedError, "Letter was cut"),
        (
            ScriptedReply(text='{"sender": {"na', finish_reason="repetition"),
            ExtractionError,
            "repeated itself",
        ),
        (ScriptedReply(text=WRITTEN.replace("[1, 2]", "[]")), ExtractionError, "pages: .*no pages"),
    ],
)
def test_half_an_object_is_an_error_with_its_reason(
    reply: ScriptedReply, error: type[Exception], words: str
) -> None:
    llm, _ = open_llm([reply, reply])
    with pytest.raises(error, match=words):
        llm.structured_predict(Letter, ASK, what="it")
    with pytest.raises(error, match=words):
        list(llm.stream_structured_predict(Letter, ASK, what="it"))


def test_a_model_whose_schema_cannot_be_enforced_is_refused() -> None:
    class Odd(BaseModel):
        anything: dict[str, int] = Field(json_schema_extra={"propertyNames": {"pattern": "a"}})

    with pytest.raises(InvalidRequestError, match="propertyNames"):
        open_llm([])[0].structured_predict(Odd, ASK, what="it")


def test_with_function_mode_an_object_is_a_forced_call_that_grows_too() -> None:
    call = f'<TOOLCALL>[{{"name": "Letter", "arguments": {WRITTEN}}}]</TOOLCALL>'
    llm, backend = open_llm([call] * 2, pydantic_program_mode=PydanticProgramMode.FUNCTION)
    assert llm.structured_predict(Letter, ASK, what="it") == ANNA
    assert isinstance(backend.samplings[0].constraint, ReplyConstraint)
    partials = list(llm.stream_structured_predict(Letter, ASK, what="it"))
    assert partials[-1] == ANNA
    assert any(cast("Any", partial).sender and not cast("Any", partial).pages for partial in partials)


def test_with_text_mode_an_object_is_read_from_the_text() -> None:
    llm, backend = open_llm([WRITTEN], pydantic_program_mode=PydanticProgramMode.LLM)
    assert llm.structured_predict(Letter, ASK, what="it") == ANNA
    assert backend.samplings[0].constraint is None
