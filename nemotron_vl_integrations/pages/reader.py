"""A document whose pages are rendered one by one, whatever happens to the process that does it."""

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Protocol, assert_never

from PIL import Image

from nemotron_vl_integrations.document_passwords import check_passwords
from nemotron_vl_integrations.errors import (
    DocumentPasswordError,
    PageRenderError,
    UnreadableDocumentError,
    UnreadableImageError,
)
from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_renderer.protocol import (
    Failed,
    Opened,
    OpenRequest,
    PageRequest,
    Ready,
    Rendered,
    write_line,
)
from nemotron_vl_integrations.pages.documents import (
    DocumentFile,
    DocumentSource,
    RenderLimits,
    check_source,
    name_document,
    open_document_file,
)
from nemotron_vl_integrations.pages.renderer import (
    RendererProcess,
    RendererStalledError,
    RendererStoppedError,
)
from nemotron_vl_integrations.pages.results import DocumentInfo, PageFailure, PageImage
from nemotron_vl_integrations.tiling import Grid, choose_grid, fit_to_grid

_HASHED_AT_ONCE = 4 * 2**20


class DocumentReader(Protocol):
    """An unopened document; all but `interrupt` belongs to one thread and may block."""

    def open(self) -> DocumentInfo:
        """Open it.

        Raises:
            UnreadableDocumentError: It cannot be opened.
        """
        ...

    def render(
        self, page: int, *, layout: Layout, max_tiles: int, text_layer: bool = False
    ) -> PageImage | PageFailure:
        """Render a page, counted from 1, with its text layer if that is asked for."""
        ...

    def digest(self) -> str:
        """Return the SHA-256 of what was opened, as hexadecimal digits."""
        ...

    def interrupt(self) -> None:
        """End what runs at once, from any thread; the document is of no further use."""
        ...

    def close(self) -> None:
        """Give back everything that `open` and `render` took."""
        ...


def make_reader(source: DocumentSource, *, passwords: Sequence[str], limits: RenderLimits) -> DocumentReader:
    """Choose the reader for a source; nothing is opened yet.

    Raises:
        InvalidRequestError: The source or the passwords are of another type.
    """
    source, passwords = check_source(source), check_passwords(passwords)
    if isinstance(source, Image.Image):
        return PictureReader(source, limits=limits)
    return FileReader(source, passwords=passwords, limits=limits)


class PictureReader:
    """A PIL image as a document of one page: its pixels are here already, so no process is needed."""

    def __init__(self, image: Image.Image, *, limits: RenderLimits) -> None:
        self._image = image
        self._limits = limits

    def open(self) -> DocumentInfo:
        """Report one page."""
        return DocumentInfo(kind="image", page_count=1, labels=("1",))

    def render(
        self, page: int, *, layout: Layout, max_tiles: int, text_layer: bool = False
    ) -> PageImage | PageFailure:
        """Fit the image to its tiles."""
        try:
            upright = load_image(self._image, limits=self._limits.image)
        except UnreadableImageError as exc:
            error = PageRenderError(exc.message, exc.hint)
            error.__cause__ = exc
            return PageFailure(page, "1", error)
        grid = choose_grid(upright.width, upright.height, layout=layout, max_tiles=max_tiles)
        return PageImage(page, "1", fit_to_grid(upright, layout=layout, max_tiles=max_tiles), grid)

    def digest(self) -> str:
        """Return the SHA-256 of the pixels."""
        digest = hashlib.sha256(f"{self._image.mode} {self._image.size} ".encode())
        digest.update(self._image.tobytes())
        return digest.hexdigest()

    def interrupt(self) -> None:
        """Nothing runs elsewhere."""

    def close(self) -> None:
        """Nothing was taken."""


