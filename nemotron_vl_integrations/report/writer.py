"""Writes a report while pages come in: their pieces go to disk at once, and are put into their order at the end."""

import logging
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from nemotron_vl_integrations.errors import InputError, InvalidRequestError, MissingExtraError
from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.page_result import PageResult, PageStatus
from nemotron_vl_integrations.report.card import render_card
from nemotron_vl_integrations.report.frame import END, ReportTotals, render_start
from nemotron_vl_integrations.report.worst_first import Rank, rank_page
from nemotron_vl_integrations.tiling import draw_thumbnail

THUMBNAIL_PIXELS = 480
MOST_READ = 1000
"""Pages with the status `read` that a report shows; browsers grow slow beyond, and it shows the doubtful ones."""

_logger = logging.getLogger(__name__)


class _Piece(NamedTuple):
    rank: Rank
    status: PageStatus
    start: int
    length: int


class ReportWriter:
    """Collects the pages of a run, in any order, and writes one HTML file that needs nothing beside it.

    In memory there is one small tuple a page; texts and pictures wait in a file without a name beside the report, which
    is gone when the process ends, however it ends.

    Args:
        path: The report; its name appears when it is complete.
        overwrite: Replaces a file of that name.
        most_read: Most pages with the status `read` that are shown, those with the lowest confidence.

    Raises:
        InvalidRequestError: There is a file of that name, or its folder takes none.

    Examples:
        >>> import os, tempfile
        >>> page = PageResult(source="a.pdf", page=1, page_label="1", status="read", text="Dear <b>Ms Hale,")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     writer = ReportWriter(Path(folder, "report.html"))
        ...     writer.add(page)
        ...     "Dear &lt;b&gt;Ms Hale," in writer.finish().read_text(encoding="utf-8")
        True
    """

    def __init__(self, path: Path, *, overwrite: bool = False, most_read: int = MOST_READ) -> None:
        # A dangling link is a file too: it would be replaced.
        if (path.exists() or path.is_symlink()) and (path.is_dir() or not overwrite):
            raise InvalidRequestError(
                f"{str(path)!r} exists already.", hint="Choose another file, or add --overwrite."
            )
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._most_read = most_read
        self._pieces: list[_Piece] = []
        self._totals = ReportTotals()
        try:
            self._spool = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115
        except OSError as exc:
            raise InvalidRequestError(
                f"Nothing can be written in the folder {str(path.parent)!r}: {exc.strerror}.",
                hint="Choose another file for the report.",
            ) from exc

    def add(self, page: PageResult, thumbnail: bytes | None = None) -> None:
        """Add a page.

        Args:
            page: What came of it.
            thumbnail: JPEG of it; without one it is made from the picture that was kept of the page, if any was.

        Raises:
            OSError: The disk is full; names the report.
        """
        picture = _draw_kept(page) if thumbnail is None else thumbnail
        card = render_card(page, picture).encode("utf-8")
        with self._named():
            start = self._spool.tell()
            self._spool.write(card)
        self._pieces.append(_Piece(rank_page(page), page.status, start, len(card)))
        self._totals.add(page)

    def add_failure(self, name: str, message: str) -> None:
        """Add a document that could not be read."""
        self._totals.lost.append((name, message))

    def finish(self) -> Path:
        """Write the report and return its path.

        Raises:
            OSError: It cannot be written; names the report.
        """
        self._write(complete=True)
        self._part.replace(self._path)
        self.close()
        return self._path

    def abandon(self) -> Path | None:
        """Write what there is to a file that ends in `.part`, and return its path; None if there is nothing.

        Raises:
            OSError: It cannot be written; names the report.
        """
        try:
            if self._spool.closed or not (self._pieces or self._totals.lost):
                return None
            self._write(complete=False)
            return self._part
        finally:
            self.close()

    def close(self) -> None:
        """Give up what was not written."""
        with suppress(OSError):  # What a full disk did not take is tried again here, and is lost.
            self._spool.close()

    def _write(self, *, complete: bool) -> None:
        shown = list(self._choose())
        start = render_start(self._totals, left_out=len(self._pieces) - len(shown), complete=complete)
        with self._named():
            self._part.unlink(missing_ok=True)  # Never write through a link that someone left there.
            try:
                self._write_pieces(start, shown)
            except OSError:
                self._part.unlink()  # Half a page of HTML shows nothing.
                raise

    def _write_pieces(self, start: str, shown: Sequence[_Piece]) -> None:
        with self._part.open("xb") as file:
            file.write(start.encode("utf-8"))
            for piece in shown:
                self._spool.seek(piece.start)
                file.write(self._spool.read(piece.length))
            file.write(END.encode("utf-8"))

    def _choose(self) -> Iterator[_Piece]:
        room = self._most_read
        for piece in sorted(self._pieces, key=attrgetter("rank")):
            if piece.status == "read":
                room -= 1
            if piece.status != "read" or room >= 0:
                yield piece

    @contextmanager
    def _named(self) -> Generator[None]:
        """Put the name of the report into an error of writing, which has none of its own."""
        try:
            yield
        except OSError as exc:
            raise OSError(exc.errno, exc.strerror, str(self._path)) from exc


def _draw_kept(page: PageResult) -> bytes | None:
    if page.image is None or page.grid is None:
        return None
    try:
        return draw_thumbnail(load_image(page.image), page.grid, pixels=THUMBNAIL_PIXELS)
    except (InputError, MissingExtraError) as exc:
        _logger.info("The kept picture of page %s of %s cannot be shown: %s", page.page, page.source, exc)
        return None
