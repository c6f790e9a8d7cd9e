"""JSON schemas of the command line: `--schema FILE`."""

import json
from pathlib import Path
from typing import cast

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import JSON

_SCHEMA_BYTES = 2**20


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
