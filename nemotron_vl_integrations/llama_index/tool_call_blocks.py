"""Calls of tools in LlamaIndex's messages: as blocks, as OpenAI's dicts, whole, in pieces, or unusable."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from uuid import NAMESPACE_OID, uuid5

from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from pydantic_core import from_json

from nemotron_vl_integrations.messages import InvalidToolCall, ToolCall

TOOL_CALLS: Final = "tool_calls"
"""Where LlamaIndex looks for calls beside the blocks, in `additional_kwargs`, in OpenAI's form."""
INVALID_TOOL_CALLS: Final = "invalid_tool_calls"
"""Where this package writes down what is wrong with calls that cannot be carried out, in `additional_kwargs`."""


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call as a message holds it; `arguments` is JSON as far as it was written."""

    id: str
    name: str
    arguments: str

    def parse(self) -> dict[str, object] | None:
        """Return the arguments as far as they were written, or None where they are no object."""
        try:
            value: object = from_json(self.arguments or "{}", allow_partial="trailing-strings")
        except ValueError:
            return None
        return cast("dict[str, object]", value) if isinstance(value, dict) else None

    @property
    def is_whole(self) -> bool:
        """Whether the arguments are the text of a whole JSON object."""
        try:
            return isinstance(json.loads(self.arguments), dict)
        except (ValueError, RecursionError):
            return False


def list_calls(message: ChatMessage) -> list[WrittenCall]:
    """Return the calls that a message makes: those of its blocks, or else those in its `additional_kwargs`.

    A call without an id gets one that is the same each time.
    """
    written = [
        (block.tool_call_id, block.tool_name, block.tool_kwargs)
        for block in message.blocks
        if isinstance(block, ToolCallBlock)
    ]
    calls = written or [_read_openai(call) for call in _listed(message, TOOL_CALLS)]
    return [_write(index, *call) for index, call in enumerate(calls)]


def list_reasons(message: ChatMessage) -> dict[str, str]:
    """Return what is wrong with the calls of a message that cannot be carried out, by their ids."""
    return {str(call.get("id")): str(call.get("reason")) for call in _listed(message, INVALID_TOOL_CALLS)}


def write_openai(call: ToolCall | WrittenCall) -> dict[str, object]:
    """Return a call in OpenAI's form, as JSON.

    Examples:
        >>> write_openai(ToolCall("1", "zoom", "{}"))
        {'id': '1', 'type': 'function', 'function': {'name': 'zoom', 'arguments': '{}'}}
    """
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def write_reason(call: InvalidToolCall) -> dict[str, object]:
    """Return a call that cannot be carried out as JSON, with the reason."""
    return {"id": call.id, "name": call.name, "arguments": call.arguments, "reason": call.reason}


def _listed(message: ChatMessage, key: str) -> list[Mapping[str, object]]:
    extras = cast("dict[str, object]", message.additional_kwargs)
    found = extras.get(key)
    listed = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Mapping[str, object]", call) for call in listed if isinstance(call, Mapping)]


def _read_openai(call: Mapping[str, object]) -> tuple[object, object, object]:
    match call:
        case {"function": {"name": str(name)}}:
            function = cast("Mapping[str, object]", call["function"])
            return call.get("id"), name, function.get("arguments", "{}")
        case _:
            return call.get("id"), call.get("name", ""), call.get("arguments", "{}")


def _write(index: int, call_id: object, name: object, arguments: object) -> WrittenCall:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False, default=str)
    known = str(call_id) if call_id else uuid5(NAMESPACE_OID, f"{index}:{name}:{text}").hex
    return WrittenCall(known, str(name), text)
