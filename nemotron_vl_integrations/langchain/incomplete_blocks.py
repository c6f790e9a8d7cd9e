"""Content blocks that LangChain itself stumbles over, completed before it looks at them."""

from collections.abc import Sequence
from typing import cast

from langchain_core.messages import BaseMessage

from nemotron_vl_integrations.images import sniff_type
from nemotron_vl_integrations.images.decoding import IMAGE_TYPES
from nemotron_vl_integrations.images.text import decode_start

_UNKNOWN = "application/octet-stream"


def complete_blocks(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return messages whose blocks have all that LangChain looks for; what came in stays as it is.

    An image in base64 gets the type that its bytes have, where it names none; without one LangChain's tracing ends in a
    `ValueError`. A text file of LangChain's version 0 is written as one of version 1; LangChain's own conversion of it
    ends in a `KeyError`.

    Examples:
        >>> from langchain_core.messages import HumanMessage
        >>> complete_blocks([HumanMessage([{"type": "image", "base64": "R0lGODlhAQAB"}])])[0].content
        [{'type': 'image', 'base64': 'R0lGODlhAQAB', 'mime_type': 'image/gif'}]
    """
    return [_complete_message(message) for message in messages]


def _complete_message(message: BaseMessage) -> BaseMessage:
    content = cast("object", message.content)  # pyright: ignore[reportUnknownMemberType] - a list of bare dicts
    if not isinstance(content, list):
        return message
    blocks = cast("list[object]", content)
    completed = [_complete_block(block) for block in blocks]
    return message if completed == blocks else message.model_copy(update={"content": completed})


def _complete_block(block: object) -> object:
    match block:
        case {"type": "image", "base64": str(data)} | {
            "type": "image",
            "source_type": "base64",
            "data": str(data),
        }:
            table = cast("dict[str, object]", block)
            return block if "mime_type" in table else {**table, "mime_type": _name_type(data)}
        case {"type": "file", "source_type": "text", "text": str(text)}:
            return {"type": "text-plain", "text": text, "mime_type": "text/plain"}
        case _:
            return block


def _name_type(data: str) -> str:
    kind = sniff_type(decode_start(data))
    return f"image/{kind}" if kind in IMAGE_TYPES else _UNKNOWN
