"""Reads documents side by side through one bounded window: opening, rendering and generating overlap."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import assert_never

from PIL import Image

from nemotron_vl_integrations.argument_checks import check_whole
from nemotron_vl_integrations.checkpoints.fingerprint import fingerprint_checkpoint
from nemotron_vl_integrations.concurrency.ordered_map import map_in_order
from nemotron_vl_integrations.concurrency.stream_chain import chain_in_order
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    EngineStartError,
    MissingExtraError,
    NemotronVLError,
    PageRangeError,
    UnreadableDocumentError,
    UnreadableImageError,
)
from nemotron_vl_integrations.extraction.merge import relax_for_page
from nemotron_vl_integrations.extraction.target import SchemaTarget, Target
from nemotron_vl_integrations.freed_memory import FreedMemory, find_trim
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.ledger import Ledger, LedgerSource, ReadingSettings, use_ledger
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.orientation import ROTATIONS, turn_image
from nemotron_vl_integrations.page_result import Mode, PageResult
from nemotron_vl_integrations.pages import DocumentInfo, DocumentSource, PageFailure, PageImage, PageSelection
from nemotron_vl_integrations.pages.open_document import OpenDocument, check_rendering, open_document
from nemotron_vl_integrations.pages.ranges import select_pages
from nemotron_vl_integrations.reading.kept_images import ImageFolder
from nemotron_vl_integrations.reading.options import ReadingOptions, check_effect
from nemotron_vl_integrations.reading.page_reader import PageReader
from nemotron_vl_integrations.reading.page_requests import ReadingModel
from nemotron_vl_integrations.reading.page_task import PageTask, plan_task
from nemotron_vl_integrations.reading.progress import ProgressCounter
from nemotron_vl_integrations.reading.recorder import RecordedFile, Recorder
from nemotron_vl_integrations.reading.tail import Tail
from nemotron_vl_integrations.reading.upright import Uprighter
from nemotron_vl_integrations.tiling import Grid, draw_thumbnail

DOCUMENTS_AHEAD = 4
"""Documents that are open at once: single scans then fill the engine as one long document does."""

_PAGES_ON_CPU = 8
_PAGES_ON_UNKNOWN_GPU = 64
_RESULTS_WAITING = 3
"""Results that wait for a slower page before them, for each page in work: with fewer the engine would soon wait too."""

_THUMBNAIL_PIXELS = (64, 1024)

DOCUMENT_FAULTS = (UnreadableDocumentError, UnreadableImageError, PageRangeError, MissingExtraError)
"""Errors that end one document and no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentToRead:
    """A document and what of it is read.

    Attributes:
        source: A path, the bytes of a file, or a PIL image.
        name: What results call it.
        pages: All, one number, numbers, or a range such as `"1-3,7"`.
        passwords: Tried in turn on an encrypted PDF.
    """

    source: DocumentSource
    name: str
    pages: PageSelection = None
    passwords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRun:
    """How the documents of a run are read.

    Attributes:
        engine: Reads.
        mode: What is wanted.
        layout: How pages are fitted to tiles.
        max_tiles: Most tiles of a page.
        options: Limits and policies.
        ledger: Where results are looked up and written down, if anywhere; a path is opened for the run.
        fields: What the object of each page must satisfy, for the mode `json`.
        schema: A checked schema of a whole document, in place of `mode`. Each page is asked for what it shows of it,
            and any field may then be null; `extraction.merge` makes one object of the pages.
        thumbnails: Longer side, in pixels, of a small picture that goes with each page event, for a report; None draws
            none.
    """

    engine: Engine
    mode: Mode
    layout: Layout
    max_tiles: int
    options: ReadingOptions
    ledger: LedgerSource | None = None
    fields: Target[object] | None = None
    schema: Schema | None = None
    thumbnails: int | None = None

    def __post_init__(self) -> None:
        """Check what the parts do not check by themselves.

        Raises:
            InvalidRequestError: An option that would do nothing, or `thumbnails` out of range.
        """
        check_effect(self.options, with_ledger=self.ledger is not None)
        if self.thumbnails is not None:
            check_whole("thumbnails", self.thumbnails, *_THUMBNAIL_PIXELS)


@dataclass(frozen=True, slots=True)
class DocumentOpened:
    """The document at this place of the run can be opened; `page_count` results will follow.

    Attributes:
        index: Its place in the run.
        page_count: How many of its pages were asked for.
        info: What it is, with the number of all its pages.
    """

    index: int
    page_count: int
    info: DocumentInfo


