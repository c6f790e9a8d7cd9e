"""The JSON schemas that extraction takes: checked first, then turned into what the engine can enforce."""

import json
import re
from collections.abc import Mapping
from typing import cast

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.json_schema import (
    LISTS,
    SINGLES,
    TABLES,
    Schema,
    as_list,
    as_table,
    check_json,
    check_node,
    is_enforceable,
    resolve,
    walk,
)
from nemotron_vl_integrations.messages import JSON

MAX_CHARACTERS = 65_536
MAX_DEPTH = 32
MAX_ALTERNATIVES = 2_000

# What the grammar enforces while the model writes. All else is either an annotation or checked on the whole answer.
_ENFORCED = frozenset(
    {
        "type", "enum", "const", "required", "minItems", "maxItems", "minLength", "maxLength",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "$ref",
    }
)  # fmt: skip
_ENFORCED_FORMATS = frozenset(
    {"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uri", "uuid"}
)


def read_schema(schema: Mapping[str, object]) -> Schema:
    """Return a checked copy of a JSON schema whose root is an object with named properties.

    A root that is only a reference, as pydantic writes it for a recursive model, is resolved.

    Raises:
        InvalidRequestError: It is no such schema, too large or too deep, or uses a keyword that cannot be enforced;
            the message names the place.

    Examples:
        >>> sorted(read_schema({"type": "object", "properties": {"total": {"type": "number"}}}))
        ['properties', 'type']
        >>> read_schema({"type": "object", "properties": {"total": {"not": {}}}})
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: The schema uses 'not' at #/properties/total, ...
    """
    copy = _copy(schema)
    for place, node in walk(copy):
        check_node(place, node, copy)
        _check_extractable(place, node)
    root = {**copy, **resolve(copy, copy)}
    root.pop("$ref", None)
    _check_root(root)
    for place, node in walk(root):
        _count_alternatives(node, root, place)
    return root


def to_constraint(schema: Schema) -> Schema:
    """Return the part of a schema that the engine's grammar can enforce; the rest is checked on the answer.

    Examples:
        >>> to_constraint({"type": "number", "title": "Total", "multipleOf": 0.01})
        {'type': 'number'}
    """
    constraint: Schema = {}
    for key, value in schema.items():
        if key in TABLES:
            constraint[key] = {name: _to_constraint(child) for name, child in as_table(value).items()}
        elif key in LISTS:
            constraint[key] = [_to_constraint(child) for child in as_list(value)]
        elif key in SINGLES:
            constraint[key] = _to_constraint(value)
        elif key in _ENFORCED or _fits_grammar(key, value):
            constraint[key] = value
    if "pattern" in constraint or "format" in constraint:
        # The grammar takes a pattern or bounds of the length, not both.
        constraint.pop("minLength", None)
        constraint.pop("maxLength", None)
    return constraint


def _to_constraint(value: JSON) -> JSON:
    return to_constraint(value) if isinstance(value, dict) else value


def _fits_grammar(key: str, value: JSON) -> bool:
    if key == "format":
        return value in _ENFORCED_FORMATS
    return key == "pattern" and isinstance(value, str) and is_enforceable(value)


def _copy(schema: Mapping[str, object]) -> Schema:
    try:
        text = json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidRequestError(f"The schema is not JSON: {exc}.") from exc
    if len(text) > MAX_CHARACTERS:
        raise InvalidRequestError(
            f"The schema has {len(text):,} characters, the limit is {MAX_CHARACTERS:,}.",
            hint="Extract the fields in several calls.",
        )
    if _measure_depth(text) > MAX_DEPTH:
        raise InvalidRequestError(
            f"The schema is nested more than {MAX_DEPTH} deep.", hint="Use `$defs` and `$ref`."
        )
    copy = cast("Schema", json.loads(text))
    check_json("schema", copy)
    return copy


def _measure_depth(text: str) -> int:
    depth = deepest = 0
    for character in re.sub(r'"(?:[^"\\]|\\.)*"', "", text):
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


def _check_extractable(place: str, node: Schema) -> None:
    """Refuse what the grammar takes and the merge of pages or the check of the answer cannot."""
    if len(as_list(node.get("allOf"))) > 1:
        raise InvalidRequestError(
            f"The schema's 'allOf' at {place} has several parts, which the engine cannot enforce together.",
            hint="Write them as one schema.",
        )
    properties = as_table(node.get("properties"))
    for name in as_list(node.get("required")):
        if properties and name not in properties:
            raise InvalidRequestError(f"The schema requires {name!r} at {place} and has no such property.")


def _check_root(root: Schema) -> None:
    if root.get("type") != "object" or not as_table(root.get("properties")):
        raise InvalidRequestError(
            f"The schema's root is of type {root.get('type')!r} or has no properties.",
            hint="Fields are the properties of an object; put a list into an object with one field.",
        )


def _count_alternatives(node: Schema, root: Schema, place: str) -> None:
    """Refuse alternatives that lead back to themselves, or multiply beyond what a check can try."""
    waiting: list[tuple[Schema, int]] = [(node, 0)]
    for _ in range(MAX_ALTERNATIVES):
        if not waiting:
            return
        schema, depth = waiting.pop()
        if depth > MAX_DEPTH:
            break
        resolved = resolve(schema, root)
        for key in ("anyOf", "oneOf", "allOf"):
            waiting += [(child, depth + 1) for child in as_list(resolved.get(key)) if isinstance(child, dict)]
    raise InvalidRequestError(
        f"The schema's alternatives at {place} lead back to themselves, or are more than {MAX_ALTERNATIVES:,}."
    )
