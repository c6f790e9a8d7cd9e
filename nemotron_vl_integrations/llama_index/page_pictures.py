"""Draws pages that need no reading, because their results were known, and whose pictures are wanted all the same."""

import asyncio
import logging
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from pathlib import Path

from nemotron_vl_integrations.orientation import ROTATIONS, turn_image
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.pages import PageFailure, PageImage
from nemotron_vl_integrations.pages.open_document import OpenDocument, open_document
from nemotron_vl_integrations.reading.kept_images import ImageFolder
from nemotron_vl_integrations.reading.pipeline import DocumentToRead, ReadingRun

_logger = logging.getLogger(__name__)


class KnownPagePictures:
    """Pictures of pages whose results came out of the ledger; holds one document open at a time.

    Args:
        run: How pages are read.
        folder: Where pictures are.
    """

    def __init__(self, run: ReadingRun, folder: Path) -> None:
        self._run = run
        self._folder = ImageFolder(folder, "png")
        self._stack = AsyncExitStack()
        self._open: tuple[DocumentToRead, OpenDocument] | None = None

    async def complete(self, document: DocumentToRead, page: PageResult) -> PageResult:
        """Return a result with the picture of its page; a page that could not be rendered has none.

        Raises:
            UnreadableDocumentError: The document cannot be opened any more.
        """
        if page.grid is None or not page.from_ledger or self._has(page.image):
            return page
        image = await self._render(document, page.page)
        if isinstance(image, PageFailure):
            return replace(page, image=None)
        turned = turn_image(image.image, ROTATIONS[page.rotation // 90 % 4])
        try:
            path = await asyncio.to_thread(self._folder.keep, turned, source=document.name, page=page.page)
        except OSError as exc:
            _logger.warning("Page %s of %s: its picture cannot be kept: %s.", page.page, document.name, exc)
            return replace(page, image=None)
        return replace(page, image=path)

    async def close(self) -> None:
        """Close the document that is open."""
        self._open = None
        await self._stack.aclose()

    def _has(self, image: Path | None) -> bool:
        return image is not None and image.parent == self._folder.folder and image.is_file()

    async def _render(self, document: DocumentToRead, page: int) -> PageImage | PageFailure:
        if self._open is None or self._open[0] is not document:
            await self.close()
            opening = open_document(
                document.source, passwords=document.passwords, limits=self._run.options.limits
            )
            self._open = document, await self._stack.enter_async_context(opening)
        images = self._open[1].images([page], layout=self._run.layout, max_tiles=self._run.max_tiles)
        async with aclosing(images):
            return await anext(images)
