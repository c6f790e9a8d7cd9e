"""`nemotron-vl extract`: fields of a document as JSON."""

import json
from pathlib import Path
from typing import cast

from nemotron_vl_integrations.background_loop import run
from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.parser import ExtractArguments
from nemotron_vl_integrations.cli.progress import open_display
from nemotron_vl_integrations.cli.session import open_engine
from nemotron_vl_integrations.cli.sources import find_sources, read_passwords
from nemotron_vl_integrations.cli.terminal import write_json
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.extraction import extract_fields
from nemotron_vl_integrations.extraction.target import SchemaTarget
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.pages import ainspect_document, parse_page_range

_LONGEST_FIELD = 200
_SCHEMA_BYTES = 2**20


def run_extract(arguments: ExtractArguments) -> ExitCode:
    """Extract the fields, and write them as one JSON object."""
    schema = load_schema(arguments.schema) if arguments.schema else text_fields_schema(arguments.fields or ())
    SchemaTarget(schema)
    (source,) = find_sources([arguments.file])
    passwords = read_passwords(arguments.password_file)
    with (
        open_display(quiet=arguments.quiet) as display,
        open_engine(arguments.model, display, quiet=arguments.quiet) as engine,
    ):
        # What is wrong with the document is told before half a minute is spent on the engine.
        document = run(ainspect_document(source.content, passwords=passwords))
        if arguments.pages is not None:
            parse_page_range(arguments.pages, document.page_count)
        engine.start()
        display.show_phase("Extracting")
        fields = extract_fields(
            source.content,
            schema,
            arguments.pages,
            layout=arguments.layout,
            max_tiles=arguments.max_tiles,
            passwords=passwords,
            engine=engine,
        )
        display.clear()
        write_json(fields, indent=2)
    return ExitCode.OK


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
