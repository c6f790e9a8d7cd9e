"""Checks a value against a JSON schema: all keywords that `schema.read_schema` lets through."""

import operator
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.json_schema import Schema, as_list, as_table, resolve
from nemotron_vl_integrations.messages import JSON

_BOUNDS = (
    ("minimum", operator.lt, "below"),
    ("maximum", operator.gt, "above"),
    ("exclusiveMinimum", operator.le, "not above"),
    ("exclusiveMaximum", operator.ge, "not below"),
)


def find_violations(value: JSON, schema: JSON, root: Schema, place: str = "") -> Iterator[str]:
    """Yield one sentence for each place where `value` breaks `schema`; none means that it satisfies it.

    `format` is an annotation, as in JSON schema itself; the engine enforces the common ones while it writes.

    Args:
        value: A JSON value.
        schema: A schema, or a boolean, inside `root`.
        root: The whole schema, for its references.
        place: Where `value` stands.

    Examples:
        >>> schema = {"type": "object", "properties": {"total": {"type": "number", "minimum": 0}}}
        >>> list(find_violations({"total": -1}, schema, schema))
        ['total: -1 is below 0']
    """
    if schema is False:
        yield f"{place or 'the object'}: nothing may stand here"
    if not isinstance(schema, dict):
        return
    rule = resolve(schema, root)
    if not _is_of_type(value, rule):
        yield f"{place or 'the object'}: {value!r} is not of type {rule['type']!r}"
        return
    yield from _check_choice(value, rule, place)
    yield from _check_alternatives(value, rule, root, place)
    match value:
        case dict():
            yield from _check_object(value, rule, root, place)
        case list():
            yield from _check_array(value, rule, root, place)
        case str():
            yield from _check_string(value, rule, place)
        case bool() | None:
            return
        case int() | float():
            yield from _check_number(value, rule, place)


def check_patterns(schema: Schema) -> None:
    """Refuse a pattern that cannot be checked in linear time: look-around and back references.

    Raises:
        InvalidRequestError: Names the pattern.
    """
    waiting: list[JSON] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            if isinstance(pattern := node.get("pattern"), str):
                _compile(pattern)


def _is_of_type(value: JSON, rule: Schema) -> bool:
    kind = rule.get("type")
    if kind is None:
        return True
    return any(_is_a(value, name) for name in (kind if isinstance(kind, list) else [kind]))


def _is_a(value: JSON, name: JSON) -> bool:
    match value:
        case None:
            return name == "null"
        case bool():
            return name == "boolean"
        case int():
            return name in ("integer", "number")
        case float():
            return name == "number" or (name == "integer" and value.is_integer())
        case str():
            return name == "string"
        case list():
            return name == "array"
        case dict():
            return name == "object"


def _check_choice(value: JSON, rule: Schema, place: str) -> Iterator[str]:
    for choices in ([rule["const"]] if "const" in rule else None, rule.get("enum")):
        if isinstance(choices, list) and not any(_equal(value, choice) for choice in choices):
            yield f"{place}: {value!r} is not one of {choices!r}"


def _equal(one: JSON, other: JSON) -> bool:
    # In Python `True == 1`, in JSON they differ.
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _check_alternatives(value: JSON, rule: Schema, root: Schema, place: str) -> Iterator[str]:
    for part in as_list(rule.get("allOf")):
        yield from find_violations(value, part, root, place)
    for key, exactly_one in (("anyOf", False), ("oneOf", True)):
        if key not in rule:
            continue
        fitting = sum(
            next(find_violations(value, part, root, place), None) is None for part in as_list(rule[key])
        )
        if fitting == 0 or (exactly_one and fitting > 1):
            yield f"{place or 'the object'}: {value!r} fits {fitting} of the alternatives"


def _check_object(value: Schema, rule: Schema, root: Schema, place: str) -> Iterator[str]:
    properties = as_table(rule.get("properties"))
    yield from (
        f"{_join(place, str(name))}: missing" for name in as_list(rule.get("required")) if name not in value
    )
    yield from _check_size(len(value), rule, "Properties", place)
    for name, child in value.items():
        yield from find_violations(
            child, properties.get(name, rule.get("additionalProperties", True)), root, _join(place, name)
        )


def _check_array(value: list[JSON], rule: Schema, root: Schema, place: str) -> Iterator[str]:
    yield from _check_size(len(value), rule, "Items", place)
    if rule.get("uniqueItems") is True and any(
        _equal(item, other) for i, item in enumerate(value) for other in value[:i]
    ):
        yield f"{place}: an item stands in it twice"
    prefix = as_list(rule.get("prefixItems"))
    for index, item in enumerate(value):
        child = prefix[index] if index < len(prefix) else rule.get("items", True)
        yield from find_violations(item, child, root, f"{place}[{index}]")


def _check_string(value: str, rule: Schema, place: str) -> Iterator[str]:
    yield from _check_size(len(value), rule, "Length", place)
    if isinstance(pattern := rule.get("pattern"), str) and not _matches(pattern, value):
        yield f"{place}: {value!r} does not match {pattern!r}"


def _check_size(size: int, rule: Schema, noun: str, place: str) -> Iterator[str]:
    low, high = rule.get(f"min{noun}"), rule.get(f"max{noun}")
    if isinstance(low, int) and size < low:
        yield f"{place or 'the object'}: {size} is below min{noun}={low}"
    if isinstance(high, int) and size > high:
        yield f"{place or 'the object'}: {size} is above max{noun}={high}"


def _check_number(value: float, rule: Schema, place: str) -> Iterator[str]:
    for key, breaks, words in _BOUNDS:
        bound = rule.get(key)
        if isinstance(bound, int | float) and breaks(value, bound):
            yield f"{place}: {value!r} is {words} {bound!r}"
    step = rule.get("multipleOf")
    # As fractions of their decimal text, because 0.3 % 0.1 is not 0 in floating point.
    if isinstance(step, int | float) and step > 0 and Fraction(str(value)) % Fraction(str(step)) != 0:
        yield f"{place}: {value!r} is not a multiple of {step!r}"


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


@lru_cache(maxsize=256)
def _compile(pattern: str) -> TypeAdapter[str]:
    # pydantic's regular expressions run in linear time, so a pattern from outside cannot stall the process.
    try:
        return TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except SchemaError as exc:
        raise InvalidRequestError(
            f"The schema's pattern {pattern!r} cannot be checked: {_last_line(exc)}.",
            hint="Look-around and back references are not supported.",
        ) from exc


def _last_line(error: SchemaError) -> str:
    """What is wrong with a pattern, without the picture of the place that stands before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reasons = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (reasons or lines)[-1].removeprefix("SchemaError: ").rstrip(".")


def _matches(pattern: str, value: str) -> bool:
    try:
        _compile(pattern).validate_python(value)
    except ValidationError:
        return False
    return True
