"""The step of a pipeline that reads rendered pages: what it reads, what it takes over, what it refuses."""

import io
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, Document, ImageNode, MediaResource, MetadataMode, Node, TextNode
from llama_index.core.storage.docstore import SimpleDocumentStore
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from nemotron_vl_integrations.backends.scripted import ScriptStep
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import EngineError, InvalidRequestError, UnreadableDocumentError
from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.llama_index import NemotronVLNodeParser, NemotronVLReader
from nemotron_vl_integrations.orientation import turn_image
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import PagedScript, draw_number, draw_text, open_script, write_numbers, write_tiff
from tests.pdf_writer import Page, write_pdf

OPTIONS = ReadingOptions(orientation="as_is", max_attempts=1)
BLANK = Image.new("RGB", (512, 512), "white")
LETTER = """Dear Susan,
thank you for the order of 12 March.
The paper will be sent on Friday, and the
envelopes follow in the week after that.
Kind regards,
Helen Young"""


def make_parser(
    steps: Mapping[int, Sequence[ScriptStep]], **fields: object
) -> tuple[NemotronVLNodeParser, PagedScript]:
    """A parser whose engine is scripted, because what is tested here are statuses and faults, not the reading."""
    backend = PagedScript(steps)
    values: dict[str, object] = {"engine": open_script(backend), "options": OPTIONS, **fields}
    return NemotronVLNodeParser.model_validate(values), backend


def defer(image_dir: Path, source: bytes, **fields: object) -> list[Document]:
    """Render a document with a reader whose engine would fail if it were asked anything."""
    values: dict[str, object] = {
        "engine": open_script(PagedScript({})),
        "defer_ocr": True,
        "image_dir": image_dir,
    }
    reader = NemotronVLReader.model_validate({**values, **fields})
    return reader.load_data(source, {"file_name": "scan.tiff"})


def describe(nodes: Sequence[BaseNode]) -> list[tuple[object, str, str]]:
    return [
        (node.metadata["page_number"], node.metadata["page_status"], node.get_content(MetadataMode.NONE))
        for node in nodes
    ]


def test_pages_are_read_and_blank_ones_give_no_node(tmp_path: Path) -> None:
    documents = defer(tmp_path, write_tiff([draw_number(1), BLANK, draw_number(3)]))
    parser, _ = make_parser({1: ["one"], 3: ["three"]}, image_dir=tmp_path)
    nodes = parser(documents)
    assert describe(nodes) == [(1, "read", "one"), (3, "read", "three")]
    assert [node.ref_doc_id for node in nodes] == [documents[0].id_, documents[2].id_]
    keeping, _ = make_parser({1: ["one"], 3: ["three"]}, image_dir=tmp_path, blank_pages="keep")
    assert describe(keeping(documents))[1] == (2, "blank", "")


def test_nodes_have_the_same_ids_in_every_run_and_carry_their_metadata_once(tmp_path: Path) -> None:
    documents = defer(tmp_path, write_numbers(1))
    runs = [make_parser({1: ["one"]}, image_dir=tmp_path)[0](documents) for _ in range(2)]
    assert runs[0][0].id_ == runs[1][0].id_ != documents[0].id_
    assert runs[0][0].source_node is not None
    assert runs[0][0].source_node.metadata == {}


def test_a_page_that_fails_keeps_its_place_without_an_error_for_a_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    documents = defer(tmp_path, write_numbers(2))
    parser, _ = make_parser({1: [EngineError("It stumbled.")], 2: ["two"]}, image_dir=tmp_path)
    with caplog.at_level(logging.WARNING):
        failed, read = parser(documents)
    assert describe([failed, read]) == [(1, "failed", ""), (2, "read", "two")]
    assert "It stumbled." in failed.metadata["page_reason"]
    assert "scan.tiff#page=1 could not be read" in caplog.text
    # Some embeddings refuse an empty text.
    assert failed.get_content(MetadataMode.EMBED) == "file_name: scan.tiff\npage_label: 1"