class FileReader:
    """A document in a file or in bytes, rendered by a process that is started again when it ends."""

    def __init__(self, source: DocumentSource, *, passwords: Sequence[str], limits: RenderLimits) -> None:
        self._source = source
        self._name = name_document(source)
        self._passwords = tuple(passwords)
        self._limits = limits
        self._labels: tuple[str, ...] = ()
        self._file: DocumentFile | None = None
        self._process: RendererProcess | None = None
        self._served = 0
        self._interrupted = False
        self._lock = threading.Lock()

    def open(self) -> DocumentInfo:
        """Open the document in a new process.

        Raises:
            UnreadableDocumentError: It is no document, damaged, empty, or over a limit.
            DocumentPasswordError: It is encrypted and no password fits.
            MissingExtraError: HEIC without the extra `heic`.
        """
        assert not isinstance(self._source, Image.Image)
        self._file = open_document_file(self._source, limits=self._limits)
        opened = self._start(self._file)
        self._labels = opened.labels
        return DocumentInfo(
            kind=self._file.kind,
            page_count=len(opened.labels),
            labels=opened.labels,
            properties=opened.properties,
        )

    def render(
        self, page: int, *, layout: Layout, max_tiles: int, text_layer: bool = False
    ) -> PageImage | PageFailure:
        """Render a page; a process that ended with an earlier page is replaced first."""
        try:
            return self._render_or_retry(PageRequest(page, layout, max_tiles, text_layer))
        except UnreadableDocumentError as exc:
            return PageFailure(page, self._labels[page - 1], exc)

    def digest(self) -> str:
        """Return the SHA-256 of the file's bytes, read through the descriptor that the renderer has."""
        assert self._file is not None
        digest, offset = hashlib.sha256(), 0
        while piece := os.pread(self._file.descriptor, _HASHED_AT_ONCE, offset):
            digest.update(piece)
            offset += len(piece)
        return digest.hexdigest()

    def interrupt(self) -> None:
        """Kill the process, so that `open` or `render` returns at once."""
        with self._lock:
            self._interrupted = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process and close the document."""
        if self._process is not None:
            self._process.close()
            self._process = None
        if self._file is not None:
            os.close(self._file.descriptor)
            self._file = None

    def _start(self, file: DocumentFile) -> Opened:
        with self._lock:
            if self._interrupted:
                raise UnreadableDocumentError(f"{self._name} was closed.", hint="Open it again.")
            process = self._process = RendererProcess(file.descriptor)
            self._served = 0
        try:
            process.wait_until_ready()
            reply = process.ask(write_line(asdict(self._write_request(file))), seconds=self._limits.seconds)
            if isinstance(reply, Ready | Rendered):
                raise RendererStoppedError("wrote nonsense")
        except RendererStoppedError as exc:
            self._drop_process()
            raise UnreadableDocumentError(*self._explain(f"Opening {self._name}", exc)) from exc
        match reply:
            case Opened():
                return reply
            case Failed(message, hint, locked):
                self._drop_process()
                raise (DocumentPasswordError if locked else UnreadableDocumentError)(
                    _capitalise(message), hint
                )
            case _:
                assert_never(reply)

    def _render_or_retry(self, request: PageRequest) -> PageImage:
        try:
            return self._ask_for(request)
        except RendererStoppedError as exc:
            self._drop_process()
            # A process that rendered other pages before may have run out of memory because of them; and a page may
            # die of its text alone.
            hopeless = self._served == 0 and not request.text_layer
            if hopeless or isinstance(exc, RendererStalledError):
                raise self._give_up(request.page, exc) from exc
        try:
            return self._ask_for(replace(request, text_layer=False))
        except RendererStoppedError as exc:
            self._drop_process()
            raise self._give_up(request.page, exc) from exc

    def _give_up(self, page: int, stopped: RendererStoppedError) -> PageRenderError:
        return PageRenderError(*self._explain(f"Rendering page {page} of {self._name}", stopped))

    def _ask_for(self, request: PageRequest) -> PageImage:
        assert self._file is not None
        if self._process is None and self._start(self._file).labels != self._labels:
            raise UnreadableDocumentError(f"{self._name} changed while it was read.", hint="Read it again.")
        assert self._process is not None
        reply = self._process.ask(write_line(asdict(request)), seconds=self._limits.seconds)
        match reply:
            case Rendered(columns, rows, text) if columns > 0 and 0 < columns * rows <= request.max_tiles:
                grid = Grid(columns, rows)
                pixels = self._process.read_pixels(grid.width * grid.height * len("RGB"))
                self._served += 1
                size = (grid.width, grid.height)
                # Pillow takes any buffer and copies it, whatever its types say.
                image = Image.frombuffer("RGB", size, pixels, "raw", "RGB", 0, 1)  # pyright: ignore[reportArgumentType] - see above
                return PageImage(request.page, self._labels[request.page - 1], image, grid, text)
            case Failed(message, hint):
                raise PageRenderError(_capitalise(message), hint)
            case Ready() | Opened() | Rendered():
                raise RendererStoppedError("wrote nonsense")
            case _:
                assert_never(reply)

    def _write_request(self, file: DocumentFile) -> OpenRequest:
        limits = self._limits
        return OpenRequest(
            descriptor=file.descriptor,
            kind=file.kind,
            name=file.name,
            passwords=self._passwords,
            parent=os.getpid(),
            # The document is mapped into the address space of the process, so its own size comes on top.
            memory_bytes=limits.memory_bytes + file.size,
            max_pages=limits.max_pages
            if file.kind == "pdf"
            else min(limits.max_pages, limits.image.max_frames),
            max_pixels=limits.image.max_pixels,
        )

    def _drop_process(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()

    def _explain(self, what: str, stopped: RendererStoppedError) -> tuple[str, str]:
        if isinstance(stopped, RendererStalledError):
            return (
                f"{what} took longer than {self._limits.seconds:g} s, and its renderer was ended.",
                "Leave it out, or raise RenderLimits.seconds.",
            )
        return (
            f"{what} failed: its renderer {stopped}.",
            f"It is damaged, or needs more than RenderLimits.memory_bytes={self._limits.memory_bytes:,}.",
        )


def _capitalise(message: str) -> str:
    return message[:1].upper() + message[1:]
