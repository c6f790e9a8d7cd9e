"""Pages of a PDF, drawn by PDFium straight onto the canvas of their grid."""

import ctypes
import math
import mmap
from collections.abc import Sequence
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from nemotron_vl_integrations.errors import DocumentPasswordError, PageRenderError, UnreadableDocumentError
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_renderer.pdf_properties import read_properties
from nemotron_vl_integrations.page_renderer.pdf_text import read_text_layer
from nemotron_vl_integrations.page_renderer.protocol import LONGEST_LABEL
from nemotron_vl_integrations.tiling.grid import Grid, choose_grid, place_image

# A page has no pixels, but the choice of a grid counts them. 200 dpi is a usual scan, so a PDF and its
# scan get the same grid; at 72 dpi, one pixel a point, a slide would get 2 x 1 tiles instead of 4 x 2.
_DPI: Final = 200
_POINTS_PER_INCH: Final = 72
_MAX_SIDE: Final = 1_000_000
_CHANNELS: Final = 3


class PdfPages:
    """An open PDF."""

    def __init__(self, descriptor: int, *, name: str, passwords: Sequence[str], max_pages: int) -> None:
        self._name = name
        self._document = _open(descriptor, name=name, passwords=passwords)
        # Before the first page is loaded, or its form fields stay invisible.
        self._document.init_forms()
        count = len(self._document)
        if count == 0:
            raise UnreadableDocumentError(f"{name} has no pages.", hint="The PDF is damaged or cut short.")
        if count > max_pages:
            raise UnreadableDocumentError(
                f"{name} has {count:,} pages, more than the limit of {max_pages:,}.",
                hint="Split it, or raise RenderLimits.max_pages.",
            )
        labels = (self._document.get_page_label(index)[:LONGEST_LABEL] for index in range(count))
        self.labels = tuple(label or str(page) for page, label in enumerate(labels, start=1))
        self.properties = read_properties(self._document)

    def render(self, page: int, *, layout: Layout, max_tiles: int) -> tuple[Grid, memoryview]:
        """Render a page to its canvas.

        Args:
            page: Counted from 1.
            layout: How it is laid on the canvas.
            max_tiles: Most tiles.

        Returns:
            The grid, and the pixels of its canvas: RGB, row by row.

        Raises:
            PageRenderError: The page cannot be loaded, or has no area.
        """
        loaded = self._load(page)
        try:
            width, height = self._measure(loaded, page)
            grid = choose_grid(width, height, layout=layout, max_tiles=max_tiles)
            return grid, self._draw(loaded, (width, height), grid, layout)
        finally:
            loaded.close()

    def extract_text(self, page: int) -> str:
        """Extract the text layer of a page, see `read_text_layer`.

        Raises:
            PageRenderError: The page cannot be loaded.
        """
        loaded = self._load(page)
        try:
            return read_text_layer(loaded)
        finally:
            loaded.close()

    def _load(self, page: int) -> pdfium.PdfPage:
        try:
            return self._document.get_page(page - 1)
        except pdfium.PdfiumError as exc:
            raise PageRenderError(
                f"Page {page} of {self._name} cannot be loaded.", hint="The PDF is damaged there."
            ) from exc

    def _measure(self, loaded: pdfium.PdfPage, page: int) -> tuple[int, int]:
        # PDFium has already applied /Rotate and the crop box.
        points = loaded.get_size()
        if not all(math.isfinite(side) and side > 0 for side in points):
            raise PageRenderError(
                f"Page {page} of {self._name} has a size of {points[0]:g} x {points[1]:g} points.",
                hint="Its page box is damaged.",
            )
        width, height = (min(_MAX_SIDE, max(1, round(side * _DPI / _POINTS_PER_INCH))) for side in points)
        return width, height

    def _draw(self, loaded: pdfium.PdfPage, size: tuple[int, int], grid: Grid, layout: Layout) -> memoryview:
        place = place_image(*size, grid, layout=layout)
        pixels = (ctypes.c_ubyte * (grid.width * grid.height * _CHANNELS))()
        ctypes.memset(pixels, 255, len(pixels))
        bitmap = pdfium_c.FPDFBitmap_CreateEx(
            grid.width, grid.height, pdfium_c.FPDFBitmap_BGR, pixels, grid.width * _CHANNELS
        )
        where = (place.left, place.top, place.width, place.height, 0)
        flags = pdfium_c.FPDF_ANNOT | pdfium_c.FPDF_REVERSE_BYTE_ORDER
        try:
            pdfium_c.FPDF_RenderPageBitmap(bitmap, loaded, *where, flags)
            if self._document.formenv is not None:
                pdfium_c.FPDF_FFLDraw(self._document.formenv, bitmap, loaded, *where, flags)
        finally:
            pdfium_c.FPDFBitmap_Destroy(bitmap)
        return memoryview(pixels).cast("B")


def _open(descriptor: int, *, name: str, passwords: Sequence[str]) -> pdfium.PdfDocument:
    # A private mapping: PDFium wants writable memory, and the file must not change.
    mapping = mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY)
    data = (ctypes.c_ubyte * len(mapping)).from_buffer(mapping)
    for password in (None, *passwords):
        try:
            return pdfium.PdfDocument(data, password)
        except pdfium.PdfiumError as exc:
            if exc.err_code == pdfium_c.FPDF_ERR_PASSWORD:
                continue
            raise UnreadableDocumentError(
                f"{name} cannot be opened as PDF: {_reason(exc.err_code)}.", hint=_hint(exc.err_code)
            ) from exc
    tried = (
        f"none of the given passwords ({len(passwords)}) opens it" if passwords else "no password was given"
    )
    raise DocumentPasswordError(f"{name} is encrypted and {tried}.", hint="Pass its password in `passwords`.")


def _reason(code: int | None) -> str:
    if code == pdfium_c.FPDF_ERR_SECURITY:
        return "it is encrypted in a way that is not supported"
    return "it is damaged or cut short"


def _hint(code: int | None) -> str:
    if code == pdfium_c.FPDF_ERR_SECURITY:
        return "Save it without encryption first."
    return "Open it in a PDF viewer to check, and copy or export it again."
