import json
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from nemotron_vl_integrations.errors import ExtractionError, InvalidRequestError
from nemotron_vl_integrations.extraction.merge import merge_pages, relax_for_page
from nemotron_vl_integrations.extraction.prompt import MAX_LINES, write_instruction
from nemotron_vl_integrations.extraction.schema import read_schema, to_constraint
from nemotron_vl_integrations.extraction.target import ModelTarget, SchemaTarget, check_schema_type
from nemotron_vl_integrations.extraction.validation import find_violations
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.messages import JSON


def with_field(field: JSON, **beside: JSON) -> Schema:
    return {"type": "object", "properties": {"a": field}, **beside}


def nest(depth: int) -> Schema:
    field: Schema = {"type": "string"}
    for _ in range(depth):
        field = {"type": "array", "items": field}
    return with_field(field)


def double(times: int) -> Schema:
    """Alternatives that each lead to two others: as a tree they are 2 to the power of `times`."""
    table: dict[str, JSON] = {
        f"d{step}": {"anyOf": [{"$ref": f"#/$defs/d{step + 1}"}, {"$ref": f"#/$defs/d{step + 1}"}]}
        for step in range(times)
    }
    table[f"d{times}"] = {"type": "string"}
    return {**with_field({"$ref": "#/$defs/d0"}), "$defs": table}


def chain(length: int) -> Schema:
    """One alternative that leads to the next, as deep as the recursion of a check would have to go."""
    table: dict[str, JSON] = {
        f"d{step}": {"anyOf": [{"$ref": f"#/$defs/d{step + 1}"}]} for step in range(length)
    }
    table[f"d{length}"] = {"type": "string"}
    return {**with_field({"$ref": "#/$defs/d0"}), "$defs": table}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({}, "no properties"),
        ({"type": "array", "items": {}}, "type 'array'"),
        ({"type": "object", "properties": {}}, "no properties"),
        (with_field({"not": {}}), "'not' at #/properties/a"),
        (with_field({"type": "array", "contains": {}}), "'contains'"),
        (with_field({}, patternProperties={"x": {}}), "'patternProperties' at #"),
        (with_field({"$ref": "https://example.org/a.json"}), "not local"),
        (with_field({"$ref": "other.json#/a"}), "not local"),
        (with_field({"$ref": "#/$defs/b"}), "leads nowhere"),
        (with_field({"$ref": "#/properties/a"}), "back to itself"),
        (with_field({"anyOf": [{"$ref": "#/properties/a"}]}), "back to themselves"),
        (double(40), "more than"),
        (chain(500), "more than"),
        (with_field({"allOf": [{"type": "string"}, {"maxLength": 3}]}), "'allOf' at #/properties/a"),
        (with_field({"type": "text"}), "type 'text' at #/properties/a"),
        (with_field({"type": "string", "maxLength": "3"}), "'maxLength' at #/properties/a is '3'"),
        (with_field({"properties": []}), "'properties' at #/properties/a"),
        (with_field({}, required=["b"]), "requires 'b'"),
        (with_field({"items": {"items": {"if": {}}}}), "'if' at #/properties/a/items/items"),
        (with_field({"enum": ["x" * 70_000]}), "characters"),
        (nest(40), "nested more than 32"),
        ({"type": "object", "properties": {"a": object()}}, "not JSON"),
        ({"type": "object", "properties": {"a": {"minimum": float("inf")}}}, "not JSON"),
    ],
)
def test_a_schema_that_cannot_be_enforced_is_refused_with_its_place(
    schema: Mapping[str, object], message: str
) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        read_schema(schema)


def test_a_schema_inside_itself_is_refused() -> None:
    schema: dict[str, object] = {"type": "object"}
    schema["properties"] = {"a": schema}
    with pytest.raises(InvalidRequestError, match="not JSON"):
        read_schema(schema)


@pytest.mark.parametrize("name", ["title", "not", "if", "contains", "$id", "description"])
def test_a_field_may_be_called_like_a_keyword(name: str) -> None:
    schema = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
    assert to_constraint(read_schema(schema)) == schema


