"""The instruction that asks for the fields of a schema, in words."""

from collections.abc import Iterator
from itertools import islice

from nemotron_vl_integrations.json_schema import Schema, as_list, as_table, resolve
from nemotron_vl_integrations.messages import JSON

MAX_LINES = 300
MAX_DEPTH = 6

_INTRODUCTION = """Extract these fields from the page. Answer with one JSON object and nothing else.
Copy values as they are printed. Where null is allowed it means that the page does not show the value."""


def write_instruction(schema: Schema) -> str:
    """Return the instruction: one line a field, with its type and its description.

    Fields inside objects and lists are listed with their path, down to six levels and 300 lines; the grammar that the
    answer must follow holds the rest.

    Examples:
        >>> total = {"type": "number", "description": "with tax"}
        >>> print(write_instruction({"type": "object", "properties": {"total": total}}).splitlines()[-1])
        - total (number): with tax
    """
    return f"{_INTRODUCTION}\n\n{list_fields(schema)}"


def list_fields(schema: Schema) -> str:
    """Return one line for each field of a schema, see `write_instruction`.

    Examples:
        >>> list_fields({"type": "object", "properties": {"total": {"type": "number"}}})
        '- total (number)'
    """
    return "\n".join(islice(_list_fields(schema, schema, "", 0), MAX_LINES))


def _list_fields(schema: Schema, root: Schema, path: str, depth: int) -> Iterator[str]:
    if depth >= MAX_DEPTH:
        return
    for name, child in as_table(schema.get("properties")).items():
        if not isinstance(child, dict):
            continue
        field = resolve(child, root)
        here = f"{path}{name}"
        description = field.get("description")
        words = f": {' '.join(description.split())}" if isinstance(description, str) else ""
        yield f"- {here} ({describe_type(field, root)}){words}"
        yield from _list_inside(field, root, here, depth + 1)


def _list_inside(field: Schema, root: Schema, here: str, depth: int) -> Iterator[str]:
    for option in (field, *_options(field, root)):
        yield from _list_fields(option, root, f"{here}.", depth)
        if isinstance(items := option.get("items"), dict):
            yield from _list_fields(resolve(items, root), root, f"{here}[].", depth)


def describe_type(schema: JSON, root: Schema, depth: int = 0) -> str:
    """Return a schema's type in a few words.

    Examples:
        >>> describe_type({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, {})
        'date or null'
        >>> describe_type({"type": "array", "items": {"enum": ["paid", "open"]}}, {})
        "list of 'paid' or 'open'"
    """
    if not isinstance(schema, dict) or depth >= MAX_DEPTH:
        return "any value"
    field = resolve(schema, root)
    choices = [field["const"]] if "const" in field else as_list(field.get("enum"))
    if choices:
        return " or ".join(repr(choice) for choice in choices)
    if options := _options(field, root):
        return " or ".join(dict.fromkeys(describe_type(option, root, depth + 1) for option in options))
    kind = field.get("type")
    if kind == "array":
        return f"list of {describe_type(field.get('items'), root, depth + 1)}"
    if isinstance(name := field.get("format"), str):
        return name
    if isinstance(kind, list):
        return " or ".join(str(name) for name in kind)
    return kind if isinstance(kind, str) else "any value"


def _options(field: Schema, root: Schema) -> list[Schema]:
    listed = [*as_list(field.get("anyOf")), *as_list(field.get("oneOf")), *as_list(field.get("allOf"))]
    return [resolve(option, root) for option in listed if isinstance(option, dict)]
