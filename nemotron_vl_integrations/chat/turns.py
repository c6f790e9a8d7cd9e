"""Turns in the order that the model was trained on, whatever order a chat framework allows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from nemotron_vl_integrations.messages import ImagePart, Message, Part, TextPart


def arrange_turns(messages: Sequence[Message]) -> tuple[Message, ...]:
    r"""Return a conversation that the engine takes and that says the same.

    System messages come first, as one. Images in the results of tools, which the prompt form has no place for, move
    to a user turn right behind the results, with the name of the tool. Neighbours of one role become one turn.

    Args:
        messages: A conversation, whose tool messages may hold images.

    Examples:
        >>> hello, again = Message("user", (TextPart("Hello"),)), Message("user", (TextPart("Again"),))
        >>> [message.content[0].text for message in arrange_turns([hello, again])]
        ['Hello\n\nAgain']
    """
    systems = [message for message in messages if message.role == "system"]
    others = [message for message in messages if message.role != "system"]
    moved = _move_images(others)
    merged: list[Message] = []
    for role, neighbours in groupby([*systems, *moved], key=lambda message: message.role):
        group = list(neighbours)
        merged += group if role == "tool" else [_merge(group)]
    return tuple(merged)


def _move_images(messages: Sequence[Message]) -> Iterable[Message]:
    for is_tool, group in groupby(messages, key=lambda message: message.role == "tool"):
        if not is_tool:
            yield from group
            continue
        shown: list[Part] = []
        for message in group:
            images = [part for part in message.content if isinstance(part, ImagePart)]
            yield _without_images(message) if images else message
            if images:
                shown += [TextPart(f"Shown by the result of {_name_call(message)}:\n"), *images]
        if shown:
            yield Message("user", tuple(shown))


def _without_images(message: Message) -> Message:
    texts = tuple(part for part in message.content if isinstance(part, TextPart))
    count = len(message.content) - len(texts)
    note = f"[{count} image{'s' if count > 1 else ''}, shown in the next message]"
    return replace(message, content=(*texts, TextPart(f"\n{note}" if texts else note)))


def _name_call(message: Message) -> str:
    return f"{message.name or 'a tool'} ({message.tool_call_id})"


def _merge(messages: Sequence[Message]) -> Message:
    content: list[Part] = []
    for message in messages:
        if content and message.content:
            content.append(TextPart("\n\n"))
        content += message.content
    calls = tuple(call for message in messages for call in message.tool_calls)
    return replace(messages[0], content=_join_texts(content), tool_calls=calls)


def _join_texts(parts: Iterable[Part]) -> tuple[Part, ...]:
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, TextPart) and isinstance(last, TextPart):
            joined[-1] = TextPart(last.text + part.text)
        else:
            joined.append(part)
    return tuple(joined)
