"""`nemotron-vl extract`: fields of a document as JSON."""

from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.parser import ExtractArguments
from nemotron_vl_integrations.cli.progress import open_display
from nemotron_vl_integrations.cli.schemas import load_schema
from nemotron_vl_integrations.cli.session import open_engine
from nemotron_vl_integrations.cli.sources import find_sources, read_passwords
from nemotron_vl_integrations.cli.terminal import write_json
from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.extraction import extract_fields
from nemotron_vl_integrations.extraction.target import SchemaTarget
from nemotron_vl_integrations.extraction.text_fields import text_fields_schema
from nemotron_vl_integrations.pages import ainspect_document, parse_page_range


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
