"""NemotronVLNodeParser: the step of an ingestion pipeline that reads pages which a reader has only rendered."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Literal, Self, assert_never, cast

from llama_index.core.node_parser.interface import NodeParser
from llama_index.core.schema import BaseNode, MetadataMode
from llama_index.core.utils import get_tqdm_iterable  # pyright: ignore[reportUnknownVariableType] - LlamaIndex leaves its items untyped
from pydantic import field_serializer
from typing_extensions import override

from nemotron_vl_integrations.checkpoints.fingerprint import fingerprint_checkpoint
from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.errors import NemotronVLError, UnreadableDocumentError
from nemotron_vl_integrations.llama_index.node_pictures import find_picture, has_picture
from nemotron_vl_integrations.llama_index.page_documents import make_part_id, read_status
from nemotron_vl_integrations.llama_index.page_nodes import PageNodes
from nemotron_vl_integrations.llama_index.reading_fields import ReadingFields
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.reading.pipeline import (
    DocumentFailed,
    DocumentFinished,
    DocumentOpened,
    DocumentToRead,
    PageDone,
    read_documents,
)

_logger = logging.getLogger(__name__)


def make_node_id(i: int, doc: BaseNode) -> str:
    """Return the id of a document's node, counted from 0: the same in every run, so stores replace what they have."""
    return make_part_id(doc.node_id, i)


