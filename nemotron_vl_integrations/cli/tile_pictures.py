"""Pictures of the tile grid of each page, for `--tiles`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from nemotron_vl_integrations.pages import PageFailure, PageImage
from nemotron_vl_integrations.tiling import draw_grid

PICTURE_SUFFIX = ".tiles.png"


def picture_name(stem: str, page: int) -> str:
    """File name of the picture of a page.

    Examples:
        >>> picture_name("letter", 2)
        'letter-page-2.tiles.png'
    """
    return f"{stem}-page-{page}{PICTURE_SUFFIX}"


async def write_tile_pictures(
    pages: AsyncGenerator[PageImage | PageFailure, None], folder: Path, stem: str
) -> tuple[Path, ...]:
    """Draw the tile grid over each page and write it as PNG.

    Args:
        pages: Rendered pages; one that failed has no picture, and reading reports it.
        folder: Where the pictures go.
        stem: Start of their names.

    Returns:
        The pictures.
    """
    written: list[Path] = []
    async with aclosing(pages):
        async for page in pages:
            if isinstance(page, PageImage):
                written.append(folder / picture_name(stem, page.page))
                await asyncio.to_thread(_write, page, written[-1])
    return tuple(written)


def _write(page: PageImage, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    # The canvas is exact, so it stands for the same grid whatever layout it was made with.
    part.unlink(missing_ok=True)
    with part.open("xb") as file:
        draw_grid(page.image).save(file, "PNG")
    part.replace(path)
