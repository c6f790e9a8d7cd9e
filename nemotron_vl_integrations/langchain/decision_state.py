r"""What a decision model decides about, as the content of one message: texts and media in their places."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from langchain_core.messages import AIMessage, BaseMessage

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError

Block = dict[str, object]

_DEEPEST: Final = 32
# A mapping with one of these types and one of these keys is a block of LangChain's; all else in a mapping is data.
_MEDIA: Final = frozenset(
    {
        "audio",
        "document",
        "file",
        "image",
        "image_url",
        "input_file",
        "input_image",
        "media",
        "text-plain",
        "video",
    }
)
_PAYLOADS: Final = frozenset(
    {
        "base64",
        "data",
        "file",
        "file_data",
        "file_id",
        "id",
        "image",
        "image_url",
        "path",
        "source",
        "text",
        "url",
    }
)


def write_state(state: object) -> list[Block]:
    r"""Return state as blocks of content: text as it is, data as indented lines, messages with their role.

    Args:
        state: Text, a message, JSON, or any mixture of them with LangChain's media blocks.

    Raises:
        InvalidRequestError: A value that is none of these, or nested too deep.

    Examples:
        >>> write_state({"subject": "Refund", "days": 3})
        [{'type': 'text', 'text': 'subject: Refund\ndays: 3'}]
    """
    return _join(_walk(state, 0))


def _join(blocks: Iterable[Block]) -> list[Block]:
    joined: list[Block] = []
    for block in blocks:
        if joined and joined[-1]["type"] == block["type"] == "text":
            joined[-1] = _text(f"{joined[-1]['text']}\n{block['text']}")
        else:
            joined.append(block)
    return joined


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _walk(value: object, depth: int) -> Iterable[Block]:
    if depth > _DEEPEST:
        raise InvalidRequestError(
            f"What is to be decided about is nested more than {_DEEPEST} deep.", hint="Make it flatter."
        )
    match value:
        case str() | {"type": "text", "text": str()}:
            yield _text(value if isinstance(value, str) else str(cast("Block", value)["text"]))
        case BaseMessage():
            yield from _walk_message(value, depth)
        case Mapping():
            yield from _walk_table(cast("Mapping[str, object]", value), depth)
        case list() | tuple():
            for item in cast("Sequence[object]", value):
                yield from _walk(item, depth + 1)
        case None | bool() | int() | float():
            yield _text(json.dumps(value))
        case _:
            raise InvalidRequestError(
                f"{show(value)} cannot be decided about: it is neither text, a message, media nor JSON.",
                hint="Write it as text or as JSON.",
            )


def _walk_table(table: Mapping[str, object], depth: int) -> Iterable[Block]:
    if table.get("type") in _MEDIA and not _PAYLOADS.isdisjoint(table):
        yield dict(table)
        return
    for key, item in table.items():
        blocks = _join(_walk(item, depth + 1))
        if len(blocks) == 1 and "\n" not in str(blocks[0].get("text", "\n")):
            yield _text(f"{key}: {blocks[0]['text']}")
            continue
        yield _text(f"{key}:")
        for block in blocks:
            yield _text(_indent(str(block["text"]))) if block["type"] == "text" else block


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def _walk_message(message: BaseMessage, depth: int) -> Iterable[Block]:
    yield _text(f"{message.type}:")
    yield from _walk(cast("object", message.content), depth + 1)  # pyright: ignore[reportUnknownMemberType] - LangChain's type has bare dicts
    for call in message.tool_calls if isinstance(message, AIMessage) else ():
        yield _text(f"calls {call['name']}: {json.dumps(call['args'], ensure_ascii=False, default=str)}")