@dataclass(frozen=True, slots=True)
class PageDone:
    """A page has its result, and a thumbnail if the run draws any and the page was rendered in it."""

    index: int
    page: PageResult
    thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True)
class DocumentFinished:
    """All results of the document came."""

    index: int


@dataclass(frozen=True, slots=True)
class DocumentFailed:
    """The document cannot be opened, or not further."""

    index: int
    error: NemotronVLError


ReadingEvent = DocumentOpened | PageDone | DocumentFinished | DocumentFailed


@dataclass(frozen=True, slots=True)
class _PageToRead:
    index: int
    image: PageImage | PageFailure
    reader: PageReader
    file: RecordedFile


async def read_documents(
    documents: Iterable[DocumentToRead], run: ReadingRun
) -> AsyncGenerator[ReadingEvent, None]:
    """Yield what happens to each document, document after document, while later ones are already read.

    A document that cannot be read is a `DocumentFailed`. What concerns all documents is raised.

    Raises:
        UnsupportedModeError: The checkpoint has no prompt for the mode.
        InvalidRequestError: A value is out of range.
        LedgerError: The ledger cannot be opened.
        EngineError: The engine does not start, or was closed.
    """
    check_rendering(run.layout, run.max_tiles, run.options.ahead)
    async with use_ledger(run.ledger) as ledger:
        # Finding the checkpoint may read the disk or ask the Hub, which must not hold up the caller's loop.
        team = await asyncio.to_thread(_Team, run, ledger)
        events = _read_with(team, documents, run)
        async with aclosing(events):
            async for event in events:
                yield event


async def _read_with(
    team: "_Team", documents: Iterable[DocumentToRead], run: ReadingRun
) -> AsyncGenerator[ReadingEvent, None]:
    streams = (team.open(index, document) for index, document in enumerate(documents))
    items = team.until_the_end(chain_in_order(streams, ahead=DOCUMENTS_AHEAD, buffered=1))
    window = team.concurrency * (1 + _RESULTS_WAITING) + run.options.ahead
    events = map_in_order(items, team.work, concurrency=team.concurrency, window=window)
    counter, memory = ProgressCounter(), FreedMemory(find_trim())
    async with aclosing(events):
        async for event in events:
            if isinstance(event, DocumentOpened):
                counter.expect(event.page_count)
            elif isinstance(event, PageDone):
                progress = counter.count(event.page)
                if run.options.progress is not None:
                    run.options.progress(progress)
                await asyncio.to_thread(memory.page_done)
            yield event


