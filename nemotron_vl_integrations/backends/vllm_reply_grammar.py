"""Writes the form of a whole reply as a structural tag, the language in which xgrammar takes it from vLLM."""

import json
from typing import assert_never

import xgrammar

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import (
    JSON,
    ChoiceConstraint,
    Constraint,
    GrammarConstraint,
    JSONSchemaConstraint,
    RegexConstraint,
    ReplyConstraint,
    ToolSpec,
)
from nemotron_vl_integrations.reply_markers import BLOCK_END, BLOCK_START

Format = dict[str, JSON]

# xgrammar lets strings with a limit of their length hold control characters, which JSON does not.
_BOUNDED = r"(([^\"\\\r\n]))"
_BOUNDED_AND_PRINTED = r"(([^\0-\x1f\"\\\r\n]))"


def to_structural_tag(constraint: ReplyConstraint) -> str:
    """Write a reply's form as the text of a structural tag.

    The calls have the form that the chat template gives to calls of earlier turns, a space after `:` and `,`
    included, since that is what the model was trained on.

    Raises:
        InvalidRequestError: xgrammar does not take a schema.
    """
    ways = _ways(constraint)
    reply = ways[0] if len(ways) == 1 else _format("or", elements=[*ways])
    if constraint.reasoning:
        thoughts = _format("tag", begin="", content=_format("any_text"), end="</think>")
        breaks = _format("regex", pattern=r"\n{0,2}")
        reply = _format("sequence", elements=[thoughts, breaks, reply])
    return json.dumps(_format("structural_tag", format=reply))


def _ways(constraint: ReplyConstraint) -> list[Format]:
    if constraint.free_text:
        return [_text_or_calls(constraint)]
    calls = [_calls(constraint)] if constraint.tools else []
    return calls if constraint.answer is None else [*calls, _answer(constraint.answer)]


def _format(kind: str, **parts: JSON) -> Format:
    return {"type": kind, **parts}


def _calls(constraint: ReplyConstraint) -> Format:
    calls = _format(
        "tags_with_separator",
        tags=[_call(tool) for tool in constraint.tools],
        separator=", ",
        at_least_one=True,
        stop_after_first=not constraint.parallel,
    )
    return _format("tag", begin=f"{BLOCK_START}[", content=calls, end=f"]{BLOCK_END}")


def _text_or_calls(constraint: ReplyConstraint) -> Format:
    return _format("triggered_tags", triggers=[BLOCK_START], tags=[_calls(constraint)], stop_after_first=True)


def _call(tool: ToolSpec) -> Format:
    begin = f'{{"name": "{tool.name}", "arguments": '
    return _format("tag", begin=begin, content=_json({"type": "object", **tool.parameters}), end="}")


def _answer(constraint: Constraint) -> Format:
    match constraint:
        case JSONSchemaConstraint(schema):
            return _json(schema)
        case RegexConstraint(pattern):
            return _format("regex", pattern=pattern)
        case ChoiceConstraint(choices):
            return _format("or", elements=[_format("const_string", value=choice) for choice in choices])
        case GrammarConstraint(grammar):
            return _format("grammar", grammar=grammar)
        case ReplyConstraint():
            raise TypeError("A reply holds no other reply.")
        case _:
            assert_never(constraint)


def _json(schema: dict[str, JSON]) -> Format:
    """The grammar of a schema. A structural tag's own `json_schema` allows white space, which weak models love."""
    try:
        grammar = xgrammar.Grammar.from_json_schema(json.dumps(schema), any_whitespace=False)
    except RuntimeError as exc:
        raise InvalidRequestError(
            f"xgrammar, which enforces the schema {str(schema)[:200]}, does not take it: {str(exc)[:200]}."
        ) from exc
    return _format("grammar", grammar=str(grammar).replace(_BOUNDED, _BOUNDED_AND_PRINTED))
