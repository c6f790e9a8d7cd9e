"""NemotronVLReader: scanned documents as LlamaIndex documents, one a page."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias, cast

from fsspec import AbstractFileSystem
from llama_index.core.readers.base import BasePydanticReader
from llama_index.core.schema import Document
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from nemotron_vl_integrations.argument_checks import check_instance
from nemotron_vl_integrations.concurrency.background_loop import iterate, run
from nemotron_vl_integrations.concurrency.stream_chain import chain_in_order
from nemotron_vl_integrations.document_passwords import check_passwords
from nemotron_vl_integrations.errors import InvalidRequestError, NemotronVLError
from nemotron_vl_integrations.llama_index.deferred_pages import PageDeferral
from nemotron_vl_integrations.llama_index.document_origins import DocumentOrigin, FileInput
from nemotron_vl_integrations.llama_index.file_reading import (
    FileFailed,
    FileRead,
    Files,
    PageRead,
    read_files,
)
from nemotron_vl_integrations.llama_index.page_documents import (
    FILE_FACTS,
    make_page_document,
    make_unreadable_document,
    make_whole_document,
)
from nemotron_vl_integrations.llama_index.parse_result import ParseResult
from nemotron_vl_integrations.llama_index.reading_fields import ReadingFields
from nemotron_vl_integrations.llama_index.target_pages import convert_target_pages
from nemotron_vl_integrations.page_result import PAGE_BREAK, PageResult
from nemotron_vl_integrations.pages import PageSelection
from nemotron_vl_integrations.pages.ranges import check_selection
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.pipeline import DOCUMENT_FAULTS, DOCUMENTS_AHEAD

Inputs: TypeAlias = FileInput | Sequence[FileInput]
ExtraInfo: TypeAlias = dict[str, Any] | None


class NemotronVLReader(ReadingFields, BasePydanticReader):
    """Reads PDFs and images, page by page, on the engine of this process.

    Every page that is asked for gives one document, also a blank or failed one: `page_status` in its metadata says
    how its text came about, and an error is never the text. Ids are UUIDs made of the path and the page number, so
    they stay when the content changes.

    Attributes:
        pages: Which pages of each document, counted from 1: `"1-3,7"`, a number, numbers; None for all.
        target_pages: The same in LlamaParse's form, which counts from 0: `"0-2,6"`.
        passwords: Tried in turn on an encrypted PDF; one text is one password. Not part of what is serialised.
        split_by_page: False joins all pages of a file into one document.
        page_separator: Stands between pages that are joined.
        defer_ocr: Renders pages and leaves the reading to `NemotronVLNodeParser`, so that a pipeline reads only what is
            new to it. Needs `image_dir`.
        root: Folder below which a path counts by what follows, so that ids stay when the folder moves.
        unreadable_files: `"raise"` ends the run at a file that cannot be opened; `"placeholder"` gives a document
            without text for it.
        dropped_metadata: Keys of `extra_info` that are left out. Size and dates of a file change while a page does not,
            and each change would make LlamaIndex take the page for a new one.

    Examples:
        >>> from PIL import Image
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> from nemotron_vl_integrations.engine import Engine
        >>> with Engine(backend=ScriptedBackend(["Dear Ms Hale,"])) as engine:
        ...     [page] = NemotronVLReader(engine=engine).load_data(Image.linear_gradient("L"))
        >>> page.text, page.metadata["page_label"], page.metadata["page_status"]
        ('Dear Ms Hale,', '1', 'read')
    """

    pages: PageSelection = None
    target_pages: str | None = None
    passwords: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    split_by_page: bool = True
    page_separator: str = PAGE_BREAK
    defer_ocr: bool = False
    root: Path | None = None
    unreadable_files: Literal["raise", "placeholder"] = "raise"
    dropped_metadata: tuple[str, ...] = FILE_FACTS

    @field_validator("passwords", mode="before")
    @classmethod
    def _take_passwords(cls, passwords: object) -> tuple[str, ...]:
        return check_passwords(passwords)

    @field_validator("pages", mode="before")
    @classmethod
    def _take_pages(cls, pages: object) -> object:
        check_selection(pages)
        return pages

    @model_validator(mode="after")
    def _check_combinations(self) -> Self:
        self._check_choices()
        return self

    def _check_choices(self) -> None:
        # Fields may be assigned later, so a run looks once more.
        if self.target_pages is not None:
            convert_target_pages(self.target_pages)
            if self.pages is not None:
                raise InvalidRequestError(
                    f"`pages={self.pages!r}` and `target_pages={self.target_pages!r}` are both set.",
                    hint="Use one: `pages` counts from 1, `target_pages` from 0.",
                )
        if self.defer_ocr:
            self._deferral_folder()
        if self.image_dir is not None and self.options.images is not None:
            raise InvalidRequestError(
                f"`image_dir={str(self.image_dir)!r}` and `options.images={str(self.options.images)!r}` are both set.",
                hint="Set `image_dir`: it keeps a picture of every page, which its document names.",
            )

    def _deferral_folder(self) -> Path:
        if self.image_dir is None or not self.split_by_page:
            raise InvalidRequestError(
                "`defer_ocr=True` gives one document a page, with its picture.",
                hint="Set `image_dir` to a folder for the pictures, and leave `split_by_page` True.",
            )
        return self.image_dir

    @classmethod
    @override
    def class_name(cls) -> str:
        """Return the name under which it is serialised."""
        return "NemotronVLReader"

    @override
    def load_data(
        self, file_path: Inputs, extra_info: ExtraInfo = None, fs: AbstractFileSystem | None = None
    ) -> list[Document]:
        """Read documents, all pages side by side.

        Args:
            file_path: A path, the bytes of a file, a file opened in binary, a PIL image; or a list of them.
            extra_info: Becomes metadata of every page, and wins over the reader's own.
            fs: File system of the paths; None is the local one.

        Raises:
            UnreadableDocumentError: A document cannot be opened, unless `unreadable_files="placeholder"`.
            PageRangeError: A document has not all the pages that were asked for.
            InvalidRequestError: An argument or field that cannot be used.
            EngineError: The engine does not start, or was closed.
        """
        return run(self.aload_data(file_path, extra_info, fs))

    @override
    async def aload_data(
        self, file_path: Inputs, extra_info: ExtraInfo = None, fs: AbstractFileSystem | None = None
    ) -> list[Document]:
        """Read documents; arguments and errors are those of `load_data`."""
        async with aclosing(self.aiter_data(file_path, extra_info, fs)) as documents:
            return [document async for document in documents]

    @override
    def lazy_load_data(
        self, file_path: Inputs, extra_info: ExtraInfo = None, fs: AbstractFileSystem | None = None
    ) -> Generator[Document, None, None]:
        """Yield each page as soon as it and those before it are read; closing it stops the reading. See `load_data`."""
        return iterate(self.aiter_data(file_path, extra_info, fs))

    async def aiter_data(
        self, file_path: Inputs, extra_info: ExtraInfo = None, fs: AbstractFileSystem | None = None
    ) -> AsyncGenerator[Document, None]:
        """Yield each page as soon as it and those before it are read; see `load_data`.

        Reading goes on while the caller works on a page. Closing the generator stops it, see `contextlib.aclosing`.
        """
        files = self._gather(file_path, extra_info, fs)
        stream = self._defer(files) if self.defer_ocr else self._read(files)
        async with aclosing(stream):
            async for document in stream:
                yield document

    def parse(
        self, file_path: FileInput, extra_info: ExtraInfo = None, fs: AbstractFileSystem | None = None
    ) -> ParseResult:
        """Read one document into an object with LlamaParse's getters; it is read now, whatever `defer_ocr` says.

        Raises:
            NemotronVLError: As `load_data`.

        Examples:
            >>> from PIL import Image
            >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
            >>> from nemotron_vl_integrations.engine import Engine
            >>> with Engine(backend=ScriptedBackend(["Dear Ms Hale,"])) as engine:
            ...     result = NemotronVLReader(engine=engine).parse(Image.linear_gradient("L"))
            >>> result.get_text_documents(split_by_page=True)[0].text, result.pages[0].page
            ('Dear Ms Hale,', 1)
        """
        return run(self.aparse(file_path, extra_info, fs))

    async def aparse(
        self, file_path: FileInput, extra_info: ExtraInfo = None, fs: AbstractFileSystem | None = None
    ) -> ParseResult:
        """Read one document; see `parse`."""
        files = self._gather([file_path], extra_info, fs)
        run = self.make_run(self._choose_options())
        async with aclosing(read_files(files, run, self.image_dir)) as events:
            seen = [event async for event in events]
        last = seen[-1]
        if isinstance(last, FileFailed):
            raise last.error
        pages = [event.page for event in seen if isinstance(event, PageRead)]
        return ParseResult(last.origin, pages, self.mode, self.page_separator, files.extra_info)

    async def _read(self, files: Files) -> AsyncGenerator[Document, None]:
        run = self.make_run(self._choose_options())
        pages: list[PageResult] = []
        async with aclosing(read_files(files, run, self.image_dir)) as events:
            async for event in events:
                match event:
                    case PageRead(origin, page) if self.split_by_page:
                        shown = page if self.image_dir is not None else replace(page, image=None)
                        yield make_page_document(origin, shown, self.mode, files.extra_info)
                    case PageRead(_, page):
                        pages.append(page)
                    case FileRead(origin):
                        if not self.split_by_page:
                            yield make_whole_document(
                                origin, pages, self.page_separator, self.mode, files.extra_info
                            )
                        pages = []
                    case FileFailed(origin, error):
                        yield self._take_fault(origin, error, files)
                        pages = []

    async def _defer(self, files: Files) -> AsyncGenerator[Document, None]:
        deferral = PageDeferral(run=self.make_run(self.options), folder=self._deferral_folder())
        async with aclosing(files.find()) as found:
            async for origins in found:
                streams = (self._defer_one(origin, files, deferral) for origin in origins)
                chained = chain_in_order(streams, ahead=DOCUMENTS_AHEAD, buffered=1)
                async with aclosing(chained):
                    async for document in chained:
                        yield document

    async def _defer_one(
        self, origin: DocumentOrigin, files: Files, deferral: PageDeferral
    ) -> AsyncGenerator[Document, None]:
        try:
            if origin.error is not None:
                raise origin.error
            stream = deferral.render(origin, files.to_read(origin), files.extra_info)
            async with aclosing(stream):
                async for document in stream:
                    yield document
        except DOCUMENT_FAULTS as error:
            yield self._take_fault(origin, error, files)

    def _take_fault(self, origin: DocumentOrigin, error: NemotronVLError, files: Files) -> Document:
        if self.unreadable_files == "raise":
            raise error
        return make_unreadable_document(origin, error, files.extra_info)

    def _choose_options(self) -> ReadingOptions:
        if self.image_dir is None:
            return self.options
        return replace(self.options, images=self.image_dir, keep_images="all", image_format="png")

    def _gather(self, inputs: Inputs, extra_info: ExtraInfo, fs: AbstractFileSystem | None) -> Files:
        check_instance("extra_info", extra_info, dict | None)
        self._check_choices()
        pages = self.pages if self.target_pages is None else convert_target_pages(self.target_pages)
        return Files(
            inputs=inputs if isinstance(inputs, list | tuple) else [cast("FileInput", inputs)],
            extra_info={
                name: value for name, value in (extra_info or {}).items() if name not in self.dropped_metadata
            },
            fs=fs,
            root=self.root,
            pages=pages,
            passwords=self.passwords,
            max_bytes=self.options.limits.max_bytes,
        )
