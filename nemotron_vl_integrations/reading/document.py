"""Reads one document: a result for each page, as a stream or as a whole, for sync and async callers."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import get_args

from nemotron_vl_integrations.argument_checks import check_choice, check_instance
from nemotron_vl_integrations.concurrency.background_loop import iterate, run
from nemotron_vl_integrations.document_passwords import check_passwords
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.ledger import LedgerSource, check_ledger
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_result import DocumentResult, Mode, PageResult
from nemotron_vl_integrations.pages import DocumentSource, PageSelection
from nemotron_vl_integrations.pages.documents import check_source
from nemotron_vl_integrations.reading.options import DEFAULT_OPTIONS, ReadingOptions
from nemotron_vl_integrations.reading.page_task import PageSchema, make_target
from nemotron_vl_integrations.reading.pipeline import (
    DocumentFailed,
    DocumentToRead,
    PageDone,
    ReadingRun,
    read_documents,
)


async def aiter_pages(
    source: DocumentSource,
    pages: PageSelection = None,
    *,
    mode: Mode = "text",
    schema: PageSchema | None = None,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    name: str | None = None,
    ledger: LedgerSource | None = None,
    options: ReadingOptions = DEFAULT_OPTIONS,
    engine: Engine | None = None,
) -> AsyncGenerator[PageResult, None]:
    """Read a document and yield each page as soon as it and those before it are read.

    Every page that is asked for gives exactly one result. A page that does not come out well is tried again in other
    ways; one that cannot be read in any has the status `failed` and its reason, and the others go on. If the engine
    dies, the pages that were running are tried once more, one by one, so that the page that kills it costs no other
    page.

    Memory does not grow with the document: at most `options.concurrency` pages are with the engine, `options.ahead`
    more are rendered, and at most three times as many results wait for a slower page before them. Reading goes on while
    the caller works on a page. Closing the generator aborts what is running and ends the rendering.

    Args:
        source: A path, the bytes of a file, or a PIL image: PDF, PNG, JPEG, WebP, TIFF (each frame is a page).
        pages: All, one number, numbers, or a range such as `"1-3,7"`; pages count from 1.
        mode: `"text"`, `"markdown"`, or `"tables"` for the tables alone; each where the checkpoint has a prompt for it.
            `"json"`: the text of each page is one JSON object that satisfies `schema`.
        schema: For `mode="json"`: a pydantic model, or a JSON schema whose root is an object. What a page may lack must
            be allowed to be null.
        layout: How pages are fitted to tiles, see `tiling.choose_grid`; None takes the engine's.
        max_tiles: Most tiles of a page, 1 to 12, without the thumbnail; None takes the engine's.
        passwords: Tried in turn on an encrypted PDF.
        name: What results call the document; None takes the path as given, `<bytes>` or `<image>`.
        ledger: Where results are looked up before anything is rendered, and written down: a `Ledger`, or the path of
            one that is opened for this call; None keeps none.
        options: Limits and policies.
        engine: Reads the pages; None takes the engine that this process shares.

    Raises:
        InvalidRequestError: An argument that cannot be used.
        UnsupportedModeError: The checkpoint has no prompt for `mode`.
        UnreadableDocumentError: The document as a whole cannot be opened.
        PageRangeError: `pages` names a page that does not exist.
        LedgerError: The ledger cannot be opened; one that fails later costs a warning and no page.
        EngineError: The engine does not start, or was closed.
    """
    check_choice("mode", mode, get_args(Mode))
    for argument, value, wanted in (
        ("name", name, str | None),
        ("options", options, ReadingOptions),
        ("engine", engine, Engine | None),
    ):
        check_instance(argument, value, wanted)
    check_ledger(ledger)
    fields = make_target(mode, schema)
    shared = get_engine() if engine is None else engine
    document = DocumentToRead(
        source=source, name=name or name_source(source), pages=pages, passwords=check_passwords(passwords)
    )
    reading = ReadingRun(
        engine=shared,
        mode=mode,
        fields=fields,
        layout=shared.config.layout if layout is None else layout,
        max_tiles=shared.config.max_tiles if max_tiles is None else max_tiles,
        options=options,
        ledger=ledger,
    )
    events = read_documents([document], reading)
    async with aclosing(events):
        async for event in events:
            match event:
                case PageDone(_, page):
                    yield page
                case DocumentFailed(_, error):
                    raise error
                case _:
                    pass


def iter_pages(
    source: DocumentSource,
    pages: PageSelection = None,
    *,
    mode: Mode = "text",
    schema: PageSchema | None = None,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    name: str | None = None,
    ledger: LedgerSource | None = None,
    options: ReadingOptions = DEFAULT_OPTIONS,
    engine: Engine | None = None,
) -> Generator[PageResult, None, None]:
    """Read a document and yield each page as soon as it and those before it are read; see `aiter_pages`.

    Examples:
        >>> from PIL import Image
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> with Engine(backend=ScriptedBackend([])) as engine:
        ...     [page.status for page in iter_pages(Image.new("RGB", (600, 800), "white"), engine=engine)]
        ['blank']
    """
    results = aiter_pages(
        source,
        pages,
        mode=mode,
        schema=schema,
        layout=layout,
        max_tiles=max_tiles,
        passwords=passwords,
        name=name,
        ledger=ledger,
        options=options,
        engine=engine,
    )
    return iterate(results)


async def aread_document(
    source: DocumentSource,
    pages: PageSelection = None,
    *,
    mode: Mode = "text",
    schema: PageSchema | None = None,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    name: str | None = None,
    ledger: LedgerSource | None = None,
    options: ReadingOptions = DEFAULT_OPTIONS,
    engine: Engine | None = None,
) -> DocumentResult:
    """Read a document and return all its pages; arguments and errors are those of `aiter_pages`."""
    results = aiter_pages(
        source,
        pages,
        mode=mode,
        schema=schema,
        layout=layout,
        max_tiles=max_tiles,
        passwords=passwords,
        name=name,
        ledger=ledger,
        options=options,
        engine=engine,
    )
    async with aclosing(results):
        return DocumentResult(name or name_source(source), tuple([page async for page in results]))


def read_document(
    source: DocumentSource,
    pages: PageSelection = None,
    *,
    mode: Mode = "text",
    schema: PageSchema | None = None,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    passwords: Sequence[str] = (),
    name: str | None = None,
    ledger: LedgerSource | None = None,
    options: ReadingOptions = DEFAULT_OPTIONS,
    engine: Engine | None = None,
) -> DocumentResult:
    """Read a document and return all its pages; arguments and errors are those of `aiter_pages`.

    Examples:
        >>> from PIL import Image
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> with Engine(backend=ScriptedBackend(["Dear Ms Hale,"])) as engine:
        ...     read_document(Image.linear_gradient("L"), engine=engine).text
        'Dear Ms Hale,'
    """
    document = aread_document(
        source,
        pages,
        mode=mode,
        schema=schema,
        layout=layout,
        max_tiles=max_tiles,
        passwords=passwords,
        name=name,
        ledger=ledger,
        options=options,
        engine=engine,
    )
    return run(document)


def name_source(source: DocumentSource) -> str:
    """Return what results call a document: its path as given, `<bytes>` or `<image>`.

    Examples:
        >>> name_source(Path("scans/letter.pdf")), name_source(b"%PDF-1.7")
        ('scans/letter.pdf', '<bytes>')
    """
    match check_source(source):
        case str() | Path() as path:
            return str(path)
        case bytes():
            return "<bytes>"
        case _:
            return "<image>"
