"""Nodes for pages: text and picture of a page that was read, with what is known of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from llama_index.core.schema import (
    BaseNode,
    MediaResource,
    MetadataMode,
    Node,
    NodeRelationship,
    ObjectType,
    RelatedNodeInfo,
    TextNode,
)

from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.llama_index.node_pictures import Picture, find_picture
from nemotron_vl_integrations.llama_index.page_documents import (
    SHOWN_TO_MODELS,
    Value,
    read_status,
    tidy_metadata,
)
from nemotron_vl_integrations.orientation import ROTATIONS, turn_image
from nemotron_vl_integrations.page_result import Mode, PageResult
from nemotron_vl_integrations.reading.kept_images import ImageFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNodes:
    """Makes nodes of documents.

    Attributes:
        mode: Form of the text that was read.
        image_dir: Folder of the pictures, where upright ones are added for pages that lay on their side.
        multimodal: Whether a node holds the picture beside the text.
        keep_blank: Whether a page without text has a node.
        id_func: Makes the id of a document's node, counted from 0.
    """

    mode: Mode
    image_dir: Path | None
    multimodal: bool
    keep_blank: bool
    id_func: Callable[[int, BaseNode], str]

    async def make(self, document: BaseNode, pages: Sequence[PageResult] | None) -> list[BaseNode]:
        """Return the nodes of a document: one for each page that was read, or one for the text that it had."""
        if pages is None:
            return self._take_over(document)
        kept = [page for page in pages if page.status != "blank" or self.keep_blank]
        return [await self._make_read(document, page, number) for number, page in enumerate(kept)]

    def _take_over(self, document: BaseNode) -> list[BaseNode]:
        if not isinstance(document, Node):
            return [document]
        if read_status(document.metadata) == "blank" and not self.keep_blank:
            return []
        text = document.get_content(metadata_mode=MetadataMode.NONE)
        return [self._make(document, text, {}, document.image_resource, number=0)]

    async def _make_read(self, document: BaseNode, page: PageResult, number: int) -> BaseNode:
        picture = await asyncio.to_thread(self._find_upright, document, page)
        facts = tidy_metadata(
            {
                "page_status": page.status,
                "page_reason": page.reason,
                "ocr_mode": self.mode,
                "ocr_model": page.model,
                "page_image_path": str(picture) if isinstance(picture, Path) else "",
            }
        )
        if "page_number" not in document.metadata:
            facts = {"page_label": page.page_label, "page_number": page.page, **facts}
        image = MediaResource(path=picture) if isinstance(picture, Path) else MediaResource(data=picture)
        return self._make(document, page.text, facts, image, number=number)

    def _make(
        self,
        document: BaseNode,
        text: str,
        facts: dict[str, Value],
        image: MediaResource | None,
        *,
        number: int,
    ) -> TextNode | Node:
        unseen = [name for name in facts if name not in SHOWN_TO_MODELS]
        unseen += [name for name in document.excluded_llm_metadata_keys if name not in unseen]
        node = (
            Node(text_resource=MediaResource(text=text), image_resource=image)
            if self.multimodal
            else TextNode(text=text)
        )
        node.id_ = self.id_func(number, document)
        node.metadata = {**document.metadata, **facts}
        node.excluded_llm_metadata_keys = unseen
        # An index knows a page by its text; some embeddings refuse an empty one.
        node.excluded_embed_metadata_keys = [*unseen, *(SHOWN_TO_MODELS if text.strip() else ())]
        # Without the document's metadata: a node has it anyway, and would carry it twice.
        source = RelatedNodeInfo(node_id=document.node_id, node_type=ObjectType.DOCUMENT, hash=document.hash)
        node.relationships = {NodeRelationship.SOURCE: source}
        return node

    def _find_upright(self, document: BaseNode, page: PageResult) -> Picture:
        picture = find_picture(document, self.image_dir)
        if page.rotation == 0 or self.image_dir is None:
            return picture
        turned = turn_image(load_image(picture), ROTATIONS[page.rotation // 90 % 4])
        folder = ImageFolder(self.image_dir, "png")
        folder.make()
        return folder.keep(turned, source=page.source, page=page.page)
