"""Content blocks of every form that LangChain lets through, as texts and media; an unknown one is refused by name."""

import json
from typing import Final, TypeAlias, cast

from PIL import Image

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.chat import Media
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import TextPart

Piece: TypeAlias = TextPart | Media

_MEDIA_TYPES: Final = frozenset(
    {
        "image", "image_url", "input_image", "image_pil", "file", "input_file", "document", "media", "text-plain",
        "inline_data",
    }
)  # fmt: skip
_TEXT_TYPES: Final = frozenset({"text", "input_text", "output_text"})
_UNHEARD: Final = frozenset({"audio", "input_audio", "audio_url", "video", "video_url", "input_video"})
_DEEPEST: Final = 8


def read_content(content: object, place: str, *, depth: int = 0) -> list[Piece]:
    """Return a text or a list of blocks as pieces, in their order.

    Args:
        content: `content` of a message, or of a block inside it.
        place: What messages of errors call it.
        depth: How many blocks it is nested in.

    Raises:
        InvalidRequestError: A block that cannot be used; names its type.

    Examples:
        >>> read_content([{"type": "text", "text": "Hello"}], "messages[0]")
        [TextPart(text='Hello')]
    """
    if depth > _DEEPEST:
        raise InvalidRequestError(f"{place}: blocks are nested more than {_DEEPEST} deep.")
    if isinstance(content, str):
        return [TextPart(content)] if content else []
    if isinstance(content, list):
        blocks = cast("list[object]", content)
        return [
            piece
            for index, block in enumerate(blocks)
            for piece in read_block(block, f"{place}[{index}]", depth=depth)
        ]
    return read_block(content, place, depth=depth)


def read_block(block: object, place: str, *, depth: int = 0) -> list[Piece]:
    """Return one block as pieces, see `read_content`.

    Raises:
        InvalidRequestError: It cannot be used; names its type.
    """
    for read in (_read_text, _read_image_address, _read_media, _read_data):
        piece = read(block)
        if piece is not None:
            return [piece]
    match block:
        case {"type": "non_standard", "value": object() as value}:
            return read_content(value, place, depth=depth + 1)
        case {"type": "document", "source": {"type": "content", "content": object() as content}}:
            return read_content(content, place, depth=depth + 1)
        case {
            "type": "search_result",
            "title": str(title),
            "source": str(source),
            "content": object() as content,
        }:
            return [TextPart(f"{title}\n{source}\n"), *read_content(content, place, depth=depth + 1)]
        case _:
            raise refuse_block(block, place)


def refuse_block(block: object, place: str) -> InvalidRequestError:
    """Return the error for a block that cannot be used, with its type and what is wrong with it."""
    if not isinstance(block, dict):
        return InvalidRequestError(
            f"{place}: a value of type {type(block).__name__!r} is no content block.",
            hint="Use a text, or a dict with a `type`.",
        )
    table = cast("dict[object, object]", block)
    kind = table.get("type")
    if isinstance(kind, str) and kind in _UNHEARD:
        return InvalidRequestError(
            f"{place}: a block of type {show(kind)}, and the model neither hears nor watches.",
            hint="Send text, images, PDFs or text files.",
        )
    if isinstance(kind, str) and kind in _TEXT_TYPES and "text" in table:
        return InvalidRequestError(
            f"{place}: the text of a block is {show(table['text'])}, of type {type(table['text']).__name__!r}.",
            hint="Give a string, or leave the block out.",
        )
    holders = (table, table.get("file"), table.get("source"))
    if table.get("source_type") == "id" or any(isinstance(one, dict) and "file_id" in one for one in holders):
        return InvalidRequestError(
            f"{place}: the block of type {show(kind)} names a file of another service by its id.",
            hint="Send the bytes of the file in base64.",
        )
    return InvalidRequestError(
        f"{place}: a block of type {show(kind)} cannot be used: {show(table)}.",
        hint="Send text, images, PDFs or text files, see the table of input forms in docs/langchain.md.",
    )


def _read_text(block: object) -> Piece | None:
    match block:
        case str(text):
            return TextPart(text)
        case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
            return TextPart(text)
        case {"type": "refusal", "refusal": str(text)}:
            return TextPart(text)
        case {"type": "json", "json": object() as value}:
            return TextPart(json.dumps(value, ensure_ascii=False, default=str))
        case {"text": str(text)} if len(cast("dict[object, object]", block)) == 1:
            return TextPart(text)  # Bedrock's and Gemini's blocks name no type.
        case _:
            return None


def _read_image_address(block: object) -> Piece | None:
    match block:
        case {"type": "image_url" | "input_image", "image_url": {"url": str(url)} | str(url)}:
            return Media(url)
        case {"type": "image", "image": Image.Image() as image} | {"image_pil": Image.Image() as image}:
            return Media(image)
        case {"type": "image", "image": bytes(data)}:
            return Media(data)
        case {"type": "image", "image": str(text)} | {"type": "image", "path": str(text)}:
            return Media(text)
        case {"type": "file" | "input_file", "file": {"file_data": str(text)}} | {"file_data": str(text)}:
            return Media(text, encoded=True)
        case {"type": "input_file", "file_url": str(url)}:
            return Media(url)
        case _:
            return None


def _read_media(block: object) -> Piece | None:
    """What the families of blocks have in common: bytes in base64, an address, or a text, in one of their places."""
    table = cast("dict[object, object]", block) if isinstance(block, dict) else {}
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in _MEDIA_TYPES:
        return None
    source = table.get("source")
    return _read_payload(cast("object", source)) if isinstance(source, dict) else _read_payload(table)


def _read_payload(payload: object) -> Piece | None:
    match payload:
        case {"base64": str(text)} | {"source_type": "base64", "data": str(text)}:
            return Media(text, encoded=True)
        case {"type": "text", "data": str(text)} | {"text": str(text)}:
            return TextPart(text)
        case {"base64": bytes(data)} | {"bytes": bytes(data)} | {"data": bytes(data)}:
            return Media(data)
        case {"data": str(text)} | {"inline_data": {"data": str(text)}}:
            return Media(text, encoded=True)
        case {"url": str(url)} | {"file_uri": str(url)} | {"path": str(url)}:
            return Media(url)
        case _:
            return None


def _read_data(block: object) -> Piece | None:
    match block:
        case {"inline_data": {"data": str(text)}} | {"inlineData": {"data": str(text)}}:
            return Media(text, encoded=True)
        case {"inline_data": {"data": bytes(data)}}:
            return Media(data)
        case {"image": {"source": {"bytes": bytes(data)}}} | {"document": {"source": {"bytes": bytes(data)}}}:
            return Media(data)
        case {"file_data": {"file_uri": str(url)}}:
            return Media(url)
        case _:
            return None
