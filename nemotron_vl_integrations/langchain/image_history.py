"""Long conversations with many images: the newest stay, older ones become their text."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

from langchain_core.messages import BaseMessage
from PIL import Image

from nemotron_vl_integrations.argument_checks import check_function, check_items, check_whole
from nemotron_vl_integrations.chat import FORGOTTEN, Media, MediaPolicy, MediaReader
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.config import IMAGES_PER_PROMPT
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.langchain.content_blocks import read_block
from nemotron_vl_integrations.langchain.error_mapping import mapped_errors
from nemotron_vl_integrations.messages import ImagePart, Part, TextPart

MessageT = TypeVar("MessageT", bound=BaseMessage)

_REMEMBERED: Final = 1024


class ImageHistory:
    """Keeps the newest images of a conversation in it, and replaces older ones by their text.

    The model was trained with up to four images a prompt, and an agent that looks at pages has soon seen more.

    Args:
        limit: How many images stay; a page of a document is one.
        read: Gives the text of an image that goes, such as `lambda page: read_document(page).text`. Each image is read
            once. Without it, a word says that there was an image.
        max_pages: Most pages of one document.
        allowed_paths: Folders and files that messages may name by their path, as in `ChatNemotronVL`.
        allowed_hosts: Hosts that addresses in messages may name, as in `ChatNemotronVL`.

    Raises:
        InvalidRequestError: An argument that cannot be used, such as a `limit` above 4.

    Examples:
        >>> from langchain_core.messages import HumanMessage
        >>> page = {"type": "image", "image": Image.new("RGB", (32, 32))}
        >>> history = ImageHistory(limit=1, read=lambda image: "Dear Ms Hale")
        >>> history.trim([HumanMessage([page]), HumanMessage([page])])[0]
        HumanMessage(content=[{'type': 'text', 'text': '[an image that was shown here before] Dear Ms Hale'}], ...)
    """

    def __init__(
        self,
        limit: int = 4,
        *,
        read: Callable[[Image.Image], str] | None = None,
        max_pages: int = 4,
        allowed_paths: Sequence[Path] = (),
        allowed_hosts: Sequence[str] = (),
    ) -> None:
        check_function("read", read, "a function that takes an image and returns its text")
        self._limit = check_whole("limit", limit, 0, IMAGES_PER_PROMPT)
        self._read = read
        self._reader = MediaReader(
            policy=MediaPolicy(
                allowed_paths=cast("tuple[Path, ...]", check_items("allowed_paths", allowed_paths, "paths")),
                allowed_hosts=cast(
                    "tuple[str, ...]", check_items("allowed_hosts", allowed_hosts, "names of hosts")
                ),
                max_pages=max_pages,
            )
        )
        self._texts: OrderedDict[bytes, str] = OrderedDict()

    def trim(self, messages: Sequence[MessageT]) -> list[MessageT]:
        """Return the conversation with its newest images; the messages themselves stay as they are.

        A block that the chat model would refuse is left where it is, for the model to refuse it by name.

        Raises:
            ModelInvalidRequestError: An image or a document that cannot be read.
        """
        return background_loop.run(self._trim(messages))

    async def atrim(self, messages: Sequence[MessageT]) -> list[MessageT]:
        """Return the conversation with its newest images, see `trim`."""
        return await background_loop.arun(self._trim(messages))

    async def _trim(self, messages: Sequence[MessageT]) -> list[MessageT]:
        room, trimmed = _Room(self._limit), list[MessageT]()
        with mapped_errors():
            for message in reversed(messages):
                content = cast("object", message.content)  # pyright: ignore[reportUnknownMemberType] - LangChain's type
                kept = await self._trim_content(content, room)
                trimmed.append(message if kept == content else message.model_copy(update={"content": kept}))
        return trimmed[::-1]

    async def _trim_content(self, content: object, room: "_Room") -> object:
        if not isinstance(content, list):
            return content
        blocks = cast("list[object]", content)
        return [await self._trim_block(block, room) for block in reversed(blocks)][::-1]

    async def _trim_block(self, block: object, room: "_Room") -> object:
        match block:
            case {"type": "tool_result", "content": object() as content}:
                return {
                    **cast("dict[str, object]", block),
                    "content": await self._trim_content(content, room),
                }
            case dict():
                parts = await self._list_parts(cast("object", block))
                if room.take(sum(isinstance(part, ImagePart) for part in parts)):
                    return cast("object", block)
                return {"type": "text", "text": "\n".join([await self._tell(part) for part in parts])}
            case _:
                return block

    async def _list_parts(self, block: object) -> list[Part]:
        try:
            pieces = read_block(block, "")
        except InvalidRequestError:
            return []
        parts: list[Part] = []
        for piece in pieces:
            parts += await self._reader.read(piece) if isinstance(piece, Media) else (piece,)
        return parts

    async def _tell(self, part: Part) -> str:
        if isinstance(part, TextPart):
            return part.text
        if self._read is None:
            return FORGOTTEN
        return f"{FORGOTTEN} {await asyncio.to_thread(self._recall, part.image, self._read)}"

    def _recall(self, image: Image.Image, read: Callable[[Image.Image], str]) -> str:
        key = hashlib.sha256(repr(image.size).encode() + image.tobytes()).digest()
        text = self._texts.pop(key, None)
        self._texts[key] = read(image) if text is None else text
        while len(self._texts) > _REMEMBERED:
            self._texts.popitem(last=False)
        return self._texts[key]


@dataclass(slots=True)
class _Room:
    """How many images may still stay; once one has gone, all older ones go."""

    left: int

    def take(self, count: int) -> bool:
        """Whether so many images may stay."""
        if count > self.left:
            self.left = 0
            return False
        self.left -= count
        return True
