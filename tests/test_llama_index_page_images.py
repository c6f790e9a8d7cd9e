"""What was found by its text is shown with the picture of its page, within the room that there is."""

import asyncio
import base64
import io
import logging
import shutil
from pathlib import Path

import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.prompts import RichPromptTemplate
from llama_index.core.schema import (
    BaseNode,
    ImageNode,
    MediaResource,
    MetadataMode,
    Node,
    NodeWithScore,
    TextNode,
)
from PIL import Image

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.llama_index import NemotronVL, NemotronVLPageImagePostprocessor
from tests.letter_groups import LetterGroups

NAMES: dict[type, str] = {TextBlock: "text", ImageBlock: "image"}
TOKENS = 1_794
"""Of a page of 6 tiles and its thumbnail."""


def save_page(folder: Path, name: str, size: tuple[int, int] = (1024, 1536)) -> Path:
    Image.new("RGB", size, "white").save(folder / name)
    return folder / name


def find(*nodes: BaseNode) -> list[NodeWithScore]:
    return [NodeWithScore(node=node, score=1.0 - number / 10) for number, node in enumerate(nodes)]


def point_to(path: Path | str, text: str = "Total 41.50") -> TextNode:
    return TextNode(text=text, metadata={"page_image_path": str(path), "page_label": "1"})


def show(hits: list[NodeWithScore]) -> list[str]:
    """Say what a model would see of each hit."""
    return ["+".join(NAMES[type(block)] for block in hit.node.get_content_blocks()) for hit in hits]


def test_a_hit_becomes_its_text_and_its_page_and_stays_what_it_was(tmp_path: Path) -> None:
    node = point_to(save_page(tmp_path, "a.png"))
    node.excluded_llm_metadata_keys = ["page_image_path"]
    (hit,) = find(node)
    (shown,) = NemotronVLPageImagePostprocessor(image_dir=tmp_path).postprocess_nodes([hit])
    blocks = shown.node.get_content_blocks(MetadataMode.LLM)
    texts = [block.text for block in blocks if isinstance(block, TextBlock)]
    assert texts == ["page_label: 1", "Total 41.50"]
    assert isinstance(blocks[2], ImageBlock)
    assert (shown.score, shown.node_id, shown.text) == (hit.score, node.id_, "Total 41.50")
    assert shown.node.metadata == node.metadata
    assert show([hit]) == ["text"]


def test_a_page_is_shown_once_however_many_of_its_parts_were_found(tmp_path: Path) -> None:
    first, second = save_page(tmp_path, "a.png"), save_page(tmp_path, "b.png")
    hits = find(point_to(first), point_to(first, "more"), point_to(second))
    shown = NemotronVLPageImagePostprocessor(image_dir=tmp_path).postprocess_nodes(hits)
    assert show(shown) == ["text+image", "text", "text+image"]


@pytest.mark.parametrize(
    ("budget", "seen"), [(TOKENS - 1, 0), (TOKENS, 1), (2 * TOKENS - 1, 1), (2 * TOKENS, 2), (9 * TOKENS, 3)]
)
def test_the_budget_is_kept_to_the_token(tmp_path: Path, budget: int, seen: int) -> None:
    hits = find(*(point_to(save_page(tmp_path, f"{number}.png"), f"page {number}") for number in range(3)))
    shown = NemotronVLPageImagePostprocessor(image_dir=tmp_path, token_budget=budget).postprocess_nodes(hits)
    assert show(shown) == ["text+image"] * seen + ["text"] * (3 - seen)
    assert [hit.text for hit in shown] == ["page 0", "page 1", "page 2"]


def test_a_smaller_page_may_fit_where_a_larger_one_does_not(tmp_path: Path) -> None:
    large, small = (
        save_page(tmp_path, "large.png", (1536, 2048)),
        save_page(tmp_path, "small.png", (512, 512)),
    )
    hits = find(point_to(large), point_to(small))
    fitting = NemotronVLPageImagePostprocessor(image_dir=tmp_path, token_budget=300)
    assert show(fitting.postprocess_nodes(hits)) == ["text", "text+image"]
    fewer = NemotronVLPageImagePostprocessor(image_dir=tmp_path, token_budget=2 * 258, max_tiles=1)
    assert show(fewer.postprocess_nodes(hits)) == ["text+image", "text+image"]


def test_no_more_pictures_than_the_model_takes(tmp_path: Path) -> None:
    hits = find(*(point_to(save_page(tmp_path, f"{number}.png")) for number in range(3)))
    shown = NemotronVLPageImagePostprocessor(image_dir=tmp_path, max_images=2).postprocess_nodes(hits)
    assert show(shown) == ["text+image", "text+image", "text"]
    with pytest.raises(ValueError, match="less than or equal to 4"):
        NemotronVLPageImagePostprocessor(image_dir=tmp_path, max_images=5)


