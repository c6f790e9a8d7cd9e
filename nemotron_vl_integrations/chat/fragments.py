"""Pieces of conversations, as trimming cuts them, made whole enough to be counted."""

from collections.abc import Sequence
from dataclasses import replace

from nemotron_vl_integrations.messages import Message, ToolCall


def complete_fragment(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return a conversation around a piece of one; a whole conversation is returned as it is.

    Trimming counts what it may keep: results without the calls that they belong to, a reply at the end, nothing at
    all, turns in reverse. What is missing is put in as short as can be, so that the count is never too low.

    Args:
        messages: In any order, see `arrange_turns`.

    Examples:
        >>> [message.role for message in complete_fragment([Message("tool", tool_call_id="a", name="look")])]
        ['assistant', 'tool']
        >>> [message.role for message in complete_fragment([Message("assistant")])]
        ['assistant', 'user']
    """
    whole: list[Message] = []
    open_calls: set[str] = set()
    for message in messages:
        match message.role:
            case "tool" if message.tool_call_id in open_calls:
                open_calls.remove(message.tool_call_id)
                whole.append(message)
            case "tool":
                call_id = message.tool_call_id or "call"
                whole.append(Message("assistant", tool_calls=(ToolCall(call_id, "tool", "{}"),)))
                whole.append(replace(message, tool_call_id=call_id))
                open_calls = set()
            case "system" | "user" | "assistant":
                open_calls = {call.id for call in message.tool_calls}
                whole.append(message)
    if not whole or whole[-1].role in ("assistant", "system"):
        whole.append(Message("user"))
    return tuple(whole)
