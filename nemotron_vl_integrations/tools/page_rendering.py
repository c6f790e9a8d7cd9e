"""One page of a document as the model sees it."""

from contextlib import aclosing

from nemotron_vl_integrations.errors import InputError, InvalidRequestError
from nemotron_vl_integrations.images import sniff_type
from nemotron_vl_integrations.images.file_types import SNIFF_BYTES
from nemotron_vl_integrations.pages import PageFailure, PageImage, ainspect_document, aiter_page_images
from nemotron_vl_integrations.tools.quoting import name_source
from nemotron_vl_integrations.tools.sources import OpenedSource, blame
from nemotron_vl_integrations.tools.workspace import Workspace

_MULTI_PAGE = frozenset({"pdf", "tiff"})


async def render_page(source: OpenedSource, page: int, workspace: Workspace) -> PageImage:
    """Return a page, fitted to its tiles.

    Raises:
        InvalidRequestError: There is no such page, or it cannot be rendered.
    """
    images = aiter_page_images(
        source.content,
        page,
        layout=workspace.layout,
        max_tiles=workspace.max_tiles,
        passwords=workspace.passwords,
        limits=workspace.render_limits,
    )
    try:
        async with aclosing(images):
            image = await anext(images)
            if isinstance(image, PageFailure):
                raise image.error
            return image
    except InputError as exc:
        raise blame(source, exc) from exc


async def render_image(source: OpenedSource, page: int | None, workspace: Workspace) -> PageImage:
    """Return an image, or the page of a document that was named with it.

    Raises:
        InvalidRequestError: It is a document of several pages, and none of them was named; or as `render_page`.
    """
    if page is None and sniff_type(source.content[:SNIFF_BYTES]) in _MULTI_PAGE:
        try:
            info = await ainspect_document(
                source.content, passwords=workspace.passwords, limits=workspace.render_limits
            )
        except InputError as exc:
            raise blame(source, exc) from exc
        if info.page_count > 1:
            raise InvalidRequestError(
                f"{name_source(source.name)} has {info.page_count} pages.",
                hint=f"Name one of them, such as '{source.name}#page=1'.",
            )
    return await render_page(source, 1 if page is None else page, workspace)
