"""What the reply to a request must look like as a whole: thoughts, calls of tools, a constrained answer."""

from dataclasses import replace
from itertools import combinations

from nemotron_vl_integrations.engine.schema_overlap import are_disjoint
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.json_schema import Schema, as_list, check_enforced, check_json, check_node, walk
from nemotron_vl_integrations.messages import Constraint, ReplyConstraint, Request, ToolSpec


def constrain_reply(request: Request) -> Constraint | None:
    """Join tools, `tool_choice` and constraint of a checked request.

    Tools and a constraint together mean a call or the constrained answer: either alone would make the other
    unreachable, and an agent that must end with an answer in a given form would never end. A free choice among tools
    is only constrained where it must be: for calls that are strict, or one at most.

    Args:
        request: Its values have the right types.

    Returns:
        None where the model may write what it likes.

    Raises:
        InvalidRequestError: There is no such tool, or its schema cannot be enforced.

    Examples:
        >>> from nemotron_vl_integrations.messages import Message, TextPart, ToolChoice
        >>> hello = Message("user", (TextPart("Hello"),))
        >>> zoom = ToolSpec("zoom", "Looks closer.", {"type": "object", "properties": {}})
        >>> constrain_reply(Request(messages=(hello,), tools=(zoom,))) is None
        True
        >>> constrain_reply(Request(messages=(hello,), tools=(zoom,), tool_choice=ToolChoice(required=True))).answer
    """
    choice, constraint = request.tool_choice, request.sampling.constraint
    if isinstance(constraint, ReplyConstraint):
        return constraint
    reply = ReplyConstraint(
        tools=request.tools, parallel=choice.parallel, answer=constraint, reasoning=request.reasoning
    )
    if choice.required:
        tools, parallel = _choose(request.tools, choice.name), choice.parallel and not choice.name
        reply = replace(reply, tools=tools, parallel=parallel, answer=None)
    elif constraint is None:
        if not request.tools or (choice.parallel and not choice.strict):
            return None
        # How many calls there are says nothing about their arguments.
        tools = request.tools if choice.strict else tuple(map(_loosen, request.tools))
        reply = replace(reply, tools=tools, free_text=True)
    elif not request.tools and not request.reasoning:
        return constraint
    for tool in reply.tools:
        _check_enforceable(tool)
    return reply


def _loosen(tool: ToolSpec) -> ToolSpec:
    return replace(tool, parameters={"type": "object", "additionalProperties": True})


def _choose(tools: tuple[ToolSpec, ...], name: str) -> tuple[ToolSpec, ...]:
    if not name and tools:
        return tools
    chosen = tuple(tool for tool in tools if tool.name == name)
    if not chosen:
        names = ", ".join(repr(tool.name) for tool in tools) or "none"
        wanted = f"the tool {name!r}" if name else "a tool"
        raise InvalidRequestError(
            f"The reply must call {wanted}; the tools of the request are: {names}.",
            hint="Give it in `tools`, or choose one of them.",
        )
    return chosen


def _check_enforceable(tool: ToolSpec) -> None:
    name = f"parameters of the tool {tool.name!r}"
    check_json(name, tool.parameters)
    for place, node in walk(tool.parameters):
        where = f"{place} ({name})"
        check_node(where, node, tool.parameters)
        check_enforced(where, node)
        _check_one_of(where, node, tool.parameters)


def _check_one_of(place: str, node: Schema, root: Schema) -> None:
    parts = as_list(node.get("oneOf"))
    if not all(are_disjoint(left, right, root) for left, right in combinations(parts, 2)):
        raise InvalidRequestError(
            f"The schema uses 'oneOf' at {place} with parts that one value might satisfy together, which the engine "
            "cannot enforce.",
            hint="Use 'anyOf', or require a property that has another 'const' in each part.",
        )
