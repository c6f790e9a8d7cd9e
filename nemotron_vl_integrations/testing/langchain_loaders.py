"""Standard tests of LangChain's document loaders and blob parsers, which `langchain-tests` has none of.

Subclass a suite in a test module, say how the loader is made, and pytest runs its tests:

    class TestMyLoader(DocumentLoaderTests):
        def make_loader(self, folder: Path) -> BaseLoader:
            (folder / "letter.txt").write_text("Dear Ms Hale,")
            (folder / "reply.txt").write_text("Dear Mr Foster,")
            return MyLoader(folder)

A test that a loader cannot pass is overridden with `@pytest.mark.xfail(reason=...)`, and with nothing else.
"""

import asyncio
import inspect
import json
import threading
import uuid
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from pathlib import Path
from typing import Final, TypeVar, cast

import pytest
from langchain_core.document_loaders import BaseBlobParser, BaseLoader
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, index
from langchain_core.vectorstores import InMemoryVectorStore

T = TypeVar("T")

_AT_ONCE: Final = 4


class _StandardTests:
    """What both suites have in common."""

    @property
    def time_limit(self) -> float:
        """Seconds after which something that runs side by side counts as a deadlock."""
        return 120.0

    def check_idle(self) -> None:
        """Fail if anything still runs; overridden by those who can tell."""

    def run_with_limit(self, work: Callable[[], T]) -> T:
        """Run something that may wait for ever on a thread of its own; fail if it does."""
        results: list[T] = []
        thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
        thread.start()
        thread.join(self.time_limit)
        assert not thread.is_alive(), f"It did not come to an end in {self.time_limit:g} s."
        assert results, "It raised; the traceback is on standard error."
        return results[0]

    def test_no_standard_test_is_overridden_or_deleted(self) -> None:
        """Only an expected failure with a reason may take the place of a standard test."""
        suite = next(base for base in type(self).__mro__ if base.__module__ == __name__)
        for name in (name for name in dir(suite) if name.startswith("test_")):
            mine = inspect.getattr_static(type(self), name)
            if mine is not inspect.getattr_static(suite, name):
                assert callable(mine), f"{name} was deleted."
                assert _fails_for_a_reason(mine), f"{name} was overridden without xfail(reason=...)."


class DocumentLoaderTests(_StandardTests):
    """Tests of a `BaseLoader` that gives at least two documents, in the same order each time."""

    @abstractmethod
    def make_loader(self, folder: Path) -> BaseLoader:
        """Return a loader; `folder` is empty and its own. Calls with one folder return loaders of equal documents."""

    @property
    def has_native_async(self) -> bool:
        """Whether `alazy_load` is more than `lazy_load` on a thread."""
        return True

    @property
    def has_ids(self) -> bool:
        """Whether documents have ids."""
        return True

    @pytest.fixture
    def loader(self, tmp_path: Path) -> BaseLoader:
        """The loader that is tested."""
        return self.make_loader(tmp_path)

    @pytest.fixture
    def documents(self, loader: BaseLoader) -> list[Document]:
        """What it loads."""
        documents = loader.load()
        assert len(documents) >= 2, "The loader must have two documents or more."
        return documents

    def test_loading_again_gives_the_same(self, loader: BaseLoader, documents: list[Document]) -> None:
        """Ids, texts and metadata do not change from one load to the next."""
        assert loader.load() == documents

    def test_another_loader_of_the_same_gives_the_same(
        self, tmp_path: Path, documents: list[Document]
    ) -> None:
        """Nothing depends on the loader object, so a run tomorrow finds its documents again."""
        assert self.make_loader(tmp_path).load() == documents

    def test_all_four_ways_give_the_same(self, loader: BaseLoader, documents: list[Document]) -> None:
        """`lazy_load`, `alazy_load` and `aload` give what `load` gives, in its order."""

        async def load_lazily() -> list[Document]:
            return [document async for document in loader.alazy_load()]

        assert list(loader.lazy_load()) == documents
        assert asyncio.run(load_lazily()) == documents
        assert asyncio.run(loader.aload()) == documents

    def test_lazy_load_is_lazy(self, loader: BaseLoader, documents: list[Document]) -> None:
        """It is an iterator; the first document comes without asking for the others, and it may be left there."""
        iterator = loader.lazy_load()
        assert isinstance(iterator, Iterator)
        assert next(iterator) == documents[0]
        del iterator
        self.check_idle()

    def test_closing_ends_the_work(self, loader: BaseLoader, documents: list[Document]) -> None:
        """An iterator that is closed half way, on either side, leaves nothing running."""

        async def take_one() -> Document:
            stream = loader.alazy_load()
            assert isinstance(stream, AsyncGenerator), "alazy_load cannot be closed."
            async with aclosing(cast("AsyncGenerator[Document, None]", stream)) as documents:
                return await anext(documents)

        iterator = loader.lazy_load()
        assert isinstance(iterator, Generator), "lazy_load cannot be closed."
        with closing(cast("Generator[Document, None, None]", iterator)) as left:
            next(left)
        self.check_idle()
        assert asyncio.run(take_one()) == documents[0]
        self.check_idle()

    def test_async_is_native(self, loader: BaseLoader) -> None:
        """LangChain's own `alazy_load` steps `lazy_load` on threads, which cannot be cancelled."""
        native = inspect.getattr_static(type(loader), "alazy_load") is not inspect.getattr_static(
            BaseLoader, "alazy_load"
        )
        assert native or not self.has_native_async

    def test_interleaved_iterators_do_not_wait_for_each_other(
        self, loader: BaseLoader, documents: list[Document]
    ) -> None:
        """Two half-read iterators in one thread share no lock."""

        def interleave() -> list[tuple[Document, Document]]:
            return list(zip(loader.lazy_load(), loader.lazy_load(), strict=True))

        assert self.run_with_limit(interleave) == [(document, document) for document in documents]

    def test_several_loads_at_once(self, loader: BaseLoader, documents: list[Document]) -> None:
        """Four `aload()` on one event loop give four times the same."""

        async def load_at_once() -> list[list[Document]]:
            return await asyncio.gather(*(loader.aload() for _ in range(_AT_ONCE)))

        assert self.run_with_limit(lambda: asyncio.run(load_at_once())) == [documents] * _AT_ONCE

    def test_load_works_where_a_loop_runs(self, loader: BaseLoader, documents: list[Document]) -> None:
        """As in a notebook: the plain call, from inside a coroutine."""

        async def load_plainly() -> list[Document]:
            return loader.load()

        assert self.run_with_limit(lambda: asyncio.run(load_plainly())) == documents

    def test_metadata_can_be_indexed(self, documents: list[Document]) -> None:
        """`source` is a text, pages are whole numbers, and all values are those that vector stores filter by."""
        check_metadata(documents)

    def test_ids_are_unique(self, documents: list[Document]) -> None:
        """Each document has an id of its own, and it is a UUID, which some vector stores insist on."""
        if not self.has_ids:
            pytest.skip("The loader gives no ids.")
        assert len({uuid.UUID(document.id) for document in documents}) == len(documents)

    def test_documents_survive_being_written_down(self, documents: list[Document]) -> None:
        """As JSON and back they are equal."""
        written = [document.model_dump_json() for document in documents]
        assert [Document.model_validate_json(text) for text in written] == documents

    def test_indexing_again_changes_nothing(self, loader: BaseLoader, documents: list[Document]) -> None:
        """LangChain's `index` finds every document unchanged the second time, and deletes none."""
        records = InMemoryRecordManager(namespace="loader")
        records.create_schema()
        store = InMemoryVectorStore(DeterministicFakeEmbedding(size=8))
        first, again = (
            index(loader, records, store, cleanup="full", source_id_key="source", key_encoder="sha256")
            for _ in range(2)
        )
        assert first["num_added"] == len(documents)
        assert (again["num_added"], again["num_deleted"]) == (0, 0)
        assert again["num_skipped"] == len(documents)


