"""The table of tools: each once, with the words that a model reads."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar

from pydantic import ValidationError

from nemotron_vl_integrations.argument_checks import check_choice, check_items
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.tools.arguments import (
    AskImageArguments,
    AskPageArguments,
    CompareImagesArguments,
    ExtractFieldsArguments,
    FindInDocumentArguments,
    PageImageArguments,
    ReadDocumentArguments,
    ToolArguments,
    describe_mistakes,
)
from nemotron_vl_integrations.tools.calls import EMPTY_CONTEXT, CallContext
from nemotron_vl_integrations.tools.extracting import extract_fields
from nemotron_vl_integrations.tools.finding import find_in_document
from nemotron_vl_integrations.tools.page_pictures import page_image
from nemotron_vl_integrations.tools.questions import ask_image, ask_page, compare_images
from nemotron_vl_integrations.tools.reading_pages import read_document
from nemotron_vl_integrations.tools.results import ToolResult
from nemotron_vl_integrations.tools.workspace import Workspace

ArgumentsT = TypeVar("ArgumentsT", bound=ToolArguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDefinition(Generic[ArgumentsT]):
    """A tool.

    Attributes:
        name: What models call it, and what the Python function of the same use is called.
        title: What people call it.
        description: What it does and when to use it, for a model.
        arguments: What it takes.
        function: Carries a call out.
    """

    name: str
    title: str
    description: str
    arguments: type[ArgumentsT]
    function: Callable[[Workspace, ArgumentsT, CallContext], Awaitable[ToolResult]]

    async def call(
        self, workspace: Workspace, arguments: Mapping[str, object], context: CallContext = EMPTY_CONTEXT
    ) -> ToolResult:
        """Carry out a call; cancelling it aborts what it has the engine do.

        Args:
            workspace: Where the documents are.
            arguments: What the model said; checked here.
            context: What the framework knows beside.

        Raises:
            InputError: The arguments do not fit, or name what cannot be read.
            OutputError: The model's answer cannot be used.
            EngineError: The engine does not start, died, or ran out of time.
        """
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as exc:
            raise InvalidRequestError(describe_mistakes(exc)) from exc
        return await self.function(workspace, checked, context)


READ_DOCUMENT: Final = ToolDefinition(
    name="read_document",
    title="Read a document",
    description="Read the text of a document: a PDF, a scan or an image. Gives the text of each page. A long document "
    "comes in parts, and the answer says which pages to ask for next. To look for something in a long document use "
    "find_in_document first.",
    arguments=ReadDocumentArguments,
    function=read_document,
)
FIND_IN_DOCUMENT: Final = ToolDefinition(
    name="find_in_document",
    title="Find words in a document",
    description="Find the pages of a document on which words stand, with the words around them. Use it to learn which "
    "page to read. Give few words that are printed on the page, not a question.",
    arguments=FindInDocumentArguments,
    function=find_in_document,
)
ASK_PAGE: Final = ToolDefinition(
    name="ask_page",
    title="Ask about a page",
    description="Ask a question about one page of a document. The page is looked at, so the question can be about "
    "text, tables, pictures, stamps or signatures on it.",
    arguments=AskPageArguments,
    function=ask_page,
)
ASK_IMAGE: Final = ToolDefinition(
    name="ask_image",
    title="Ask about an image",
    description="Ask a question about one image: a photo, a chart, a screenshot.",
    arguments=AskImageArguments,
    function=ask_image,
)
EXTRACT_FIELDS: Final = ToolDefinition(
    name="extract_fields",
    title="Extract fields",
    description="Get the values of fields from a document as JSON, such as the number, the date and the total of an "
    "invoice. A field that the pages do not show is null. Name the pages where the fields are, if you know them.",
    arguments=ExtractFieldsArguments,
    function=extract_fields,
)
COMPARE_IMAGES: Final = ToolDefinition(
    name="compare_images",
    title="Compare images",
    description="Ask a question about two to four images, or pages, side by side, such as which of them is signed.",
    arguments=CompareImagesArguments,
    function=compare_images,
)
PAGE_IMAGE: Final = ToolDefinition(
    name="page_image",
    title="Show a page",
    description="Get one page of a document as a picture, to look at it yourself.",
    arguments=PageImageArguments,
    function=page_image,
)

AnyTool: TypeAlias = (
    ToolDefinition[ReadDocumentArguments]
    | ToolDefinition[FindInDocumentArguments]
    | ToolDefinition[AskPageArguments]
    | ToolDefinition[AskImageArguments]
    | ToolDefinition[ExtractFieldsArguments]
    | ToolDefinition[CompareImagesArguments]
    | ToolDefinition[PageImageArguments]
)
TOOLS: Final[tuple[AnyTool, ...]] = (
    READ_DOCUMENT,
    FIND_IN_DOCUMENT,
    ASK_PAGE,
    ASK_IMAGE,
    EXTRACT_FIELDS,
    COMPARE_IMAGES,
    PAGE_IMAGE,
)


def select_tools(names: Sequence[str] | None) -> tuple[AnyTool, ...]:
    """Return tools by their names, in that order; None gives all.

    Raises:
        InvalidRequestError: There is no such tool.

    Examples:
        >>> [tool.name for tool in select_tools(["ask_page"])]
        ['ask_page']
    """
    known = {tool.name: tool for tool in TOOLS}
    if names is None:
        return TOOLS
    for name in check_items("tools", names, "names of tools"):
        check_choice("tools", name, tuple(known))
    return tuple(known[name] for name in names)
