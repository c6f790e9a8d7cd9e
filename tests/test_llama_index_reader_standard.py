"""The standard tests of readers and pipelines on the real engine: read at once with a ledger, and read later."""

from pathlib import Path

import pytest
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import TransformComponent

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.llama_index import (
    NemotronVLNodeParser,
    NemotronVLPageImagePostprocessor,
    NemotronVLReader,
)
from nemotron_vl_integrations.reading import ReadingOptions, ReadingProgress
from nemotron_vl_integrations.testing.llama_index_ingestion import IngestionTests
from nemotron_vl_integrations.testing.llama_index_readers import ReaderTests


class _ReadCount:
    """Counts pages that were read and not found in a ledger; every run begins to count anew."""

    def __init__(self) -> None:
        self.pages = 0
        self._seen = 0

    def __call__(self, progress: ReadingProgress) -> None:
        """Take the state of a run."""
        fresh = progress.done - progress.from_ledger
        self._seen = 0 if progress.done == 1 else self._seen
        self.pages += fresh - self._seen
        self._seen = fresh


class _OnTheEngine:
    """The reader and its steps on the engine of the run."""

    @pytest.fixture(autouse=True)
    def _count_on_the_engine(self, engine: Engine) -> None:
        self.engine = engine
        self.count = _ReadCount()

    @property
    def options(self) -> ReadingOptions:
        return ReadingOptions(max_tokens=40, progress=self.count)


class _AtOnce(_OnTheEngine):
    def make_reader(self, folder: Path) -> NemotronVLReader:
        return NemotronVLReader(
            engine=self.engine,
            options=self.options,
            ledger=folder / "pages.ledger",
            image_dir=folder / "pages",
        )


class _Later(_OnTheEngine):
    def make_reader(self, folder: Path) -> NemotronVLReader:
        return NemotronVLReader(engine=self.engine, defer_ocr=True, image_dir=folder / "pages")


class TestReaderThatReadsAtOnce(_AtOnce, ReaderTests):
    pass


class TestReaderThatDefers(_Later, ReaderTests):
    @property
    def reads_at_once(self) -> bool:
        return False


class TestPipelineOfPagesReadAtOnce(_AtOnce, IngestionTests):
    def count_reads(self) -> int:
        return self.count.pages

    def make_postprocessors(self, folder: Path) -> list[BaseNodePostprocessor]:
        return [NemotronVLPageImagePostprocessor(image_dir=folder / "pages")]


class TestPipelineThatReads(_Later, IngestionTests):
    def make_steps(self, folder: Path) -> list[TransformComponent]:
        return [NemotronVLNodeParser(engine=self.engine, options=self.options, image_dir=folder / "pages")]

    def count_reads(self) -> int:
        return self.count.pages

    def make_postprocessors(self, folder: Path) -> list[BaseNodePostprocessor]:
        return [NemotronVLPageImagePostprocessor(image_dir=folder / "pages")]