class NemotronVLNodeParser(ReadingFields, NodeParser):
    """Reads pages that `NemotronVLReader(defer_ocr=True)` has rendered, and gives a node for each.

    In an `IngestionPipeline` with a docstore it sees only pages that are new or changed, so none is read twice. It
    reads every document that has a picture and no text, whoever made it; a document that has a text or a status
    becomes a node as it is. Text splitters may follow.

    Attributes:
        node_type: `"text"` gives a `TextNode`, which every splitter and store takes and whose metadata names its
            picture; `"multimodal"` gives a `Node` that holds text and picture, for stores and engines that take one.
        blank_pages: `"drop"` gives no node for a page without text; its document stays in the docstore, so it is not
            read again.
        failed_pages: `"keep"` gives a node with the text that can be trusted, often none, and the status `failed`;
            `"raise"` ends the run after all its pages were read.

    Examples:
        >>> from llama_index.core.schema import Document, MediaResource
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> from nemotron_vl_integrations.engine import Engine
        >>> picture = MediaResource(data=Path("samples/receipt.png").read_bytes())
        >>> with Engine(backend=ScriptedBackend(["Willow Paper Shop"])) as engine:
        ...     [node] = NemotronVLNodeParser(engine=engine)([Document(image_resource=picture)])
        >>> node.text, node.metadata["page_status"]
        ('Willow Paper Shop', 'read')
    """

    id_func: Callable[[int, BaseNode], str] = make_node_id
    node_type: Literal["text", "multimodal"] = "text"
    blank_pages: Literal["drop", "keep"] = "drop"
    failed_pages: Literal["keep", "raise"] = "keep"

    @field_serializer("id_func")
    def _write_id_func(self, id_func: Callable[[int, BaseNode], str]) -> str:
        return f"{id_func.__module__}.{id_func.__qualname__}"

    @classmethod
    @override
    def class_name(cls) -> str:
        """Return the name under which it is serialised."""
        return "NemotronVLNodeParser"

    @override
    def to_dict(self, **kwargs: Any) -> dict[str, Any]:
        """Return the fields, and which checkpoint reads: caches of pipelines know the step by this.

        Raises:
            EngineStartError: There is no such checkpoint.
        """
        checkpoint = self.get_engine().checkpoint
        identity = f"{checkpoint.name} {fingerprint_checkpoint(checkpoint)}"
        return {**super().to_dict(**kwargs), "checkpoint": identity}

    @classmethod
    @override
    def from_dict(cls, data: dict[str, Any], **kwargs: Any) -> Self:
        """Make the parser that `to_dict` wrote down; a function for ids is not written down, nor a checkpoint taken."""
        kept = {name: value for name, value in data.items() if name not in ("checkpoint", "id_func")}
        return super().from_dict(kept, **kwargs)

    @override
    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return run(self._aparse_nodes(nodes, show_progress, **kwargs))

    @override
    async def _aparse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        unread = [node for node in nodes if _is_unread(node)]
        results = await self._read(unread, show_progress) if unread else {}
        self._check_failures(results.values())
        maker = PageNodes(
            mode=self.mode,
            image_dir=self.image_dir,
            multimodal=self.node_type == "multimodal",
            keep_blank=self.blank_pages == "keep",
            id_func=self.id_func,
        )
        return [made for node in nodes for made in await maker.make(node, results.get(node.node_id))]

    async def _read(self, nodes: Sequence[BaseNode], show_progress: bool) -> dict[str, list[PageResult]]:
        """Return what came of the pages of each node, by its id; a damaged picture is a page that failed.

        Raises:
            UnreadableDocumentError: A picture is missing. The pipeline then remembers none of this run's pages, and
                its next run takes them all up again.
        """
        documents = await asyncio.to_thread(lambda: [self._to_read(node) for node in nodes])
        bar = get_tqdm_iterable(range(len(nodes)), show_progress, "Reading pages")  # pyright: ignore[reportUnknownVariableType] - LlamaIndex leaves its items untyped
        shown = iter(cast("Iterable[int]", bar))
        next(shown, None)
        results: dict[str, list[PageResult]] = {node.node_id: [] for node in nodes}
        events = read_documents(documents, self.make_run(self.options))
        async with aclosing(events):
            async for event in events:
                match event:
                    case PageDone(index, page):
                        results[nodes[index].node_id].append(page)
                    case DocumentFailed(index, error):
                        results[nodes[index].node_id].append(_fail(documents[index].name, error))
                    case DocumentFinished(index):
                        next(shown, None)
                    case DocumentOpened():
                        pass
                    case _:
                        assert_never(event)
        return results

    def _to_read(self, node: BaseNode) -> DocumentToRead:
        picture, name = find_picture(node, self.image_dir), _name_page(node)
        if isinstance(picture, Path) and not picture.is_file():
            raise UnreadableDocumentError(
                f"The picture {str(picture)!r} of {name!r} is missing.",
                hint="Set `image_dir` to that of the reader, or let the reader make it again.",
            )
        return DocumentToRead(source=picture, name=name)

    def _check_failures(self, results: Iterable[Sequence[PageResult]]) -> None:
        failed = [page for pages in results for page in pages if page.status == "failed"]
        for page in failed:
            _logger.warning("%s could not be read: %s", page.source, page.reason)
        if failed and self.failed_pages == "raise":
            raise UnreadableDocumentError(
                f"{len(failed)} of the pages could not be read, first of all {failed[0].source!r}: {failed[0].reason}",
                hint='`failed_pages="keep"` gives nodes for them; a ledger keeps the others from being read again.',
            )


def _is_unread(node: BaseNode) -> bool:
    status = read_status(node.metadata)
    if status:
        return status == "deferred"
    return has_picture(node) and not node.get_content(metadata_mode=MetadataMode.NONE).strip()


def _name_page(node: BaseNode) -> str:
    """What the ledger and messages call a page that is read by itself."""
    names: list[object] = [node.metadata.get(key) for key in ("file_path", "file_name")]
    name = next((name for name in names if isinstance(name, str) and name), node.node_id)
    number: object = node.metadata.get("page_number")
    return f"{name}#page={number}" if isinstance(number, int) else name


def _fail(name: str, error: NemotronVLError) -> PageResult:
    reason = f"{type(error).__name__}: {error}"
    return PageResult(source=name, page=1, page_label="1", status="failed", reason=reason)
