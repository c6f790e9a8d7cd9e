"""Standard tests of a reader in LlamaIndex's pipelines: nothing is done twice, nothing is mixed up, nothing is lost.

Subclass the suite in a test module, say how the reader and the steps of its pipeline are made, and pytest runs its
tests:

    class TestMyIngestion(IngestionTests):
        def make_reader(self, folder: Path) -> BaseReader:
            return MyReader()

The pipelines end with LlamaIndex's `SentenceSplitter` and a mock embedding, and store in memory.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from llama_index.core import MockEmbedding, VectorStoreIndex
from llama_index.core.ingestion import DocstoreStrategy, IngestionCache, IngestionPipeline
from llama_index.core.ingestion.pipeline import get_transformation_hash
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, TransformComponent
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores import SimpleVectorStore

from nemotron_vl_integrations.testing.drawn_documents import write_document
from nemotron_vl_integrations.testing.llama_index_scans import PAGES, ScanSuite
from nemotron_vl_integrations.testing.recording_llm import RecordingLLM

_DIMENSIONS = 4


class _CrashError(Exception):
    """Ends a pipeline in the middle."""


class _Crash(TransformComponent):
    """A step that fails once it has nodes, as an embedding service does that cannot be reached."""

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: object) -> Sequence[BaseNode]:
        """Fail."""
        if nodes:
            raise _CrashError
        return nodes


class IngestionTests(ScanSuite):
    """Tests of a reader, and of the steps that belong to it, in an `IngestionPipeline`."""

    def make_steps(self, folder: Path) -> list[TransformComponent]:
        """Return the steps that follow the reader, if it needs any of its own."""
        return []

    def make_postprocessors(self, folder: Path) -> list[BaseNodePostprocessor] | None:
        """Return what shows a model the pictures of pages; None if none are kept."""
        return None

    def count_reads(self) -> int | None:
        """Return how many pages were read so far in this test; None if nobody counts."""
        return None

    @pytest.fixture
    def stores(self) -> tuple[SimpleDocumentStore, SimpleVectorStore]:
        """Empty stores."""
        return SimpleDocumentStore(), SimpleVectorStore()

    def ingest(
        self,
        folder: Path,
        scan: Path,
        stores: tuple[SimpleDocumentStore, SimpleVectorStore],
        *,
        strategy: DocstoreStrategy = DocstoreStrategy.UPSERTS,
        cache: IngestionCache | None = None,
        crash: bool = False,
    ) -> dict[str, str]:
        """Run a new pipeline of a new reader; return the document of each node that is in the vector store."""
        docstore, vector_store = stores
        steps = [*self.make_steps(folder), SentenceSplitter(), *([_Crash()] if crash else [])]
        pipeline = IngestionPipeline(
            transformations=[*steps, MockEmbedding(embed_dim=_DIMENSIONS)],
            docstore=docstore,
            vector_store=vector_store,
            docstore_strategy=strategy,
            cache=cache,
        )
        pipeline.run(documents=self.make_reader(folder).load_data(scan))
        return dict(vector_store.data.text_id_to_ref_doc_id)

    def test_what_is_there_is_neither_read_nor_stored_again(
        self, folder: Path, scan: Path, stores: tuple[SimpleDocumentStore, SimpleVectorStore]
    ) -> None:
        """Three runs, with new objects each, as three days of a nightly job."""
        first = self.ingest(folder, scan, stores)
        reads = self.count_reads()
        for _ in range(2):
            assert self.ingest(folder, scan, stores) == first
        assert len(first) >= 2, "Pages with words are missing from the store."
        assert self.count_reads() == reads

    def test_nothing_is_read_again_with_a_docstore_from_disk(
        self, folder: Path, scan: Path, tmp_path: Path, stores: tuple[SimpleDocumentStore, SimpleVectorStore]
    ) -> None:
        """A docstore that was written down and read back knows the pages by the same hashes."""
        first = self.ingest(folder, scan, stores)
        reads = self.count_reads()
        stores[0].persist(str(tmp_path / "docstore.json"))
        loaded = SimpleDocumentStore.from_persist_path(str(tmp_path / "docstore.json"))
        assert self.ingest(folder, scan, (loaded, stores[1])) == first
        assert self.count_reads() == reads

    def test_a_changed_page_is_read_once_and_takes_the_place_of_the_old_one(
        self, folder: Path, scan: Path, stores: tuple[SimpleDocumentStore, SimpleVectorStore]
    ) -> None:
        """The other pages of its file are left alone."""
        first, reads = self.ingest(folder, scan, stores), self.count_reads()
        write_document(scan, (*PAGES[:2], "The books came."))
        second = self.ingest(folder, scan, stores)
        assert sorted(second.values()) == sorted(first.values())
        now = self.count_reads()
        assert now is None or reads is None or now - reads == 1, f"{now} pages were read after {reads}."

    def test_a_page_that_is_gone_is_gone_from_the_store(
        self, folder: Path, scan: Path, stores: tuple[SimpleDocumentStore, SimpleVectorStore]
    ) -> None:
        """With `UPSERTS_AND_DELETE`; blank pages with equal hashes would be missed."""
        strategy = DocstoreStrategy.UPSERTS_AND_DELETE
        write_document(scan, (*PAGES, "", ""))
        before = self.ingest(folder, scan, stores, strategy=strategy)
        write_document(scan, PAGES[:2])
        after = self.ingest(folder, scan, stores, strategy=strategy)
        assert set(after.values()) < set(before.values())
        assert len(stores[0].docs) == 2, "Pages that are gone are still in the docstore."

    def test_a_crash_is_repaired_by_the_next_run(
        self, folder: Path, scan: Path, stores: tuple[SimpleDocumentStore, SimpleVectorStore]
    ) -> None:
        """What was read before the crash is in the pipeline's cache, and what was not stored is stored."""
        cache = IngestionCache()
        with pytest.raises(_CrashError):
            self.ingest(folder, scan, stores, cache=cache, crash=True)
        reads = self.count_reads()
        repaired = self.ingest(folder, scan, stores, cache=cache)
        assert len(repaired) >= 2
        assert self.count_reads() == reads

    def test_caches_tell_all_pages_apart(self, folder: Path, scan: Path) -> None:
        """A cache knows pages by text and metadata; blank ones, and pictures without text, must differ in these."""
        write_document(scan, ("", "", "Good morning.", "Good morning."))
        documents = self.make_reader(folder).load_data(scan)
        step = [*self.make_steps(folder), SentenceSplitter()][0]
        assert len({get_transformation_hash([page], step) for page in documents}) == 4

    def test_documents_are_left_as_they_were(self, folder: Path, scan: Path) -> None:
        """A step that writes into its documents gives the docstore another hash than the reader does."""
        documents = self.make_reader(folder).load_data(scan)
        before = [page.to_dict() for page in documents]
        IngestionPipeline(transformations=[*self.make_steps(folder), SentenceSplitter()]).run(
            documents=documents
        )
        assert [page.to_dict() for page in documents] == before

    def test_async_pipelines_give_the_same_nodes(self, folder: Path, scan: Path) -> None:
        """Same texts of the same documents."""
        documents = self.make_reader(folder).load_data(scan)
        steps = [*self.make_steps(folder), SentenceSplitter()]
        sync = IngestionPipeline(transformations=steps).run(documents=documents)
        nodes = asyncio.run(IngestionPipeline(transformations=steps).arun(documents=documents))
        assert _describe(nodes) == _describe(sync)

    def test_a_multimodal_engine_sees_the_text_and_the_page(self, folder: Path, scan: Path) -> None:
        """An engine with `multimodal=True` shows the model what the nodes that were found hold."""
        postprocessors = self.make_postprocessors(folder)
        if postprocessors is None:
            pytest.skip("The reader keeps no pictures of pages.")
        embedding = MockEmbedding(embed_dim=_DIMENSIONS)
        pipeline = IngestionPipeline(
            transformations=[*self.make_steps(folder), SentenceSplitter(), embedding]
        )
        nodes = pipeline.run(documents=self.make_reader(folder).load_data(scan))
        llm = RecordingLLM()
        index = VectorStoreIndex(list(nodes), embed_model=embedding)
        engine = index.as_query_engine(llm=llm, multimodal=True, node_postprocessors=postprocessors)  # pyright: ignore[reportUnknownMemberType] - LlamaIndex leaves its models untyped
        response = engine.query("What does the page say?")
        kinds = [block.block_type for message in llm.seen for block in message.blocks]
        assert "image" in kinds, "The model saw no page."
        assert any(
            node.text in (message.content or "") for node in response.source_nodes for message in llm.seen
        )


def _describe(nodes: Sequence[BaseNode]) -> list[tuple[str | None, str]]:
    return [(node.ref_doc_id, node.get_content()) for node in nodes]
