"""Standard tests of LlamaIndex's readers: what its directory reader, splitters and stores expect of one.

Subclass the suite in a test module, say how the reader is made, and pytest runs its tests:

    class TestMyReader(ReaderTests):
        def make_reader(self, folder: Path) -> BaseReader:
            return MyReader()

The suite draws its own documents: a few words on each page, none on a blank one. A test that a reader cannot pass is
overridden with `@pytest.mark.xfail(reason=...)`. `llama_index_ingestion` has the tests of pipelines.
"""

import asyncio
import json
import os
from pathlib import Path
from uuid import UUID

import fsspec
import pytest
from llama_index.core import SimpleDirectoryReader
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.readers.base import BasePydanticReader, BaseReader
from llama_index.core.schema import Node
from llama_index.core.storage.docstore import SimpleDocumentStore

from nemotron_vl_integrations.testing.drawn_documents import write_document
from nemotron_vl_integrations.testing.llama_index_scans import PAGES, ScanSuite


class ReaderTests(ScanSuite):
    """Tests of a reader that gives one document for each page."""

    @property
    def spawns(self) -> bool:
        """Whether it may be sent to other processes; if not, it must say so."""
        return False

    @property
    def reads_at_once(self) -> bool:
        """Whether documents come with their text; if not, a step of a pipeline reads them."""
        return True

    # What every document has.

    def test_a_page_is_a_document(self, reader: BaseReader, scan: Path) -> None:
        """Blank pages are documents too, and each says which page it is."""
        documents = reader.load_data(scan)
        assert [page.metadata.get("page_label") for page in documents] == ["1", "2", "3"]
        assert not documents[1].text.strip(), "A blank page has a text."
        if self.reads_at_once:
            assert documents[0].text.strip(), "A page with words has no text."

    def test_all_ways_give_the_same(self, reader: BaseReader, scan: Path) -> None:
        """`aload_data` and `lazy_load_data` give what `load_data` gives, in its order."""
        documents = [page.to_dict() for page in reader.load_data(scan)]
        assert [page.to_dict() for page in reader.lazy_load_data(scan)] == documents
        assert [page.to_dict() for page in asyncio.run(reader.aload_data(scan))] == documents

    def test_ids_are_stable_uuids(self, folder: Path, scan: Path) -> None:
        """Another reader gives the same ids tomorrow, and stores that take only UUIDs take them."""
        first = [page.id_ for page in self.make_reader(folder).load_data(scan)]
        second = [page.id_ for page in self.make_reader(folder).load_data(scan)]
        assert first == second
        assert len({UUID(identifier) for identifier in first}) == len(PAGES)

    def test_extra_info_becomes_metadata(self, reader: BaseReader, scan: Path) -> None:
        """Every page has what came with its file, and nobody else's dict is changed."""
        extra = {"project": "archive"}
        documents = reader.load_data(scan, extra_info=extra)
        assert {page.metadata.get("project") for page in documents} == {"archive"}
        assert extra == {"project": "archive"}
        documents[0].metadata["project"] = "changed"
        assert documents[1].metadata["project"] == "archive", "Pages share one dict."

    def test_metadata_is_flat_and_survives_json(self, reader: BaseReader, scan: Path) -> None:
        """Vector stores take texts and numbers, and write them down."""
        for page in reader.load_data(scan):
            wrong = {
                name: value
                for name, value in page.metadata.items()
                if not isinstance(value, str | int | float | None)
            }
            assert not wrong, f"Values that stores refuse: {wrong}"
            assert json.loads(json.dumps(page.metadata)) == page.metadata

    def test_metadata_leaves_room_in_small_chunks(self, reader: BaseReader, scan: Path) -> None:
        """`SentenceSplitter` refuses a document whose metadata is longer than a chunk."""
        splitter = SentenceSplitter(chunk_size=128, chunk_overlap=0)
        splitter.get_nodes_from_documents(reader.load_data(scan))

    def test_pages_have_no_source(self, reader: BaseReader, scan: Path) -> None:
        """A document with a source is stored under one id and looked up under another, so it piles up."""
        assert [page.ref_doc_id for page in reader.load_data(scan)] == [None] * len(PAGES)

    def test_stored_documents_come_back_whole(self, reader: BaseReader, scan: Path, tmp_path: Path) -> None:
        """Pictures that are held as bytes are lost in a docstore, and with them the hash changes."""
        documents = reader.load_data(scan)
        store = SimpleDocumentStore()
        store.add_documents(documents)
        store.persist(str(tmp_path / "docstore.json"))
        loaded = SimpleDocumentStore.from_persist_path(str(tmp_path / "docstore.json"))
        for page in documents:
            back = loaded.get_document(page.id_)
            assert isinstance(back, Node)
            assert (back.hash, back.image_resource) == (page.hash, page.image_resource)

    def test_settings_survive_a_round_trip(self, reader: BaseReader) -> None:
        """A reader of the pydantic kind can be written down as JSON and made again."""
        if isinstance(reader, BasePydanticReader):
            written = json.dumps(reader.to_dict())
            assert json.dumps(type(reader).from_dict(json.loads(written)).to_dict()) == written

    # SimpleDirectoryReader.

    def read_folder(
        self, reader: BaseReader, folder: Path, *, raise_on_error: bool = False
    ) -> SimpleDirectoryReader:
        """Return LlamaIndex's own reader of folders, which leaves files of our type to the reader."""
        return SimpleDirectoryReader(
            folder, file_extractor={self.suffix: reader}, raise_on_error=raise_on_error
        )

    def test_the_directory_reader_takes_it(self, reader: BaseReader, scan: Path) -> None:
        """Sync, async and with workers in this process: the same documents, with the file's metadata."""
        write_document(scan.with_name(f"second{self.suffix}"), PAGES[:1])
        documents = self.read_folder(reader, scan.parent).load_data()
        assert [page.metadata["file_path"] for page in documents] == [str(scan)] * 3 + [
            str(scan.with_name(f"second{self.suffix}"))
        ]
        written = [page.to_dict() for page in documents]
        for workers in (None, 2):
            loading = self.read_folder(reader, scan.parent).aload_data(num_workers=workers)
            assert [page.to_dict() for page in asyncio.run(loading)] == written

    def test_a_broken_file_costs_no_other_and_is_no_text(self, reader: BaseReader, scan: Path) -> None:
        """With `raise_on_error` it raises, without it the others come, and the error is in no document."""
        scan.with_name(f"broken{self.suffix}").write_bytes(b"This is no document.")
        documents = self.read_folder(reader, scan.parent).load_data()
        texts = [page.text for page in documents if page.metadata["file_path"] != str(scan)]
        assert not any(texts), f"An error or garbage became a text: {texts}"
        assert len([page for page in documents if page.metadata["file_path"] == str(scan)]) == len(PAGES)
        with pytest.raises(Exception, match="Error loading file") as raised:
            self.read_folder(reader, scan.parent, raise_on_error=True).load_data()
        assert raised.value.__cause__ is not None

    def test_a_touched_file_is_no_changed_page(self, reader: BaseReader, scan: Path) -> None:
        """Dates become metadata, metadata becomes the hash, and the hash decides what is read again."""
        before = self.read_folder(reader, scan.parent).load_data()
        os.utime(scan, (1_000_000_000, 1_000_000_000))
        after = self.read_folder(reader, scan.parent).load_data()
        assert [page.hash for page in after] == [page.hash for page in before]

    def test_it_reads_from_other_file_systems(self, reader: BaseReader, scan: Path) -> None:
        """The directory reader hands on the file system, and a path that only it knows."""
        memory = fsspec.filesystem("memory")
        place = f"/{self.suffix[1:]}-scans/scan{self.suffix}"
        with memory.open(place, "wb") as file:
            file.write(scan.read_bytes())
        files = SimpleDirectoryReader(
            input_files=[place], file_extractor={self.suffix: reader}, fs=memory, raise_on_error=True
        )
        documents = files.load_data()
        assert [page.text for page in documents] == [page.text for page in reader.load_data(scan)]
        assert [page.id_ for page in asyncio.run(files.aload_data())] == [page.id_ for page in documents]

    def test_it_may_be_sent_to_processes_or_says_why_not(self, reader: BaseReader, scan: Path) -> None:
        """Workers are processes: a reader that holds a model would start one in each."""
        files = self.read_folder(reader, scan.parent)
        if self.spawns:
            assert len(files.load_data(num_workers=2)) == len(PAGES)
        else:
            with pytest.raises(Exception, match=r"process"):
                files.load_data(num_workers=2)
