"""The LlamaIndex reader: one document a page, whatever comes of it, with ids and metadata that stay."""

import asyncio
import copy
import io
import json
import os
import pickle
from collections.abc import Mapping, Sequence
from contextlib import aclosing, closing
from pathlib import Path, PurePosixPath
from uuid import UUID

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core import SimpleDirectoryReader
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.readers.base import ReaderConfig
from llama_index.core.schema import Document, MetadataMode
from PIL import Image

from nemotron_vl_integrations.backends.scripted import ScriptedReply, ScriptStep
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    InvalidRequestError,
    PageRangeError,
    UnreadableDocumentError,
)
from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.llama_index import NemotronVLReader
from nemotron_vl_integrations.llama_index.target_pages import convert_target_pages
from nemotron_vl_integrations.pages import RenderLimits
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import PagedScript, draw_number, open_script, write_numbers, write_tiff
from tests.pdf_writer import Page, write_pdf

LOOP = ScriptedReply(text="Dear Ms Hale,\n" + "very truly yours\n" * 12, finish_reason="repetition")
OPTIONS = ReadingOptions(orientation="as_is", max_attempts=1)
BLANK = Image.new("RGB", (512, 512), "white")


def make_reader(
    steps: Mapping[int, Sequence[ScriptStep]], **fields: object
) -> tuple[NemotronVLReader, PagedScript]:
    """A reader whose engine is scripted, because what is tested here are statuses and faults, not the reading."""
    backend = PagedScript(steps)
    values: dict[str, object] = {"options": OPTIONS, **fields}
    return NemotronVLReader.model_validate({"engine": open_script(backend), **values}), backend


def save_pages(path: Path, *pages: Image.Image) -> Path:
    path.write_bytes(write_tiff(pages))
    return path


def test_every_page_is_one_document_with_its_status_and_never_an_error_for_a_text(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1), BLANK, draw_number(3), draw_number(4))
    reader, _ = make_reader({1: ["one"], 3: [LOOP], 4: ["four"]})
    documents = reader.load_data(scan)
    assert [(page.metadata["page_status"], page.text) for page in documents] == [
        ("read", "one"),
        ("blank", ""),
        ("failed", "Dear Ms Hale,\nvery truly yours"),
        ("read", "four"),
    ]
    assert "repeated itself" in documents[2].metadata["page_reason"]


def test_ids_are_uuids_that_name_the_file_and_the_page_and_not_what_is_on_it(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1), draw_number(2))
    first = make_reader({1: ["one"], 2: ["two"]})[0].load_data(scan)
    save_pages(scan, draw_number(1), draw_number(3))
    second = make_reader({1: ["one"], 3: ["three"]})[0].load_data(scan)
    other = make_reader({1: ["one"]})[0].load_data(save_pages(tmp_path / "other.tiff", draw_number(1)))
    assert [page.id_ for page in first] == [page.id_ for page in second]
    assert len({UUID(page.id_) for page in (*first, *other)}) == 3
    assert [a.hash == b.hash for a, b in zip(first, second, strict=True)] == [True, False]


def test_ids_and_hashes_stay_when_the_root_moves(tmp_path: Path) -> None:
    found: list[tuple[str, str]] = []
    for folder in (tmp_path / "here", tmp_path / "there"):
        folder.mkdir()
        scan = save_pages(folder / "scan.tiff", draw_number(1))
        (page,) = make_reader({1: ["one"]}, root=folder)[0].load_data(scan)
        found.append((page.id_, page.hash))
    assert found[0] == found[1]


def test_a_path_means_the_same_document_in_every_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1))
    monkeypatch.chdir(tmp_path)
    spellings: list[object] = ["scan.tiff", scan, PurePosixPath(scan), str(scan)]
    reader, _ = make_reader({1: ["one"] * len(spellings)})
    assert len({reader.load_data(spelling)[0].id_ for spelling in spellings}) == 1  # pyright: ignore[reportArgumentType] - all are paths


