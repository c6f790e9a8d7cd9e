"""NemotronVLToolkit: the agent tools as LangChain's."""

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol, cast, runtime_checkable

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, BaseToolkit, InjectedToolArg, StructuredTool, ToolException
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    create_model,
    field_serializer,
)
from typing_extensions import override

from nemotron_vl_integrations.chat import Media
from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError, NemotronVLError
from nemotron_vl_integrations.field_errors import ExplainedFields, Whole
from nemotron_vl_integrations.guarded_sources import UrlPolicy
from nemotron_vl_integrations.langchain.content_blocks import read_block
from nemotron_vl_integrations.ledger import LedgerSource, name_ledger
from nemotron_vl_integrations.messages import JSON, Layout
from nemotron_vl_integrations.tools import (
    AnyTool,
    CallContext,
    ToolLimits,
    ToolProgress,
    ToolResult,
    Workspace,
    describe_mistakes,
    select_tools,
)

Output = tuple[str | list[dict[str, Any]], dict[str, JSON]]
"""What a tool gives to LangChain: content for the model, and the artifact for programs."""


class NemotronVLToolkit(ExplainedFields, BaseToolkit):
    """Tools with which an agent reads, searches and looks at documents below a folder, on the engine of this process.

    Building one is cheap; the engine starts at the first call that needs it.

    Attributes:
        roots: Folders, or single files, that the tools may read, one or several; nothing else exists for them.
        urls: What they may fetch from the web; None fetches nothing.
        ledger: Where pages that were read are kept, so that none is read twice: a `Ledger`, or the path of one; None
            takes a file of this process. An open one is serialised as its path.
        engine: Reads and answers; None takes the engine that this process shares. Not part of what is serialised.
        limits: What one call may cost.
        tools: Names of the tools to offer; None offers all.
        passwords: Tried in turn on encrypted PDFs.
        layout: How pages are fitted to tiles; None takes the engine's.
        max_tiles: Most tiles of a page; None takes the engine's.

    Examples:
        >>> [tool.name for tool in NemotronVLToolkit(roots="samples", tools=["ask_page"]).get_tools()]
        ['ask_page']
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    roots: str | Path | Sequence[str | Path]
    urls: UrlPolicy | None = None
    ledger: LedgerSource | None = None
    engine: Engine | None = Field(default=None, exclude=True, repr=False)
    limits: ToolLimits = ToolLimits()
    tools: Sequence[str] | None = None
    passwords: Sequence[str] = Field(default=(), repr=False)
    layout: Layout | None = None
    max_tiles: Whole | None = None

    _workspace: Workspace = PrivateAttr()

    @field_serializer("ledger")
    def _write_ledger(self, ledger: LedgerSource | None) -> str | None:
        return name_ledger(ledger)

    @override
    def model_post_init(self, context: Any, /) -> None:
        """Check the folders and the names of the tools.

        Raises:
            InvalidRequestError: A folder or a tool that does not exist.
        """
        super().model_post_init(context)
        select_tools(self.tools)
        self._workspace = Workspace(
            self.roots,
            urls=self.urls,
            ledger=self.ledger,
            engine=self.engine,
            limits=self.limits,
            passwords=self.passwords,
            layout=self.layout,
            max_tiles=self.max_tiles,
        )

    @override
    def get_tools(self) -> list[BaseTool]:
        """Return the tools; all of them share the engine, the ledger and the limits."""
        return [_make_tool(definition, self._workspace) for definition in select_tools(self.tools)]


@runtime_checkable
class _Runtime(Protocol):
    """The part of LangGraph's `ToolRuntime` that tells what was said before."""

    state: object


@runtime_checkable
class _Streaming(Protocol):
    """The part of LangGraph's `ToolRuntime` that takes a part of a tool's output."""

    def emit_output_delta(self, delta: object) -> None:
        """Pass it on to whoever streams the graph."""
        ...


# LangGraph fills an argument of this name with its `ToolRuntime`; no model sees it, and none can forge it, because what
# comes from JSON has no attributes.
Runtime = Annotated[object, InjectedToolArg]


def _make_tool(definition: AnyTool, workspace: Workspace) -> BaseTool:
    caller = _Caller(definition, workspace)
    return StructuredTool(
        name=definition.name,
        description=definition.description,
        args_schema=_add_runtime(definition.arguments),
        func=caller.call,
        coroutine=caller.acall,
        response_format="content_and_artifact",
        # Without these two an error ends the whole run of an agent.
        handle_tool_error=True,
        handle_validation_error=_describe_mistakes,
    )


def _add_runtime(arguments: type[BaseModel]) -> type[BaseModel]:
    # LangChain checks arguments together with what it injects, and unknown ones are refused.
    return create_model(
        arguments.__name__,
        __base__=arguments,
        __doc__=arguments.__doc__,
        runtime=(Runtime, Field(default=None, exclude=True)),
    )


def _describe_mistakes(error: object) -> str:
    return describe_mistakes(cast("ValidationError", error))


@dataclass(frozen=True, slots=True)
class _Caller:
    """Carries out the calls of one tool."""

    definition: AnyTool
    workspace: Workspace

    # LangChain hands arguments over by their names, checked by the tool's schema.
    def call(self, runtime: Runtime = None, **arguments: object) -> Output:
        return run(self.acall(runtime, **arguments))

    async def acall(self, runtime: Runtime = None, **arguments: object) -> Output:
        context = CallContext(report=_Reporter(runtime).report, images=_collect_images(runtime))
        try:
            result = await self.definition.call(self.workspace, arguments, context)
        except NemotronVLError as exc:
            raise ToolException(str(exc)) from exc
        return _convert(result)


@dataclass(frozen=True, slots=True)
class _Reporter:
    """Passes progress on to whoever streams the output of tools."""

    runtime: object

    async def report(self, progress: ToolProgress) -> None:
        if isinstance(self.runtime, _Streaming):
            self.runtime.emit_output_delta(asdict(progress))


def _collect_images(runtime: object) -> list[Media]:
    """Images and documents of the conversation, oldest first."""
    if not isinstance(runtime, _Runtime):
        return []
    state = runtime.state
    messages = cast("dict[str, object]", state).get("messages") if isinstance(state, dict) else state
    said = cast("list[object]", messages) if isinstance(messages, list) else []
    return [media for message in said for media in _find_media(message)]


def _find_media(message: object) -> list[Media]:
    if not isinstance(message, HumanMessage | ToolMessage):
        return []
    content = _content(message)
    blocks = cast("list[object]", content) if isinstance(content, list) else []
    found: list[Media] = []
    for block in blocks:
        try:
            found += [piece for piece in read_block(block, "a message") if isinstance(piece, Media)]
        except InvalidRequestError:  # A block that the tools cannot use, and that nobody asked them to use.
            continue
    return found


def _content(message: BaseMessage) -> object:
    # LangChain's type is a list of dicts without types of their own.
    return cast("object", message.content)  # pyright: ignore[reportUnknownMemberType] - see above


def _convert(result: ToolResult) -> Output:
    if not result.images:
        return result.text, result.data
    pictures: list[dict[str, Any]] = [
        {
            "type": "image",
            "base64": base64.b64encode(image.data).decode("ascii"),
            "mime_type": image.media_type,
        }
        for image in result.images
    ]
    return [{"type": "text", "text": result.text}, *pictures], result.data