def test_pages_that_fail_can_end_the_run_after_all_were_read(tmp_path: Path) -> None:
    documents = defer(tmp_path, write_numbers(2))
    steps: dict[int, list[ScriptStep]] = {1: [EngineError("It stumbled.")], 2: ["two"]}
    parser, backend = make_parser(steps, image_dir=tmp_path, failed_pages="raise")
    with pytest.raises(UnreadableDocumentError, match=r"1 of the pages .*scan\.tiff#page=1.*It stumbled"):
        parser(documents)
    assert sorted(backend.arrived) == [1, 2]


def test_a_picture_that_is_missing_ends_the_run_before_anything_is_read(tmp_path: Path) -> None:
    documents = defer(tmp_path, write_numbers(2))
    Path(documents[1].metadata["page_image_path"]).unlink()
    parser, backend = make_parser({}, image_dir=tmp_path)
    with pytest.raises(UnreadableDocumentError, match="missing"):
        parser(documents)
    assert backend.starts == 0


def test_a_damaged_picture_costs_one_page(tmp_path: Path) -> None:
    documents = defer(tmp_path, write_numbers(2))
    Path(documents[0].metadata["page_image_path"]).write_bytes(b"This is no picture.")
    parser, _ = make_parser({2: ["two"]}, image_dir=tmp_path)
    assert describe(parser(documents)) == [(1, "failed", ""), (2, "read", "two")]


def test_a_page_that_cannot_be_rendered_is_a_failed_node(tmp_path: Path) -> None:
    data = bytearray(write_tiff([draw_number(1), draw_number(2)]))
    with Image.open(io.BytesIO(bytes(data))) as torn:
        assert isinstance(torn, TiffImageFile)
        torn.seek(1)
        start, length = cast("int", torn.tag_v2[273][0]), cast("int", torn.tag_v2[279][0])
    data[start : start + length] = bytes(length)
    documents = defer(tmp_path, bytes(data))
    assert [page.metadata["page_status"] for page in documents] == ["deferred", "failed"]
    parser, _ = make_parser({1: ["one"]}, image_dir=tmp_path)
    assert describe(parser(documents)) == [(1, "read", "one"), (2, "failed", "")]


def test_a_path_counts_by_its_last_part(tmp_path: Path) -> None:
    (secret := tmp_path / "secret.tiff").write_bytes(write_numbers(1))
    (tmp_path / "pages").mkdir()
    parser, _ = make_parser({}, image_dir=tmp_path / "pages")
    for path in (secret, Path("..") / "secret.tiff"):
        with pytest.raises(UnreadableDocumentError, match=r"pages/secret\.tiff"):
            parser([Document(image_resource=MediaResource(path=path))])


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"path": "page.png"}, "no folder for pictures is known"),
        ({"url": "https://example.com/page.png"}, "nothing is fetched"),
    ],
)
def test_pictures_elsewhere_are_refused_by_name(resource: dict[str, str], message: str) -> None:
    parser, _ = make_parser({})
    with pytest.raises(InvalidRequestError, match=message):
        parser([Document(image_resource=MediaResource.model_validate(resource))])


def test_pictures_of_other_readers_are_read_with_all_their_pages(tmp_path: Path) -> None:
    (tmp_path / "scan.tiff").write_bytes(write_numbers(2))
    parser, _ = make_parser({1: ["one", "one"], 2: ["two"]}, image_dir=tmp_path)
    picture = ImageNode(image_path=str(tmp_path / "scan.tiff"))
    held = Document(image_resource=MediaResource(data=write_numbers(1)))
    assert describe(parser([picture, held])) == [(1, "read", "one"), (2, "read", "two"), (1, "read", "one")]


