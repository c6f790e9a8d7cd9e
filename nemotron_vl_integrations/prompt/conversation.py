"""Checking a conversation before it is rendered: whose turn it is, and which result answers which call."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import assert_never, cast, get_args

from nemotron_vl_integrations.argument_checks import check_choice
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import ImagePart, Message, Role, ToolSpec

# Names stand in the prompt between bare quotes, so they hold nothing that ends a string or a control text.
_TOOL_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")

_ROLES = cast("tuple[str, ...]", get_args(Role))


def check_tools(tools: Sequence[ToolSpec]) -> None:
    """Refuses tools whose names are unusable or not unique.

    Args:
        tools: The tools of a request.

    Raises:
        InvalidRequestError: Names the tool.
    """
    seen: set[str] = set()
    for tool in tools:
        if not _TOOL_NAME.fullmatch(tool.name):
            raise InvalidRequestError(
                f"The tool name {tool.name!r} cannot stand in a prompt.",
                hint="Use 1 to 128 letters, digits and `_.:-`.",
            )
        if tool.name in seen:
            raise InvalidRequestError(
                f"Two tools have the name {tool.name!r}.", hint="Give each tool a name of its own."
            )
        seen.add(tool.name)


def check_conversation(messages: Sequence[Message]) -> None:
    """Refuses a conversation that the model could not have had.

    System messages stand first; images stand in user messages; a tool result directly follows the
    assistant turn that called for it; the last message is for the assistant to answer.

    Args:
        messages: The conversation, oldest first.

    Raises:
        InvalidRequestError: Names the first message that does not fit, counted from 0.
    """
    if not messages:
        raise InvalidRequestError("The conversation is empty.", hint="Add at least one user message.")
    systems = sum(1 for _ in takewhile(lambda message: message.role == "system", messages))
    open_calls: set[str] = set()
    for index, message in enumerate(messages):
        check_choice(f"messages[{index}].role", message.role, _ROLES)
        _check_parts(index, message)
        match message.role:
            case "system" if index >= systems:
                raise _misplaced(
                    index, "a system message stands after other roles", "Put system messages first."
                )
            case "system" | "user":
                open_calls = set()
            case "assistant":
                open_calls = _called_ids(index, message)
            case "tool":
                _check_answers(index, message, open_calls)
                open_calls.discard(message.tool_call_id)
            case _:
                assert_never(message.role)
    last = messages[-1]
    if last.role in ("assistant", "system"):
        raise _misplaced(
            len(messages) - 1,
            f"the conversation ends with role {last.role!r}",
            "End with a user or tool message.",
        )


def order_tool_results(messages: Sequence[Message]) -> list[Message]:
    """Puts the results of one assistant turn into the order of its calls.

    The prompt form knows no ids: the model matches results to calls by their order.

    Args:
        messages: A conversation that `check_conversation` has passed.

    Returns:
        The same messages, with neighbouring tool results reordered.
    """
    ordered: list[Message] = []
    rank: dict[str, int] = {}
    start = 0
    for message in messages:
        if message.role != "tool":
            rank = {call.id: place for place, call in enumerate(message.tool_calls)}
            start = len(ordered) + 1
        ordered.append(message)
        ordered[start:] = sorted(ordered[start:], key=lambda result: rank[result.tool_call_id])
    return ordered


def _check_parts(index: int, message: Message) -> None:
    if message.role != "user" and any(isinstance(part, ImagePart) for part in message.content):
        raise _misplaced(
            index, f"an image in a message of role {message.role!r}", "Put images into user messages."
        )
    if message.role != "assistant" and message.tool_calls:
        raise _misplaced(
            index, f"tool calls in a message of role {message.role!r}", "Only the assistant calls tools."
        )
    if message.role != "tool" and message.tool_call_id:
        raise _misplaced(
            index,
            f"`tool_call_id={message.tool_call_id!r}` in a message of role {message.role!r}",
            "Only tool results carry it.",
        )


def _called_ids(index: int, message: Message) -> set[str]:
    ids: set[str] = set()
    for call in message.tool_calls:
        if not call.id or call.id in ids:
            raise _misplaced(
                index,
                f"the tool call id {call.id!r} is empty or used twice",
                "Give each call an id of its own.",
            )
        if not _TOOL_NAME.fullmatch(call.name):
            raise _misplaced(
                index,
                f"the called tool name {call.name!r} cannot stand in a prompt",
                "Use letters, digits and `_.:-`.",
            )
        ids.add(call.id)
    return ids


def _check_answers(index: int, message: Message, open_calls: set[str]) -> None:
    if message.tool_call_id not in open_calls:
        raise _misplaced(
            index,
            f"the result of call {message.tool_call_id!r}, while the open calls are {sorted(open_calls)}",
            "Put each result once, directly behind the assistant message that made its call.",
        )


def _misplaced(index: int, what: str, hint: str) -> InvalidRequestError:
    return InvalidRequestError(f"messages[{index}]: {what}.", hint=hint)
