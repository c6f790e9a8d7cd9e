"""LangChain's `index` over the loader: only pages that changed are indexed again, and none is deleted by mistake."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, index
from langchain_core.indexing.api import IndexingResult
from langchain_core.vectorstores import InMemoryVectorStore

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import UnreadableDocumentError
from nemotron_vl_integrations.langchain import NemotronVLLoader, page_key
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import ReadsNumbers, draw_number, open_script, write_tiff

OPTIONS = ReadingOptions(orientation="as_is")


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Scripted: the model plays no part in what is indexed."""
    with open_script(ReadsNumbers()) as engine:
        yield engine


class Store:
    """A vector store and the records of what is in it."""

    def __init__(self) -> None:
        self.vectors = InMemoryVectorStore(DeterministicFakeEmbedding(size=8))
        self.records = InMemoryRecordManager(namespace="scans")
        self.records.create_schema()

    def index(
        self, documents: NemotronVLLoader | Iterable[Document], *, by_text: bool = True
    ) -> IndexingResult:
        return index(
            documents,
            self.records,
            self.vectors,
            cleanup="incremental",
            source_id_key="source",
            key_encoder=page_key if by_text else "sha256",
        )

    @property
    def texts(self) -> list[str]:
        return sorted(str(entry["text"]) for entry in self.vectors.store.values())


def write(path: Path, *pages: int) -> None:
    path.write_bytes(write_tiff([draw_number(page) for page in pages]))


@pytest.mark.parametrize("by_text", [True, False])
def test_only_the_page_that_changed_is_indexed_again(engine: Engine, tmp_path: Path, by_text: bool) -> None:
    write(tmp_path / "a.tiff", 1, 2, 3)
    write(tmp_path / "b.tiff", 1, 2)
    loader, store = NemotronVLLoader(tmp_path, options=OPTIONS, engine=engine), Store()
    assert store.index(loader, by_text=by_text)["num_added"] == 5
    write(tmp_path / "a.tiff", 1, 9, 3)
    changed = store.index(loader, by_text=by_text)
    assert (changed["num_added"], changed["num_skipped"], changed["num_deleted"]) == (1, 4, 1)
    assert store.texts == ["Page 1.", "Page 1.", "Page 2.", "Page 3.", "Page 9."]


def test_one_more_page_leaves_the_others_as_they_are(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path / "a.tiff", 1, 2)
    loader, store = NemotronVLLoader(tmp_path, options=OPTIONS, engine=engine), Store()
    store.index(loader)
    write(tmp_path / "a.tiff", 1, 2, 3)
    assert store.index(loader) == {"num_added": 1, "num_updated": 0, "num_skipped": 2, "num_deleted": 0}


def test_documents_of_bytes_do_not_take_each_others_place(engine: Engine) -> None:
    store = Store()
    for pages in ((1, 2), (3, 4)):
        scan = write_tiff([draw_number(page) for page in pages])
        store.index(NemotronVLLoader(scan, options=OPTIONS, engine=engine))
    assert store.texts == ["Page 1.", "Page 2.", "Page 3.", "Page 4."]


def test_a_file_that_cannot_be_read_for_once_loses_nothing_of_the_index(
    engine: Engine, tmp_path: Path
) -> None:
    write(tmp_path / "a.tiff", 1)
    write(tmp_path / "b.tiff", 2)
    store = Store()
    store.index(NemotronVLLoader(tmp_path, options=OPTIONS, engine=engine))
    (tmp_path / "b.tiff").write_bytes(b"half a file")
    with pytest.raises(UnreadableDocumentError):
        store.index(NemotronVLLoader(tmp_path, options=OPTIONS, engine=engine))
    store.index(NemotronVLLoader(tmp_path, on_error="skip", options=OPTIONS, engine=engine))
    assert store.texts == ["Page 1.", "Page 2."]


def test_pieces_of_a_page_have_keys_of_their_own(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path / "a.tiff", 1, 2)
    pages = NemotronVLLoader(tmp_path, options=OPTIONS, engine=engine).load()
    pieces = [
        Document(word, metadata=dict(page.metadata)) for page in pages for word in page.page_content.split()
    ]
    store = Store()
    assert store.index(pieces)["num_added"] == 4
    assert store.index(pieces)["num_skipped"] == 4


def test_ids_stay_when_texts_change_so_that_a_store_replaces_a_page(engine: Engine, tmp_path: Path) -> None:
    store = InMemoryVectorStore(DeterministicFakeEmbedding(size=8))
    for pages in ((1, 2), (1, 7)):
        write(tmp_path / "a.tiff", *pages)
        store.add_documents(NemotronVLLoader(tmp_path, options=OPTIONS, engine=engine).load())
    assert sorted(str(entry["text"]) for entry in store.store.values()) == ["Page 1.", "Page 7."]