def test_what_comes_with_the_file_wins_and_size_and_dates_are_left_out(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1))
    extra = {"file_name": "Scan of May", "project": "x", "last_accessed_date": "2026-05-01"}
    (page,) = make_reader({1: ["one"]})[0].load_data(scan, extra_info=extra)
    assert page.metadata["file_name"] == "Scan of May"
    assert page.metadata["project"] == "x"
    assert "last_accessed_date" not in page.metadata
    kept = make_reader({1: ["one"]}, dropped_metadata=())[0].load_data(scan, extra_info=extra)
    assert kept[0].metadata["last_accessed_date"] == "2026-05-01"
    assert extra == {"file_name": "Scan of May", "project": "x", "last_accessed_date": "2026-05-01"}


def test_a_page_of_a_folder_stays_the_same_when_another_page_of_its_file_changes(tmp_path: Path) -> None:
    runs: list[list[Document]] = []
    for second in (BLANK, draw_number(9)):
        save_pages(tmp_path / "scan.tiff", draw_number(1), second, draw_number(3))
        reader = NemotronVLReader(image_dir=tmp_path / "pages", defer_ocr=True)
        folder = SimpleDirectoryReader(tmp_path, file_extractor={".tiff": reader})
        runs.append(folder.load_data())
    assert [page.hash == again.hash for page, again in zip(*runs, strict=True)] == [True, False, True]
    assert [page.id_ for page in runs[0]] == [page.id_ for page in runs[1]]


def test_fields_that_are_assigned_later_are_looked_at_before_a_run(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1))
    deferring, choosing = make_reader({1: ["one"]})[0], make_reader({1: ["one"]}, pages=1)[0]
    deferring.defer_ocr = True
    with pytest.raises(InvalidRequestError, match="one document a page"):
        deferring.load_data(scan)
    choosing.target_pages = "0"
    with pytest.raises(InvalidRequestError, match="both set"):
        choosing.load_data(scan)


def test_a_model_sees_name_and_page_and_an_index_only_the_text(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1), BLANK)
    read, blank = make_reader({1: ["one"]})[0].load_data(scan)
    assert read.get_content(MetadataMode.LLM) == "file_name: scan.tiff\npage_label: 1\n\none"
    assert read.get_content(MetadataMode.EMBED) == "one"
    # Some embeddings refuse an empty text.
    assert blank.get_content(MetadataMode.EMBED) == "file_name: scan.tiff\npage_label: 2"


def test_a_documents_own_labels_are_bounded(tmp_path: Path) -> None:
    labels = f"/PageLabels << /Nums [0 << /P ({'x' * 5000}) /S /D >>] >>"
    (tmp_path / "scan.pdf").write_bytes(write_pdf(Page(), catalog=labels))
    (page,) = make_reader({})[0].load_data(tmp_path / "scan.pdf")
    assert page.metadata["page_label"] == "x" * 40
    assert len(json.dumps(page.metadata)) < 1000


def test_a_file_name_that_is_no_text_can_be_stored_and_hashed(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / os.fsdecode(b"caf\xe9.tiff"), draw_number(1))
    (page,) = make_reader({1: ["one"]})[0].load_data(scan, extra_info={"file_path": str(scan)})
    assert page.metadata["file_name"] == r"caf\udce9.tiff"
    assert page.get_content(MetadataMode.ALL).encode()


@pytest.mark.parametrize(
    ("fields", "pages"), [({}, [1, 2, 3]), ({"pages": "2-3"}, [2, 3]), ({"target_pages": "0,2"}, [1, 3])]
)
def test_pages_are_chosen_in_both_ways_of_counting(fields: dict[str, str], pages: list[int]) -> None:
    reader, backend = make_reader({page: [f"page {page}"] for page in pages}, **fields)
    documents = reader.load_data(write_numbers(3))
    assert [page.metadata["page_number"] for page in documents] == pages
    assert sorted(backend.arrived) == pages


def test_two_ways_of_counting_at_once_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="both set"):
        NemotronVLReader(pages="1", target_pages="0")


@given(ranges=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9)), min_size=1, max_size=5))
def test_target_pages_are_the_same_pages_one_higher(ranges: list[tuple[int, int]]) -> None:
    target = ",".join(f"{first}-{first + more}" if more else f"{first}" for first, more in ranges)
    wanted = ",".join(f"{first + 1}-{first + more + 1}" if more else f"{first + 1}" for first, more in ranges)
    assert convert_target_pages(target) == wanted


@pytest.mark.parametrize("target", ["", "a", "1-", "-1", "1,,2", "0" * 20_000, "1;2"])
def test_target_pages_of_another_form_are_refused(target: str) -> None:
    with pytest.raises(PageRangeError, match="cannot be read"):
        convert_target_pages(target)


