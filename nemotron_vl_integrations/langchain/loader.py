"""NemotronVLLoader: scanned files as LangChain's documents, a page or a file each."""

import logging
from collections.abc import AsyncGenerator, Generator, Sequence

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document
from typing_extensions import override

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain.document_stream import stream_documents
from nemotron_vl_integrations.langchain.found_documents import (
    FoundDocument,
    LoaderSource,
    check_loading,
    find_documents,
)
from nemotron_vl_integrations.langchain.loading_settings import (
    PAGES_DELIMITER,
    DocumentMode,
    ErrorPolicy,
    Fields,
    check_settings,
)
from nemotron_vl_integrations.ledger import LedgerSource
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_result import Mode
from nemotron_vl_integrations.pages import PageSelection
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.options import DEFAULT_OPTIONS

_logger = logging.getLogger(__name__)


class NemotronVLLoader(BaseLoader):
    """Reads PDFs, TIFFs and pictures with the engine of this process.

    Every page gives one document, a blank or failed one too; `metadata["status"]` says how its text came about, see
    `PageResult.status`. The pages of all files flow through one bounded window, so a folder of single scans is read as
    fast as one long document, and memory does not grow with either. Documents come in the order of the files and pages.

    Closing the iterator of `lazy_load`, or leaving its loop, aborts what is running. The same holds for `alazy_load`
    inside `contextlib.aclosing`.

    Args:
        source: A path, a folder, the bytes of a file, a `Blob`, or a list of these. An address is not fetched.
        glob: Which files of a folder are read, such as `"**/*.pdf"`; None takes every PDF and picture in it and below,
            hidden ones left out; refused where no folder is named. A link that leads out of the folder is a file that
            cannot be read.
        mode: `"page"` for a document of each page, `"single"` for one of each file.
        content: What the documents hold: `"markdown"` (the default), `"text"`, or `"tables"` for the tables alone.
        schema: A pydantic model or a JSON schema. The documents then hold the JSON of the fields that a page shows, any
            of which may be null; with `mode="single"` those of the pages are merged and checked, see `extract_fields`.
            Texts and numbers stand in the metadata too, as `field_` and their name.
        pages: Which pages of each file, such as `"1-3,7"`; they count from 1, while `metadata["page"]` counts from 0,
            as in all of LangChain.
        pages_delimiter: Stands between pages with `mode="single"`.
        layout: How pages are fitted to tiles, see `tiling.choose_grid`; None takes the engine's.
        max_tiles: Most tiles of a page, 1 to 12; None takes the engine's.
        passwords: Tried in turn on an encrypted PDF; one text is one password.
        on_error: What becomes of a file that cannot be read: `"raise"` its error, a `"document"` with the status
            `failed` and the reason, or `"skip"`, which leaves out failed pages too and logs a warning for each.
        ledger: Where pages are looked up before they are read, and written down: a `Ledger`, or the path of one that is
            opened for each loading; None keeps none.
        options: Limits and policies of reading.
        engine: Reads; None takes the engine that this process shares.

    Raises:
        InvalidRequestError: An argument that cannot be used.

    Examples:
        >>> import io
        >>> from PIL import Image
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> scan = io.BytesIO()
        >>> Image.linear_gradient("L").save(scan, "PNG")
        >>> with Engine(backend=ScriptedBackend(["Dear Ms Hale,"])) as engine:
        ...     (page,) = NemotronVLLoader(scan.getvalue(), engine=engine).load()
        >>> page.page_content, page.metadata["page"], page.metadata["status"]
        ('Dear Ms Hale,', 0, 'read')
    """

    def __init__(
        self,
        source: LoaderSource,
        *,
        glob: str | None = None,
        mode: DocumentMode = "page",
        content: Mode | None = None,
        schema: Fields | None = None,
        pages: PageSelection = None,
        pages_delimiter: str = PAGES_DELIMITER,
        layout: Layout | None = None,
        max_tiles: int | None = None,
        passwords: Sequence[str] = (),
        on_error: ErrorPolicy = "raise",
        ledger: LedgerSource | None = None,
        options: ReadingOptions = DEFAULT_OPTIONS,
        engine: Engine | None = None,
    ) -> None:
        check_loading(source, glob)
        self._source = source
        self._glob = glob
        self._settings = check_settings(
            mode=mode,
            content=content,
            schema=schema,
            pages=pages,
            pages_delimiter=pages_delimiter,
            layout=layout,
            max_tiles=max_tiles,
            passwords=passwords,
            on_error=on_error,
            ledger=ledger,
            options=options,
            engine=engine,
        )

    @override
    def lazy_load(self) -> Generator[Document, None, None]:
        """Yield each document as soon as it and those before it are read.

        Raises:
            InvalidRequestError: An argument that cannot be used.
            UnsupportedModeError: The checkpoint has no prompt for `content`.
            UnreadableDocumentError: A file cannot be read, with `on_error="raise"`.
            PageRangeError: `pages` names a page that a file does not have, with `on_error="raise"`.
            ExtractionError: The merged fields of a file do not satisfy the schema, with `on_error="raise"`.
            EngineError: The engine does not start, or was closed.
        """
        return background_loop.iterate(stream_documents(self._find, self._settings))

    @override
    def alazy_load(self) -> AsyncGenerator[Document, None]:
        """Yield what `lazy_load` yields, on the caller's own event loop."""
        return stream_documents(self._find, self._settings)

    def _find(self) -> list[FoundDocument]:
        limits = self._settings.options.limits.image
        found = find_documents(self._source, glob=self._glob, limits=limits)
        if not found:
            _logger.warning("There is nothing to read in %s (glob=%r).", show(self._source), self._glob)
        return found
