"""The standard tests of loaders and parsers, on ours; and that they find the faults that they are there for.

Classes, because standard tests are written as such.
"""

import time
from collections.abc import AsyncGenerator, Generator, Iterator
from pathlib import Path

import pytest
from langchain_core.document_loaders import BaseBlobParser, BaseLoader
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from typing_extensions import override

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain import NemotronVLLoader, NemotronVLParser
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.testing.langchain_loaders import BlobParserTests, DocumentLoaderTests
from tests.paged_script import ReadsNumbers, draw_number, open_script, write_numbers, write_tiff

OPTIONS = ReadingOptions(orientation="as_is")


class _OnAScript:
    """Scripted, because a text that is read twice must be equal to the last digit of its confidence."""

    engine: Engine

    @pytest.fixture(autouse=True)
    def _opened(self) -> Iterator[None]:
        with open_script(ReadsNumbers()) as self.engine:
            yield

    def check_idle(self) -> None:
        assert self.engine.running == 0


class TestLoader(_OnAScript, DocumentLoaderTests):
    def make_loader(self, folder: Path) -> BaseLoader:
        (folder / "a.tiff").write_bytes(write_numbers(6))
        white = draw_number(0).point(lambda _: 255)
        (folder / "b.tiff").write_bytes(write_tiff([draw_number(20), white, white]))
        return NemotronVLLoader(folder, options=OPTIONS, engine=self.engine)


class TestLoaderOfWholeFiles(_OnAScript, DocumentLoaderTests):
    def make_loader(self, folder: Path) -> BaseLoader:
        for page in (1, 2):
            (folder / f"{page}.tiff").write_bytes(write_numbers(page))
        return NemotronVLLoader(folder, mode="single", options=OPTIONS, engine=self.engine)


class TestParser(_OnAScript, BlobParserTests):
    def make_parser(self) -> BaseBlobParser:
        return NemotronVLParser(options=OPTIONS, engine=self.engine)

    def make_blob(self) -> Blob:
        return Blob.from_data(write_numbers(3))


class Faulty(BaseLoader):
    """Two documents, and one fault."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.loads = 0

    @override
    def lazy_load(self) -> Generator[Document, None, None]:
        self.loads += 1
        for page in (0, 1):
            yield self.make(page)

    def make(self, page: int) -> Document:
        number = "0" * 31 + str(0 if self.fault == "one id" else page)
        if self.fault == "ids that change":
            number = f"{self.loads:031}{page}"
        metadata: dict[str, object] = {
            "source": "a",
            "page": str(page) if self.fault == "page as text" else page,
        }
        if self.fault == "nested":
            metadata["usage"] = {"tokens": 1}
        if self.fault == "no source":
            del metadata["source"]
        if self.fault == "clock":
            metadata["loaded"] = time.monotonic_ns()
        return Document(id=number, page_content=f"Page {page}", metadata=metadata)

    @override
    async def alazy_load(self) -> AsyncGenerator[Document, None]:
        self.loads += 1
        for page in (1, 0) if self.fault == "async in another order" else (0, 1):
            yield self.make(page)


class Stepped(BaseLoader):
    """Leaves the asynchronous form to LangChain."""

    @override
    def lazy_load(self) -> Generator[Document, None, None]:
        yield from Faulty("none").lazy_load()


class Suite(DocumentLoaderTests):
    def make_loader(self, folder: Path) -> BaseLoader:
        raise NotImplementedError


def find_failures(loader: BaseLoader) -> set[str]:
    """The standard tests that a loader fails."""
    suite = Suite()
    documents = loader.load()
    failed: set[str] = set()
    checks = {
        "again": lambda: suite.test_loading_again_gives_the_same(loader, documents),
        "ways": lambda: suite.test_all_four_ways_give_the_same(loader, documents),
        "lazy": lambda: suite.test_lazy_load_is_lazy(loader, documents),
        "closing": lambda: suite.test_closing_ends_the_work(loader, documents),
        "native": lambda: suite.test_async_is_native(loader),
        "metadata": lambda: suite.test_metadata_can_be_indexed(documents),
        "ids": lambda: suite.test_ids_are_unique(documents),
        "index": lambda: suite.test_indexing_again_changes_nothing(loader, documents),
    }
    for name, check in checks.items():
        try:
            check()
        except AssertionError:
            failed.add(name)
    return failed


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("none", set[str]()),
        ("one id", {"ids"}),
        ("ids that change", {"again", "ways", "lazy", "closing"}),
        ("page as text", {"metadata"}),
        ("nested", {"metadata"}),
        ("clock", {"again", "ways", "lazy", "closing", "index"}),
        ("async in another order", {"ways", "closing"}),
    ],
)
def test_the_standard_tests_find_each_fault(fault: str, found: set[str]) -> None:
    assert find_failures(Faulty(fault)) == found


def test_a_loader_that_is_stepped_on_threads_is_found() -> None:
    assert find_failures(Stepped()) == {"native"}


def test_a_standard_test_may_only_be_overridden_by_an_expected_failure() -> None:
    class Weakened(Suite):
        @override
        def test_ids_are_unique(self, documents: list[Document]) -> None:
            pass

    class Expected(Suite):
        @pytest.mark.xfail(reason="it has no ids yet")
        @override
        def test_ids_are_unique(self, documents: list[Document]) -> None:
            pass

    Expected().test_no_standard_test_is_overridden_or_deleted()
    with pytest.raises(AssertionError, match="test_ids_are_unique was overridden"):
        Weakened().test_no_standard_test_is_overridden_or_deleted()
