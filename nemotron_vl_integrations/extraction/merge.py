"""One object from the fields of several pages."""

from collections.abc import Iterable

from nemotron_vl_integrations.extraction.validation import find_violations
from nemotron_vl_integrations.json_schema import Schema, as_list, as_table, resolve
from nemotron_vl_integrations.messages import JSON


def relax_for_page(schema: Schema) -> Schema:
    """Return the schema for one page of several, which may lack any field: each may be null, and must be named.

    Examples:
        >>> relaxed = relax_for_page({"type": "object", "properties": {"total": {"type": "number"}}})
        >>> relaxed["properties"], relaxed["required"]
        ({'total': {'anyOf': [{'type': 'number'}, {'type': 'null'}]}}, ['total'])
    """
    properties = as_table(schema.get("properties"))
    return {
        **schema,
        "properties": {name: _relax_field(field, schema) for name, field in properties.items()},
        "required": list(properties),
    }


def merge_pages(pages: Iterable[Schema], schema: Schema) -> Schema:
    """Merge the fields of pages, in page order: lists are joined, of everything else the first value wins.

    A field that no page shows is null where the schema allows it, and absent where it does not, so that a default
    applies or the check names it.

    Examples:
        >>> schema = {"type": "object", "properties": {"no": {"type": "string"}, "lines": {"type": "array"}}}
        >>> merge_pages([{"no": "A-7", "lines": ["ink"]}, {"no": None, "lines": ["paper"]}], schema)
        {'no': 'A-7', 'lines': ['ink', 'paper']}
    """
    properties = as_table(schema.get("properties"))
    merged: Schema = {}
    for page in pages:
        for name, value in page.items():
            if value is None:
                continue
            before = merged.get(name)
            if before is None:
                merged[name] = value
            elif (
                isinstance(before, list) and isinstance(value, list) and _grows(properties.get(name), schema)
            ):
                merged[name] = [*before, *value]
    for name, field in properties.items():
        if name not in merged and next(find_violations(None, field, schema), None) is None:
            merged[name] = None
    return merged


def _relax_field(field: JSON, root: Schema) -> JSON:
    if next(find_violations(None, field, root), None) is None:
        return field
    if isinstance(field, dict):
        # The whole list must have the least number of items, one page's part of it need not.
        field = {key: value for key, value in field.items() if key != "minItems" or "prefixItems" in field}
    return {"anyOf": [field, {"type": "null"}]}


def _grows(field: JSON, root: Schema) -> bool:
    """Whether a list goes on from page to page; a tuple of fixed places does not."""
    if not isinstance(field, dict):
        return False
    rule = resolve(field, root)
    options = [*as_list(rule.get("anyOf")), *as_list(rule.get("oneOf")), *as_list(rule.get("allOf"))]
    return "prefixItems" not in rule and all(
        _grows(option, root) or not _is_array(option, root) for option in options
    )


def _is_array(field: JSON, root: Schema) -> bool:
    return isinstance(field, dict) and resolve(field, root).get("type") == "array"