class _Team:
    """What the documents of a run share."""

    def __init__(self, run: ReadingRun, ledger: Ledger | None) -> None:
        self._run = run
        options = run.options
        self.concurrency = options.concurrency or _choose_concurrency(run.engine)
        self._tail = Tail(self.concurrency)
        task = _plan(run)
        self._model = ReadingModel(
            engine=run.engine, task=task, max_tokens=options.max_tokens, timeout=options.timeout
        )
        self._recorder = None if ledger is None else _make_recorder(run, task, ledger)
        folder = options.images or _beside(ledger)
        self._images = None if folder is None else ImageFolder(folder, options.image_format)
        # One beside the ledger is made with its first picture; most runs have none.
        if self._images is not None and options.images is not None:
            self._images.make()

    async def until_the_end(self, items: AsyncGenerator["_Item", None]) -> AsyncGenerator["_Item", None]:
        """Pass items on, and say when there are no more."""
        async with aclosing(items):
            async for item in items:
                yield item
        self._tail.end_of_pages()

    async def open(self, index: int, document: DocumentToRead) -> AsyncGenerator["_Item", None]:
        """Yield the pages of a document, rendered, or with their results where these are known."""
        run, options = self._run, self._run.options
        try:
            opening = open_document(document.source, passwords=document.passwords, limits=options.limits)
            async with opening as opened:
                wanted = select_pages(document.pages, opened.info.page_count)
                file, known = await self._look_up(opened, document, wanted)
                yield DocumentOpened(index, len(wanted), opened.info)
                images = opened.images(
                    [page for page in wanted if page not in known],
                    layout=run.layout,
                    max_tiles=run.max_tiles,
                    text_layer=options.text_layer != "ignore",
                    ahead=options.ahead,
                )
                reader = self._make_reader(document)
                async with aclosing(images):
                    for page in wanted:
                        if page not in known:
                            yield _PageToRead(index, await anext(images), reader, file)
                        elif found := await self._recall(file, page, opened):
                            yield PageDone(index, found)
                        else:
                            yield _PageToRead(
                                index, await reader.render_again(page, run.layout), reader, file
                            )
        except DOCUMENT_FAULTS as error:
            yield DocumentFailed(index, error)
            return
        yield DocumentFinished(index)

    async def work(self, item: "_Item") -> ReadingEvent:
        """Read the page of an item that has one."""
        match item:
            case _PageToRead(index, image, reader, file):
                page = await self._read(image, reader, file)
                return PageDone(index, page, await self._draw(image, page))
            case DocumentOpened() | PageDone() | DocumentFinished() | DocumentFailed():
                return item
            case _:
                assert_never(item)

    async def _read(
        self, image: PageImage | PageFailure, reader: PageReader, file: RecordedFile
    ) -> PageResult:
        if self._recorder is None:
            return await reader.read(image)
        if isinstance(image, PageImage):
            return await self._recorder.read(file, image, partial(reader.read, image))
        result = await reader.read(image)
        await self._recorder.write(file, result)
        return result

    async def _draw(self, image: PageImage | PageFailure, page: PageResult) -> bytes | None:
        pixels = self._run.thumbnails
        if pixels is None or page.grid is None or isinstance(image, PageFailure):
            return None
        return await asyncio.to_thread(_draw_upright, image.image, page.grid, page.rotation, pixels)

    async def _look_up(
        self, opened: OpenDocument, document: DocumentToRead, wanted: tuple[int, ...]
    ) -> tuple[RecordedFile, frozenset[int]]:
        if self._recorder is None:
            return RecordedFile("", document.name), frozenset()
        file = RecordedFile(await opened.digest(), document.name)
        return file, await self._recorder.known(file, wanted)

    async def _recall(self, file: RecordedFile, page: int, opened: OpenDocument) -> PageResult | None:
        assert self._recorder is not None
        return await self._recorder.recall(file, page, opened.info.labels[page - 1])

    def _make_reader(self, document: DocumentToRead) -> PageReader:
        run = self._run
        return PageReader(
            model=self._model,
            source=document.name,
            layout=run.layout,
            max_tiles=run.max_tiles,
            options=run.options,
            render_again=partial(_render_again, document, run),
            upright=Uprighter(),
            tail=self._tail,
            images=self._images,
        )


_Item = ReadingEvent | _PageToRead


def _draw_upright(image: Image.Image, grid: Grid, rotation: int, pixels: int) -> bytes:
    return draw_thumbnail(turn_image(image, ROTATIONS[rotation // 90 % 4]), grid, pixels=pixels)


async def _render_again(
    document: DocumentToRead, run: ReadingRun, page: int, layout: Layout
) -> PageImage | PageFailure:
    """Render one page in another layout. It is rarely needed, so no renderer is kept waiting for it."""
    opening = open_document(document.source, passwords=document.passwords, limits=run.options.limits)
    async with opening as opened:
        images = opened.images(
            [page], layout=layout, max_tiles=run.max_tiles, text_layer=run.options.text_layer != "ignore"
        )
        async with aclosing(images):
            return await anext(images)


def _choose_concurrency(engine: Engine) -> int:
    """As many pages as the engine has places, and some that wait there for a place to become free."""
    if engine.device == "cpu":
        return _PAGES_ON_CPU
    try:
        places = engine.places
    except EngineStartError:
        # The first page that is sent says why; a run whose pages the ledger knows sends none.
        return _PAGES_ON_UNKNOWN_GPU
    return places + max(1, places // 8)


def _plan(run: ReadingRun) -> PageTask:
    if run.schema is not None:
        return plan_task(run.engine, "json", SchemaTarget(relax_for_page(run.schema)))
    return plan_task(run.engine, run.mode, run.fields)


def _make_recorder(run: ReadingRun, task: PageTask, ledger: Ledger) -> Recorder:
    checkpoint = run.engine.checkpoint
    settings = ReadingSettings(
        mode=task.mode,
        prompt=task.prompt,
        layout=run.layout,
        max_tiles=run.max_tiles,
        max_tokens=run.options.max_tokens,
        text_layer=run.options.text_layer,
        orientation=run.options.orientation,
        schema=None if task.fields is None else json.dumps(task.fields.schema),
        model=checkpoint.name,
        revision=fingerprint_checkpoint(checkpoint),
    )
    return Recorder(ledger, settings, run.options.retry_failed)


def _beside(ledger: Ledger | None) -> Path | None:
    return None if ledger is None else ledger.path.with_name(f"{ledger.path.name}.images")