def test_a_picture_that_cannot_be_had_leaves_the_text_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken.png").write_bytes(b"This is no picture.")
    hits = find(point_to(tmp_path / "missing.png"), point_to(tmp_path / "broken.png"))
    with caplog.at_level(logging.WARNING):
        shown = NemotronVLPageImagePostprocessor(image_dir=tmp_path).postprocess_nodes(hits)
    assert show(shown) == ["text", "text"]
    assert "missing.png" in caplog.text
    assert caplog.text.count("is shown without its page") == 2


def test_nodes_name_files_of_the_folder_and_no_others(tmp_path: Path) -> None:
    secret = save_page(tmp_path, "secret.png")
    (folder := tmp_path / "pages").mkdir()
    hits = find(point_to(secret), point_to("../secret.png"), point_to(".."))
    shown = NemotronVLPageImagePostprocessor(image_dir=folder).postprocess_nodes(hits)
    assert show(shown) == ["text", "text", "text"]


def test_the_folder_may_have_moved(tmp_path: Path) -> None:
    save_page(tmp_path, "a.png")
    (shown,) = NemotronVLPageImagePostprocessor(image_dir=tmp_path).postprocess_nodes(
        find(point_to("/old/a.png"))
    )
    assert show([shown]) == ["text+image"]


def test_nodes_that_hold_a_picture_themselves_share_the_room(tmp_path: Path) -> None:
    path = save_page(tmp_path, "a.png")
    other = save_page(tmp_path, "b.png")
    buffer = io.BytesIO()
    Image.new("RGB", (512, 512)).save(buffer, "PNG")
    hits = find(
        Node(text_resource=MediaResource(text="one"), image_resource=MediaResource(path=path)),
        Node(text_resource=MediaResource(text="two"), image_resource=MediaResource(path=path)),
        ImageNode(text="three", image_path=str(other)),
        ImageNode(text="four", image=base64.b64encode(buffer.getvalue()).decode()),
    )
    fitting = NemotronVLPageImagePostprocessor(image_dir=tmp_path, token_budget=TOKENS + 258)
    shown = fitting.postprocess_nodes(hits)
    assert show(shown) == ["text+image", "text", "text", "text+image"]
    assert [hit.text for hit in shown] == ["one", "two", "three", "four"]


def test_a_node_without_a_page_stays_the_same_object(tmp_path: Path) -> None:
    hits = find(TextNode(text="Hello"))
    shown = NemotronVLPageImagePostprocessor(image_dir=tmp_path).postprocess_nodes(hits)
    assert shown[0].node is hits[0].node


def test_the_async_form_does_the_same(tmp_path: Path) -> None:
    hits = find(point_to(save_page(tmp_path, "a.png")))
    processor = NemotronVLPageImagePostprocessor(image_dir=tmp_path)
    shown = asyncio.run(processor.apostprocess_nodes(hits))
    assert show(shown) == ["text+image"]


def test_a_field_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises((InvalidRequestError, ValueError), match="max_pages"):
        NemotronVLPageImagePostprocessor(image_dir=tmp_path, max_pages=1)  # pyright: ignore[reportCallIssue] - what is refused


def test_the_engine_answers_from_a_page_whose_text_does_not_say_it(engine: Engine, tmp_path: Path) -> None:
    # LlamaIndex's own prompt is longer than what the demo checkpoint was trained on, so it gets a short one.
    prompt = RichPromptTemplate(
        """{% chat role="user" %}
{% for message in context_messages %}{% for block in message.blocks %}
{% if block.block_type == "image" %}{{ block.inline_url() | image }}{% else %}{{ block.text }}{% endif %}
{% endfor %}{% endfor %}
{{ query_str }}
{% endchat %}"""
    )
    pages = {"invoice.png": "Northfield Furniture, an invoice", "receipt.png": "Willow Paper Shop, a receipt"}
    nodes = [
        point_to(shutil.copy(Path("samples", name), tmp_path / name), text) for name, text in pages.items()
    ]
    index = VectorStoreIndex(nodes, embed_model=LetterGroups())
    query_engine = index.as_query_engine(  # pyright: ignore[reportUnknownMemberType] - LlamaIndex leaves its models untyped
        llm=NemotronVL(engine=engine, max_tokens=30),
        multimodal=True,
        similarity_top_k=1,
        node_postprocessors=[NemotronVLPageImagePostprocessor(image_dir=tmp_path)],
        chat_content_qa_template=prompt,
    )
    answers = {q: query_engine.query(f"What is the {q} number?") for q in ("invoice", "receipt")}
    assert {question: str(answer) for question, answer in answers.items()} == {
        "invoice": "INV-2026-0318",
        "receipt": "20417",
    }
    found = [Path(answer.source_nodes[0].metadata["page_image_path"]).name for answer in answers.values()]
    assert found == ["invoice.png", "receipt.png"]
