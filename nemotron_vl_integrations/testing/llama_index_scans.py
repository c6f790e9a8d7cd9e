"""What the suites about LlamaIndex's readers have in common: the reader, its folder, and a scan to read."""

from abc import abstractmethod
from pathlib import Path
from typing import Final

import pytest
from llama_index.core.readers.base import BaseReader

from nemotron_vl_integrations.testing.drawn_documents import write_document

PAGES: Final = ("Good morning.", "", "Thank you.")
"""Words of the pages of the scan; the second is blank."""


class ScanSuite:
    """A reader that is tested on documents which the suite draws."""

    @abstractmethod
    def make_reader(self, folder: Path) -> BaseReader:
        """Return a reader; `folder` is its own, and calls with one folder return readers of the same settings."""

    @property
    def suffix(self) -> str:
        """Type of the documents: `.pdf` or `.tiff`."""
        return ".pdf"

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """The reader's own folder."""
        (tmp_path / "own").mkdir()
        return tmp_path / "own"

    @pytest.fixture
    def scan(self, tmp_path: Path) -> Path:
        """A document of three pages, of which the second is blank."""
        (tmp_path / "scans").mkdir()
        return write_document(tmp_path / "scans" / f"scan{self.suffix}", PAGES)

    @pytest.fixture
    def reader(self, folder: Path) -> BaseReader:
        """The reader that is tested."""
        return self.make_reader(folder)
