"""Whether one value can satisfy two schemas: grammars know "any of" and not "one of"."""

import json

from nemotron_vl_integrations.json_schema import Schema, as_list, as_table, name_type, names_of_types, resolve
from nemotron_vl_integrations.messages import JSON

_DEEPEST = 8
_ALL = ("null", "boolean", "number", "string", "array", "object")


def are_disjoint(left: JSON, right: JSON, root: Schema, *, depth: int = 0) -> bool:
    """Whether it can be seen that no value satisfies both of two schemas.

    It is seen by their values, by their types, or by a property that both require and of which one of these is true.

    Args:
        left: A schema that `check_node` has let pass.
        right: Another.
        root: The whole that both are parts of, for its references.
        depth: How many properties deep they are.

    Examples:
        >>> are_disjoint({"type": "null"}, {"type": "string"}, {})
        True
        >>> are_disjoint({"type": "integer"}, {"type": "number"}, {})
        False
    """
    if not isinstance(left, dict) or not isinstance(right, dict) or depth > _DEEPEST:
        return False
    first, second = resolve(left, root), resolve(right, root)
    known, others = _list_values(first), _list_values(second)
    if known and others:
        return known.isdisjoint(others)
    if _list_types(first).isdisjoint(_list_types(second)):
        return True
    both = [name for name in as_list(first.get("required")) if name in as_list(second.get("required"))]
    places = as_table(first.get("properties")), as_table(second.get("properties"))
    return any(
        are_disjoint(places[0].get(str(name)), places[1].get(str(name)), root, depth=depth + 1)
        for name in both
    )


def _read_values(schema: Schema) -> list[JSON]:
    return [schema["const"]] if "const" in schema else as_list(schema.get("enum"))


def _list_values(schema: Schema) -> set[str]:
    return {json.dumps(value, sort_keys=True) for value in _read_values(schema)}


def _list_types(schema: Schema) -> set[str]:
    types = {name_type(value) for value in _read_values(schema)}
    types = types or {str(name) for name in names_of_types(schema)} or set(_ALL)
    # A whole number is a number, and 1.0 is a whole number.
    return types | {"integer", "number"} if types & {"integer", "number"} else types
