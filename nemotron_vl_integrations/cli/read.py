"""`nemotron-vl read`: the text of documents, on standard output or in files."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import ExitStack, closing
from pathlib import Path

from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.outputs import OutputPlan, choose_stems, prepare_folder
from nemotron_vl_integrations.cli.parser import ReadArguments
from nemotron_vl_integrations.cli.progress import open_display
from nemotron_vl_integrations.cli.read_output import ReadOutput
from nemotron_vl_integrations.cli.schemas import load_schema
from nemotron_vl_integrations.cli.session import open_engine
from nemotron_vl_integrations.cli.sources import find_sources, read_passwords
from nemotron_vl_integrations.cli.tile_pictures import PICTURE_SUFFIX, write_tile_pictures
from nemotron_vl_integrations.concurrency.background_loop import iterate, run
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.extraction.target import Target
from nemotron_vl_integrations.extraction.text_fields import text_fields_schema
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.pages import PageFailure, PageImage, aiter_page_images
from nemotron_vl_integrations.reading.options import ReadingOptions
from nemotron_vl_integrations.reading.page_task import PageSchema, make_target, plan_task
from nemotron_vl_integrations.reading.pipeline import (
    DocumentOpened,
    DocumentToRead,
    ReadingRun,
    read_documents,
)
from nemotron_vl_integrations.report import ReportWriter
from nemotron_vl_integrations.report.writer import THUMBNAIL_PIXELS

_SUFFIXES = {"text": ".txt", "markdown": ".md", "tables": ".md", "json": ".json"}


def run_read(arguments: ReadArguments) -> ExitCode:
    """Read every page of every document.

    Returns:
        `FAILED` if a page or a document failed; the others are read all the same.
    """
    _check_options(arguments)
    fields = make_target(arguments.mode, _find_schema(arguments))
    sources = find_sources(arguments.files)
    passwords = read_passwords(arguments.password_file)
    stems = choose_stems(source.name for source in sources)
    files = _plan_files(arguments, stems)
    _prepare_tiles(arguments, stems)
    report = _open_report(arguments)
    documents = [
        DocumentToRead(source=source.content, name=source.name, pages=arguments.pages, passwords=passwords)
        for source in sources
    ]
    with ExitStack() as stack:
        display = stack.enter_context(open_display(quiet=arguments.quiet))
        engine = stack.enter_context(open_engine(arguments.model, display, quiet=arguments.quiet))
        plan_task(engine, arguments.mode, fields)  # Wrong usage is told before anything is loaded.
        ledger = None if arguments.ledger is None else stack.enter_context(Ledger(arguments.ledger))
        reading = _plan_reading(arguments, engine, fields, ledger)
        output = stack.enter_context(closing(ReadOutput(arguments, display, sources, files, report)))
        pictures: list[Path] = []
        for event in stack.enter_context(closing(iterate(read_documents(documents, reading)))):
            if isinstance(event, DocumentOpened) and arguments.tiles is not None:
                pages = _render(documents[event.index], reading)
                pictures += run(write_tile_pictures(pages, arguments.tiles, stems[event.index]))
            output.handle(event)
        output.end(pictures)
    return ExitCode.FAILED if output.failed else ExitCode.OK


def _check_options(arguments: ReadArguments) -> None:
    """Refuse options that would do nothing."""
    if arguments.retry_failed and arguments.ledger is None:
        raise InvalidRequestError(
            "--retry-failed reads again what a ledger holds as failed.", hint="Name it with --ledger."
        )
    if arguments.keep_images == "all" and arguments.images is None and arguments.ledger is None:
        raise InvalidRequestError(
            "--keep-images all has no place for pictures.", hint="Name one with --images."
        )


def _find_schema(arguments: ReadArguments) -> PageSchema | None:
    schema = load_schema(arguments.schema) if arguments.schema else None
    if arguments.fields:
        schema = text_fields_schema(arguments.fields)
    if schema is None and arguments.mode == "json":
        raise InvalidRequestError(
            "--mode json needs --schema or --fields.", hint="Such as --fields date,total."
        )
    return schema


def _plan_reading(
    arguments: ReadArguments, engine: Engine, fields: Target[object] | None, ledger: Ledger | None
) -> ReadingRun:
    return ReadingRun(
        engine=engine,
        mode=arguments.mode,
        fields=fields,
        layout=arguments.layout or engine.config.layout,
        max_tiles=engine.config.max_tiles if arguments.max_tiles is None else arguments.max_tiles,
        options=ReadingOptions(
            text_layer=arguments.text_layer,
            retry_failed=arguments.retry_failed,
            images=arguments.images,
            keep_images=arguments.keep_images,
        ),
        ledger=ledger,
        thumbnails=None if arguments.report is None else THUMBNAIL_PIXELS,
    )


def _open_report(arguments: ReadArguments) -> ReportWriter | None:
    path = arguments.report
    if path is None:
        return None
    for name in (*arguments.files, arguments.ledger):
        if name is not None and path.exists() and Path(name).exists() and path.samefile(name):
            raise InvalidRequestError(
                f"{str(path)!r} is read by this command.", hint="Choose another file for --report."
            )
    return ReportWriter(path, overwrite=arguments.overwrite)


def _render(document: DocumentToRead, reading: ReadingRun) -> AsyncGenerator[PageImage | PageFailure, None]:
    return aiter_page_images(
        document.source,
        document.pages,
        layout=reading.layout,
        max_tiles=reading.max_tiles,
        passwords=document.passwords,
    )


def _plan_files(arguments: ReadArguments, stems: Iterable[str]) -> tuple[OutputPlan, ...]:
    folder = arguments.out
    if folder is None:
        return ()
    text = _SUFFIXES[arguments.mode]
    suffixes = (text, ".jsonl") if arguments.json else (text,)
    plans = tuple(OutputPlan(folder, stem, suffixes) for stem in stems)
    names = [name for plan in plans for name in plan.file_names]
    prepare_folder(folder, names, overwrite=arguments.overwrite)
    return plans


def _prepare_tiles(arguments: ReadArguments, stems: tuple[str, ...]) -> None:
    folder = arguments.tiles
    if folder is not None:
        there = [path.name for path in folder.glob("*" + PICTURE_SUFFIX) if _is_picture_of(path.name, stems)]
        prepare_folder(folder, there, overwrite=arguments.overwrite)


def _is_picture_of(name: str, stems: tuple[str, ...]) -> bool:
    start, _, page = name.removesuffix(PICTURE_SUFFIX).rpartition("-page-")
    return page.isdecimal() and start in stems
