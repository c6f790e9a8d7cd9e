"""JSON schemas as everything here sees them: their parts, their references, and what the engine cannot enforce."""

import math
import re
from collections.abc import Iterator

from nemotron_vl_integrations.argument_checks import holds_surrogates, show, wrong_type
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import JSON

Schema = dict[str, JSON]

MAX_JSON_DEPTH = 64
MAX_JSON_VALUES = 100_000

TABLES = ("properties", "$defs", "definitions")
"""Keywords whose value maps names to schemas."""
LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
"""Keywords whose value is a list of schemas."""
SINGLES = ("items", "additionalProperties")
"""Keywords whose value is a schema."""

_UNSUPPORTED = frozenset(
    {
        "$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$recursiveAnchor", "$recursiveRef", "contains",
        "dependencies", "dependentRequired", "dependentSchemas", "else", "if", "maxContains", "minContains", "not",
        "patternProperties", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip

_FORMATS = frozenset(
    {
        "date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "json-pointer", "relative-json-pointer",
        "time", "uri", "uri-reference", "uri-template", "uuid",
    }
)  # fmt: skip

_SHAPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(TABLES, dict),
    **dict.fromkeys(LISTS, list),
    **dict.fromkeys(SINGLES, (dict, bool)),
    **dict.fromkeys(("required", "enum"), list),
    **dict.fromkeys(("$ref", "pattern", "format", "description"), str),
    "type": (str, list),
    **dict.fromkeys(
        ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"), int
    ),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), (int, float)
    ),
}
# Look-arounds and flags, word boundaries, back references.
_BEYOND_GRAMMAR = re.compile(r"\(\?(?!:)|\\[bB1-9]")
_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})


def check_json(name: str, value: object) -> None:
    """Refuse what is not JSON as Python's `json` reads it, too deep, or too large.

    Args:
        name: What the message calls it.
        value: Any value.

    Raises:
        InvalidRequestError: Names the part that does not fit.

    Examples:
        >>> check_json("schema", {"type": ["string", "null"]})
        >>> check_json("schema", {"enum": {1, 2}})
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: `schema={1, 2}` is of type 'set'. Give ...
    """
    waiting: list[tuple[object, int]] = [(value, 0)]
    for _ in range(MAX_JSON_VALUES):
        if not waiting:
            return
        node, depth = waiting.pop()
        if depth > MAX_JSON_DEPTH:
            raise InvalidRequestError(
                f"`{name}` is nested more than {MAX_JSON_DEPTH} deep.", hint="Make it flatter."
            )
        waiting += [(child, depth + 1) for child in _children(name, node)]
    raise InvalidRequestError(
        f"`{name}` holds more than {MAX_JSON_VALUES:,} values.", hint="Make it smaller."
    )


def _children(name: str, node: object) -> list[object]:
    match node:
        case dict():
            for key in node:  # pyright: ignore[reportUnknownVariableType] - nothing is known of it yet
                _check_json_text(name, key)  # pyright: ignore[reportUnknownArgumentType] - as above
            return [*node.values()]  # pyright: ignore[reportUnknownArgumentType] - as above
        case list():
            return [*node]  # pyright: ignore[reportUnknownArgumentType] - as above
        case str():
            _check_json_text(name, node)
        case float() if not math.isfinite(node):
            raise InvalidRequestError(f"`{name}` holds {node!r}, which is not JSON.")
        case None | bool() | int() | float():
            pass
        case _:
            raise wrong_type(name, node, "JSON: dicts, lists, texts, numbers, True, False and None")
    return []


def _check_json_text(name: str, text: object) -> None:
    if not isinstance(text, str):
        raise wrong_type(name, text, "texts as the keys of dicts")
    if holds_surrogates(text):
        raise InvalidRequestError(
            f"`{name}` holds {show(text)}, half a character (a lone surrogate).",
            hint="No model writes one: decode the text it came from as UTF-8.",
        )


def walk(node: JSON, place: str = "#") -> Iterator[tuple[str, Schema]]:
    """Yield every schema inside a schema with its place; a keyword of the wrong shape is left to `check_node`."""
    if not isinstance(node, dict):
        return
    yield place, node
    for key in TABLES:
        for name, child in as_table(node.get(key)).items():
            yield from walk(child, f"{place}/{key}/{name}")
    for key in LISTS:
        for index, child in enumerate(as_list(node.get(key))):
            yield from walk(child, f"{place}/{key}/{index}")
    for key in SINGLES:
        yield from walk(node.get(key), f"{place}/{key}")


