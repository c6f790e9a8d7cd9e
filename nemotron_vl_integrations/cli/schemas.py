"""JSON schemas of the command line: `--schema FILE` and `--fields NAMES`."""

import json
from pathlib import Path
from typing import cast

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import JSON

_LONGEST_FIELD = 200
_SCHEMA_BYTES = 2**20


def text_fields_schema(names: tuple[str, ...]) -> dict[str, JSON]:
    """The schema of an object whose fields are short texts, or null where the document does not hold them.

    The bound keeps a model that finds no end of a text from filling the whole answer with it.

    Examples:
        >>> text_fields_schema(("total",))["properties"]
        {'total': {'type': ['string', 'null'], 'maxLength': 200}}
    """
    properties: dict[str, JSON] = {
        name: {"type": ["string", "null"], "maxLength": _LONGEST_FIELD} for name in names
    }
    return {"type": "object", "properties": properties, "required": [*names], "additionalProperties": False}


def load_schema(path: Path) -> dict[str, JSON]:
    """Read a JSON schema from a file.

    Raises:
        InvalidRequestError: The file cannot be read, or is not one JSON object of at most 1 MiB.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_SCHEMA_BYTES + 1)
        value = cast("JSON", json.loads(data)) if len(data) <= _SCHEMA_BYTES else None
    except (OSError, ValueError, RecursionError) as exc:
        raise InvalidRequestError(f"The schema {str(path)!r} cannot be read: {exc}.") from exc
    if not isinstance(value, dict):
        raise InvalidRequestError(
            f"The schema {str(path)!r} is not one JSON object of at most {_SCHEMA_BYTES} bytes.",
            hint='Such as {"type": "object", "properties": {"total": {"type": "number"}}}.',
        )
    return value