def test_what_has_a_text_is_not_read() -> None:
    parser, backend = make_parser({})
    document, node = Document(text="Dear Ms Hale,", metadata={"x": 1}), TextNode(text="Dear Mr Foster,")
    nodes = parser([document, node])
    assert [made.get_content() for made in nodes] == ["Dear Ms Hale,", "Dear Mr Foster,"]
    assert [made.node_id == given.node_id for made, given in zip(nodes, [document, node], strict=True)] == [
        False,
        True,
    ]
    assert nodes[0].metadata == {"x": 1}
    assert parser([]) == []
    assert backend.starts == 0


def test_a_pdfs_own_text_is_taken_at_once_where_it_is_preferred(tmp_path: Path) -> None:
    text = "Thank you for your letter of March 3 and for the two boxes of books."
    pdf = write_pdf(Page(content=f"BT /F 12 Tf 72 700 Td ({text}) Tj ET"), Page(content="0 0 50 50 re f"))
    documents = defer(tmp_path, pdf, options=ReadingOptions(text_layer="prefer"))
    assert [(page.metadata["page_status"], page.text) for page in documents] == [
        ("text_layer", text),
        ("deferred", ""),
    ]
    parser, backend = make_parser({}, image_dir=tmp_path)
    assert describe(parser(documents[:1])) == [(1, "text_layer", text)]
    assert backend.starts == 0


def test_multimodal_nodes_hold_both_and_come_back_out_of_a_store(tmp_path: Path) -> None:
    documents = defer(tmp_path, write_numbers(1))
    parser, _ = make_parser({1: ["one"]}, image_dir=tmp_path, node_type="multimodal")
    (node,) = parser(documents)
    store = SimpleDocumentStore()
    store.add_documents([node])
    back = store.get_document(node.node_id)
    assert isinstance(back, Node)
    assert [type(block) for block in back.get_content_blocks()] == [TextBlock, ImageBlock]
    assert back.hash == node.hash


def test_the_engine_reads_a_turned_page_and_its_node_shows_it_upright(engine: Engine, tmp_path: Path) -> None:
    reader = NemotronVLReader(engine=engine, defer_ocr=True, image_dir=tmp_path)
    documents = reader.load_data(turn_image(draw_text(LETTER), 180))
    (node,) = NemotronVLNodeParser(engine=engine, image_dir=tmp_path)(documents)
    assert node.get_content() == LETTER
    upright = load_image(Path(node.metadata["page_image_path"]))
    assert upright.tobytes() == draw_text(LETTER).tobytes()


def test_a_cache_knows_the_step_by_everything_that_decides_the_text(tmp_path: Path) -> None:
    parser, _ = make_parser({}, image_dir=tmp_path)
    written = parser.to_dict()
    assert written["checkpoint"].startswith("nemotron-vl-demo ")
    assert written["id_func"].endswith("make_node_id")
    assert written != make_parser({}, image_dir=tmp_path, mode="markdown")[0].to_dict()
    assert NemotronVLNodeParser.from_dict(written, engine=parser.engine).to_dict() == written


def test_pipelines_with_processes_are_refused_with_advice(tmp_path: Path) -> None:
    documents = defer(tmp_path, write_numbers(2))
    parser, _ = make_parser({}, image_dir=tmp_path)
    with pytest.raises(InvalidRequestError, match="num_workers"):
        IngestionPipeline(transformations=[parser]).run(documents=documents, num_workers=2)


def test_progress_is_shown_if_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = defer(tmp_path, write_numbers(2))
    parser, _ = make_parser({1: ["one"], 2: ["two"]}, image_dir=tmp_path)
    parser.get_nodes_from_documents(documents, show_progress=True)
    assert "Reading pages: 100%" in capsys.readouterr().err


def test_deferring_needs_pages_with_pictures(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="image_dir"):
        NemotronVLReader(defer_ocr=True)
    with pytest.raises(InvalidRequestError, match="image_dir"):
        NemotronVLReader(defer_ocr=True, image_dir=tmp_path, split_by_page=False)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidRequestError, match="cannot be made"):
        defer(tmp_path / "file", write_numbers(1))
