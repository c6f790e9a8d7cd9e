"""Checking the arguments of a tool call against the tool's JSON schema.

The check covers what models get wrong and tools must rely on: types, required and unknown keys, and
enumerated values, at every depth. Keywords that it does not know (formats, ranges, patterns) are left to
the tool. Nothing is converted: `"3"` is no integer.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from nemotron_vl_integrations.json_schema import name_type
from nemotron_vl_integrations.messages import JSON

_MAX_DEPTH = 64
_MAX_STEPS = 100_000
_ANYTHING: dict[str, JSON] = {}


class ArgumentsError(ValueError):
    """Arguments that cannot be used, with the reason; it never leaves the parser."""


def parse_arguments(text: str) -> dict[str, JSON]:
    """Reads the text of one JSON object.

    Args:
        text: What the model wrote as arguments.

    Returns:
        The object.

    Raises:
        ArgumentsError: It is not strict JSON, or not an object.
    """
    try:
        value = cast("JSON", json.loads(text, parse_constant=_refuse_constant))
    except (ValueError, RecursionError) as exc:
        raise ArgumentsError(f"the arguments are not valid JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise ArgumentsError(f"the arguments are a JSON {name_type(value)} and not an object")
    return value


def check_arguments(arguments: dict[str, JSON], schema: Mapping[str, JSON]) -> None:
    """Compares arguments with the schema of a tool's parameters.

    Args:
        arguments: The parsed arguments.
        schema: JSON schema of type object; `$ref` may point to `#/$defs/...` and `#/definitions/...`.

    Raises:
        ArgumentsError: Names the first place that does not fit.

    Examples:
        >>> schema = {"properties": {"page": {"type": "integer"}}, "required": ["page"]}
        >>> check_arguments({"page": "3"}, schema)
        Traceback (most recent call last):
            ...
        nemotron_vl_integrations.reply_parsing.tool_arguments.ArgumentsError: `page` is a string and not an integer
    """
    for problem in _Checker(schema).problems(arguments, schema, "", 0):
        raise ArgumentsError(problem)


@dataclass(slots=True)
class _Checker:
    """Walks through a value and its schema together, with bounded depth and work.

    The bounds are for schemas that refer to themselves without end.
    """

    root: Mapping[str, JSON]
    steps: int = 0

    def problems(self, value: JSON, schema: Mapping[str, JSON], path: str, depth: int) -> Iterator[str]:
        self.steps += 1
        if depth > _MAX_DEPTH or self.steps > _MAX_STEPS:
            yield f"`{path}` or its schema is nested too deep to be checked"
            return
        if isinstance(reference := schema.get("$ref"), str):
            yield from self.problems(value, _resolve(reference, self.root), path, depth + 1)
        yield from _type_problems(value, schema, path)
        yield from self._combination_problems(value, schema, path, depth)
        match value:
            case dict():
                yield from self._object_problems(value, schema, path, depth)
            case list():
                item_schema = _subschema(schema.get("items"))
                for index, item in enumerate(value):
                    yield from self.problems(item, item_schema, f"{path}[{index}]", depth + 1)
            case _:
                pass

    def _combination_problems(
        self, value: JSON, schema: Mapping[str, JSON], path: str, depth: int
    ) -> Iterator[str]:
        everything = schema.get("allOf")
        for part in everything if isinstance(everything, list) else []:
            yield from self.problems(value, _subschema(part), path, depth + 1)
        for keyword in ("anyOf", "oneOf"):
            choices = schema.get(keyword)
            if not isinstance(choices, list) or not choices:
                continue
            found = [
                next(self.problems(value, _subschema(choice), path, depth + 1), "") for choice in choices
            ]
            if all(found):
                yield found[0]

    def _object_problems(
        self, value: dict[str, JSON], schema: Mapping[str, JSON], path: str, depth: int
    ) -> Iterator[str]:
        declared = schema.get("properties")
        properties = declared if isinstance(declared, dict) else _ANYTHING
        required = schema.get("required")
        for key in required if isinstance(required, list) else []:
            if isinstance(key, str) and key not in value:
                yield f"the required argument `{_join(path, key)}` is missing"
        others = schema.get("additionalProperties")
        for key, item in value.items():
            if key in properties:
                yield from self.problems(item, _subschema(properties[key]), _join(path, key), depth + 1)
            elif others is False and "patternProperties" not in schema:
                yield f"there is no argument `{_join(path, key)}`"
            elif isinstance(others, dict):
                yield from self.problems(item, others, _join(path, key), depth + 1)


def _type_problems(value: JSON, schema: Mapping[str, JSON], path: str) -> Iterator[str]:
    where = f"`{path}`" if path else "the arguments"
    declared = schema.get("type")
    types = [
        name for name in (declared if isinstance(declared, list) else [declared]) if isinstance(name, str)
    ]
    if types and not any(_has_type(value, name) for name in types):
        yield f"{where} is {_article(name_type(value))} and not {_article(' or '.join(types))}"
    allowed = schema.get("enum")
    if isinstance(allowed, list) and not any(_equal(value, choice) for choice in allowed):
        yield f"{where} is {json.dumps(value)[:100]} and not one of {json.dumps(allowed)[:500]}"
    if "const" in schema and not _equal(value, schema["const"]):
        yield f"{where} is {json.dumps(value)[:100]} and not {json.dumps(schema['const'])[:100]}"


def _resolve(reference: str, root: Mapping[str, JSON]) -> Mapping[str, JSON]:
    section, _, name = reference.removeprefix("#/").partition("/")
    definitions = root.get(section) if section in ("$defs", "definitions") else None
    return _subschema(definitions.get(name)) if isinstance(definitions, dict) else _ANYTHING


def _subschema(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, dict) else _ANYTHING


def _has_type(value: JSON, name: str) -> bool:
    match name:
        case "integer":
            # JSON Schema counts 1.0 as an integer.
            return not isinstance(value, bool) and (
                isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            )
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string" | "object" | "array" | "boolean" | "null":
            return name_type(value) == name
        case _:
            return True


def _equal(left: JSON, right: JSON) -> bool:
    # Python counts True as 1; JSON does not.
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _article(noun: str) -> str:
    if noun == "null":
        return noun
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _refuse_constant(name: str) -> NoReturn:
    raise ArgumentsError(f"{name} is no JSON value")
