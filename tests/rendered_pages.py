"""Renders documents for the tests of pages."""

import asyncio
import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PIL import Image

from nemotron_vl_integrations.errors import (
    PageRenderError,
)
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.pages import (
    DocumentSource,
    PageFailure,
    PageImage,
    PageSelection,
    RenderLimits,
    aiter_page_images,
)
from tests.pdf_writer import Page, box

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


LEFT_HALF = Page(content=box(0, 0, 306, 792))


def render(
    source: DocumentSource,
    pages: PageSelection = None,
    *,
    layout: Layout = "reference",
    max_tiles: int = 12,
    passwords: Sequence[str] = (),
    limits: RenderLimits = RenderLimits(),  # noqa: B008  a frozen value
) -> list[PageImage | PageFailure]:
    async def collect() -> list[PageImage | PageFailure]:
        stream = aiter_page_images(
            source, pages, layout=layout, max_tiles=max_tiles, passwords=passwords, limits=limits
        )
        return [page async for page in stream]

    return asyncio.run(collect())


def only(pages: list[PageImage | PageFailure]) -> PageImage:
    (page,) = pages
    assert isinstance(page, PageImage), page
    return page


def failure(page: PageImage | PageFailure) -> str:
    assert isinstance(page, PageFailure), page
    assert isinstance(page.error, PageRenderError)
    return str(page.error)


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def tiff(*frames: Image.Image) -> bytes:
    return encode(
        frames[0], "TIFF", save_all=True, append_images=list(frames[1:]), compression="tiff_deflate"
    )


def child_pids() -> set[int]:
    children: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # A thread that ended meanwhile.
            children |= {int(pid) for pid in (task / "children").read_text().split()}
    return children