@pytest.mark.parametrize(
    ("field", "enforced"),
    [
        ({"type": "string", "title": "T", "x-note": 1}, {"type": "string"}),
        ({"type": "string", "pattern": "a+"}, {"type": "string", "pattern": "a+"}),
        ({"type": "string", "pattern": "a+", "maxLength": 3}, {"type": "string", "pattern": "a+"}),
        ({"type": "string", "pattern": r"\bword\b", "maxLength": 3}, {"type": "string", "maxLength": 3}),
        ({"type": "string", "pattern": "(?!x)y"}, {"type": "string"}),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "colour"}, {"type": "string"}),
        ({"type": "number", "minimum": 0, "multipleOf": 0.5}, {"type": "number", "minimum": 0}),
        ({"type": "array", "items": {"title": "T"}, "uniqueItems": True}, {"type": "array", "items": {}}),
        (
            {"anyOf": [{"const": 1, "title": "T"}, {"type": "null"}]},
            {"anyOf": [{"const": 1}, {"type": "null"}]},
        ),
    ],
)
def test_the_grammar_gets_what_it_can_enforce(field: Schema, enforced: Schema) -> None:
    assert to_constraint(field) == enforced


LINE: Schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ({"type": "integer"}, 1.0, ""),
        ({"type": "integer"}, 1.5, "a: 1.5 is not of type 'integer'"),
        ({"type": "integer"}, True, "a: True is not of type 'integer'"),
        ({"type": ["string", "null"]}, None, ""),
        ({"type": ["string", "null"]}, 1, "a: 1 is not of type ['string', 'null']"),
        ({"const": 1}, True, "a: True is not one of [1]"),
        ({"enum": ["x", None]}, "y", "a: 'y' is not one of ['x', None]"),
        ({"type": "string", "minLength": 2}, "x", "a: 1 is below minLength=2"),
        ({"type": "string", "pattern": "^x+$"}, "xy", "a: 'xy' does not match '^x+$'"),
        ({"type": "string", "pattern": "x"}, "axb", ""),
        ({"minimum": 1, "exclusiveMaximum": 2}, 2, "a: 2 is not below 2"),
        ({"maximum": 1}, "text", ""),
        ({"multipleOf": 0.1}, 0.3, ""),
        ({"multipleOf": 0.1}, 0.35, "a: 0.35 is not a multiple of 0.1"),
        ({"items": LINE}, [{"n": 1}, {}], "a[1].n: missing"),
        ({"items": LINE, "maxItems": 1}, [{"n": 1}, {"n": 2}], "a: 2 is above maxItems=1"),
        ({"uniqueItems": True}, [1, True, 1], "a: an item stands in it twice"),
        ({"uniqueItems": True}, [1, True], ""),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["x", 1], "a[1]: nothing may stand here"),
        ({**LINE, "additionalProperties": False}, {"n": 1, "m": 2}, "a.m: nothing may stand here"),
        (
            {**LINE, "additionalProperties": {"type": "string"}},
            {"n": 1, "m": 2},
            "a.m: 2 is not of type 'string'",
        ),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "a: 1 fits 0 of the alternatives"),
        ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, 1, "a: 1 fits 2 of the alternatives"),
        ({"allOf": [{"$ref": "#/$defs/line"}]}, {"n": "1"}, "a.n: '1' is not of type 'integer'"),
        ({"$ref": "#/$defs/line"}, {"n": "1"}, "a.n: '1' is not of type 'integer'"),
        ({"$ref": "#/$defs/line", "minProperties": 2}, {"n": 1}, "a: 1 is below minProperties=2"),
        (False, 1, "a: nothing may stand here"),
    ],
)
def test_a_value_is_checked_against_every_keyword(field: JSON, value: JSON, problem: str) -> None:
    schema: Schema = {**with_field(field), "$defs": {"line": LINE}}
    assert "; ".join(find_violations({"a": value}, schema, schema)) == problem


