"""Schemas that a model hands in: bounded in size and depth, and refused by name where they are not."""

from typing import Any

import pytest

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.json_schema import walk
from nemotron_vl_integrations.tools.schema_limits import LONGEST_TEXT, MAX_FIELDS, MOST_ITEMS, bound_schema

TEXT = {"type": "string"}


def make_object(**fields: object) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


def nest(levels: int, *, within: str) -> dict[str, Any]:
    node: dict[str, Any] = TEXT
    for _ in range(levels):
        node = make_object(a=node) if within == "objects" else {"type": "array", "items": node}
    return make_object(a=node)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (make_object(**{f"f{number}": TEXT for number in range(10_000)}), "more than 8,000"),
        (make_object(**{f"f{number}": TEXT for number in range(MAX_FIELDS + 1)}), "has 65 fields"),
        (nest(4, within="objects"), "nested more than 4 deep"),
        (nest(5, within="lists"), "nested more than 4 deep"),
        (nest(60, within="objects"), "nested more than 4 deep"),
        (nest(50_000, within="objects"), "nested more than 4 deep"),
        (make_object(a={"$ref": "#"}), r"'\$ref'"),
        (make_object(a={**TEXT, "pattern": "(a+)+$"}), "'pattern'"),
        (make_object(a={"allOf": [TEXT, TEXT]}), "'allOf'"),
        (make_object(a={"oneOf": [TEXT, {"type": "null"}]}), "'oneOf'"),
        (make_object(a={**TEXT, "maxLength": 10**9}), "'maxLength' at .* is 1000000000"),
        (make_object(a={**TEXT, "maxLength": -5}), "'maxLength' at .* is -5"),
        (make_object(a={"type": "integer", "minimum": -(10**400)}), "'minimum' at "),
        (make_object(a={"type": "number", "maximum": 1e300}), "'maximum' at "),
        (make_object(a={**TEXT, "minLength": 10**9}), "'minLength'"),
        (make_object(a={"type": "array", "items": TEXT, "minItems": 10**9}), "'minItems'"),
        (make_object(a={1, 2}), "not JSON"),
        ({}, "object"),
        ({"type": "array", "items": TEXT}, "object"),
    ],
)
def test_a_schema_that_costs_too_much_is_refused_with_the_reason(schema: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        bound_schema(schema)


def test_what_is_taken_gets_bounds_on_every_text_and_list() -> None:
    schema = make_object(
        name=TEXT,
        kind={"enum": ["a", "b"]},
        short={**TEXT, "maxLength": 5},
        rows={"type": "array", "items": make_object(cell={"type": ["string", "null"]})},
    )
    bounded = {place: node for place, node in walk(bound_schema(schema))}
    texts = [node["maxLength"] for node in bounded.values() if "maxLength" in node]
    assert sorted(map(str, texts)) == sorted(map(str, [LONGEST_TEXT, 5, LONGEST_TEXT]))
    assert [node["maxItems"] for node in bounded.values() if node.get("type") == "array"] == [MOST_ITEMS]
    objects = [node for node in bounded.values() if node.get("type") == "object"]
    assert [node["additionalProperties"] for node in objects] == [False, False]
    assert "maxLength" not in str(schema["properties"]["name"]), "the schema of the caller stays as it is"


def test_four_levels_with_a_choice_of_types_at_each_are_taken() -> None:
    node: dict[str, Any] = TEXT
    for _ in range(4):
        node = make_object(a={"anyOf": [node, {"type": "null"}]})
    assert bound_schema(node)["type"] == "object"
