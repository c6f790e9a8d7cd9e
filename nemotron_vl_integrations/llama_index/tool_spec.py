"""NemotronVLToolSpec: the agent tools as LlamaIndex's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools.function_tool import FunctionTool
from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec
from llama_index.core.tools.types import ToolMetadata
from typing_extensions import override

from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.guarded_sources import UrlPolicy
from nemotron_vl_integrations.ledger import LedgerSource
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.tools import AnyTool, ToolLimits, ToolResult, Workspace, select_tools

Blocks: TypeAlias = list[TextBlock | ImageBlock]


class NemotronVLToolSpec(BaseToolSpec):
    """Tools with which an agent reads, searches and looks at documents below a folder, on the engine of this process.

    Each tool is a method in two forms, such as `read_document` and `aread_document`, and gives content blocks: pictures
    arrive at a model as pictures. Building a spec is cheap; the engine starts at the first call that needs it.

    Args:
        roots: Folders, or single files, that the tools may read, one or several; nothing else exists for them.
        urls: What they may fetch from the web; None fetches nothing.
        ledger: Where pages that were read are kept, so that none is read twice: a `Ledger`, or the path of one; None
            takes a file of this process.
        engine: Reads and answers; None takes the engine that this process shares.
        limits: What one call may cost.
        tools: Names of the tools to offer; None offers all.
        passwords: Tried in turn on encrypted PDFs.
        layout: How pages are fitted to tiles; None takes the engine's.
        max_tiles: Most tiles of a page; None takes the engine's.

    Raises:
        InvalidRequestError: A folder or a tool that does not exist.

    Examples:
        >>> spec = NemotronVLToolSpec("samples", tools=["ask_page"])
        >>> [tool.metadata.name for tool in spec.to_tool_list()]
        ['ask_page']
    """

    spec_functions: list[SPEC_FUNCTION_TYPE]

    def __init__(
        self,
        roots: str | Path | Sequence[str | Path],
        *,
        urls: UrlPolicy | None = None,
        ledger: LedgerSource | None = None,
        engine: Engine | None = None,
        limits: ToolLimits | None = None,
        tools: Sequence[str] | None = None,
        passwords: Sequence[str] = (),
        layout: Layout | None = None,
        max_tiles: int | None = None,
    ) -> None:
        self.spec_functions = [(tool.name, f"a{tool.name}") for tool in select_tools(tools)]
        self._workspace = Workspace(
            roots,
            urls=urls,
            ledger=ledger,
            engine=engine,
            limits=ToolLimits() if limits is None else limits,
            passwords=passwords,
            layout=layout,
            max_tiles=max_tiles,
        )

    @override
    def to_tool_list(
        self,
        spec_functions: list[SPEC_FUNCTION_TYPE] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """Return the tools, with the words and the arguments that a model is to see.

        Args:
            spec_functions: Names of tools, or pairs of a tool and its async form; None takes those of the spec.
            func_to_metadata_mapping: Other words for a tool, by its name.

        Raises:
            InvalidRequestError: There is no such tool.
        """
        wanted = self.spec_functions if spec_functions is None else spec_functions
        names = [spec if isinstance(spec, str) else spec[0] for spec in wanted]
        other = func_to_metadata_mapping or {}
        return [self._make_tool(tool, other.get(tool.name)) for tool in select_tools(names)]

    def _make_tool(self, tool: AnyTool, metadata: ToolMetadata | None) -> FunctionTool:
        caller = _Caller(tool, self._workspace)
        return FunctionTool.from_defaults(
            fn=caller.call,
            async_fn=caller.acall,
            tool_metadata=metadata
            or ToolMetadata(name=tool.name, description=tool.description, fn_schema=tool.arguments),
        )

    async def aread_document(
        self, source: str, pages: str | None = None, mode: Literal["text", "markdown", "tables"] = "text"
    ) -> Blocks:
        """Return the text of pages; of a long document the first ones, and which to ask for next.

        Args:
            source: Path of the document, below one of the roots.
            pages: Such as `"1-3,7"`; None reads from the first page on.
            mode: `"text"`, `"markdown"`, or `"tables"` for the tables alone.

        Raises:
            InputError: The document or the pages cannot be read, or the mode does not exist.
            EngineError: The engine does not start, died, or ran out of time.
        """
        return await self._call("read_document", {"source": source, "pages": pages, "mode": mode})

    def read_document(
        self, source: str, pages: str | None = None, mode: Literal["text", "markdown", "tables"] = "text"
    ) -> Blocks:
        """Return the text of pages, see `aread_document`."""
        return run(self.aread_document(source, pages, mode))

    async def afind_in_document(self, source: str, query: str, pages: str | None = None) -> Blocks:
        """Return the pages on which words stand; pages that were not read before are read.

        Args:
            source: Path of the document, below one of the roots.
            query: A few words; case and accents do not matter.
            pages: Such as `"1-3,7"`; None searches from the first page on.

        Raises:
            InputError: The document or the pages cannot be read.
            EngineError: The engine does not start, died, or ran out of time.
        """
        return await self._call("find_in_document", {"source": source, "query": query, "pages": pages})

    def find_in_document(self, source: str, query: str, pages: str | None = None) -> Blocks:
        """Return the pages on which words stand, see `afind_in_document`."""
        return run(self.afind_in_document(source, query, pages))

    async def aask_page(self, source: str, page: int, question: str) -> Blocks:
        """Return the answer to a question about a page.

        Args:
            source: Path of the document, below one of the roots.
            page: Counts from 1.
            question: In plain words.

        Raises:
            InputError: The page cannot be shown.
            EngineError: The engine does not start, died, or ran out of time.
        """
        return await self._call("ask_page", {"source": source, "page": page, "question": question})

    def ask_page(self, source: str, page: int, question: str) -> Blocks:
        """Return the answer to a question about a page, see `aask_page`."""
        return run(self.aask_page(source, page, question))

    async def aask_image(self, image: str, question: str) -> Blocks:
        """Return the answer to a question about an image.

        Args:
            image: Path of an image below one of the roots, or of a page, such as `"contract.pdf#page=3"`.
            question: In plain words.

        Raises:
            InputError: The image cannot be shown.
            EngineError: The engine does not start, died, or ran out of time.
        """
        return await self._call("ask_image", {"image": image, "question": question})

    def ask_image(self, image: str, question: str) -> Blocks:
        """Return the answer to a question about an image, see `aask_image`."""
        return run(self.aask_image(image, question))

    async def aextract_fields(
        self,
        source: str,
        fields: Sequence[str] | None = None,
        json_schema: Mapping[str, object] | None = None,
        pages: str | None = None,
    ) -> Blocks:
        """Return fields of a document as JSON.

        Args:
            source: Path of the document, below one of the roots.
            fields: Names of text fields; this or `json_schema`.
            json_schema: A JSON schema of an object.
            pages: Such as `"1-3,7"`; None looks at all.

        Raises:
            InputError: The document, the pages or the schema cannot be used.
            OutputError: The model's answer does not satisfy the schema, or was cut.
            EngineError: The engine does not start, died, or ran out of time.
        """
        names = None if fields is None else [*fields]
        arguments = {"source": source, "fields": names, "json_schema": json_schema, "pages": pages}
        return await self._call("extract_fields", arguments)

    def extract_fields(
        self,
        source: str,
        fields: Sequence[str] | None = None,
        json_schema: Mapping[str, object] | None = None,
        pages: str | None = None,
    ) -> Blocks:
        """Return fields of a document as JSON, see `aextract_fields`."""
        return run(self.aextract_fields(source, fields, json_schema, pages))

    async def acompare_images(self, images: Sequence[str], question: str) -> Blocks:
        """Return the answer to a question about two to four images side by side.

        Args:
            images: Paths of images, or of pages, such as `"contract.pdf#page=3"`.
            question: In plain words.

        Raises:
            InputError: One of the images cannot be shown.
            EngineError: The engine does not start, died, or ran out of time.
        """
        return await self._call("compare_images", {"images": [*images], "question": question})

    def compare_images(self, images: Sequence[str], question: str) -> Blocks:
        """Return the answer to a question about two to four images, see `acompare_images`."""
        return run(self.acompare_images(images, question))

    async def apage_image(self, source: str, page: int) -> Blocks:
        """Return a page as a picture.

        Args:
            source: Path of the document, below one of the roots.
            page: Counts from 1.

        Raises:
            InputError: The page cannot be shown.
        """
        return await self._call("page_image", {"source": source, "page": page})

    def page_image(self, source: str, page: int) -> Blocks:
        """Return a page as a picture, see `apage_image`."""
        return run(self.apage_image(source, page))

    async def _call(self, name: str, arguments: Mapping[str, object]) -> Blocks:
        (tool,) = select_tools([name])
        return _convert(await tool.call(self._workspace, arguments))


@dataclass(frozen=True, slots=True)
class _Caller:
    """Carries out the calls of one tool."""

    tool: AnyTool
    workspace: Workspace

    # LlamaIndex hands arguments over by their names, as the model wrote them; the tool checks them.
    def call(self, **arguments: object) -> Blocks:
        return run(self.acall(**arguments))

    async def acall(self, **arguments: object) -> Blocks:
        return _convert(await self.tool.call(self.workspace, arguments))


def _convert(result: ToolResult) -> Blocks:
    pictures = [ImageBlock(image=image.data, image_mimetype=image.media_type) for image in result.images]
    return [TextBlock(text=result.text), *pictures]
