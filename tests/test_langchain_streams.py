"""The chat model on a script: chunks that add up, thoughts and calls apart, events, many calls at once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream
from typing_extensions import override

from nemotron_vl_integrations.backends.base import Prompt, RawDelta
from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.langchain import ChatNemotronVL
from nemotron_vl_integrations.messages import Sampling
from tests.paged_script import open_script
from tests.scripted_chat import CALL, add_up, find_page, open_chat


def test_a_stream_adds_up_to_the_message_and_only_its_last_chunk_tells_the_end() -> None:
    chat, _ = open_chat(["Good morning."])
    chunks = list(chat.stream("Hello"))
    whole = add_up(chunks)
    assert (whole.text, whole.response_metadata["finish_reason"]) == ("Good morning.", "stop")
    assert [chunk.usage_metadata is not None for chunk in chunks if isinstance(chunk, AIMessageChunk)].count(
        True
    ) == 1


def test_thoughts_come_apart_from_the_content() -> None:
    chat, _ = open_chat(["Hm.</think>Yes."] * 2, reasoning=True)
    message = chat.invoke("Really?")
    assert (message.text, message.additional_kwargs["reasoning_content"].strip()) == ("Yes.", "Hm.")
    assert [block["type"] for block in message.content_blocks] == ["reasoning", "text"]
    assert add_up(list(chat.stream("Really?"))).text == "Yes."


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_streamed_calls_do_not_merge_into_thoughts_or_text(version: str) -> None:
    chat, _ = open_chat([f"Hm.</think>Let me look.{CALL}"], reasoning=True, output_version=version)
    whole = add_up(list(chat.bind_tools([find_page]).stream("Look.")))
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [("find_page", {"number": 3})]
    assert (
        "".join(block["text"] for block in whole.content_blocks if block["type"] == "text") == "Let me look."
    )
    assert [block["type"] for block in whole.content_blocks] == ["reasoning", "text", "tool_call"]


TWO_CALLS = CALL.replace("}]<", '}, {"name": "find_page", "arguments": {"number": 4}}]<')


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("script", [f"Look.{TWO_CALLS}And.{TWO_CALLS}Done.", f"Look.{CALL}And.{CALL}Done."])
def test_texts_before_between_and_behind_streamed_calls_all_stay(version: str, script: str) -> None:
    chat, _ = open_chat([script], output_version=version)
    whole = add_up(list(chat.bind_tools([find_page]).stream("Look.")))
    assert whole.text == "Look.And.Done."
    kinds = [block["type"] for block in whole.content_blocks]
    assert kinds.count("tool_call") == len(whole.tool_calls) == script.count('"number"')


# Nested, with quotes, a backslash and brackets in its texts; then one that lacks an argument, one of no tool, one whose
# arguments are a text.
CALLS = r"""Look.<TOOLCALL>[{"name": "find", "arguments": {"a": [[1, {"k": ["x\\", "q\"y]}"]}], []], "b": "end"}},
{"name": "find", "arguments": {"b": {}}}, {"name": "burn", "arguments": {}},
{"name": "find", "arguments": "{\"a\": 1}"}]</TOOLCALL>"""
FIND: dict[str, Any] = {
    "name": "find",
    "description": "Finds.",
    "input_schema": {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"]},
}


def describe(message: AIMessage) -> tuple[object, ...]:
    calls = [(call["name"], call["args"]) for call in message.tool_calls]
    return message.text, calls, [call["name"] or "" for call in message.invalid_tool_calls]


@pytest.mark.filterwarnings("ignore:.*beta")
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_stream_that_is_cut_anywhere_holds_the_calls_of_the_whole_message_and_never_half_of_one(
    version: str,
) -> None:
    for length in range(5, len(CALLS), 3):
        cut = ScriptedReply(text=CALLS[:length], finish_reason="length")
        chat, _ = open_chat([cut] * 3, output_version=version)
        bound: Any = chat.bind_tools([FIND])
        told = describe(bound.invoke("Look."))
        assert describe(add_up(list(bound.stream("Look.")))) == told, CALLS[:length]
        assert describe(bound.stream_events("Look.", version="v3").output) == told, CALLS[:length]


@pytest.mark.filterwarnings("ignore:.*beta")
def test_events_of_the_third_version_keep_thoughts_text_and_calls_apart() -> None:
    script = f"Hm.</think>Let me look.{CALL}"
    chat, _ = open_chat([script] * 2, reasoning=True)
    tools = [convert_to_openai_tool(find_page)]
    stream = chat.stream_events("Look.", version="v3", tools=tools)
    events = list(stream)
    assert_valid_event_stream(events)
    assert ("".join(stream.reasoning).strip(), "".join(stream.text)) == ("Hm.", "Let me look.")
    blocks = [event["content"]["type"] for event in events if event["event"] == "content-block-finish"]
    assert blocks == ["reasoning", "text", "tool_call"]
    (call,) = stream.output.tool_calls
    assert (call["name"], call["args"]) == ("find_page", {"number": 3})
    assert stream.output.usage_metadata is not None

    async def collect() -> AIMessage:
        events = await chat.astream_events("Look.", version="v3", tools=tools)
        return await events.output

    assert [call["args"] for call in asyncio.run(collect()).tool_calls] == [{"number": 3}]


class Remembers(ScriptedBackend):
    """Has had 7 tokens of the prompt before: on the CPU, vLLM cannot cache prefixes of this kind of network."""

    @override
    async def stream(
        self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
    ) -> AsyncGenerator[RawDelta, None]:
        pieces = super().stream(prompt, sampling, request_id=request_id, priority=priority)
        async with aclosing(pieces):
            async for piece in pieces:
                yield replace(piece, cached_tokens=7 if piece.finish_reason else 0)


def test_tokens_that_the_engine_had_cached_are_told() -> None:
    chat = ChatNemotronVL(engine=open_script(Remembers(["Yes."] * 2)))
    whole, added_up = chat.invoke("Hello"), add_up(list(chat.stream("Hello")))
    for message in (whole, added_up):
        assert message.usage_metadata is not None
        assert message.usage_metadata.get("input_token_details") == {"cache_read": 7, "image": 0}


class AllAtOnce(ScriptedBackend):
    """Answers nobody before `count` calls are with the engine: calls that come one by one would wait for ever."""

    def __init__(self, count: int) -> None:
        super().__init__([])
        self._count = count
        self._everybody = asyncio.Event()

    @override
    def _next_step(self) -> ScriptStep:
        if len(self.prompts) % self._count == 0:
            self._everybody.set()
            self._everybody = asyncio.Event()
            return "Yes."
        return ScriptedReply(text="Yes.", hold=self._everybody)


@pytest.mark.timeout(60)
def test_batches_run_side_by_side() -> None:
    chat = ChatNemotronVL(engine=open_script(AllAtOnce(24)))
    assert [message.text for message in chat.batch(["Hello"] * 24)] == ["Yes."] * 24
    assert [message.text for message in asyncio.run(chat.abatch(["Hello"] * 24))] == ["Yes."] * 24
    assert sorted(index for index, _ in chat.batch_as_completed(["Hello"] * 24)) == list(range(24))
    result = chat.generate([[HumanMessage("Hello")]] * 24)
    assert [generations[0].text for generations in result.generations] == ["Yes."] * 24
    assert len(result.run or []) == 24
