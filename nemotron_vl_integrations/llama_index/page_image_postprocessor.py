"""NemotronVLPageImagePostprocessor: what was found by its text is shown to the model with the picture of its page."""

import base64
import io
import logging
from dataclasses import dataclass, field
from pathlib import Path

from llama_index.core.base.llms.types import BaseContentBlock, ImageBlock, TextBlock
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import (
    BaseNode,
    ImageNode,
    MetadataMode,
    NodeWithScore,
    QueryBundle,
    TextNode,
)
from PIL import Image
from pydantic import ConfigDict, Field
from typing_extensions import override

from nemotron_vl_integrations.errors import InputError
from nemotron_vl_integrations.field_errors import ExplainedFields, Whole
from nemotron_vl_integrations.images.decoding import IMAGE_TYPES, decoder_errors
from nemotron_vl_integrations.llama_index.node_pictures import (
    Picture,
    find_picture,
    has_picture,
    locate_picture,
)
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.tiling import MAX_TILES, count_image_tokens

_logger = logging.getLogger(__name__)


class PageImageNode(ImageNode):
    """A text with the picture of its page; unlike an `ImageNode` it shows the model both.

    Examples:
        >>> node = PageImageNode(text="Total 41.50", image="R0lGODlhAQABAAAAACw=")
        >>> [block.block_type for block in node.get_content_blocks()]
        ['text', 'image']
    """

    @classmethod
    @override
    def class_name(cls) -> str:
        """Return the name under which it is serialised."""
        return "NemotronVLPageImageNode"

    @override
    def get_content_blocks(self, metadata_mode: MetadataMode = MetadataMode.NONE) -> list[BaseContentBlock]:
        """Return metadata and text, then the picture."""
        image = None if self.image is None else self.image.encode("ascii")
        path = None if self.image_path is None else Path(self.image_path)
        return [
            *self.get_metadata_content_blocks(metadata_mode),
            TextBlock(text=self.text),
            ImageBlock(image=image, path=path, image_mimetype=self.image_mimetype),
        ]


class NemotronVLPageImagePostprocessor(ExplainedFields, BaseNodePostprocessor):
    """Adds the pictures of their pages to the nodes that were found, so that the model sees what it reads.

    For query engines with `multimodal=True`. Of the nodes of one page the first, which is the best, gets the picture.
    A node whose page has none, or for which there is no room, stays as it is; nothing is left out.

    Attributes:
        image_dir: Folder of the pictures; nodes name files in it and nowhere else.
        max_images: Most pictures, 1 to 4, as many as the model takes.
        token_budget: Most tokens of all pictures together; texts are not counted. A page of 12 tiles has 3,330.
        layout: How the model's images are fitted to tiles.
        max_tiles: Most tiles of an image, as the model that answers has it.

    Examples:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     Image.new("RGB", (1024, 1536)).save(Path(folder, "page.png"))
        ...     hit = NodeWithScore(node=TextNode(text="Total 41.50", metadata={"page_image_path": "page.png"}))
        ...     [shown] = NemotronVLPageImagePostprocessor(image_dir=Path(folder)).postprocess_nodes([hit])
        >>> shown.text, Path(shown.node.image_path).name
        ('Total 41.50', 'page.png')
    """

    model_config = ConfigDict(extra="forbid")

    image_dir: Path
    max_images: Whole = Field(default=4, ge=1, le=4)
    token_budget: Whole = Field(default=7_000, ge=1)
    layout: Layout = "reference"
    max_tiles: Whole = Field(default=MAX_TILES, ge=1, le=MAX_TILES)

    @classmethod
    @override
    def class_name(cls) -> str:
        """Return the name under which it is serialised."""
        return "NemotronVLPageImagePostprocessor"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        room = _Room(self.max_images, self.token_budget)
        return [NodeWithScore(node=self._present(hit.node, room), score=hit.score) for hit in nodes]

    def _present(self, node: BaseNode, room: "_Room") -> BaseNode:
        try:
            picture = self._find(node)
            if picture is None:
                return node
            tokens = self._count_tokens(picture)
        except (InputError, OSError) as exc:
            _logger.warning("Node %s is shown without its page: %s", node.node_id, exc)
            return _without_picture(node)
        if not room.take(picture, tokens):
            return _without_picture(node)
        return _with_picture(node, picture)

    def _find(self, node: BaseNode) -> Picture | None:
        if has_picture(node):
            return find_picture(node, self.image_dir)
        path: object = node.metadata.get("page_image_path")
        return locate_picture(path, self.image_dir) if isinstance(path, str) and path else None

    def _count_tokens(self, picture: Picture) -> int:
        file = io.BytesIO(picture) if isinstance(picture, bytes) else picture
        with (
            decoder_errors("The picture"),
            Image.open(file, formats=[*IMAGE_TYPES.values()]) as image,
        ):
            return count_image_tokens(*image.size, layout=self.layout, max_tiles=self.max_tiles)


@dataclass(slots=True)
class _Room:
    """What is left for pictures, and which have been taken."""

    images: int
    tokens: int
    taken: set[Picture] = field(default_factory=set[Picture])

    def take(self, picture: Picture, tokens: int) -> bool:
        if picture in self.taken or not self.images or tokens > self.tokens:
            return False
        self.taken.add(picture)
        self.images -= 1
        self.tokens -= tokens
        return True


def _with_picture(node: BaseNode, picture: Picture) -> BaseNode:
    text = node.get_content(metadata_mode=MetadataMode.NONE)
    if isinstance(picture, bytes):
        return _copy_fields(node, PageImageNode(text=text, image=base64.b64encode(picture).decode("ascii")))
    return _copy_fields(node, PageImageNode(text=text, image_path=str(picture)))


def _without_picture(node: BaseNode) -> BaseNode:
    if not has_picture(node):
        return node
    return _copy_fields(node, TextNode(text=node.get_content(metadata_mode=MetadataMode.NONE)))


def _copy_fields(node: BaseNode, made: TextNode) -> TextNode:
    """Give a node everything that another one has beside text and picture."""
    made.id_ = node.id_
    made.embedding = node.embedding
    made.metadata = node.metadata
    made.excluded_embed_metadata_keys = node.excluded_embed_metadata_keys
    made.excluded_llm_metadata_keys = node.excluded_llm_metadata_keys
    made.relationships = node.relationships
    made.metadata_template = node.metadata_template
    made.metadata_separator = node.metadata_separator
    return made
