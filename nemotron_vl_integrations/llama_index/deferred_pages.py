"""Pages that are rendered now and read later: a picture, what identifies it, and no text yet."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from llama_index.core.schema import Document

from nemotron_vl_integrations.concurrency.ordered_map import map_in_order
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger import hash_page_image
from nemotron_vl_integrations.llama_index.document_origins import DocumentOrigin
from nemotron_vl_integrations.llama_index.page_documents import describe_page, make_document, make_page_id
from nemotron_vl_integrations.page_checks.text_layer import judge_text_layer
from nemotron_vl_integrations.pages import PageFailure, PageImage, aiter_page_images
from nemotron_vl_integrations.reading.kept_images import ImageFolder
from nemotron_vl_integrations.reading.pipeline import DocumentToRead, ReadingRun

_WRITTEN_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDeferral:
    """Renders the pages of documents and leaves the reading to the node parser.

    Attributes:
        run: How pages are rendered.
        folder: Where their pictures go.
    """

    run: ReadingRun
    folder: Path

    async def render(
        self, origin: DocumentOrigin, document: DocumentToRead, extra_info: Mapping[str, object]
    ) -> AsyncGenerator[Document, None]:
        """Yield a document for each page, in order.

        With `text_layer="prefer"` a page whose own text can be trusted has it already.

        Raises:
            UnreadableDocumentError: The document cannot be opened.
            PageRangeError: It has not all the pages that were asked for.
            InvalidRequestError: The folder cannot be made.
        """
        folder = ImageFolder(self.folder, "png")
        folder.make()
        options = self.run.options
        images = aiter_page_images(
            document.source,
            document.pages,
            layout=self.run.layout,
            max_tiles=self.run.max_tiles,
            text_layer=options.text_layer == "prefer" and self.run.mode in ("text", "markdown"),
            passwords=document.passwords,
            ahead=options.ahead,
            limits=options.limits,
        )

        async def write(page: PageImage | PageFailure) -> Document:
            return await asyncio.to_thread(_make_document, page, origin, document.name, folder, extra_info)

        documents = map_in_order(
            images, write, concurrency=_WRITTEN_AT_ONCE, window=_WRITTEN_AT_ONCE + options.ahead
        )
        async with aclosing(documents):
            async for made in documents:
                yield made


def _make_document(
    page: PageImage | PageFailure,
    origin: DocumentOrigin,
    name: str,
    folder: ImageFolder,
    extra_info: Mapping[str, object],
) -> Document:
    identifier = make_page_id(origin.identity, page.page)
    if isinstance(page, PageFailure):
        reason = f"{type(page.error).__name__}: {page.error}"
        failed = describe_page(origin, page=page.page, label=page.label, status="failed", reason=reason)
        return make_document(identifier, "", failed, extra_info)
    path = _keep(page, name, folder)
    has_text = bool(page.text_layer) and judge_text_layer(page.text_layer)
    metadata = describe_page(
        origin,
        page=page.page,
        label=page.label,
        status="text_layer" if has_text else "deferred",
        image=path,
        image_sha256=hash_page_image(page.image),
    )
    return make_document(identifier, page.text_layer if has_text else "", metadata, extra_info, path)


def _keep(page: PageImage, name: str, folder: ImageFolder) -> Path:
    try:
        return folder.keep(page.image, source=name, page=page.page)
    except OSError as exc:
        raise InvalidRequestError(
            f"The picture of page {page.page} of {name!r} cannot be written to {str(folder.folder)!r}: {exc.strerror}.",
            hint="Without its picture a page cannot be read later. Make room, or choose another `image_dir`.",
        ) from exc
