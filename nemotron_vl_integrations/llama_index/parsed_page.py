"""A page that was read, under the names that LlamaParse gives to what it knows of one."""

import json
from dataclasses import dataclass
from typing import Final, cast

from PIL import Image

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.llama_index.markdown_items import Item, find_items
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.page_result import Mode, PageResult

_NO_MARKDOWN: Final[tuple[Mode, ...]] = ("text", "json")


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page under LlamaParse's names.

    Attributes:
        result: Everything that is known of it.
        mode: Form of its text.
    """

    result: PageResult
    mode: Mode

    @property
    def page(self) -> int:
        """Its number, counted from 1."""
        return self.result.page

    @property
    def text(self) -> str:
        """What was read, whatever its form."""
        return self.result.text

    @property
    def md(self) -> str:
        """Its Markdown.

        Raises:
            InvalidRequestError: It was read in another form.
        """
        if self.mode in _NO_MARKDOWN:
            raise InvalidRequestError(
                f'The document was read with `mode="{self.mode}"`, which gives no Markdown.',
                hint='Read it with `mode="markdown"`, or take the text.',
            )
        return self.result.text

    @property
    def status(self) -> str:
        """How the text came about, see `PageResult.status`."""
        return self.result.status

    @property
    def confidence(self) -> float | None:
        """How sure the model was, see `PageResult.confidence`."""
        return self.result.confidence

    @property
    def printedPageNumber(self) -> str:  # noqa: N802 - LlamaParse's name.
        """The number in the document's own numbering."""
        return self.result.page_label

    @property
    def structuredData(self) -> JSON:  # noqa: N802 - LlamaParse's name.
        """The object of the page, if it was read with `mode="json"`; else None."""
        if self.mode != "json" or self.status in ("blank", "failed"):
            return None
        return cast("JSON", json.loads(self.result.text))

    @property
    def items(self) -> list[Item]:
        """Headings, tables and texts in their order; of what is no Markdown one text."""
        text = self.result.text
        if self.mode in _NO_MARKDOWN:
            return [{"type": "text", "value": text, "md": text}] if text else []
        return find_items(text)

    @property
    def images(self) -> list[dict[str, JSON]]:
        """The picture of the page, if one was kept: its name and its size in pixels."""
        path = self.result.image
        if path is None:
            return []
        with Image.open(path) as image:
            width, height = image.size
        return [{"name": path.name, "width": width, "height": height, "type": "full_page_screenshot"}]

    def to_json(self) -> dict[str, JSON]:
        """Return the page as LlamaParse writes it, and the facts of `PageResult` that it has no names for."""
        images: list[JSON] = [*self.images]
        items: list[JSON] = [*self.items]
        result = self.result.to_json()
        return {
            "page": self.page,
            "text": self.text,
            "md": "" if self.mode in _NO_MARKDOWN else self.md,
            "images": images,
            "items": items,
            "structuredData": self.structuredData,
            "status": self.status,
            "reason": self.result.reason,
            "confidence": result["confidence"],
            "printedPageNumber": self.printedPageNumber,
            "parsingMode": self.mode,
            "noTextContent": not self.text,
        }
