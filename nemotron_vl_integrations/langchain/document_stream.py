"""From what happens in a run of reading to LangChain's documents, one by one and in order."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import assert_never

from langchain_core.documents import Document

from nemotron_vl_integrations.errors import ExtractionError, NemotronVLError
from nemotron_vl_integrations.langchain.found_documents import FoundDocument
from nemotron_vl_integrations.langchain.loading_settings import LoadingSettings
from nemotron_vl_integrations.langchain.page_documents import (
    make_failure_document,
    make_file_document,
    make_page_document,
)
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.pages import DocumentInfo
from nemotron_vl_integrations.reading.pipeline import (
    DocumentFailed,
    DocumentFinished,
    DocumentOpened,
    DocumentToRead,
    PageDone,
    ReadingEvent,
    read_documents,
)

_logger = logging.getLogger(__name__)


async def stream_documents(
    find: Callable[[], Sequence[FoundDocument]], settings: LoadingSettings
) -> AsyncGenerator[Document, None]:
    """Yield the documents of what is found, in its order, while later pages and files are already read.

    Args:
        find: Lists what is to be read; runs on a thread, as it may walk through folders.
        settings: What becomes of it.

    Raises:
        NemotronVLError: What concerns all files; and with `on_error="raise"` what keeps one from being read.
    """
    found = await asyncio.to_thread(find)
    readable = [document for document in found if document.refusal is None]
    passed = 0
    if readable:
        wanted = (
            DocumentToRead(
                source=one.content, name=one.name, pages=settings.pages, passwords=settings.passwords
            )
            for one in readable
        )
        writer = _DocumentWriter(settings)
        events = read_documents(wanted, settings.make_run())
        async with aclosing(events):
            async for event in events:
                current = readable[event.index]
                while found[passed] is not current:
                    for document in _refuse(found[passed], settings):
                        yield document
                    passed += 1
                for document in writer.write(event, current):
                    yield document
        passed += 1
    for one in found[passed:]:
        for document in _refuse(one, settings):
            yield document


class _DocumentWriter:
    """Makes documents of events; holds the results of one file while they are to become one document."""

    def __init__(self, settings: LoadingSettings) -> None:
        self._settings = settings
        self._info: DocumentInfo | None = None
        self._pages: list[PageResult] = []

    def write(self, event: ReadingEvent, found: FoundDocument) -> Iterator[Document]:
        match event:
            case DocumentOpened(_, _, info):
                self._info = info
            case PageDone(_, page):
                yield from self._take(page, found)
            case DocumentFinished():
                yield from self._finish(found)
            case DocumentFailed(_, error):
                yield from self._finish(found)
                yield from fail(error, found, self._settings)
            case _:
                assert_never(event)

    def _take(self, page: PageResult, found: FoundDocument) -> Iterator[Document]:
        assert self._info is not None
        if page.status == "failed" and self._settings.on_error == "skip":
            _logger.warning("Page %s of %s is left out: %s", page.page, found.name, page.reason)
        elif self._settings.mode == "single":
            self._pages.append(page)
        else:
            yield make_page_document(page, found, self._info, self._settings)

    def _finish(self, found: FoundDocument) -> Iterator[Document]:
        pages, self._pages = self._pages, []
        if not pages or self._info is None:
            return
        try:
            yield make_file_document(pages, found, self._info, self._settings)
        except ExtractionError as error:
            yield from fail(error, found, self._settings)


def _refuse(found: FoundDocument, settings: LoadingSettings) -> Iterator[Document]:
    if found.refusal is not None:
        yield from fail(found.refusal, found, settings)


def fail(error: NemotronVLError, found: FoundDocument, settings: LoadingSettings) -> Iterator[Document]:
    """Do with a file that cannot be read what the settings say.

    Raises:
        NemotronVLError: The error, with `on_error="raise"`.
    """
    match settings.on_error:
        case "raise":
            error.add_note('`on_error="document"` makes a document of it and reads on, "skip" leaves it out.')
            raise error
        case "document":
            yield make_failure_document(error, found, settings)
        case "skip":
            _logger.warning("%s is left out: %s", found.name, error)
        case _:
            assert_never(settings.on_error)