def test_a_pattern_that_can_stall_is_checked_in_linear_time_or_refused() -> None:
    stalls = SchemaTarget(with_field({"type": "string", "pattern": "^(a+)+$"}))
    with pytest.raises(ExtractionError, match="does not match"):
        stalls.build(json.dumps({"a": "a" * 5_000 + "!"}))
    with pytest.raises(InvalidRequestError, match="cannot be checked"):
        SchemaTarget(with_field({"type": "string", "pattern": r"(a)\1"}))


def test_pydantic_checks_what_the_grammar_cannot() -> None:
    class Price(BaseModel):
        amount: Decimal = Field(multiple_of=0.25, max_digits=6, decimal_places=2)
        names: set[str]

    target = ModelTarget(Price)
    assert target.build('{"amount": "1.25", "names": ["x", "x"]}') == Price(
        amount=Decimal("1.25"), names={"x"}
    )
    with pytest.raises(ExtractionError, match="amount: Input should be a multiple"):
        target.build('{"amount": "1.01", "names": []}')


def test_a_model_without_a_json_schema_is_refused() -> None:
    class Holder(BaseModel, arbitrary_types_allowed=True):
        value: pytest.MonkeyPatch

    with pytest.raises(InvalidRequestError, match="Holder has no JSON schema"):
        ModelTarget(Holder)


def test_the_instruction_of_a_schema_that_branches_without_end_is_bounded() -> None:
    child: Schema = {"$ref": "#/$defs/node"}
    node: Schema = {"type": "object", "properties": {f"field{i}": child for i in range(10)}}
    schema = read_schema({**with_field(child), "$defs": {"node": node}})
    assert len(write_instruction(schema).splitlines()) <= MAX_LINES + 3


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "no": st.none() | st.text(max_size=3),
        "lines": st.none() | st.lists(st.integers(), max_size=3),
    },
)
MERGED: Schema = {
    "type": "object",
    "properties": {
        "no": {"type": "string"},
        "lines": {
            "anyOf": [{"type": "array", "items": {"type": "integer"}, "minItems": 1}, {"type": "null"}]
        },
    },
}


@given(pages=st.lists(FIELDS, max_size=5))
def test_merged_pages_hold_the_first_value_and_every_item(pages: list[Schema]) -> None:
    merged = merge_pages(pages, MERGED)
    numbers = [page["no"] for page in pages if page.get("no") is not None]
    lists = [page["lines"] for page in pages if isinstance(page.get("lines"), list)]
    assert merged.get("no") == next(iter(numbers), None)
    items = [item for part in lists if isinstance(part, list) for item in part]
    assert merged["lines"] == (items if lists else None)


def test_a_tuple_is_one_value_and_does_not_grow() -> None:
    pair = with_field({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}]})
    assert merge_pages([{"a": [1, 2]}, {"a": [3, 4]}], pair) == {"a": [1, 2]}


def test_a_page_of_several_may_lack_any_field_and_hold_part_of_a_list() -> None:
    schema = with_field({"type": "array", "items": {"type": "integer"}, "minItems": 3}, required=["a"])
    relaxed = relax_for_page(schema)
    assert list(find_violations({"a": None}, relaxed, relaxed)) == []
    assert list(find_violations({"a": [1]}, relaxed, relaxed)) == []
    assert list(find_violations({"a": [1]}, schema, schema)) == ["a: 1 is below minItems=3"]
    assert list(find_violations({}, relaxed, relaxed)) == ["a: missing"]


@pytest.mark.parametrize("schema", [None, "x", [], 5, True, int, BaseModel])
def test_what_is_neither_a_model_nor_a_schema_is_refused_by_name(schema: object) -> None:
    with pytest.raises(InvalidRequestError, match=r"`schema=.*is of type.*Give a pydantic model"):
        check_schema_type(schema)


def test_a_broken_pattern_is_told_in_one_line() -> None:
    with pytest.raises(InvalidRequestError, match="unclosed group") as caught:
        SchemaTarget(with_field({"type": "string", "pattern": "(abc"}))
    assert "\n" not in str(caught.value)
