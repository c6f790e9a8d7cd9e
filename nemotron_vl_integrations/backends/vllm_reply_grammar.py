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
from nemotron_vl_integrations.reply_parsing.markers import BLOCK_END, BLOCK_START

Format = dict[str, JSON]

# xgrammar lets strings with a limit of their length hold control characters, which JSON does not.
_BOUNDED = r"(([^\"\\\r\n]))"
_BOUNDED_AND_PRINTED = r"(([^\0-\x1f\"\\\r\n]))"

# An escape of half a character (a surrogate) is JSON, but no text that can be stored or sent.
_ESCAPE = '"u" [A-Fa-f0-9] [A-Fa-f0-9]'
_ESCAPE_OF_CHARACTER = '"u" (([A-CE-Fa-ce-f0-9] [A-Fa-f0-9]) | ([Dd] [0-7]))'


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
    arguments = to_json_grammar({"type": "object", **tool.parameters}, separators=(", ", ": "))
    begin = f'{{"name": "{tool.name}", "arguments": '
    return _format("tag", begin=begin, content=_format("grammar", grammar=arguments), end="}")


def _answer(constraint: Constraint) -> Format:
    match constraint:
        case JSONSchemaConstraint(schema):
            return _format("grammar", grammar=to_json_grammar(schema))
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


def to_json_grammar(schema: dict[str, JSON], separators: tuple[str, str] = (",", ":")) -> str:
    """Write the grammar of the JSON texts that satisfy a schema: on one line, and each can be read and stored.

    vLLM's own way would let strings of bounded length hold control characters, and a structural tag's `json_schema`
    allows white space, which weak models love.

    Args:
        schema: A checked JSON schema.
        separators: What stands between the members of an object or array, and after their names.

    Raises:
        InvalidRequestError: xgrammar does not take the schema.
    """
    try:
        grammar = xgrammar.Grammar.from_json_schema(
            json.dumps(schema), any_whitespace=False, separators=separators
        )
    except RuntimeError as exc:
        raise InvalidRequestError(
            f"xgrammar, which enforces the schema {str(schema)[:200]}, does not take it: {str(exc)[:200]}."
        ) from exc
    return str(grammar).replace(_BOUNDED, _BOUNDED_AND_PRINTED).replace(_ESCAPE, _ESCAPE_OF_CHARACTER)
