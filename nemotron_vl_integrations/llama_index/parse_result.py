"""A document that was read, with the getters that users of LlamaParse know."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from llama_index.core.schema import (
    Document,
    ImageDocument,
    ImageNode,
    NodeRelationship,
    ObjectType,
    RelatedNodeInfo,
    TextNode,
)

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.llama_index.document_origins import DocumentOrigin
from nemotron_vl_integrations.llama_index.page_documents import (
    make_page_document,
    make_page_id,
    make_part_id,
    make_whole_document,
)
from nemotron_vl_integrations.llama_index.parsed_page import ParsedPage
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.page_result import DocumentResult, Mode, PageResult


@dataclass(frozen=True, slots=True)
class ParseResult:
    """All pages of a document that were asked for, blank and failed ones included.

    Documents and nodes have stable ids; nodes know their document and their neighbours.

    Attributes:
        origin: Where the document comes from.
        results: Its pages.
        mode: Form of their text.
        page_separator: Stands between pages that are joined.
        extra_info: What came with the document.
    """

    origin: DocumentOrigin
    results: Sequence[PageResult]
    mode: Mode
    page_separator: str
    extra_info: Mapping[str, object]

    @property
    def pages(self) -> list[ParsedPage]:
        """The pages under LlamaParse's names."""
        return [ParsedPage(result, self.mode) for result in self.results]

    @property
    def file_name(self) -> str:
        """Name of the file; empty if there is none."""
        return self.origin.file_name

    @property
    def document(self) -> DocumentResult:
        """The pages with statuses, confidence and everything else that reading says of them."""
        return DocumentResult(self.origin.name, tuple(self.results))

    def get_text(self) -> str:
        """Return the text of all pages."""
        return self.page_separator.join(page.text for page in self.results)

    def get_markdown(self) -> str:
        """Return the Markdown of all pages.

        Raises:
            InvalidRequestError: They were read in another form.
        """
        return self.page_separator.join(page.md for page in self.pages)

    def get_text_documents(self, split_by_page: bool = False) -> list[Document]:
        """Return one document, or one for each page."""
        if not split_by_page:
            whole = make_whole_document(
                self.origin, self.results, self.page_separator, self.mode, self.extra_info
            )
            return [whole]
        return [make_page_document(self.origin, page, self.mode, self.extra_info) for page in self.results]

    def get_markdown_documents(self, split_by_page: bool = False) -> list[Document]:
        """Return one document of Markdown, or one for each page.

        Raises:
            InvalidRequestError: The document was read in another form.
        """
        self._check_markdown()
        return self.get_text_documents(split_by_page)

    def get_text_nodes(self, split_by_page: bool = False) -> list[TextNode]:
        """Return one node, or one for each page, which knows the pages before and after it."""
        documents = self.get_text_documents(split_by_page)
        nodes = [self._make_node(document) for document in documents]
        for before, after in pairwise(nodes):
            before.relationships[NodeRelationship.NEXT] = _point_to(after)
            after.relationships[NodeRelationship.PREVIOUS] = _point_to(before)
        return nodes

    def get_markdown_nodes(self, split_by_page: bool = False) -> list[TextNode]:
        """Return one node of Markdown, or one for each page.

        Raises:
            InvalidRequestError: The document was read in another form.
        """
        self._check_markdown()
        return self.get_text_nodes(split_by_page)

    def get_image_documents(
        self,
        include_screenshot_images: bool = True,
        include_object_images: bool = True,
        image_download_dir: str | None = None,
    ) -> list[ImageDocument]:
        """Return the pictures of the pages, with their texts; a page that could not be rendered has none.

        Args:
            include_screenshot_images: Whether pictures of whole pages are wanted; there are no others.
            include_object_images: Whether pictures on pages are wanted; none are cut out.
            image_download_dir: Folder to copy them to; None leaves them where they are.

        Raises:
            InvalidRequestError: No pictures were kept.
        """
        if not include_screenshot_images:
            return []
        self._check_images()
        return [
            self._make_image_document(page, image_download_dir)
            for page in self.results
            if page.image is not None
        ]

    def get_image_nodes(
        self,
        include_screenshot_images: bool = True,
        include_object_images: bool = True,
        image_download_dir: str | None = None,
    ) -> list[ImageNode]:
        """Return the pictures of the pages as nodes; see `get_image_documents`.

        Raises:
            InvalidRequestError: No pictures were kept.
        """
        documents = self.get_image_documents(
            include_screenshot_images, include_object_images, image_download_dir
        )
        return [
            ImageNode(
                id_=document.id_,
                text=document.text,
                image_path=document.image_path,
                metadata=document.metadata,
                excluded_embed_metadata_keys=document.excluded_embed_metadata_keys,
                excluded_llm_metadata_keys=document.excluded_llm_metadata_keys,
            )
            for document in documents
        ]

    def get_image_names(self) -> list[str]:
        """Return the names of the pictures that were kept."""
        return [page.image.name for page in self.results if page.image is not None]

    def save_image(self, image_name: str, output_dir: str) -> str:
        """Copy a picture into a folder, which is made, and return its new path.

        Raises:
            InvalidRequestError: There is no such picture.
        """
        for page in self.results:
            if page.image is not None and page.image.name == image_name:
                folder = Path(output_dir)
                folder.mkdir(parents=True, exist_ok=True)
                return str(shutil.copy(page.image, folder / image_name))
        raise InvalidRequestError(
            f"There is no picture {show(image_name)}.", hint="`get_image_names()` lists those that were kept."
        )

    def save_all_images(self, output_dir: str) -> list[str]:
        """Copy all pictures into a folder and return their new paths."""
        return [self.save_image(name, output_dir) for name in self.get_image_names()]

    def get_json(self) -> dict[str, JSON]:
        """Return everything in LlamaParse's form.

        Examples:
            >>> page = PageResult(source="a.pdf", page=1, page_label="1", status="read", text="# Offer")
            >>> origin = DocumentOrigin(source="a.pdf", name="a.pdf", identity="a.pdf", file_name="a.pdf")
            >>> result = ParseResult(origin, [page], "markdown", "", {})
            >>> result.get_json()["pages"][0]["items"]
            [{'type': 'heading', 'lvl': 1, 'value': 'Offer', 'md': '# Offer'}]
        """
        pages: list[JSON] = [page.to_json() for page in self.pages]
        counts: dict[str, JSON] = {str(status): number for status, number in self.document.counts.items()}
        return {
            "pages": pages,
            "job_metadata": {"job_pages": len(pages), "statuses": counts},
            "file_name": self.file_name,
        }

    async def aget_text(self) -> str:
        """Return what `get_text` does; like all forms with an `a` it waits for nothing."""
        return self.get_text()

    async def aget_markdown(self) -> str:
        """Return what `get_markdown` does."""
        return self.get_markdown()

    async def aget_json(self) -> dict[str, JSON]:
        """Return what `get_json` does."""
        return self.get_json()

    async def aget_text_documents(self, split_by_page: bool = False) -> list[Document]:
        """Return what `get_text_documents` does."""
        return self.get_text_documents(split_by_page)

    async def aget_markdown_documents(self, split_by_page: bool = False) -> list[Document]:
        """Return what `get_markdown_documents` does."""
        return self.get_markdown_documents(split_by_page)

    async def aget_text_nodes(self, split_by_page: bool = False) -> list[TextNode]:
        """Return what `get_text_nodes` does."""
        return self.get_text_nodes(split_by_page)

    async def aget_markdown_nodes(self, split_by_page: bool = False) -> list[TextNode]:
        """Return what `get_markdown_nodes` does."""
        return self.get_markdown_nodes(split_by_page)

    async def aget_image_documents(
        self,
        include_screenshot_images: bool = True,
        include_object_images: bool = True,
        image_download_dir: str | None = None,
    ) -> list[ImageDocument]:
        """Return what `get_image_documents` does."""
        return self.get_image_documents(include_screenshot_images, include_object_images, image_download_dir)

    async def aget_image_nodes(
        self,
        include_screenshot_images: bool = True,
        include_object_images: bool = True,
        image_download_dir: str | None = None,
    ) -> list[ImageNode]:
        """Return what `get_image_nodes` does."""
        return self.get_image_nodes(include_screenshot_images, include_object_images, image_download_dir)

    def _check_markdown(self) -> None:
        for page in self.pages[:1]:
            _ = page.md

    def _check_images(self) -> None:
        if not any(page.image is not None for page in self.results):
            raise InvalidRequestError(
                f"No pictures of {self.origin.name!r} were kept.", hint="Set `image_dir` of the reader."
            )

    def _make_node(self, document: Document) -> TextNode:
        source = RelatedNodeInfo(node_id=document.id_, node_type=ObjectType.DOCUMENT, hash=document.hash)
        return TextNode(
            id_=make_part_id(document.id_, 0),
            text=document.text,
            metadata=document.metadata,
            excluded_embed_metadata_keys=document.excluded_embed_metadata_keys,
            excluded_llm_metadata_keys=document.excluded_llm_metadata_keys,
            relationships={NodeRelationship.SOURCE: source},
        )

    def _make_image_document(self, page: PageResult, folder: str | None) -> ImageDocument:
        assert page.image is not None
        document = make_page_document(self.origin, page, self.mode, self.extra_info)
        return ImageDocument(
            id_=make_page_id(f"{self.origin.identity}\nimage", page.page),
            text_resource=document.text_resource,
            image_path=str(page.image) if folder is None else self.save_image(page.image.name, folder),
            metadata=document.metadata,
            excluded_embed_metadata_keys=document.excluded_embed_metadata_keys,
            excluded_llm_metadata_keys=document.excluded_llm_metadata_keys,
        )


def _point_to(node: TextNode) -> RelatedNodeInfo:
    # Without the metadata, which every neighbour would carry along.
    return RelatedNodeInfo(node_id=node.node_id, node_type=ObjectType.TEXT, hash=node.hash)