def test_a_list_of_files_comes_in_its_order(tmp_path: Path) -> None:
    files = [save_pages(tmp_path / f"{name}.tiff", draw_number(name)) for name in (3, 1, 2)]
    reader, _ = make_reader({1: ["one"], 2: ["two"], 3: ["three"]})
    assert [page.text for page in reader.load_data(files)] == ["three", "one", "two"]


def test_bytes_and_open_files_and_images_are_named_by_what_came_with_them() -> None:
    data = write_numbers(1)
    reader, _ = make_reader({1: ["one"] * 6})
    extra = {"file_name": "scan.tiff"}
    named = [reader.load_data(source, extra)[0] for source in (data, io.BytesIO(data), draw_number(1))]
    unnamed = [reader.load_data(source)[0] for source in (data, io.BytesIO(data), draw_number(1))]
    assert len({page.id_ for page in named}) == 1
    assert unnamed[0].id_ == unnamed[1].id_ != unnamed[2].id_
    assert all("file_name" not in page.metadata for page in unnamed)


def test_another_type_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match="'int'"):
        make_reader({})[0].load_data(7)  # pyright: ignore[reportArgumentType] - what is refused
    with pytest.raises(InvalidRequestError, match="`extra_info=7`"):
        make_reader({})[0].load_data([], extra_info=7)  # pyright: ignore[reportArgumentType] - what is refused


def test_a_file_that_cannot_be_opened_ends_the_run_or_leaves_a_mark(tmp_path: Path) -> None:
    good = save_pages(tmp_path / "good.tiff", draw_number(1))
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"This is not a PDF.")
    reader, _ = make_reader({1: ["one"]})
    with pytest.raises(UnreadableDocumentError, match=r"bad\.pdf"):
        reader.load_data([bad, good])
    marking, _ = make_reader({1: ["one"]}, unreadable_files="placeholder")
    mark, page = marking.load_data([bad, good])
    assert (mark.text, mark.metadata["page_status"], mark.metadata["file_name"]) == ("", "failed", "bad.pdf")
    assert page.text == "one"


def test_a_remote_file_that_is_missing_or_too_large_is_named() -> None:
    fs = fsspec.filesystem("memory")
    with fs.open("/scans/large.tiff", "wb") as file:
        file.write(write_numbers(1))
    limits = ReadingOptions(limits=RenderLimits(max_bytes=100))
    reader, _ = make_reader({}, options=limits, unreadable_files="placeholder")
    missing, large = reader.load_data(["/scans/missing.tiff", "/scans/large.tiff"], fs=fs)
    assert "memory:///scans/missing.tiff" in missing.metadata["page_reason"]
    assert "more than 100 bytes" in large.metadata["page_reason"]


def test_addresses_are_not_fetched() -> None:
    with pytest.raises(UnreadableDocumentError, match="nothing is fetched"):
        make_reader({})[0].load_data("https://example.com/scan.pdf")


def test_pages_can_be_joined_to_one_document_a_file(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1), BLANK, draw_number(3))
    reader, _ = make_reader({1: ["one"], 3: [LOOP]}, split_by_page=False, page_separator="\n---\n")
    (whole,) = reader.load_data(scan)
    assert whole.text == "one\n---\n\n---\nDear Ms Hale,\nvery truly yours"
    assert (whole.metadata["page_count"], whole.metadata["failed_pages"]) == (3, "3")


def test_pages_come_one_by_one_and_a_closed_iterator_stops_the_reading() -> None:
    hung = ScriptedReply(hold=asyncio.Event())
    reader, backend = make_reader({1: ["one"], 2: [hung], 3: [hung]})
    with closing(reader.lazy_load_data(write_numbers(3))) as pages:
        assert next(pages).text == "one"
    assert backend.running == 0


def test_the_async_iterator_runs_on_the_callers_loop_and_stops_when_it_is_closed() -> None:
    hung = ScriptedReply(hold=asyncio.Event())

    async def read_first() -> str:
        reader, backend = make_reader({1: ["one"], 2: [hung], 3: [hung]})
        async with aclosing(reader.aiter_data(write_numbers(3))) as pages:
            first = await anext(pages)
        assert backend.running == 0
        return first.text

    assert [asyncio.run(read_first()) for _ in range(2)] == ["one", "one"]


