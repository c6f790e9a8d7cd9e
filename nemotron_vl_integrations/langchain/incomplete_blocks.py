"""Content blocks that LangChain itself stumbles over, completed before it looks at them."""

from collections.abc import Sequence
from typing import cast

from langchain_core.messages import BaseMessage

from nemotron_vl_integrations.images import sniff_type
from nemotron_vl_integrations.images.decoding import IMAGE_TYPES
from nemotron_vl_integrations.images.text import decode_start
from nemotron_vl_integrations.langchain.content_blocks import refuse_block

_UNKNOWN = "application/octet-stream"


def complete_blocks(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return messages whose blocks have all that LangChain looks for; what came in stays as it is.

    An image in base64 gets the type that its bytes have, where it names none; without one LangChain's tracing ends in a
    `ValueError`. A text file of LangChain's version 0 is written as one of version 1; LangChain's own conversion of it
    ends in a `KeyError`.

    Raises:
        InvalidRequestError: A block that LangChain cannot even look at.

    Examples:
        >>> from langchain_core.messages import HumanMessage
        >>> complete_blocks([HumanMessage([{"type": "image", "base64": "R0lGODlhAQAB"}])])[0].content
        [{'type': 'image', 'base64': 'R0lGODlhAQAB', 'mime_type': 'image/gif'}]
    """
    return [_complete_message(message, f"messages[{index}]") for index, message in enumerate(messages)]


def _complete_message(message: BaseMessage, place: str) -> BaseMessage:
    content = cast("object", message.content)  # pyright: ignore[reportUnknownMemberType] - a list of bare dicts
    if not isinstance(content, list):
        return message
    blocks = cast("list[object]", content)
    completed = [_complete_block(block, f"{place}[{index}]") for index, block in enumerate(blocks)]
    return message if completed == blocks else message.model_copy(update={"content": completed})


def _complete_block(block: object, place: str) -> object:
    if not isinstance(block, dict):
        return block
    table = cast("dict[str, object]", block)
    match table:
        case {"type": "image", "base64": str(data)} | {
            "type": "image",
            "source_type": "base64",
            "data": str(data),
        }:
            return table if "mime_type" in table else {**table, "mime_type": _name_type(data)}
        case {"type": "file", "source_type": "text", "text": str(text)}:
            return {"type": "text-plain", "text": text, "mime_type": "text/plain"}
        case {"type": "image"} if not {"base64", "text"}.isdisjoint(table):
            raise refuse_block(table, place)
        case {"type": "image", "source_type": "base64" | "text"}:
            raise refuse_block(table, place)
        case _ if any(isinstance(table.get(name), dict | list) for name in ("type", "source_type")):
            raise refuse_block(table, place)
        case _:
            return table


def _name_type(data: str) -> str:
    kind = sniff_type(decode_start(data))
    return f"image/{kind}" if kind in IMAGE_TYPES else _UNKNOWN
