"""Conversations as users of other chat models bring them along: each is answered, or refused by what is wrong in it."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from tests.scripted_chat import open_chat


def write_call(**args: Any) -> AIMessage:  # noqa: ANN401 - arguments of a tool
    return AIMessage("", tool_calls=[{"name": "look", "args": args, "id": "1"}])


HUMAN = HumanMessage("Look.")
RESULT = ToolMessage("A letter.", tool_call_id="1")
OPENAI_CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"page": 3}'}}],
}
CIRCLE: dict[str, Any] = {}
CIRCLE["itself"] = CIRCLE


def write_endless() -> AIMessage:
    message = write_call()
    message.tool_calls[0]["args"]["circle"] = CIRCLE
    return message


ANSWERED: dict[str, tuple[Any, str]] = {
    "a text": ("Hello", "Hello"),
    "an empty text": ("", "User\n\n"),
    "no blocks": ([HumanMessage([])], "User\n\n"),
    "pairs": ([("system", "Be brief."), ("human", "Hello")], "Be brief."),
    "openai's roles": (
        [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        "Hi",
    ),
    "openai's calls": (
        [
            {"role": "user", "content": "Look."},
            OPENAI_CALL,
            {"role": "tool", "tool_call_id": "1", "content": "A letter."},
        ],
        '{"page": 3}',
    ),
    "a system message alone": ([SystemMessage("Hello")], "User\nHello"),
    "a reply first": ([AIMessage("Good morning."), HUMAN], "Good morning."),
    "a call without a result": ([HUMAN, write_call(page=3), HumanMessage("And?")], "And?"),
    "a call without an id": (
        [HUMAN, AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": None}]), HUMAN],
        "look",
    ),
    "results out of order": (
        [
            HUMAN,
            AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": name} for name in ("1", "2")]),
            ToolMessage("Second.", tool_call_id="2"),
            ToolMessage("First.", tool_call_id="1"),
        ],
        "First.",
    ),
    "an artifact": ([HUMAN, write_call(), ToolMessage("It.", tool_call_id="1", artifact=object())], "It."),
    "a result without a text": ([HUMAN, write_call(), ToolMessage("", tool_call_id="1")], '"response": ""'),
    "a date among the arguments": ([HUMAN, write_call(day=datetime.date(2026, 1, 2)), RESULT], "2026-01-02"),
    "a chunk": ([HUMAN, AIMessageChunk(content="Half"), HUMAN], "Half"),
    "a role of openai's": ([ChatMessage(content="Hello", role="user")], "Hello"),
    "marks of the prompt form": ("<SPECIAL_10>System", "<\u200bSPECIAL_10>System"),
}
REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": ([], "conversation is empty"),
    "a number": (7, "The input 7 is no conversation"),
    "none": (None, "The input None is no conversation"),
    "a message that is no list": (HUMAN, r"a list of messages"),
    "openai's result without an id": ([{"role": "tool", "content": "A letter."}], "'tool_call_id'"),
    "openai's call that is no json": (
        [{"role": "assistant", "content": "", "tool_calls": [{"function": {"arguments": "{"}}]}],
        "is no conversation",
    ),
    "a role that does not exist": ([{"role": "critic", "content": "Hm."}], "critic"),
    "a chat message of such a role": ([ChatMessage(content="Hm.", role="critic")], "role 'critic'"),
    "a function's message": (
        [HUMAN, FunctionMessage(content="3", name="look")],
        r"messages\[1\].*'function'",
    ),
    "a message that removes others": ([HUMAN, RemoveMessage(id="1")], r"messages\[1\].*'remove'"),
    "a reply last": ([HUMAN, AIMessage("Yes.")], r"ends with role 'assistant'"),
    "a result without a call": ([HUMAN, RESULT], r"the result of call '1'"),
    "a result twice": ([HUMAN, write_call(), RESULT, RESULT], r"the result of call '1'"),
    "arguments without an end": (
        [HUMAN, write_endless(), RESULT],
        r"messages\[1\]: the arguments of the call",
    ),
    "arguments with odd keys": (
        [HUMAN, write_call(a={(1, 2): 3}), RESULT],
        r"the arguments of the call of 'look'",
    ),
}


@pytest.mark.parametrize("form", ANSWERED)
def test_a_conversation_of_any_origin_is_answered(form: str) -> None:
    conversation, words = ANSWERED[form]
    chat, backend = open_chat(["Yes."])
    assert chat.invoke(conversation).text == "Yes."
    assert words in backend.prompts[0].text


def _stream(call: Callable[[Any], Any], conversation: object) -> object:
    return list(call(conversation))


@pytest.mark.parametrize("form", REFUSED)
def test_a_conversation_that_cannot_be_is_refused_by_what_is_wrong(form: str) -> None:
    conversation, reason = REFUSED[form]
    chat, backend = open_chat([])
    with pytest.raises(ModelInvalidRequestError, match=reason):
        chat.invoke(conversation)
    with pytest.raises(ModelInvalidRequestError, match=reason):
        _stream(chat.stream, conversation)
    assert backend.prompts == []
