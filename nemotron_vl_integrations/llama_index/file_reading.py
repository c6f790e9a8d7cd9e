"""Reads the files that LlamaIndex hands in, one or many, local or remote, through reading's one window."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TypeAlias, assert_never

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from nemotron_vl_integrations.errors import NemotronVLError
from nemotron_vl_integrations.ledger import use_ledger
from nemotron_vl_integrations.llama_index.document_origins import DocumentOrigin, FileInput, find_origin
from nemotron_vl_integrations.llama_index.page_pictures import KnownPagePictures
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.pages import PageSelection
from nemotron_vl_integrations.reading.pipeline import (
    DocumentFailed,
    DocumentFinished,
    DocumentOpened,
    DocumentToRead,
    PageDone,
    ReadingRun,
    read_documents,
)


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page of a document has its result."""

    origin: DocumentOrigin
    page: PageResult


@dataclass(frozen=True, slots=True)
class FileRead:
    """All results of a document came."""

    origin: DocumentOrigin


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A document cannot be opened, or not further."""

    origin: DocumentOrigin
    error: NemotronVLError


FileEvent: TypeAlias = PageRead | FileRead | FileFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Documents as they were handed in, and what of each is wanted.

    Attributes:
        inputs: Paths, bytes, open files, images.
        extra_info: What came with them.
        fs: File system of the paths; None is the local one.
        root: Folder below which local paths count by what follows.
        pages: Which pages of each.
        passwords: Tried in turn on an encrypted PDF.
        max_bytes: Most bytes of a document that is taken into memory.
    """

    inputs: Sequence[FileInput]
    extra_info: Mapping[str, object]
    fs: AbstractFileSystem | None
    root: Path | None
    pages: PageSelection
    passwords: tuple[str, ...]
    max_bytes: int

    async def find(self) -> AsyncGenerator[list[DocumentOrigin], None]:
        """Yield where documents come from: all local ones at once, remote ones one by one, as they fill the memory.

        Raises:
            InvalidRequestError: One is of another type.
        """
        remote = self.fs is not None and not isinstance(self.fs, LocalFileSystem)
        size = 1 if remote else max(1, len(self.inputs))
        for start in range(0, len(self.inputs), size):
            yield await asyncio.to_thread(self._find, self.inputs[start : start + size])

    def to_read(self, origin: DocumentOrigin) -> DocumentToRead:
        """Return a document as reading takes it."""
        return DocumentToRead(
            source=origin.source, name=origin.name, pages=self.pages, passwords=self.passwords
        )

    def _find(self, inputs: Sequence[FileInput]) -> list[DocumentOrigin]:
        return [
            find_origin(file, self.extra_info, fs=self.fs, root=self.root, max_bytes=self.max_bytes)
            for file in inputs
        ]


async def read_files(
    files: Files, run: ReadingRun, image_dir: Path | None
) -> AsyncGenerator[FileEvent, None]:
    """Yield the pages of all documents, document after document, while later ones are already read.

    Args:
        files: The documents.
        run: How they are read.
        image_dir: Where each page must have its picture; None needs none.

    Raises:
        UnsupportedModeError: The checkpoint has no prompt for the mode.
        InvalidRequestError: A value is out of range.
        LedgerError: The ledger cannot be opened.
        EngineError: The engine does not start, or was closed.
    """
    async with use_ledger(run.ledger) as ledger, aclosing(files.find()) as found:
        opened = replace(run, ledger=ledger)
        async for origins in found:
            for failed, neighbours in groupby(origins, key=lambda origin: origin.error is not None):
                group = list(neighbours)
                events = _tell_faults(group) if failed else _read_group(group, files, opened, image_dir)
                async with aclosing(events):
                    async for event in events:
                        yield event


async def _tell_faults(origins: Sequence[DocumentOrigin]) -> AsyncGenerator[FileEvent, None]:
    for origin in origins:
        if origin.error is not None:
            yield FileFailed(origin, origin.error)


async def _read_group(
    origins: Sequence[DocumentOrigin], files: Files, run: ReadingRun, image_dir: Path | None
) -> AsyncGenerator[FileEvent, None]:
    documents = [files.to_read(origin) for origin in origins]
    pictures = None if image_dir is None else KnownPagePictures(run, image_dir)
    events = read_documents(documents, run)
    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case PageDone(index, page):
                        if pictures is not None:
                            page = await pictures.complete(documents[index], page)
                        yield PageRead(origins[index], page)
                    case DocumentFinished(index):
                        yield FileRead(origins[index])
                    case DocumentFailed(index, error):
                        yield FileFailed(origins[index], error)
                    case DocumentOpened():
                        pass
                    case _:
                        assert_never(event)
    finally:
        if pictures is not None:
            await pictures.close()
