"""Asks the engine for the fields of one page."""

import asyncio
from dataclasses import dataclass
from typing import assert_never

from PIL import Image

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import ExtractionError, TruncatedError
from nemotron_vl_integrations.extraction.prompt import write_instruction
from nemotron_vl_integrations.extraction.schema import to_constraint
from nemotron_vl_integrations.extraction.target import parse_object, shorten
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.messages import (
    JSON_REPETITION,
    ImagePart,
    JSONSchemaConstraint,
    Layout,
    Message,
    Reply,
    Request,
    Sampling,
    TextPart,
)
from nemotron_vl_integrations.page_checks.blank_page import is_uniform
from nemotron_vl_integrations.pages import PageFailure, PageImage


@dataclass(frozen=True, slots=True, kw_only=True)
class PageExtractor:
    """Extracts the fields of a schema from pages, each by one request whose answer follows the schema.

    Attributes:
        engine: Answers.
        schema: A checked schema.
        layout: How pages are fitted to tiles; they arrive fitted.
        max_tiles: Most tiles of a page.
        max_tokens: Limit of a page's JSON.
        timeout: Seconds that one page may take.
    """

    engine: Engine
    schema: Schema
    layout: Layout
    max_tiles: int
    max_tokens: int
    timeout: float | None

    async def write(self, page: PageImage | PageFailure) -> str | None:
        """Return the JSON text that the model writes for a page, or None for a page of one colour.

        Raises:
            UnreadableDocumentError: The page could not be rendered.
            TruncatedError: The text was cut by `max_tokens`.
            ExtractionError: The model did not come to an end.
            EngineError: The engine did not answer.
        """
        if isinstance(page, PageFailure):
            raise page.error
        if await asyncio.to_thread(is_uniform, page.image):
            return None
        reply = await self.engine.agenerate(self.make_request(page.image))
        return _check_end(reply, page.page, self.max_tokens)

    def make_request(self, image: Image.Image) -> Request:
        """Return the request for the fields that an image shows."""
        instruction = TextPart(write_instruction(self.schema))
        return Request(
            messages=(Message("user", (ImagePart(image), instruction)),),
            sampling=Sampling(
                max_tokens=self.max_tokens,
                repetition=JSON_REPETITION,
                constraint=JSONSchemaConstraint(to_constraint(self.schema)),
            ),
            layout=self.layout,
            max_tiles=self.max_tiles,
            max_images=1,
            timeout=self.timeout,
        )

    async def read(self, page: PageImage | PageFailure) -> Schema:
        """Return the fields of a page, none for a page of one colour; raises what `write` raises."""
        text = await self.write(page)
        return {} if text is None else parse_object(text, page=page.page)


def _check_end(reply: Reply, page: int, max_tokens: int) -> str:
    match reply.finish_reason:
        case "stop":
            return reply.text
        case "length":
            raise TruncatedError(
                f"The JSON of page {page} was cut at {max_tokens} tokens: {shorten(reply.text)}.",
                hint="Raise `max_tokens`, bound texts by `maxLength` in the schema, or extract fewer fields at once.",
            )
        case "repetition":
            raise ExtractionError(
                f"On page {page} the model repeated itself and was stopped: {shorten(reply.text)}.",
                hint="Bound the length of texts and lists in the schema.",
            )
        case "abort":
            raise ExtractionError(
                f"The engine ended the request for page {page} before its answer was whole."
            )
        case _:
            assert_never(reply.finish_reason)
