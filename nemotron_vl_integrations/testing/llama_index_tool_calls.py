"""Standard tests of LlamaIndex's LLMs that call tools: choices, pieces of calls, ids, results."""

import asyncio
import inspect
import json
from typing import Any, Literal, cast

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import LLM, ToolSelection
from llama_index.core.tools import FunctionTool

from nemotron_vl_integrations.testing.llama_index_llm_suite import LLMSuite, dump

_QUESTION = "Turn to page 2, then say what it shows."


def turn_to(page: Literal[1, 2, 3]) -> str:
    """Turns to a page of the document and says what it shows."""
    return f"Page {page} shows a lease."


def lock() -> str:
    """Locks the document."""
    return "Locked."


TOOLS = [FunctionTool.from_defaults(turn_to), FunctionTool.from_defaults(lock)]


class ToolCallTests(LLMSuite):
    """Tests of the methods that agents use."""

    @pytest.fixture
    def caller(self, llm: LLM) -> FunctionCallingLLM:
        """The LLM, if it calls tools."""
        if not self.calls_tools:
            pytest.skip("The model calls no tools.")
        assert isinstance(llm, FunctionCallingLLM)
        return llm

    @pytest.fixture
    def forced(self, caller: FunctionCallingLLM) -> FunctionCallingLLM:
        """The LLM, if it can be made to call a tool."""
        if not self.calls_by_force:
            pytest.skip("The model cannot be made to call a tool.")
        return caller

    def test_it_takes_what_programs_ask_of_it(self, caller: FunctionCallingLLM) -> None:
        """LlamaIndex looks at the names of the parameters before it asks for a call."""
        prepare = caller._prepare_chat_with_tools  # pyright: ignore[reportPrivateUsage] - what LlamaIndex looks at
        assert "tool_required" in inspect.signature(prepare).parameters

    def test_a_required_call_is_made(self, forced: FunctionCallingLLM) -> None:
        """Whatever the question; its arguments satisfy the tool's schema."""
        options: dict[str, Any] = {"user_msg": "Good morning.", "tool_required": True}
        responses = [
            forced.chat_with_tools(TOOLS, **options),
            [*forced.stream_chat_with_tools(TOOLS, **options)][-1],
            asyncio.run(forced.achat_with_tools(TOOLS, **options)),
        ]
        for response in responses:
            for call in forced.get_tool_calls_from_response(response):
                check_call(call)

    def test_a_named_tool_is_called(self, forced: FunctionCallingLLM) -> None:
        """Not the other one."""
        for name in ("lock", "turn_to"):
            response = forced.chat_with_tools(TOOLS, user_msg="Good morning.", tool_choice=name)
            assert [call.tool_name for call in forced.get_tool_calls_from_response(response)] == [name]

    def test_no_tool_is_called_where_none_may_be(self, caller: FunctionCallingLLM) -> None:
        """And the lack of a call is an error only for those who want it to be."""
        response = caller.chat_with_tools(TOOLS, user_msg=_QUESTION, tool_choice="none")
        assert caller.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
        with pytest.raises(ValueError, match=r"."):
            caller.get_tool_calls_from_response(response)

    def test_calls_are_read_from_every_chunk(self, forced: FunctionCallingLLM) -> None:
        """Agents read each, so half a call must not be an error; ids stay the same."""
        seen: list[list[ToolSelection]] = []
        stream = forced.stream_chat_with_tools(TOOLS, user_msg=_QUESTION, tool_choice="turn_to")
        for chunk in stream:
            seen.append(forced.get_tool_calls_from_response(chunk, error_on_no_tool_call=False))
            _check_written(chunk)
        (last,) = seen[-1]
        check_call(last)
        assert {call.tool_id for calls in seen for call in calls if call.tool_id} == {last.tool_id}

    def test_one_call_is_one_call(self, forced: FunctionCallingLLM) -> None:
        """Where parallel calls are not allowed, neither the blocks nor what stands beside them hold a second one."""
        response = forced.chat_with_tools(
            TOOLS, user_msg="Turn to pages 1, 2 and 3.", tool_required=True, allow_parallel_tool_calls=False
        )
        assert len(forced.get_tool_calls_from_response(response)) == 1
        assert len(_written(response)) <= 1

    def test_ids_are_unique(self, forced: FunctionCallingLLM) -> None:
        """Also from one reply to the next: histories match results to calls by them."""
        replies = [forced.chat_with_tools(TOOLS, user_msg=_QUESTION, tool_choice="turn_to") for _ in range(2)]
        ids = [call.tool_id for reply in replies for call in forced.get_tool_calls_from_response(reply)]
        assert all(ids)
        assert len(set(ids)) == len(ids)

    def test_a_result_goes_back(self, forced: FunctionCallingLLM) -> None:
        """The reply to a call and its result is a reply; nobody's history or options are changed."""
        asked = ChatMessage(content=_QUESTION)
        called = forced.chat_with_tools(TOOLS, user_msg=asked, tool_choice="turn_to")
        (call,) = forced.get_tool_calls_from_response(called)
        result = ChatMessage(
            role=MessageRole.TOOL,
            content=turn_to(**call.tool_kwargs),
            additional_kwargs={"tool_call_id": call.tool_id, "name": call.tool_name},
        )
        history = [asked, called.message, result]
        before = dump(history)
        reply = forced.chat_with_tools(TOOLS, chat_history=history)
        assert reply.message.role is MessageRole.ASSISTANT
        assert dump(history) == before

    def test_a_tool_is_predicted_and_called(self, forced: FunctionCallingLLM) -> None:
        """In one step, as programs and selectors do it."""
        called = forced.predict_and_call(TOOLS, user_msg=_QUESTION, tool_choice="turn_to")
        assert "shows a lease" in called.response


def check_call(call: ToolSelection) -> None:
    """Check that a call can be carried out with the tools above."""
    assert call.tool_id
    match call.tool_name:
        case "turn_to":
            assert call.tool_kwargs.get("page") in (1, 2, 3)
            assert set(call.tool_kwargs) == {"page"}
        case name:
            assert (name, call.tool_kwargs) == ("lock", {})


def _written(response: ChatResponse) -> list[object]:
    extras = cast("dict[str, object]", response.message.additional_kwargs)
    return cast("list[object]", extras.get("tool_calls") or [])


def _check_written(response: ChatResponse) -> None:
    """What stands beside the blocks is JSON, because chat stores write it down."""
    json.loads(response.message.model_dump_json())
    assert isinstance(_written(response), list)
