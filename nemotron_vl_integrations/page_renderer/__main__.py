"""The loop of the rendering process: one document, then one page after the other."""

import os
import sys
from typing import BinaryIO, Protocol

from nemotron_vl_integrations.errors import DocumentPasswordError, NemotronVLError, PageRenderError
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_renderer.confinement import confine_process
from nemotron_vl_integrations.page_renderer.frames import ImagePages
from nemotron_vl_integrations.page_renderer.protocol import (
    OpenRequest,
    PageRequest,
    read_open_request,
    read_page_request,
    write_line,
)
from nemotron_vl_integrations.tiling.grid import Grid


class OpenDocument(Protocol):
    """What `PdfPages` and `ImagePages` have in common."""

    labels: tuple[str, ...]
    properties: dict[str, str]

    def render(self, page: int, *, layout: Layout, max_tiles: int) -> tuple[Grid, bytes | memoryview]:
        """Render a page, counted from 1, to the pixels of its canvas: RGB, row by row."""
        ...

    def extract_text(self, page: int) -> str:
        """Extract the text layer of a page, counted from 1; empty if it has none."""
        ...


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Serve one document until `requests` ends."""
    _reply(replies, write_line({"ready": True}))
    first = requests.readline()
    if not first:
        return
    opening = read_open_request(first)
    confine_process(memory_bytes=opening.memory_bytes, parent=opening.parent)
    try:
        document = _open(opening)
    except NemotronVLError as exc:
        _reply(replies, _write_failure(exc))
        return
    except MemoryError:
        _reply(replies, _write_failure(_out_of_memory(opening.name, opening)))
        return
    _reply(replies, write_line({"labels": document.labels, "properties": document.properties}))
    for line in requests:
        _reply(replies, *_render(document, read_page_request(line), opening))


def _open(opening: OpenRequest) -> OpenDocument:
    if opening.kind != "pdf":
        return ImagePages(
            opening.descriptor,
            kind=opening.kind,
            name=opening.name,
            max_pages=opening.max_pages,
            max_pixels=opening.max_pixels,
        )
    # PDFium takes longer to import than everything else here, and images do without it.
    from nemotron_vl_integrations.page_renderer.pdf import PdfPages

    return PdfPages(
        opening.descriptor, name=opening.name, passwords=opening.passwords, max_pages=opening.max_pages
    )


def _render(
    document: OpenDocument, request: PageRequest, opening: OpenRequest
) -> tuple[bytes | memoryview, ...]:
    try:
        grid, pixels = document.render(request.page, layout=request.layout, max_tiles=request.max_tiles)
        text = document.extract_text(request.page) if request.text_layer else ""
    except NemotronVLError as exc:
        return (_write_failure(exc),)
    except MemoryError:
        return (_write_failure(_out_of_memory(f"Page {request.page} of {opening.name}", opening)),)
    return write_line({"columns": grid.columns, "rows": grid.rows, "text_layer": text}), pixels


def _out_of_memory(what: str, opening: OpenRequest) -> PageRenderError:
    return PageRenderError(
        f"{what} needs more memory than the limit of {opening.memory_bytes:,} bytes.",
        hint="Raise RenderLimits.memory_bytes, or leave it out.",
    )


def _write_failure(error: NemotronVLError) -> bytes:
    locked = isinstance(error, DocumentPasswordError)
    return write_line({"message": error.message, "hint": error.hint, "locked": locked})


def _reply(replies: BinaryIO, *parts: bytes | memoryview) -> None:
    for part in parts:
        replies.write(part)
    replies.flush()


def _take_standard_output() -> BinaryIO:
    # Whatever a decoder prints must not come between the replies.
    descriptor = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(descriptor, "wb")


if __name__ == "__main__":
    serve(sys.stdin.buffer, _take_standard_output())
