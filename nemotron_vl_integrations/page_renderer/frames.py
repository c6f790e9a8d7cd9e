"""Pages of an image file: one for a picture, one a frame for a TIFF."""

import os
from typing import Final

from PIL import Image

from nemotron_vl_integrations.errors import UnreadableDocumentError
from nemotron_vl_integrations.images.decoding import ImageLimits, decode_frame, decoder_errors, open_image
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.tiling.fitting import fit_to_grid
from nemotron_vl_integrations.tiling.grid import Grid, choose_grid

_MULTI_PAGE: Final = "tiff"


class ImagePages:
    """An open image file."""

    def __init__(self, descriptor: int, *, kind: str, name: str, max_pages: int, max_pixels: int) -> None:
        self._file = os.fdopen(descriptor, "rb", closefd=False)
        self._kind = kind
        self._name = name
        self._limits = ImageLimits(max_pixels=max_pixels)
        # Our own limit is the one that counts in this process, and its message says how to raise it.
        Image.MAX_IMAGE_PIXELS = None
        self._image: Image.Image | None = None
        with decoder_errors(f"{name} ({kind.upper()})"):
            count = self._count_frames(max_pages)
        self.labels = tuple(str(page) for page in range(1, count + 1))
        self.properties: dict[str, str] = {}

    def render(self, page: int, *, layout: Layout, max_tiles: int) -> tuple[Grid, bytes]:
        """Decode a frame and fit it to its canvas, as `PdfPages.render`.

        Raises:
            UnreadableImageError: The frame is damaged or too large.
        """
        name = f"Page {page} of {self._name}" if len(self.labels) > 1 else self._name
        image, self._image = self._image, None
        with decoder_errors(f"{name} ({self._kind.upper()})"):
            image = image or open_image(self._file, self._kind)
            if self._kind == _MULTI_PAGE:
                image.seek(page - 1)
            upright = decode_frame(image, name=name, limits=self._limits)
        # Kept open for the next page, unless this one was damaged: then the decoder starts afresh.
        self._image = image
        grid = choose_grid(upright.width, upright.height, layout=layout, max_tiles=max_tiles)
        return grid, fit_to_grid(upright, layout=layout, max_tiles=max_tiles).tobytes()

    def extract_text(self, page: int) -> str:
        """Pictures have no text layer."""
        return ""

    def _count_frames(self, max_pages: int) -> int:
        # `n_frames` would walk through all frames of a hostile file, so the walk is our own.
        image = open_image(self._file, self._kind)
        count = 1
        while self._kind == _MULTI_PAGE:
            try:
                image.seek(count)
            except EOFError:
                break
            count += 1
            if count > max_pages:
                raise UnreadableDocumentError(
                    f"{self._name} has more pages than the limit of {max_pages:,}.",
                    hint="Split it, or raise RenderLimits.max_pages and ImageLimits.max_frames.",
                )
        self._image = image
        return count
