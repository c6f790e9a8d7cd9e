"""LangChain's messages as the engine's, with everything that they bring along."""

import json
from collections.abc import Sequence
from typing import Final, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages import ToolCall as LangChainCall

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.chat import MediaReader, arrange_turns
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.langchain.content_blocks import Piece, read_block, read_content
from nemotron_vl_integrations.messages import Message, Part, Role, TextPart, ToolCall

_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
}
# Of the assistant's own turns: thoughts are not part of the history, and calls stand in `tool_calls` as well.
_THOUGHTS: Final = frozenset({"reasoning", "thinking", "redacted_thinking"})
_CALLS: Final = frozenset({"tool_use", "tool_call", "tool_call_chunk", "invalid_tool_call", "function_call"})


async def convert_messages(messages: Sequence[BaseMessage], reader: MediaReader) -> tuple[Message, ...]:
    """Return a conversation as the engine takes it.

    Args:
        messages: LangChain's messages, oldest first.
        reader: Reads the media in them.

    Raises:
        InputError: A message or a block that cannot be used; the message names it.
    """
    turns: list[Message] = []
    unfinished: set[str] = set()
    for index, message in enumerate(messages):
        place = f"messages[{index}]"
        match message:
            case ToolMessage():
                turns.append(await _convert_result(message, place, reader, unfinished))
            case AIMessage():
                turns.append(await _convert_reply(message, place, reader))
                unfinished |= {str(call["id"]) for call in message.invalid_tool_calls}
            case HumanMessage():
                turns += await _convert_human(message, place, reader)
            case SystemMessage():
                turns.append(
                    Message("system", await reader.read_pieces(read_content(_content(message), place), place))
                )
            case ChatMessage() if message.role in _ROLES:
                content = await reader.read_pieces(read_content(_content(message), place), place)
                turns.append(Message(_ROLES[message.role], content))
            case _:
                role = f" and role {show(message.role)}" if isinstance(message, ChatMessage) else ""
                raise InvalidRequestError(
                    f"{place}: a message of type {show(message.type)}{role} cannot be used.",
                    hint="Use system, human, AI and tool messages.",
                )
    return arrange_turns(turns)


def _content(message: BaseMessage) -> object:
    # LangChain's type is a list of dicts without types of their own.
    return cast("object", message.content)  # pyright: ignore[reportUnknownMemberType] - see above


async def _convert_human(message: HumanMessage, place: str, reader: MediaReader) -> list[Message]:
    """A human turn, and results of tools where Anthropic's form puts them into it."""
    turns: list[Message] = []
    pieces: list[Piece] = [TextPart(f"{message.name}: ")] if message.name else []
    content = _content(message)
    for index, block in enumerate(cast("list[object]", content) if isinstance(content, list) else [content]):
        here = f"{place}[{index}]"
        match block:
            case {"type": "tool_result", "tool_use_id": str(call_id)}:
                result = cast("dict[str, object]", block)
                parts = await reader.read_pieces(read_content(result.get("content", ""), here), here)
                marked = _mark_error(parts, bool(result.get("is_error")))
                turns.append(Message("tool", marked, tool_call_id=call_id))
            case _:
                pieces += read_block(block, here)
    if pieces or not turns:
        turns.append(Message("user", await reader.read_pieces(pieces, place)))
    return turns


async def _convert_reply(message: AIMessage, place: str, reader: MediaReader) -> Message:
    content = _content(message)
    calls = tuple(
        ToolCall(
            call["id"] or f"{place}.tool_calls[{number}]",
            call["name"],
            _write_arguments(call, place),
        )
        for number, call in enumerate(message.tool_calls)
    )
    pieces: list[Piece] = []
    known = len(calls) + len(message.invalid_tool_calls)
    for index, block in enumerate(cast("list[object]", content) if isinstance(content, list) else [content]):
        match block:
            case {"type": str(kind)} if kind in _THOUGHTS or (kind in _CALLS and known):
                continue
            case _:
                pieces += read_block(block, f"{place}[{index}]")
    pieces += [
        TextPart(f"(A call of {call['name']} that could not be carried out: {call['args']})")
        for call in message.invalid_tool_calls
    ]
    return Message("assistant", await reader.read_pieces(pieces, place), tool_calls=calls)


def _write_arguments(call: LangChainCall, place: str) -> str:
    # What LangChain took into a message may be more than JSON has; a date, say, is written as its text.
    try:
        return json.dumps(call["args"], ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidRequestError(
            f"{place}: the arguments of the call of {show(call['name'])} are no JSON: {exc}.",
            hint="Use texts as keys, and nothing that holds itself.",
        ) from exc


async def _convert_result(
    message: ToolMessage, place: str, reader: MediaReader, unfinished: set[str]
) -> Message:
    parts = await reader.read_pieces(read_content(_content(message), place), place)
    parts = _mark_error(parts, message.status == "error")
    name = message.name or ""
    if message.tool_call_id in unfinished:
        # The call was none that the prompt form can show, so what came of it is told in words.
        return Message("user", (TextPart(f"Result of the call of {name or 'a tool'}: "), *parts))
    return Message("tool", parts, tool_call_id=message.tool_call_id, name=name)


def _mark_error(parts: tuple[Part, ...], failed: bool) -> tuple[Part, ...]:
    return (TextPart("Error: "), *parts) if failed else parts
