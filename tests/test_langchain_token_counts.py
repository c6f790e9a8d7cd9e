"""Counting tokens: the engine's own figure for conversations, and never too low for pieces of them."""

import base64
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    trim_messages,  # pyright: ignore[reportUnknownVariableType] - LangChain's types
)
from langchain_core.tools import tool

from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain import ChatNemotronVL
from tests.paged_script import draw_text, open_script
from tests.test_langchain_content import DOCUMENTS, IMAGES, TEXTS, surround


@tool
def look(page: int, reason: str = "") -> str:
    """Look at a page of the document."""
    return f"{page}{reason}"


def show(text: str) -> dict[str, Any]:
    file = io.BytesIO()
    draw_text(text).save(file, "PNG")
    return {"type": "image", "base64": base64.b64encode(file.getvalue()).decode(), "mime_type": "image/png"}


CALL = AIMessage(
    "I look.", tool_calls=[{"name": "look", "args": {"page": 1, "reason": "„Größe“"}, "id": "call_1"}]
)
RESULT = ToolMessage([{"type": "text", "text": "Page 1."}, show("One.")], tool_call_id="call_1", name="look")
CONVERSATION: list[AnyMessage] = [
    SystemMessage("Be brief."),
    HumanMessage(
        [{"type": "text", "text": "Compare"}, show("Zero."), {"type": "text", "text": "with page 1."}]
    ),
    CALL,
    RESULT,
    HumanMessage("<image> and </think> are words here. /think"),
]


def count(messages: list[Any], tools: list[Any] | None = None) -> int:
    with open_script(ScriptedBackend([])) as engine:
        return ChatNemotronVL(engine=engine).get_num_tokens_from_messages(messages, tools)


@pytest.mark.parametrize("tools", [[], [look]])
@pytest.mark.parametrize("length", [2, 4, 5])
def test_a_conversation_with_images_and_tools_has_as_many_tokens_as_the_engine_says(
    engine: Engine, length: int, tools: list[Any]
) -> None:
    chat = ChatNemotronVL(engine=engine, max_tokens=2)
    messages: list[BaseMessage] = [*CONVERSATION[:length]]
    reply = chat.bind_tools(tools).invoke(messages)
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["input_tokens"] == chat.get_num_tokens_from_messages(messages, tools)
    assert reply.usage_metadata.get("input_token_details", {}).get("image") == 258 * (2 if length > 2 else 1)


def test_every_form_of_images_documents_and_texts_has_as_many_tokens_as_the_engine_says(
    engine: Engine,
) -> None:
    chat = ChatNemotronVL(engine=engine, max_tokens=1, max_tiles=1)
    forms = [*IMAGES.values(), *DOCUMENTS.values(), *TEXTS.values()]
    questions = [[surround(form)] for form in forms]
    replies = chat.batch([*questions])
    told = [reply.usage_metadata["input_tokens"] if reply.usage_metadata else 0 for reply in replies]
    assert told == [chat.get_num_tokens_from_messages(question) for question in questions]


@pytest.mark.parametrize(
    "piece", [[], [RESULT], [CALL], [RESULT, CALL], [SystemMessage("Be brief.")], [RESULT, RESULT]]
)
def test_any_piece_of_a_conversation_can_be_counted(piece: list[Any]) -> None:
    assert count(piece) > 0


def test_messages_of_any_form_are_counted() -> None:
    wanted = count([SystemMessage("Be brief."), HumanMessage("Hello")])
    assert count([("system", "Be brief."), ("human", "Hello")]) == wanted
    assert count([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]) == wanted


def test_a_plain_text_is_counted_by_the_checkpoints_own_tokenizer() -> None:
    backend = ScriptedBackend([])
    with open_script(backend) as engine:
        chat = ChatNemotronVL(engine=engine)
        assert chat.get_token_ids("Good morning.") == engine.tokenize("Good morning.")
        assert chat.get_num_tokens("Good morning.") == len(engine.tokenize("Good morning.")) > 0
    assert backend.starts == 0


@settings(max_examples=25)
@given(st.lists(st.integers(0, 4), max_size=5, unique=True))
def test_a_piece_in_any_order_never_counts_less_than_its_texts_and_images(picked: list[int]) -> None:
    piece = [CONVERSATION[index] for index in picked]
    images = sum(258 * (index in (1, 3)) for index in picked)
    assert count([*piece]) >= images + count([]) - 1


def test_trimming_keeps_what_fits() -> None:
    with open_script(ScriptedBackend([])) as engine:
        chat = ChatNemotronVL(engine=engine)
        whole = chat.get_num_tokens_from_messages(CONVERSATION)
        assert trim_messages(CONVERSATION, max_tokens=whole + 50, token_counter=chat) == CONVERSATION
        kept = trim_messages(CONVERSATION, max_tokens=whole - 100, token_counter=chat, start_on="human")
        assert kept == CONVERSATION[-1:]
        assert trim_messages(CONVERSATION, max_tokens=400, token_counter=chat.get_num_tokens_from_messages)


def test_counting_starts_no_engine() -> None:
    backend = ScriptedBackend([])
    with open_script(backend) as engine:
        ChatNemotronVL(engine=engine).get_num_tokens_from_messages(CONVERSATION, [look])
    assert backend.starts == 0
