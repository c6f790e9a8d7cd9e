"""Turns in the order that the model was trained on, whatever order a chat framework allows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from nemotron_vl_integrations.messages import ImagePart, Message, Part, TextPart


def arrange_turns(messages: Sequence[Message]) -> tuple[Message, ...]:
    r"""Return a conversation that the engine takes and that says the same.

    System messages come first, as one; only one that stands last is what is to be answered, and becomes the user's.
    The prompt form has a place for images in user turns alone, so those in the results of tools, in replies and in
    system messages move to a user turn right behind, with a word on where they come from. Neighbours of one role become
    one turn.

    Args:
        messages: A conversation, whose messages may all hold images.

    Examples:
        >>> hello, again = Message("user", (TextPart("Hello"),)), Message("user", (TextPart("Again"),))
        >>> [message.content[0].text for message in arrange_turns([hello, again])]
        ['Hello\n\nAgain']
    """
    turns = _ask_last(messages)
    systems = [message for message in turns if message.role == "system"]
    others = [message for message in turns if message.role != "system"]
    merged: list[Message] = []
    for role, neighbours in groupby(_move_images([*systems, *others]), key=lambda message: message.role):
        group = list(neighbours)
        merged += group if role == "tool" else [_merge(group)]
    return tuple(merged)


def _ask_last(messages: Sequence[Message]) -> Sequence[Message]:
    if messages and messages[-1].role == "system":
        return [*messages[:-1], replace(messages[-1], role="user")]
    return messages


def _move_images(messages: Sequence[Message]) -> Iterable[Message]:
    shown: list[Part] = []
    for message in messages:
        # The results of a reply's calls follow it at once, so that what was shown waits until they are over.
        if shown and message.role not in ("system", "tool"):
            yield Message("user", tuple(shown))
            shown = []
        images = [part for part in message.content if isinstance(part, ImagePart)]
        if message.role == "user" or not images:
            yield message
            continue
        yield _without_images(message)
        shown += [TextPart(f"Shown by {_name_source(message)}:\n"), *images]
    if shown:
        yield Message("user", tuple(shown))


def _without_images(message: Message) -> Message:
    texts = tuple(part for part in message.content if isinstance(part, TextPart))
    count = len(message.content) - len(texts)
    note = f"[{count} image{'s' if count > 1 else ''}, shown in the next message]"
    return replace(message, content=(*texts, TextPart(f"\n{note}" if texts else note)))


def _name_source(message: Message) -> str:
    match message.role:
        case "tool":
            return f"the result of {message.name or 'a tool'} ({message.tool_call_id})"
        case "system":
            return "the system message"
        case _:
            return f"the {message.role}"


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