def check_node(place: str, node: Schema, root: Schema) -> None:
    """Refuse a schema that JSON schema does not allow, or that the engine would not enforce.

    Args:
        place: Where it stands, for the message.
        node: One schema, whose parts are looked at on their own.
        root: The whole, for its references.

    Raises:
        InvalidRequestError: Names the keyword and the place.
    """
    for key, value in node.items():
        if key in _UNSUPPORTED:
            raise InvalidRequestError(
                f"The schema uses {key!r} at {place}, which the engine cannot enforce.", hint="Leave it out."
            )
        if not _has_shape(key, value):
            raise InvalidRequestError(
                f"The schema's {key!r} at {place} is {show(value)}, which JSON schema does not allow."
            )
    for name in names_of_types(node):
        if not isinstance(name, str) or name not in _TYPES:
            raise InvalidRequestError(
                f"The schema's type {show(name)} at {place} is not one of JSON schema's.",
                hint=f"Those are {', '.join(sorted(_TYPES))}.",
            )
    for name in as_list(node.get("required")):
        if not isinstance(name, str):
            raise InvalidRequestError(f"The schema requires {show(name)} at {place}, which is no name.")
    resolve(node, root)


def check_enforced(place: str, node: Schema) -> None:
    """Refuse a keyword that xgrammar would read over without a word (its warnings, and what vLLM does not hand it).

    Args:
        place: Where the schema stands, for the message.
        node: One schema that `check_node` has let pass.

    Raises:
        InvalidRequestError: Names the keyword and the place.
    """
    for key in node:
        if _is_ignored(key, node):
            raise InvalidRequestError(
                f"The schema uses {key!r} at {place}, which the engine cannot enforce.", hint="Leave it out."
            )


def is_enforceable(pattern: str) -> bool:
    r"""Whether xgrammar enforces a regular expression; it reads over a look-ahead without a word.

    Examples:
        >>> is_enforceable("^[a-z]+$"), is_enforceable("^(?!no)"), is_enforceable(r"\bno")
        (True, False, False)
    """
    return _BEYOND_GRAMMAR.search(pattern) is None


def _is_ignored(key: str, node: Schema) -> bool:
    match key:
        case "multipleOf":
            return True
        case "uniqueItems":
            return node[key] is not False
        case "pattern":
            return not is_enforceable(str(node[key]))
        case "format":
            return "string" in names_of_types(node) and node[key] not in _FORMATS
        case "minLength" | "maxLength":
            return "pattern" in node or "format" in node
        case "allOf":
            return len(as_list(node[key])) > 1
        case _:
            return False


def _has_shape(key: str, value: JSON) -> bool:
    shape = _SHAPES.get(key)
    if shape is None:
        return True
    # In Python True is a number, in JSON it is none.
    if not isinstance(value, shape) or (isinstance(value, bool) and key not in SINGLES):
        return False
    inner = as_table(value).values() if key in TABLES else as_list(value) if key in LISTS else ()
    return all(isinstance(child, dict | bool) for child in inner)


def names_of_types(node: Schema) -> list[JSON]:
    """Return the types that a schema names, of whatever shape."""
    kind = node.get("type")
    return kind if isinstance(kind, list) else [] if kind is None else [kind]


def name_type(value: JSON) -> str:
    """Return the type of a value as JSON schema calls it; whole numbers are numbers too.

    Examples:
        >>> name_type(True), name_type(3), name_type(None)
        ('boolean', 'number', 'null')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"


def resolve(schema: Schema, root: Schema) -> Schema:
    """Follow the `$ref` of a schema to what it stands for; other keywords beside it stay in force.

    Raises:
        InvalidRequestError: It is not local, leads nowhere, or back to itself.
    """
    seen: set[str] = set()
    while isinstance(reference := schema.get("$ref"), str):
        if reference in seen:
            raise InvalidRequestError(f"The schema's reference {reference!r} leads back to itself.")
        seen.add(reference)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_find(reference, root), **beside}
    return schema


def _find(reference: str, root: Schema) -> Schema:
    if not reference.startswith("#"):
        raise InvalidRequestError(
            f"The schema's reference {show(reference)} is not local.", hint="Put what it names into `$defs`."
        )
    start, *steps = reference.removeprefix("#").split("/")
    node: JSON = None if start else root
    for step in steps:
        node = as_table(node).get(step.replace("~1", "/").replace("~0", "~"))
    if not isinstance(node, dict):
        raise InvalidRequestError(f"The schema's reference {show(reference)} leads nowhere.")
    return node


def as_table(value: JSON) -> Schema:
    """Return a checked schema's object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def as_list(value: JSON) -> list[JSON]:
    """Return a checked schema's list, or an empty one where there is none."""
    return value if isinstance(value, list) else []