def test_it_may_be_called_where_a_loop_runs_already() -> None:
    async def call() -> list[str]:
        reader, _ = make_reader({1: ["one", "one"]})
        sync = reader.load_data(write_numbers(1))
        return [page.text for page in (*sync, *await reader.aload_data(write_numbers(1)))]

    assert asyncio.run(call()) == ["one", "one"]


def test_a_ledger_remembers_pages_between_readers(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1), BLANK)
    ledger = tmp_path / "pages.ledger"
    first = make_reader({1: ["one"]}, ledger=ledger)[0].load_data(scan)
    reader, backend = make_reader({}, ledger=ledger)
    second = reader.load_data(scan)
    assert backend.starts == 0
    assert [page.to_dict() for page in second] == [page.to_dict() for page in first]


def test_pictures_are_files_that_never_change_under_their_path(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1))
    (first,) = make_reader({1: ["one"]}, image_dir=folder)[0].load_data(scan)
    save_pages(scan, draw_number(2))
    (second,) = make_reader({2: ["two"]}, image_dir=folder)[0].load_data(scan)
    paths = [Path(page.metadata["page_image_path"]) for page in (first, second)]
    pictures = [load_image(path) for path in paths]
    assert [picture.getpixel((200, 200)) for picture in pictures] == [(4, 0, 0), (8, 0, 0)]
    assert first.image_resource is not None
    assert first.image_resource.path == paths[0]


def test_pages_out_of_the_ledger_get_the_pictures_that_they_lack(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1), draw_number(2))
    ledger = tmp_path / "pages.ledger"
    make_reader({1: ["one"], 2: ["two"]}, ledger=ledger)[0].load_data(scan)
    reader, backend = make_reader({}, ledger=ledger, image_dir=tmp_path / "pages")
    documents = reader.load_data(scan)
    assert backend.starts == 0
    assert [load_image(page.metadata["page_image_path"]).size for page in documents] == [(512, 512)] * 2


def test_it_goes_to_no_other_process_and_says_what_to_do(tmp_path: Path) -> None:
    reader, _ = make_reader({})
    with pytest.raises(InvalidRequestError, match="aload_data"):
        pickle.dumps(reader)


def test_copies_keep_the_engine() -> None:
    reader, _ = make_reader({})
    assert copy.deepcopy(reader).engine is reader.engine
    assert reader.model_copy(deep=True).engine is reader.engine


def test_what_is_serialised_comes_back_without_engine_and_passwords(tmp_path: Path) -> None:
    reader = NemotronVLReader(
        mode="markdown",
        pages=[1, 2],
        passwords=("secret",),
        options=ReadingOptions(max_tokens=100, limits=RenderLimits(seconds=5), progress=lambda _: None),
        ledger=tmp_path / "pages.ledger",
        config=EngineConfig(max_tiles=6),
        image_dir=tmp_path,
    )
    written = json.dumps(reader.to_dict())
    assert "secret" not in written
    back = NemotronVLReader.from_dict(json.loads(written))
    assert back.to_dict() == json.loads(written) | {"dropped_metadata": back.dropped_metadata}
    assert back.options == ReadingOptions(max_tokens=100, limits=RenderLimits(seconds=5))
    assert back.config == EngineConfig(max_tiles=6)


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="dpi"):
        NemotronVLReader(dpi=200)  # pyright: ignore[reportCallIssue] - what is refused


def test_a_pipeline_takes_it_as_its_reader(tmp_path: Path) -> None:
    scan = save_pages(tmp_path / "scan.tiff", draw_number(1))
    reader, _ = make_reader({1: ["one"]})
    pipeline = IngestionPipeline(
        readers=[ReaderConfig(reader=reader, reader_args=[scan])], transformations=[]
    )
    assert [node.get_content() for node in pipeline.run()] == ["one"]


def test_the_engine_reads_a_scan_into_documents(engine: Engine) -> None:
    (page,) = NemotronVLReader(engine=engine).load_data("samples/receipt.png")
    assert page.text.splitlines()[0] == "Willow Paper Shop"
    assert (page.metadata["file_name"], page.metadata["ocr_model"]) == ("receipt.png", "nemotron-vl-demo")
