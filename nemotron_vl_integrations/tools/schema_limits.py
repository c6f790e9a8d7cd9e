"""The JSON schemas that a model may hand in: small, flat, and without what costs time out of proportion."""

import json
from collections.abc import Mapping
from typing import Final, cast

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.extraction.schema import read_schema
from nemotron_vl_integrations.json_schema import Schema, as_list, as_table, walk
from nemotron_vl_integrations.messages import JSON

MAX_CHARACTERS: Final = 8_000
MAX_DEPTH: Final = 4
MAX_FIELDS: Final = 64
LONGEST_TEXT: Final = 1_000
MOST_ITEMS: Final = 100

# Patterns can take a time that grows without bound, and references can make a small schema endless.
_REFUSED: Final = frozenset({"$ref", "$defs", "definitions", "pattern", "prefixItems", "allOf", "oneOf"})
_NUMBERS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_LARGEST_NUMBER: Final = 10**15
# Objects and lists inside each other, of which a level of fields with a choice of types takes four.
_MOST_NESTED: Final = 4 * (MAX_DEPTH + 2)
_BOUNDS: Final = {
    "maxLength": LONGEST_TEXT,
    "minLength": LONGEST_TEXT,
    "maxItems": MOST_ITEMS,
    "minItems": MOST_ITEMS,
}


def bound_schema(schema: Mapping[str, object]) -> Schema:
    """Return a model's schema with bounds on every text and list, and without further fields.

    Raises:
        InvalidRequestError: It is too large, too deep, uses what is not taken, or is no schema of fields.

    Examples:
        >>> schema = {"type": "object", "properties": {"total": {"type": "number"}, "name": {"type": "string"}}}
        >>> bound_schema(schema)["properties"]["name"]
        {'type': 'string', 'maxLength': 1000}
    """
    _check_size(schema)
    root = read_schema(schema)
    nodes = list(walk(root))
    if len(nodes) > MAX_FIELDS + 1:
        raise InvalidRequestError(
            f"The schema has {len(nodes) - 1} fields, more than {MAX_FIELDS}.",
            hint="Ask for fewer at a time.",
        )
    for place, node in nodes:
        _check_node(place, node)
        _bound_node(node)
    return root


def _check_size(schema: Mapping[str, object]) -> None:
    try:
        length = len(json.dumps(schema))
    except RecursionError as exc:
        raise _refuse_depth("the root") from exc
    except (TypeError, ValueError) as exc:
        raise InvalidRequestError(f"The schema is not JSON: {exc}.") from exc
    if length > MAX_CHARACTERS:
        raise InvalidRequestError(
            f"The schema has {length:,} characters, more than {MAX_CHARACTERS:,}.",
            hint="Ask for fewer fields at a time.",
        )
    level = [cast("JSON", schema)]
    for _ in range(_MOST_NESTED):
        level = [child for node in level for child in (*as_table(node).values(), *as_list(node))]
        if not level:
            return
    raise _refuse_depth("the root")


def _refuse_depth(place: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"The schema is nested more than {MAX_DEPTH} deep at {place}.", hint="Make it flatter."
    )


def _check_node(place: str, node: Schema) -> None:
    refused = sorted(_REFUSED & node.keys())
    if refused:
        raise InvalidRequestError(
            f"The schema uses {refused[0]!r} at {place}.",
            hint="Use type, properties, items, enum and description.",
        )
    # Each level of objects is two steps of a place, `properties` and a name.
    if place.count("/properties/") + place.count("/items") > MAX_DEPTH:
        raise _refuse_depth(place)
    for key, most in _BOUNDS.items():
        value = node.get(key, 0)
        if isinstance(value, int) and not 0 <= value <= most:
            raise InvalidRequestError(
                f"The schema's {key!r} at {place} is {show(value)}.", hint=f"It may be 0 to {most:,}."
            )
    for key in _NUMBERS & node.keys():
        value = node[key]
        if isinstance(value, int | float) and abs(value) > _LARGEST_NUMBER:
            raise InvalidRequestError(
                f"The schema's {key!r} at {place} is {show(value)}.",
                hint=f"It may be {_LARGEST_NUMBER:.0e} at most. Leave it out.",
            )


def _bound_node(node: Schema) -> None:
    kinds = _kinds(node)
    if "string" in kinds and "enum" not in node:
        node.setdefault("maxLength", LONGEST_TEXT)
    if "array" in kinds:
        node.setdefault("maxItems", MOST_ITEMS)
    if "object" in kinds and as_table(node.get("properties")):
        node["additionalProperties"] = False


def _kinds(node: Schema) -> list[JSON]:
    kind = node.get("type")
    return as_list(kind) if isinstance(kind, list) else [kind]