class BlobParserTests(_StandardTests):
    """Tests of a `BaseBlobParser` on a blob that gives at least one document."""

    @abstractmethod
    def make_parser(self) -> BaseBlobParser:
        """Return a parser."""

    @abstractmethod
    def make_blob(self) -> Blob:
        """Return a blob of data, without a path or a source."""

    @pytest.fixture
    def parser(self) -> BaseBlobParser:
        """The parser that is tested."""
        return self.make_parser()

    def test_parsing_again_gives_the_same(self, parser: BaseBlobParser) -> None:
        """Ids, texts and metadata do not change, and the blob is left as it was."""
        blob = self.make_blob()
        before = dict(cast("dict[str, object]", blob.metadata))
        documents = parser.parse(blob)
        assert documents
        assert parser.parse(blob) == documents == list(parser.lazy_parse(blob))
        assert blob.metadata == before
        check_metadata(documents)

    def test_the_first_document_may_be_all_that_is_taken(self, parser: BaseBlobParser) -> None:
        """LangChain's PDF loaders take one document of each picture and drop the iterator."""
        iterator = parser.lazy_parse(self.make_blob())
        assert isinstance(iterator, Iterator)
        assert isinstance(next(iterator).page_content, str)
        del iterator
        self.check_idle()

    def test_the_source_of_the_blob_is_that_of_its_documents(
        self, parser: BaseBlobParser, tmp_path: Path
    ) -> None:
        """Whether it is the path, or a name that the caller gave."""
        data = self.make_blob().as_bytes()
        path = tmp_path / "blob"
        path.write_bytes(data)
        named = Blob.from_data(data, metadata={"source": "https://example.org/a", "owner": "Hale"})
        assert {document.metadata["source"] for document in parser.lazy_parse(named)} == {
            "https://example.org/a"
        }
        assert {document.metadata["source"] for document in parser.lazy_parse(Blob.from_path(path))} == {
            str(path)
        }


def check_metadata(documents: Sequence[Document]) -> None:
    """Check what vector stores and LangChain's `index` need of metadata.

    Raises:
        AssertionError: Names the document and the key.
    """
    for document in documents:
        metadata = cast("dict[str, object]", document.metadata)
        assert isinstance(metadata.get("source"), str), f"No `source` in {metadata!r}."
        for name in ("page", "total_pages"):
            assert type(metadata.get(name, 0)) is int, f"{name!r} is no whole number in {metadata!r}."
        odd = {name for name, value in metadata.items() if not isinstance(value, str | int | float | bool)}
        assert not odd, f"{odd} cannot be filtered by in {metadata!r}."
        json.dumps(metadata, allow_nan=False)


def _fails_for_a_reason(test: Callable[..., object]) -> bool:
    marks = cast("list[pytest.Mark]", vars(test).get("pytestmark", []))
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)
