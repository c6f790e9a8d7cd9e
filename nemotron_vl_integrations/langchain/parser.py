"""NemotronVLParser: blobs of scanned files as LangChain's documents, also as `images_parser` of other loaders."""

from collections.abc import AsyncGenerator, Generator, Sequence
from functools import partial

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from typing_extensions import override

from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain.document_stream import stream_documents
from nemotron_vl_integrations.langchain.found_documents import FoundDocument, find_blob
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


class NemotronVLParser(BaseBlobParser):
    """Reads the pages of blobs with the engine of this process; the arguments are those of `NemotronVLLoader`.

    A blob is a PDF, a TIFF or a picture, told from its bytes and never from its type or name; or an array of NumPy, as
    LangChain's PDF loaders hand pictures on, so a parser can be their `images_parser`. It reads one blob after the
    other; `NemotronVLLoader` takes a list of blobs and reads them side by side.

    Raises:
        InvalidRequestError: An argument that cannot be used.

    Examples:
        >>> import io
        >>> from PIL import Image
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> scan = io.BytesIO()
        >>> Image.linear_gradient("L").save(scan, "PNG")
        >>> with Engine(backend=ScriptedBackend(["Dear Ms Hale,"])) as engine:
        ...     NemotronVLParser(engine=engine).parse(Blob.from_data(scan.getvalue()))[0].page_content
        'Dear Ms Hale,'
    """

    def __init__(
        self,
        *,
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
    def lazy_parse(self, blob: Blob) -> Generator[Document, None, None]:
        """Yield each document of a blob as soon as it and those before it are read.

        Raises:
            InvalidRequestError: Not a blob, or one without data and path.
            NemotronVLError: As `NemotronVLLoader.lazy_load`.
        """
        return background_loop.iterate(self.alazy_parse(blob))

    def alazy_parse(self, blob: Blob) -> AsyncGenerator[Document, None]:
        """Yield what `lazy_parse` yields, on the caller's own event loop."""
        return stream_documents(partial(self._find, blob), self._settings)

    async def aparse(self, blob: Blob) -> list[Document]:
        """Return all documents of a blob."""
        return [document async for document in self.alazy_parse(blob)]

    def _find(self, blob: Blob) -> list[FoundDocument]:
        return [find_blob(blob, limits=self._settings.options.limits.image)]
