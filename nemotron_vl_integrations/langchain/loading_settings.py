"""What documents become, and how they are read: the settings that a loader and a parser share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel

from nemotron_vl_integrations.argument_checks import check_choice, check_instance, check_text
from nemotron_vl_integrations.document_passwords import check_passwords
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.extraction.target import ModelTarget, SchemaTarget, Target, check_schema_type
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.ledger import LedgerSource, check_ledger
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_result import Mode
from nemotron_vl_integrations.pages import PageSelection
from nemotron_vl_integrations.pages.ranges import check_selection
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.options import check_effect
from nemotron_vl_integrations.reading.pipeline import ReadingRun
from nemotron_vl_integrations.tiling import check_fitting

DocumentMode = Literal["page", "single"]
ErrorPolicy = Literal["raise", "document", "skip"]
Fields: TypeAlias = type[BaseModel] | Mapping[str, object]

DEFAULT_CONTENT: Mode = "markdown"
PAGES_DELIMITER = "\n\f"
"""What stands between pages in LangChain's own loaders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingSettings:
    """What documents become, and how they are read.

    Attributes:
        mode: One document a page, or one a file.
        content: What stands in a page's document.
        target: The fields that are extracted in place of the text, if any.
        pages: Which pages of each file.
        pages_delimiter: Stands between the pages of a file.
        layout: How pages are fitted to tiles; None takes the engine's.
        max_tiles: Most tiles of a page; None takes the engine's.
        passwords: Tried in turn on an encrypted PDF.
        on_error: What becomes of a file that cannot be read.
        ledger: Where results are looked up and written down.
        options: Limits and policies.
        engine: Reads; None takes the engine that this process shares.
    """

    mode: DocumentMode
    content: Mode
    target: Target[BaseModel] | Target[Schema] | None
    pages: PageSelection
    pages_delimiter: str
    layout: Layout | None
    max_tiles: int | None
    passwords: tuple[str, ...]
    on_error: ErrorPolicy
    ledger: LedgerSource | None
    options: ReadingOptions
    engine: Engine | None

    def make_run(self) -> ReadingRun:
        """Return how documents are read.

        Raises:
            EngineConfigConflictError: Another configuration is open in this process.
        """
        engine = self.engine or get_engine()
        return ReadingRun(
            engine=engine,
            # Fields are read from the picture; the prompt only serves to find out which way up it is.
            mode=self.content if self.target is None else "text",
            layout=engine.config.layout if self.layout is None else self.layout,
            max_tiles=engine.config.max_tiles if self.max_tiles is None else self.max_tiles,
            options=self.options,
            ledger=self.ledger,
            schema=None if self.target is None else self.target.schema,
        )


def check_settings(
    *,
    mode: DocumentMode,
    content: Mode | None,
    schema: Fields | None,
    pages: PageSelection,
    pages_delimiter: str,
    layout: Layout | None,
    max_tiles: int | None,
    passwords: Sequence[str],
    on_error: ErrorPolicy,
    ledger: LedgerSource | None,
    options: ReadingOptions,
    engine: Engine | None,
) -> LoadingSettings:
    """Check the arguments of a loader or a parser; what depends on the engine is checked when it reads.

    Raises:
        InvalidRequestError: One that cannot be used.
    """
    check_choice("mode", mode, get_args(DocumentMode))
    check_choice("on_error", on_error, get_args(ErrorPolicy))
    check_text("pages_delimiter", pages_delimiter)
    check_instance("options", options, ReadingOptions)
    check_instance("engine", engine, Engine | None)
    check_fitting(layout, max_tiles)
    check_selection(pages)
    check_effect(options, with_ledger=ledger is not None)
    if content is not None:
        check_choice("content", content, get_args(Mode))
        if schema is not None:
            raise InvalidRequestError(
                f"`content={content!r}` and `schema` were both given.",
                hint="With a schema the content is the JSON of the fields: leave `content` out.",
            )
    return LoadingSettings(
        mode=mode,
        content=content or DEFAULT_CONTENT,
        target=None if schema is None else _make_target(schema),
        pages=pages,
        pages_delimiter=pages_delimiter,
        layout=layout,
        max_tiles=max_tiles,
        passwords=check_passwords(passwords),
        on_error=on_error,
        ledger=check_ledger(ledger),
        options=options,
        engine=engine,
    )


def _make_target(schema: Fields) -> Target[BaseModel] | Target[Schema]:
    check_schema_type(schema)
    return ModelTarget(schema) if isinstance(schema, type) else SchemaTarget(schema)
