"""What comes out of a document: its facts, and one value for each page that was asked for."""

from dataclasses import dataclass, field

from PIL import Image

from nemotron_vl_integrations.errors import UnreadableDocumentError
from nemotron_vl_integrations.tiling import Grid


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What a document is.

    Attributes:
        kind: `pdf`, `png`, `jpeg`, `webp`, `tiff`, `gif`, `bmp`, `heic`, or `image` for a PIL image.
        page_count: Number of pages, 1 or more.
        labels: One label a page, as the PDF prints it on the page (`iv`, `A-3`); else its number.
        properties: What a PDF says about itself, as it says it: `Title`, `Author`, `Subject`, `Keywords`, `Creator`,
            `Producer`, `CreationDate`, `ModDate`; those that it lacks are absent. Nobody checks that it is true.
    """

    kind: str
    page_count: int
    labels: tuple[str, ...]
    properties: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class PageImage:
    """A rendered page.

    Attributes:
        page: Its number, counted from 1.
        label: Its label, see `DocumentInfo.labels`.
        image: Upright RGB, exactly the canvas of `grid`.
        grid: Its tiles.
        text_layer: The text that a PDF holds for the page, NFC, lines joined by line feeds; empty if it holds none or
            was not asked. Not judged yet, see `judge_text_layer`.
    """

    page: int
    label: str
    image: Image.Image
    grid: Grid
    text_layer: str = ""


@dataclass(frozen=True, slots=True)
class PageFailure:
    """A page that could not be rendered, with the reason; the pages after it follow."""

    page: int
    label: str
    error: UnreadableDocumentError
