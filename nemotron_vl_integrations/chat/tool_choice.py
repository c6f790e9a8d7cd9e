"""Which of its tools a call may, must or must not use, in every form that chat frameworks write."""

from collections.abc import Sequence

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import ToolChoice, ToolSpec


def choose_tools(
    choice: object, tools: Sequence[ToolSpec], *, parallel: bool = True, strict: bool = False
) -> tuple[tuple[ToolSpec, ...], ToolChoice]:
    """Return the tools of a request and its choice among them.

    Args:
        choice: None, False or `"auto"` leave it to the model; `"none"` takes the tools away; True, `"any"` or
            `"required"` force a call; the name of a tool, bare or as `{"function": {"name": ...}}` or
            `{"type": "tool", "name": ...}`, forces a call of that tool.
        tools: The tools that there are.
        parallel: Whether a reply may hold several calls.
        strict: Whether a call that the model chose to make must satisfy its schema; a forced one must anyway.

    Raises:
        InvalidRequestError: No such choice, a tool that is not there, or a forced call without tools.

    Examples:
        >>> zoom = ToolSpec("zoom", "Looks closer.", {"type": "object", "properties": {}})
        >>> choose_tools("zoom", [zoom])[1]
        ToolChoice(required=True, name='zoom', parallel=True, strict=False)
        >>> choose_tools("none", [zoom])[0]
        ()
    """
    match choice:
        case None | False | "auto" | "" | {"type": "auto"}:
            return tuple(tools), ToolChoice(parallel=parallel, strict=strict)
        case "none" | {"type": "none"}:
            return (), ToolChoice()
        case True | "any" | "required" | {"type": "any" | "required"}:
            return _force("", choice, tools, parallel)
        case {"function": {"name": str(name)}} | {"name": str(name)} | str(name):
            return _force(name, choice, tools, parallel)
        case _:
            raise InvalidRequestError(
                f"`tool_choice={show(choice)}` cannot be used.",
                hint="Use 'auto', 'none', 'required' or the name of a tool.",
            )


def _force(
    name: str, choice: object, tools: Sequence[ToolSpec], parallel: bool
) -> tuple[tuple[ToolSpec, ...], ToolChoice]:
    if not tools or (name and all(tool.name != name for tool in tools)):
        raise InvalidRequestError(
            f"`tool_choice={show(choice)}` names no tool of this call.",
            hint=f"There are: {', '.join(tool.name for tool in tools) or 'none'}.",
        )
    return tuple(tools), ToolChoice(required=True, name=name, parallel=parallel)
