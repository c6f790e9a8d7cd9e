"""The result of `parse` has the getters that users of LlamaParse know."""

import asyncio
import inspect
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import NodeRelationship
from pydantic import BaseModel

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.llama_index import NemotronVLReader
from nemotron_vl_integrations.llama_index.markdown_items import find_items
from nemotron_vl_integrations.llama_index.parse_result import ParseResult
from nemotron_vl_integrations.page_result import Mode
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import PagedScript, open_script, write_numbers

OFFER = "# Offer\n\nDear Ms Hale,\n\n| Item | Price |\n|---|---|\n| Notebook | 9.80 |"


def parse(mode: Mode = "markdown", image_dir: Path | None = None) -> ParseResult:
    """Read two pages with a scripted engine: what is tested is the form, not the reading."""
    engine = open_script(PagedScript({1: [OFFER], 2: ["Thank you."]}))
    options = ReadingOptions(orientation="as_is", max_attempts=1)
    reader = NemotronVLReader(
        engine=engine, mode=mode, image_dir=image_dir, options=options, page_separator="\n---\n"
    )
    return reader.parse(write_numbers(2), {"file_name": "offer.tiff"})


def test_documents_come_as_one_or_page_by_page() -> None:
    result = parse()
    (whole,) = result.get_markdown_documents()
    assert whole.text == result.get_markdown() == result.get_text() == f"{OFFER}\n---\nThank you."
    pages = result.get_markdown_documents(split_by_page=True)
    assert [page.metadata["page_number"] for page in pages] == [1, 2]
    assert [page.text for page in result.get_text_documents(split_by_page=True)] == [OFFER, "Thank you."]
    assert {page.metadata["file_name"] for page in pages} == {"offer.tiff"}


def test_nodes_know_their_document_and_their_neighbours() -> None:
    result = parse()
    first, second = result.get_markdown_nodes(split_by_page=True)
    assert first.ref_doc_id == result.get_text_documents(split_by_page=True)[0].id_
    assert first.next_node is not None
    assert second.prev_node is not None
    assert (first.next_node.node_id, second.prev_node.node_id) == (second.node_id, first.node_id)
    assert NodeRelationship.PREVIOUS not in first.relationships
    assert [node.id_ for node in parse().get_text_nodes(split_by_page=True)] == [first.id_, second.id_]


def test_pages_have_their_items_and_facts() -> None:
    page = parse().pages[0]
    assert (page.page, page.md, page.text, page.status, page.printedPageNumber) == (
        1,
        OFFER,
        OFFER,
        "read",
        "1",
    )
    assert [item["type"] for item in page.items] == ["heading", "text", "table"]
    assert page.items[0] == {"type": "heading", "lvl": 1, "value": "Offer", "md": "# Offer"}
    assert page.items[2]["rows"] == [["Item", "Price"], ["Notebook", "9.80"]]


def test_everything_can_be_written_as_json() -> None:
    written = json.loads(json.dumps(parse().get_json()))
    assert [page["page"] for page in written["pages"]] == [1, 2]
    assert written["pages"][1]["items"] == [{"type": "text", "value": "Thank you.", "md": "Thank you."}]
    assert written["job_metadata"] == {"job_pages": 2, "statuses": {"read": 2}}
    assert written["file_name"] == "offer.tiff"


def test_pictures_come_as_documents_and_nodes_and_can_be_copied(tmp_path: Path) -> None:
    result = parse(image_dir=tmp_path / "pages")
    documents = result.get_image_documents(image_download_dir=str(tmp_path / "copies"))
    assert [Path(page.image_path or "").parent.name for page in documents] == ["copies", "copies"]
    assert [page.text for page in documents] == [OFFER, "Thank you."]
    nodes = result.get_image_nodes()
    assert [Path(node.image_path or "").name for node in nodes] == result.get_image_names()
    assert nodes[0].node_id not in {page.id_ for page in result.get_text_documents(split_by_page=True)}
    assert result.pages[0].images[0] == {
        "name": result.get_image_names()[0],
        "width": 512,
        "height": 512,
        "type": "full_page_screenshot",
    }
    assert result.get_image_documents(include_screenshot_images=False) == []
    saved = result.save_all_images(str(tmp_path / "all"))
    assert [Path(path).is_file() for path in saved] == [True, True]


def test_what_is_not_there_is_refused_with_the_next_step() -> None:
    plain = parse(mode="text")
    with pytest.raises(InvalidRequestError, match='mode="markdown"'):
        plain.get_markdown_documents()
    with pytest.raises(InvalidRequestError, match="image_dir"):
        plain.get_image_documents()
    with pytest.raises(InvalidRequestError, match="get_image_names"):
        plain.save_image("../../other.png", "out")
    assert plain.pages[1].items == [{"type": "text", "value": "Thank you.", "md": "Thank you."}]


def test_every_getter_has_an_async_form_with_the_same_arguments(tmp_path: Path) -> None:
    result = parse(image_dir=tmp_path)
    names = [name.removeprefix("aget_") for name in dir(result) if name.startswith("aget_")]
    assert len(names) == 9
    for name in names:
        sync, other = vars(ParseResult)[f"get_{name}"], vars(ParseResult)[f"aget_{name}"]
        assert inspect.signature(sync) == inspect.signature(other)
    assert asyncio.run(result.aget_markdown()) == result.get_markdown()
    assert asyncio.run(result.aget_json()) == result.get_json()
    assert asyncio.run(result.aget_image_nodes()) == result.get_image_nodes()
    assert asyncio.run(result.aget_markdown_nodes(True)) == result.get_markdown_nodes(True)


def test_pages_can_be_objects(tmp_path: Path) -> None:
    class Note(BaseModel):
        greeting: str

    engine = open_script(PagedScript({1: ['{"greeting": "Good morning."}']}))
    reader = NemotronVLReader(
        engine=engine, mode="json", page_schema=Note, options=ReadingOptions(orientation="as_is")
    )
    (page,) = reader.parse(write_numbers(1)).pages
    assert page.structuredData == {"greeting": "Good morning."}
    assert NemotronVLReader.from_dict(reader.to_dict()).page_schema == Note.model_json_schema()
    with pytest.raises(InvalidRequestError, match='mode="json"'):
        _ = page.md


def test_tables_in_html_are_tables() -> None:
    (item,) = find_items("<table><tr><th>Item</th><td>Note&amp;book</td></tr><tr><td>a\nb</td></tr></table>")
    assert item["type"] == "table"
    assert item["rows"] == [["Item", "Note&book"], ["a b"]]


@given(markdown=st.text(alphabet="ab#|-:\n <>/`*[]1.tabler\t", max_size=200))
def test_no_text_of_a_page_is_lost_in_its_items(markdown: str) -> None:
    items = find_items(markdown)
    assert "".join("".join(str(item["md"]) for item in items).split()) == "".join(markdown.split())
