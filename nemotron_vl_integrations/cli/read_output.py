"""What `nemotron-vl read` writes: text or JSON, files, the display, and at the end a summary."""

from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from nemotron_vl_integrations.cli.outputs import DocumentFiles, OutputPlan
from nemotron_vl_integrations.cli.parser import ReadArguments
from nemotron_vl_integrations.cli.progress import Display, describe_document
from nemotron_vl_integrations.cli.sources import Source
from nemotron_vl_integrations.cli.terminal import one_line, report, write_json, write_text
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.reading.pipeline import (
    DocumentFailed,
    DocumentFinished,
    DocumentOpened,
    PageDone,
    ReadingEvent,
)
from nemotron_vl_integrations.reading.progress import ProgressCounter, ReadingSummary
from nemotron_vl_integrations.report import ReportWriter


class ReadOutput:
    """Writes what happens, as it happens.

    Args:
        arguments: Of the command line.
        display: Shows how far reading is.
        sources: The documents.
        plans: Which files each document is written to; empty for standard output.
        html: The report, if one is wanted.
    """

    def __init__(
        self,
        arguments: ReadArguments,
        display: Display,
        sources: tuple[Source, ...],
        plans: tuple[OutputPlan, ...],
        html: ReportWriter | None,
    ) -> None:
        self.failed = False
        self._arguments = arguments
        self._display = display
        self._sources = sources
        self._plans = plans
        self._html = html
        self._files: DocumentFiles | None = None
        self._headings = False
        self._counter = ProgressCounter()
        self._summary = ReadingSummary()

    def handle(self, event: ReadingEvent) -> None:
        """Write one event."""
        match event:
            case DocumentOpened():
                self._open(event)
            case PageDone(_, page, thumbnail):
                if self._html is not None:
                    self._html.add(page, thumbnail)
                self._write_page(page)
                self._display.show_progress(self._counter.count(page))
            case DocumentFinished():
                self._finish()
            case DocumentFailed(index, error):
                self.failed = True
                self._display.clear()
                name = self._sources[index].name
                message = _name_once(name, str(error))
                report("error", message)
                # Of one document the error has just been said.
                if len(self._sources) > 1:
                    self._summary.add_unread(message)
                if self._html is not None:
                    self._html.add_failure(name, str(error))
                self._abandon_files()
            case _:
                assert_never(event)

    def end(self, pictures: Sequence[Path]) -> None:
        """Say where the pictures of tiles are, finish the report, and name every page that was not simply read."""
        if pictures:
            more = f" and {len(pictures) - 1:,} more" if len(pictures) > 1 else ""
            self._say_written(f"{pictures[0]}{more}")
        if self._html is not None:
            self._say_written(self._html.finish())
        if self._summary.remarks and not self._arguments.quiet:
            self._display.clear()
            for line in self._summary.lines():
                report("summary", line)

    def close(self) -> None:
        """Close the files of a document, and the report, that are not complete."""
        self._abandon_files()
        if self._html is not None and (path := self._html.abandon()) is not None:
            report("warning", f"{path}: not complete")

    def _abandon_files(self) -> None:
        if self._files is not None:
            self._display.clear()
            for path in self._files.abandon():
                report("warning", f"{path}: not complete")
            self._files = None

    def _open(self, event: DocumentOpened) -> None:
        count = len(self._sources)
        self._headings = count > 1 or event.page_count > 1
        if self._plans:
            self._files = DocumentFiles(self._plans[event.index])
        name = describe_document(self._sources[event.index].name, event.index + 1, count)
        self._counter.expect(event.page_count)
        self._display.show_document(name, self._counter.state)

    def _write_page(self, page: PageResult) -> None:
        self._summary.add(page)
        if page.status == "failed":
            self.failed = True
            self._display.clear()
            report("error", f"{page.source}, page {page.page}: {page.reason}")
        if self._files is not None:
            self._files.add(page)
            return
        if page.status == "failed" and not page.text and not self._arguments.json:
            return
        self._display.clear()
        if self._arguments.json:
            write_json(page.to_json())
        else:
            write_text(f"{_heading(page)}{page.text}\n\n" if self._headings else f"{page.text}\n")

    def _finish(self) -> None:
        if self._files is None:
            return
        written, self._files = self._files.finish(), None
        self._say_written(*written)

    def _say_written(self, *paths: Path | str) -> None:
        if not self._arguments.quiet:
            self._display.clear()
            report("wrote", ", ".join(map(str, paths)))


def _heading(page: PageResult) -> str:
    label = "" if page.page_label == str(page.page) else f" ({one_line(page.page_label)})"
    return f"==> {one_line(page.source)}, page {page.page}{label} <==\n"


def _name_once(name: str, message: str) -> str:
    """Name the document in front of a message that does not name it, such as one about its pages."""
    return message if name in message or repr(name) in message else f"{name}: {message}"
