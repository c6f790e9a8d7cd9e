"""The way through a document, a page at a time and a few pages ahead of whoever takes them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from nemotron_vl_integrations.argument_checks import check_instance
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.pages.documents import DEFAULT_LIMITS, DocumentSource, RenderLimits
from nemotron_vl_integrations.pages.open_document import check_rendering, open_document
from nemotron_vl_integrations.pages.ranges import PageSelection, select_pages
from nemotron_vl_integrations.pages.reader import make_reader
from nemotron_vl_integrations.pages.results import DocumentInfo, PageFailure, PageImage
from nemotron_vl_integrations.tiling import MAX_TILES


async def aiter_page_images(
    source: DocumentSource,
    pages: PageSelection = None,
    *,
    layout: Layout = "reference",
    max_tiles: int = MAX_TILES,
    text_layer: bool = False,
    passwords: Sequence[str] = (),
    ahead: int = 4,
    limits: RenderLimits = DEFAULT_LIMITS,
) -> AsyncGenerator[PageImage | PageFailure, None]:
    """Render the pages of a document, each straight to the canvas of its grid.

    A PDF, PNG, JPEG, WebP, TIFF (each frame is a page), GIF, BMP, or HEIC with its extra is rendered by a
    process of its own. A page that hangs, crashes that process or needs too much memory comes out as
    a `PageFailure`, and the next page gets a fresh process. Closing the generator early kills the
    process at once.

    A PDF page gets the grid of its scan at 200 dpi; form fields and annotations are drawn, and its
    rotation is honoured.

    Args:
        source: A path, the bytes of a file, or a PIL image.
        pages: Which pages, counted from 1, in the order in which they come out: `"1-3,7"`, `5`,
            `[2, 4]`, or None for all. Each page once, see `parse_page_range`.
        layout: How pages are laid on tiles, see `tiling.choose_grid`.
        max_tiles: Most tiles of a page, 1 to 12, the thumbnail not counted.
        text_layer: Whether to bring the text that a PDF page holds, see `PageImage.text_layer`.
        passwords: Passwords to try on an encrypted PDF.
        ahead: Most pages that are rendered beyond the one that was taken last.
        limits: What rendering may take.

    Yields:
        One value for each page.

    Raises:
        UnreadableDocumentError: The document cannot be opened: missing, damaged, empty, of another type,
            over a limit. From the first step, like all of these.
        DocumentPasswordError: It is encrypted and no password fits.
        PageRangeError: `pages` cannot be read or names a page that does not exist.
        InvalidRequestError: `max_tiles` outside 1 to 12, or `ahead` below 1.
        MissingExtraError: HEIC without the extra `heic`.

    Examples:
        >>> import contextlib
        >>> from PIL import Image
        >>> async def first_grid(source: DocumentSource) -> str:
        ...     async with contextlib.aclosing(aiter_page_images(source)) as pages:
        ...         async for page in pages:
        ...             return f"page {page.page}: {page.grid}"
        >>> asyncio.run(first_grid(Image.new("RGB", (1700, 2200), "white")))
        'page 1: Grid(columns=3, rows=4)'
    """
    check_rendering(layout, max_tiles, ahead)
    async with open_document(source, passwords=passwords, limits=limits) as document:
        images = document.images(
            select_pages(pages, document.info.page_count),
            layout=layout,
            max_tiles=max_tiles,
            text_layer=text_layer,
            ahead=ahead,
        )
        async with aclosing(images):
            async for image in images:
                yield image


async def arender_page(
    source: DocumentSource,
    page: int,
    *,
    layout: Layout = "reference",
    max_tiles: int = MAX_TILES,
    passwords: Sequence[str] = (),
    limits: RenderLimits = DEFAULT_LIMITS,
) -> PageImage:
    """Render one page of a document; arguments and errors are those of `aiter_page_images`.

    Raises:
        InvalidRequestError: `page` is not one number: of a range, all pages but the first would be lost.
        PageRenderError: The page cannot be rendered; any other error that a `PageFailure` holds.

    Examples:
        >>> from PIL import Image
        >>> asyncio.run(arender_page(Image.new("RGB", (1700, 2200), "white"), 1)).grid
        Grid(columns=3, rows=4)
    """
    check_instance("page", page, int)
    pages = aiter_page_images(
        source, page, layout=layout, max_tiles=max_tiles, passwords=passwords, limits=limits
    )
    async with aclosing(pages):
        rendered = await anext(pages)
    if isinstance(rendered, PageFailure):
        raise rendered.error
    return rendered


def inspect_document(
    source: DocumentSource, *, passwords: Sequence[str] = (), limits: RenderLimits = DEFAULT_LIMITS
) -> DocumentInfo:
    """Tell the type of a document, and the number and labels of its pages, without rendering one.

    Raises:
        UnreadableDocumentError: It cannot be opened.
        DocumentPasswordError: It is encrypted and no password fits.
        MissingExtraError: HEIC without the extra `heic`.

    Examples:
        >>> from PIL import Image
        >>> inspect_document(Image.new("RGB", (1700, 2200), "white"))
        DocumentInfo(kind='image', page_count=1, labels=('1',), properties={})
    """
    reader = make_reader(source, passwords=passwords, limits=limits)
    try:
        return reader.open()
    finally:
        reader.close()


async def ainspect_document(
    source: DocumentSource, *, passwords: Sequence[str] = (), limits: RenderLimits = DEFAULT_LIMITS
) -> DocumentInfo:
    """Do what `inspect_document` does; cancelling kills the process at once."""
    reader = make_reader(source, passwords=passwords, limits=limits)

    def inspect() -> DocumentInfo:
        try:
            return reader.open()
        finally:
            reader.close()

    try:
        return await asyncio.to_thread(inspect)
    finally:
        reader.interrupt()
