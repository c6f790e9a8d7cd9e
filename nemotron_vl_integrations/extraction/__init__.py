"""Extracts the fields of a schema from images and documents, through structured output."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar, overload

from pydantic import BaseModel

from nemotron_vl_integrations.argument_checks import check_instance
from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.concurrency.ordered_map import map_in_order
from nemotron_vl_integrations.document_passwords import check_passwords
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.extraction.merge import merge_pages, relax_for_page
from nemotron_vl_integrations.extraction.page import PageExtractor
from nemotron_vl_integrations.extraction.target import ModelTarget, SchemaTarget, Target, check_schema_type
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.pages import (
    DocumentSource,
    PageFailure,
    PageImage,
    PageSelection,
    aiter_page_images,
)

ModelT = TypeVar("ModelT", bound=BaseModel)
FieldsT = TypeVar("FieldsT")
Page = PageImage | PageFailure

MAX_TOKENS = 2048
TIMEOUT = 300.0
CONCURRENCY = 4
AHEAD = 2


@overload
async def aextract_fields(
    source: DocumentSource,
    schema: type[ModelT],
    pages: PageSelection = None,
    *,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    max_tokens: int = MAX_TOKENS,
    timeout: float | None = TIMEOUT,
    engine: Engine | None = None,
) -> ModelT: ...


@overload
async def aextract_fields(
    source: DocumentSource,
    schema: Mapping[str, object],
    pages: PageSelection = None,
    *,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    max_tokens: int = MAX_TOKENS,
    timeout: float | None = TIMEOUT,
    engine: Engine | None = None,
) -> Schema: ...


async def aextract_fields(
    source: DocumentSource,
    schema: type[ModelT] | Mapping[str, object],
    pages: PageSelection = None,
    *,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    max_tokens: int = MAX_TOKENS,
    timeout: float | None = TIMEOUT,
    engine: Engine | None = None,
) -> ModelT | Schema:
    """Extract the fields of a schema from an image or a document.

    The answer follows the schema token by token, so it is always JSON of the right form; whether the values are
    right is up to the model. One page is one request. Of several pages each is asked for what it shows, any field
    may then be null, and the pages are merged in their order: lists are joined, of everything else the first value
    that is not null wins. The merged object is checked against the whole schema.

    A page of one colour is not sent to the model and shows nothing. A page that cannot be rendered or read raises,
    because an object without it would look whole; leave it out with `pages`.

    Args:
        source: A path, the bytes of a file, or a PIL image.
        schema: A pydantic model, or a JSON schema whose root is an object. The model is shown the descriptions of its
            fields.
        pages: All, one number, numbers, or a range such as `"1-3,7"`; pages count from 1.
        layout: How pages are fitted to tiles, see `tiling.choose_grid`; None takes the engine's.
        max_tiles: Most tiles of a page, 1 to 12, without the thumbnail; None takes the engine's.
        passwords: Tried in turn on an encrypted PDF; one text is one password.
        max_tokens: Limit of one page's JSON, in tokens.
        timeout: Seconds that one page may take in the engine; None waits for ever.
        engine: Extracts; None takes the engine that this process shares.

    Returns:
        An instance of the model, or a dict that satisfies the JSON schema.

    Raises:
        InvalidRequestError: A schema that cannot be enforced, or another argument that cannot be used.
        TruncatedError: A page's JSON was cut by `max_tokens`; the message holds what there is.
        ExtractionError: The object does not satisfy the schema; the message names the field.
        UnreadableDocumentError: The document, or one of its pages, cannot be read.
        EngineError: The engine did not start, died, was closed, or a page ran past `timeout`.
    """
    # A schema that cannot be used is told before the engine or the document is looked at.
    check_schema_type(schema)
    check_instance("engine", engine, Engine | None)
    target = ModelTarget(schema) if isinstance(schema, type) else SchemaTarget(schema)
    secrets = check_passwords(passwords)
    shared = get_engine() if engine is None else engine
    extractor = PageExtractor(
        engine=shared,
        schema=target.schema,
        layout=shared.config.layout if layout is None else layout,
        max_tiles=shared.config.max_tiles if max_tiles is None else max_tiles,
        max_tokens=max_tokens,
        timeout=timeout,
    )
    images = aiter_page_images(
        source,
        pages,
        layout=extractor.layout,
        max_tiles=extractor.max_tiles,
        passwords=secrets,
        ahead=AHEAD,
    )
    async with aclosing(images):
        return await _extract(images, extractor, target)


async def _extract(
    images: AsyncGenerator[Page, None], extractor: PageExtractor, target: Target[FieldsT]
) -> FieldsT:
    first = await anext(images)
    second = await anext(images, None)
    if second is None:
        text = await extractor.write(first)
        return target.build(_merge([], target) if text is None else text)
    relaxed = replace(extractor, schema=relax_for_page(extractor.schema))
    results = map_in_order(
        _chain(first, second, images), relaxed.read, concurrency=CONCURRENCY, window=CONCURRENCY + AHEAD
    )
    async with aclosing(results):
        return target.build(_merge([fields async for fields in results], target))


def _merge(pages: Sequence[Schema], target: Target[FieldsT]) -> str:
    return json.dumps(merge_pages(pages, target.schema), ensure_ascii=False)


async def _chain(first: Page, second: Page, rest: AsyncGenerator[Page, None]) -> AsyncGenerator[Page, None]:
    yield first
    yield second
    async for page in rest:
        yield page


@overload
def extract_fields(
    source: DocumentSource,
    schema: type[ModelT],
    pages: PageSelection = None,
    *,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    max_tokens: int = MAX_TOKENS,
    timeout: float | None = TIMEOUT,
    engine: Engine | None = None,
) -> ModelT: ...


@overload
def extract_fields(
    source: DocumentSource,
    schema: Mapping[str, object],
    pages: PageSelection = None,
    *,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    max_tokens: int = MAX_TOKENS,
    timeout: float | None = TIMEOUT,
    engine: Engine | None = None,
) -> Schema: ...


def extract_fields(
    source: DocumentSource,
    schema: type[ModelT] | Mapping[str, object],
    pages: PageSelection = None,
    *,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    max_tokens: int = MAX_TOKENS,
    timeout: float | None = TIMEOUT,
    engine: Engine | None = None,
) -> ModelT | Schema:
    """Extract the fields of a schema from an image or a document; arguments and errors are those of `aextract_fields`.

    Examples:
        >>> from PIL import Image
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> schema = {"type": "object", "properties": {"total": {"type": "number"}}}
        >>> with Engine(backend=ScriptedBackend(['{"total": 42.5}'])) as engine:
        ...     extract_fields(Image.linear_gradient("L"), schema, engine=engine)
        {'total': 42.5}
    """
    fields = aextract_fields(
        source,
        schema,
        pages,
        layout=layout,
        max_tiles=max_tiles,
        passwords=passwords,
        max_tokens=max_tokens,
        timeout=timeout,
        engine=engine,
    )
    return run(fields)
