"""LlamaIndex's content blocks as texts and media; a block that cannot be used is refused by name."""

import logging
from collections.abc import Sequence
from io import IOBase
from pathlib import Path
from typing import Final, TypeAlias, assert_never

from llama_index.core.base.llms.types import (
    AudioBlock,
    CachePoint,
    CitableBlock,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from nemotron_vl_integrations.chat import Media
from nemotron_vl_integrations.errors import ImageTooLargeError, InvalidRequestError
from nemotron_vl_integrations.messages import TextPart

Piece: TypeAlias = TextPart | Media

_UNTITLED: Final = "input_document"
"""What LlamaIndex calls a document without a title."""

_logger = logging.getLogger(__name__)


def read_blocks(blocks: Sequence[ContentBlock], place: str, *, max_bytes: int) -> list[Piece]:
    r"""Return blocks as pieces, in their order, neighbouring texts on lines of their own.

    Args:
        blocks: Of a message; thoughts and calls of tools are not content, see `message_conversion`.
        place: What messages of errors call it.
        max_bytes: Most bytes that are read from a stream.

    Raises:
        InputError: A block that cannot be used; names its type.

    Examples:
        >>> read_blocks([TextBlock(text="Hello"), TextBlock(text="again")], "messages[0]", max_bytes=100)
        [TextPart(text='Hello'), TextPart(text='\n'), TextPart(text='again')]
    """
    pieces: list[Piece] = []
    for index, block in enumerate(blocks):
        added = _read_block(block, f"{place}.blocks[{index}]", max_bytes)
        if added and pieces and isinstance(added[0], TextPart) and isinstance(pieces[-1], TextPart):
            pieces.append(TextPart("\n"))
        pieces += added
    return pieces


def _read_block(block: ContentBlock, place: str, max_bytes: int) -> list[Piece]:
    match block:
        case TextBlock():
            return [TextPart(block.text)] if block.text else []
        case ImageBlock():
            return [_read_file(block.image, block.path, block.url, place, max_bytes)]
        case DocumentBlock():
            heading = [] if block.title in (None, "", _UNTITLED) else [TextPart(f"{block.title}\n")]
            return [*heading, _read_file(block.data, block.path, block.url, place, max_bytes)]
        case CitableBlock():
            heading = TextPart(f"{block.title}\n{block.source}\n")
            return [heading, *read_blocks(block.content, place, max_bytes=max_bytes)]
        case CitationBlock():
            return read_blocks([block.cited_content], place, max_bytes=max_bytes)
        case CachePoint():
            _logger.debug("%s: a point of a cache; the engine finds common beginnings by itself", place)
            return []
        case AudioBlock() | VideoBlock():
            raise InvalidRequestError(
                f"{place}: a block of type {block.block_type!r}, and the model neither hears nor watches.",
                hint="Send text, images, PDFs or text files.",
            )
        case ThinkingBlock() | ToolCallBlock():
            raise InvalidRequestError(
                f"{place}: a block of type {block.block_type!r}, which only the assistant's messages hold."
            )
        case _:
            assert_never(block)


def _read_file(
    data: bytes | IOBase | None, path: Path | str | None, url: object, place: str, max_bytes: int
) -> Media:
    """Where a block names several sources, the first that LlamaIndex itself would take."""
    if isinstance(data, IOBase):
        return Media(_read_stream(data, place, max_bytes))
    if data:
        return _decode_later(data)
    if path:
        return Media(path)
    if url:
        return Media(str(url))
    raise InvalidRequestError(
        f"{place}: the block holds no bytes, no path and no address.", hint="Give it one of them."
    )


def _decode_later(data: bytes) -> Media:
    # LlamaIndex keeps bytes as base64; whoever sets them afterwards may have left them as they are.
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return Media(data)
    return Media(text, encoded=True)


def _read_stream(stream: IOBase, place: str, max_bytes: int) -> bytes:
    """All bytes of a stream, which is left where it stood."""
    if not stream.seekable():
        raise InvalidRequestError(
            f"{place}: the stream {stream!r} cannot be read twice.", hint="Give its bytes instead."
        )
    position = stream.tell()
    stream.seek(0)
    data: object = stream.read(max_bytes + 1)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType, reportAttributeAccessIssue] - `IOBase` leaves `read` to its children
    stream.seek(position)
    if not isinstance(data, bytes):
        raise InvalidRequestError(
            f"{place}: the stream {stream!r} gives no bytes.", hint="Open it in binary."
        )
    if len(data) > max_bytes:
        raise ImageTooLargeError(f"{place}: a stream of more than {max_bytes:,} bytes is over the limit.")
    return data
