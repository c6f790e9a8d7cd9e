"""extract_fields: fields of a document by their names, or by a schema, as JSON."""

import json

from nemotron_vl_integrations.errors import InputError, InvalidRequestError
from nemotron_vl_integrations.extraction import aextract_fields
from nemotron_vl_integrations.extraction.text_fields import text_fields_schema
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.tools.arguments import ExtractFieldsArguments
from nemotron_vl_integrations.tools.calls import CallContext, ToolProgress
from nemotron_vl_integrations.tools.page_choice import advise, choose_pages
from nemotron_vl_integrations.tools.quoting import NOTICE, name_pages, name_source, quote, say_pages
from nemotron_vl_integrations.tools.results import ToolResult
from nemotron_vl_integrations.tools.schema_limits import bound_schema
from nemotron_vl_integrations.tools.sources import blame, open_source
from nemotron_vl_integrations.tools.time_limit import time_limit
from nemotron_vl_integrations.tools.workspace import Workspace


async def extract_fields(
    workspace: Workspace, arguments: ExtractFieldsArguments, context: CallContext
) -> ToolResult:
    """Return the fields that the pages show.

    Raises:
        InputError: The document, the pages or the schema cannot be used.
        OutputError: The model's answer does not satisfy the schema, or was cut.
        RequestTimeoutError: No answer in time.
        EngineError: The engine does not start, or died.
    """
    schema = _make_schema(arguments)
    async with time_limit(workspace):
        source = await open_source(arguments.source, workspace, context)
        choice = await choose_pages(source, arguments.pages, workspace)
        pages = choice.asked[: workspace.limits.max_pages]
        await context.report(ToolProgress(0, 1, f"looking at {say_pages(pages)}"))
        try:
            fields = await aextract_fields(
                source.content,
                schema,
                pages,
                layout=workspace.layout,
                max_tiles=workspace.max_tiles,
                passwords=workspace.passwords,
                timeout=workspace.limits.seconds,
                engine=workspace.engine,
            )
        except InputError as exc:
            raise blame(source, exc) from exc
        await context.report(ToolProgress(1, 1, "extracted"))
    left = choice.asked[len(pages) :]
    opening = f"Fields of {say_pages(pages)} of {choice.page_count} of {name_source(source.name)}. {NOTICE}"
    found = quote("fields", json.dumps(fields, ensure_ascii=False, indent=1), {})
    return ToolResult(
        text="\n\n".join(filter(None, (opening, found, advise(left, "extract_fields")))),
        data={
            "source": source.name,
            "page_count": choice.page_count,
            "pages": [*pages],
            "fields": fields,
            "left": name_pages(left),
        },
    )


def _make_schema(arguments: ExtractFieldsArguments) -> Schema:
    match arguments.fields, arguments.json_schema:
        case (list(names), None) if names:
            if len(set(names)) < len(names):
                raise InvalidRequestError(f"`fields={names!r}` names a field twice.", hint="Name each once.")
            return text_fields_schema(tuple(names))
        case (None, dict(schema)):
            return bound_schema(schema)
        case _:
            raise InvalidRequestError(
                "Neither fields nor json_schema is given, or both are.",
                hint="Give fields, such as ['date', 'total'].",
            )
