"""Images, documents and text files that a message brings along, as the parts of a prompt."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PIL import Image

from nemotron_vl_integrations.chat.media_policy import DEFAULT_POLICY, MediaPolicy
from nemotron_vl_integrations.errors import (
    DocumentPasswordError,
    ImageTooLargeError,
    InvalidRequestError,
    TooManyImagesError,
    UnreadableDocumentError,
)
from nemotron_vl_integrations.images import DEFAULT_LIMITS, load_image, sniff_type
from nemotron_vl_integrations.images.decoding import IMAGE_TYPES
from nemotron_vl_integrations.images.file_types import SNIFF_BYTES, describe_type
from nemotron_vl_integrations.images.text import decode_base64, decode_data_url, looks_like_base64
from nemotron_vl_integrations.messages import ImagePart, Layout, Part, TextPart
from nemotron_vl_integrations.pages import PageFailure, PageImage, ainspect_document, aiter_page_images
from nemotron_vl_integrations.tiling import MAX_TILES

_MULTI_PAGE: Final = frozenset({"pdf", "tiff"})
_LONGEST_PATH: Final = 4096


@dataclass(frozen=True, slots=True)
class Media:
    """Something that a message brings along.

    Attributes:
        source: The bytes of a file, an image, a path, or a text: a `data:` address, the address or the path of a file,
            or base64.
        encoded: Whether a text is base64 and never a path.
    """

    source: bytes | str | Path | Image.Image
    encoded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaReader:
    """Turns media into parts. What a file is, its bytes say; what the sender calls it is not asked.

    Attributes:
        policy: What may be read.
        layout: How pages are laid on tiles, see `tiling.choose_grid`.
        max_tiles: Most tiles of a page, 1 to 12.

    Examples:
        >>> asyncio.run(MediaReader().read(Media("data:text/plain;base64,aGk=")))
        (TextPart(text='hi'),)
    """

    policy: MediaPolicy = DEFAULT_POLICY
    layout: Layout = "reference"
    max_tiles: int = MAX_TILES

    async def read(self, media: Media) -> tuple[Part, ...]:
        """Return an image as one part, a document as a part for each page, a text file as its text.

        Raises:
            InputError: It may not be read, cannot be read, or is too large.
        """
        if isinstance(media.source, Image.Image):
            return (ImagePart(await asyncio.to_thread(load_image, media.source)),)
        data = await self.fetch(media)
        kind = sniff_type(data[:SNIFF_BYTES])
        if kind in _MULTI_PAGE:
            return await self._read_pages(data)
        if kind in IMAGE_TYPES:
            limits = replace(DEFAULT_LIMITS, max_bytes=self.policy.max_bytes)
            return (ImagePart(await asyncio.to_thread(load_image, data, limits=limits)),)
        return (TextPart(self._read_text(data, kind)),)

    async def read_pieces(self, pieces: Sequence[TextPart | Media], place: str) -> tuple[Part, ...]:
        """Return the texts and media of a message as parts, in their order.

        Args:
            pieces: The message.
            place: What messages of errors call it.

        Raises:
            InputError: See `read`; the message names the place where nothing else does.
        """
        parts: list[Part] = []
        for piece in pieces:
            if isinstance(piece, TextPart):
                parts.append(piece)
                continue
            try:
                parts += await self.read(piece)
            except InvalidRequestError as exc:
                raise InvalidRequestError(f"{place}: {exc.message}", hint=exc.hint) from exc
            except DocumentPasswordError as exc:
                raise DocumentPasswordError(
                    f"{place}: {exc.message}",
                    hint="Send a copy without a password, or its text: `read_document` takes `passwords`.",
                ) from exc
        return tuple(parts)

    async def fetch(self, media: Media) -> bytes:
        """Return the bytes of a file; of an image that is decoded already there are none.

        Raises:
            InputError: It may not be read, cannot be read, or is too large.
        """
        source, max_bytes = media.source, self.policy.max_bytes
        if isinstance(source, bytes):
            if len(source) > max_bytes:
                raise ImageTooLargeError(
                    f"A file of {len(source):,} bytes is over the limit of {max_bytes:,}.",
                    hint="Raise `max_bytes`.",
                )
            return source
        assert not isinstance(source, Image.Image)
        if isinstance(source, str):
            if source.lstrip()[:5].lower() == "data:":
                return await asyncio.to_thread(decode_data_url, source.strip(), max_bytes=max_bytes)
            if media.encoded or len(source) > _LONGEST_PATH or looks_like_base64(source):
                return await asyncio.to_thread(decode_base64, source, max_bytes=max_bytes)
        return await self.policy.read(str(source))

    async def _read_pages(self, data: bytes) -> tuple[Part, ...]:
        count = (await ainspect_document(data)).page_count
        if count > self.policy.max_pages:
            raise TooManyImagesError(
                f"A document in the message has {count} pages and {self.policy.max_pages} are allowed.",
                hint="Send fewer pages, or raise `max_pages` and `max_images`; for long files use `read_document`.",
            )
        images = aiter_page_images(data, layout=self.layout, max_tiles=self.max_tiles)
        return tuple([part async for part in _take_pages(images)])

    def _read_text(self, data: bytes, kind: str | None) -> str:
        try:
            text = None if kind is not None or b"\x00" in data else data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = None
        if text is None or not text:
            what, hint = describe_type(kind, data)
            raise UnreadableDocumentError(
                f"A file in the message is no image, document or text in UTF-8: it is {what}.", hint=hint
            )
        if len(text) > self.policy.max_characters:
            raise InvalidRequestError(
                f"A text file in the message has {len(text):,} characters and {self.policy.max_characters:,} are "
                "allowed.",
                hint="Send the part that matters.",
            )
        return text


async def _take_pages(images: AsyncGenerator[PageImage | PageFailure, None]) -> AsyncGenerator[Part, None]:
    async with aclosing(images):
        async for page in images:
            if isinstance(page, PageFailure):
                raise page.error
            yield ImagePart(page.image)
