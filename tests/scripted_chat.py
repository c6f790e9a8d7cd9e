"""LangChain's chat model on a script, a tool for it, and how its chunks add up."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.tools import tool

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptStep
from nemotron_vl_integrations.langchain import ChatNemotronVL
from tests.paged_script import open_script

CALL = '<TOOLCALL>[{"name": "find_page", "arguments": {"number": 3}}]</TOOLCALL>'


@tool
def find_page(number: int) -> str:
    """Find a page by its number."""
    return f"Page {number}"


def open_chat(script: Sequence[ScriptStep], **fields: Any) -> tuple[ChatNemotronVL, ScriptedBackend]:  # noqa: ANN401 - fields of the model
    backend = ScriptedBackend(script)
    return ChatNemotronVL(engine=open_script(backend), **fields), backend


def add_up(chunks: Sequence[AIMessage]) -> AIMessageChunk:
    first, *rest = [chunk for chunk in chunks if isinstance(chunk, AIMessageChunk)]
    assert len(rest) + 1 == len(chunks)
    return add_ai_message_chunks(first, *rest)
