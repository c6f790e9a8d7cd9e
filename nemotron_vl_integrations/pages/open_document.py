"""An open document: its facts at once, its pages as images one after the other."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.pages.documents import DEFAULT_LIMITS, DocumentSource, RenderLimits
from nemotron_vl_integrations.pages.reader import DocumentReader, make_reader
from nemotron_vl_integrations.pages.results import DocumentInfo, PageFailure, PageImage
from nemotron_vl_integrations.tiling import MAX_TILES, choose_grid


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document whose renderer runs.

    Attributes:
        info: What it is.
    """

    info: DocumentInfo
    _reader: DocumentReader
    _thread: ThreadPoolExecutor

    async def digest(self) -> str:
        """Return the SHA-256 of the bytes that are read, whatever becomes of the path meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._reader.digest)

    async def images(
        self,
        pages: Iterable[int],
        *,
        layout: Layout = "reference",
        max_tiles: int = MAX_TILES,
        text_layer: bool = False,
        ahead: int = 4,
    ) -> AsyncGenerator[PageImage | PageFailure, None]:
        """Render pages in their order, at most `ahead` of them beyond the one that was taken last.

        Raises:
            InvalidRequestError: `max_tiles` outside 1 to 12, or `ahead` below 1.
        """
        check_rendering(layout, max_tiles, ahead)
        loop = asyncio.get_running_loop()
        wanted = iter(pages)

        def render(page: int) -> PageImage | PageFailure:
            return self._reader.render(page, layout=layout, max_tiles=max_tiles, text_layer=text_layer)

        pending = deque(loop.run_in_executor(self._thread, render, page) for page in islice(wanted, ahead))
        try:
            while pending:
                result = await pending.popleft()
                pending.extend(loop.run_in_executor(self._thread, render, page) for page in islice(wanted, 1))
                yield result
        finally:
            for future in pending:
                future.cancel()


def check_rendering(layout: Layout, max_tiles: int, ahead: int) -> None:
    """Refuse what no page can be rendered with.

    Raises:
        InvalidRequestError: `max_tiles` outside 1 to 12, or `ahead` below 1.
    """
    choose_grid(1, 1, layout=layout, max_tiles=max_tiles)
    if ahead < 1:
        raise InvalidRequestError(f"ahead={ahead!r} renders nothing.", hint="Use 1 or more.")


@asynccontextmanager
async def open_document(
    source: DocumentSource, *, passwords: Sequence[str] = (), limits: RenderLimits = DEFAULT_LIMITS
) -> AsyncGenerator[OpenDocument, None]:
    """Open a document; leaving the block ends its renderer at once, whatever it does.

    Raises:
        UnreadableDocumentError: It cannot be opened: missing, damaged, empty, of another type, over a limit.
        DocumentPasswordError: It is encrypted and no password fits.
        MissingExtraError: HEIC without the extra `heic`.
    """
    loop = asyncio.get_running_loop()
    reader = make_reader(source, passwords=passwords, limits=limits)
    # One thread for one document: it waits for the process, never computes, and blocks no one else.
    thread = ThreadPoolExecutor(1, "nemotron-vl-pages")
    try:
        info = await loop.run_in_executor(thread, reader.open)
        yield OpenDocument(info, reader, thread)
    finally:
        reader.interrupt()
        closing = loop.run_in_executor(thread, reader.close)
        try:
            # A second cancellation must not leave the process behind.
            await asyncio.shield(closing)
        finally:
            thread.shutdown(wait=False)
