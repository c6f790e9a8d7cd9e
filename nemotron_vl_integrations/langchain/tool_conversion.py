"""Tools of every kind that LangChain takes, as the engine's."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, cast

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from nemotron_vl_integrations.argument_checks import show, wrong_type
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import JSON, ToolSpec

AnyTool: TypeAlias = "Mapping[str, object] | type | Callable[..., object] | BaseTool"
ToolChoice: TypeAlias = "str | bool | dict[str, object] | None"


def describe_tools(tools: Sequence[AnyTool], *, strict: bool | None = None) -> list[dict[str, object]]:
    """Return tools as the JSON that LangChain traces and binds.

    Args:
        tools: Functions, `BaseTool`s, pydantic models, typed dicts, or dicts of OpenAI's or Anthropic's form.
        strict: Whether calls must follow their schema; told by the description, and enforced by the engine.

    Raises:
        InvalidRequestError: No tool, or one that only another service can carry out.
    """
    if isinstance(tools, str | Mapping | BaseTool) or not isinstance(tools, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance] - as users err
        raise wrong_type("tools", tools, "a list of tools")
    described: list[dict[str, object]] = []
    for index, tool in enumerate(tools):
        try:
            # LangChain's own type has bare dicts.
            as_json = cast("dict[str, object]", convert_to_openai_tool(cast("BaseTool", tool), strict=strict))
        except (AttributeError, LookupError, TypeError, ValueError) as exc:
            # LangChain takes a description apart without looking at its types first.
            raise InvalidRequestError(f"tools[{index}] cannot be used: {type(exc).__name__}: {exc}.") from exc
        if not isinstance(as_json.get("function"), dict):
            raise InvalidRequestError(
                f"tools[{index}] is of type {show(as_json.get('type'))}, which another service carries out.",
                hint="Give a function, a `BaseTool`, a pydantic model or a schema.",
            )
        described.append(as_json)
    return described


def read_tools(tools: Sequence[Mapping[str, object]] | None) -> tuple[ToolSpec, ...]:
    """Return the tools of a call from their description.

    Raises:
        InvalidRequestError: No such description.
    """
    return tuple(_read_tool(tool) for tool in describe_tools(tools or ()))


def are_strict(tools: Sequence[Mapping[str, object]] | None) -> bool:
    """Whether calls must follow their schema; the grammar of a reply has no room for tools of both kinds."""
    return any(
        cast("dict[str, object]", tool.get("function", {})).get("strict") is True for tool in tools or ()
    )


def _read_tool(tool: Mapping[str, object]) -> ToolSpec:
    match tool:
        case {"function": {"name": str(name)}}:
            rest = cast("dict[str, object]", tool["function"])
            parameters = cast(
                "dict[str, JSON]", rest.get("parameters") or {"type": "object", "properties": {}}
            )
            return ToolSpec(name, str(rest.get("description", "")), parameters)
        case _:
            raise InvalidRequestError(f"The tool {show(tool)} has no name.")
