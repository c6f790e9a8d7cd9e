"""Tools of every kind that LangChain takes, as the engine's."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import JSON, ToolSpec

AnyTool: TypeAlias = "Mapping[str, object] | type | Callable[..., object] | BaseTool"
ToolChoice: TypeAlias = "str | bool | dict[str, object] | None"


def describe_tools(tools: Sequence[AnyTool], *, strict: bool | None = None) -> list[dict[str, object]]:
    """Return tools as the JSON that LangChain traces and binds.

    Args:
        tools: Functions, `BaseTool`s, pydantic models, typed dicts, or dicts of OpenAI's or Anthropic's form.
        strict: Passed on in the description; calls follow their schema either way.

    Raises:
        InvalidRequestError: No tool, or one that only another service can carry out.
    """
    described: list[dict[str, object]] = []
    for index, tool in enumerate(tools):
        try:
            # LangChain's own type has bare dicts.
            as_json = cast("dict[str, object]", convert_to_openai_tool(cast("BaseTool", tool), strict=strict))
        except (TypeError, ValueError) as exc:
            raise InvalidRequestError(f"tools[{index}] cannot be used: {exc}.") from exc
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


def check_tool_choice(tool_choice: ToolChoice, tools: Sequence[ToolSpec]) -> tuple[ToolSpec, ...]:
    """Return the tools that a call may use.

    Raises:
        InvalidRequestError: No such choice, a tool that is not there, or a choice that forces a call.
    """
    match tool_choice:
        case None | False | "auto" | "":
            return tuple(tools)
        case "none":
            return ()
        case True | "any" | "required":
            raise _forced(tool_choice)
        case str(name) | {"name": str(name)} | {"function": {"name": str(name)}}:
            if all(tool.name != name for tool in tools):
                raise InvalidRequestError(
                    f"`tool_choice={show(tool_choice)}` names no tool of this call.",
                    hint=f"There are: {', '.join(tool.name for tool in tools) or 'none'}.",
                )
            raise _forced(tool_choice)
        case {"type": "auto"}:
            return tuple(tools)
        case {"type": "none"}:
            return ()
        case _:
            raise InvalidRequestError(
                f"`tool_choice={show(tool_choice)}` cannot be used.", hint="Use 'auto' or 'none'."
            )


def _forced(tool_choice: ToolChoice) -> InvalidRequestError:
    return InvalidRequestError(
        f"`tool_choice={show(tool_choice)}` forces a call of a tool, which the engine cannot do.",
        hint="Use 'auto' or 'none'; for an answer that follows a schema, "
        "`with_structured_output(schema, method='json_schema')`.",
    )
