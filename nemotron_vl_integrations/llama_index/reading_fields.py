"""What the reader and the node parser have in common: how pages are read, where results are remembered, and by whom."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from llama_index.core.schema import BaseComponent
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer, field_validator
from typing_extensions import override

from nemotron_vl_integrations.chat import choose_config
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_result import Mode
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.options import DEFAULT_OPTIONS
from nemotron_vl_integrations.reading.page_task import make_target
from nemotron_vl_integrations.reading.pipeline import ReadingRun


class ReadingFields(BaseComponent):
    """How pages are read.

    Attributes:
        mode: `"text"`, `"markdown"`, `"tables"`, or `"json"`, one object a page that satisfies `page_schema`.
        page_schema: JSON schema or pydantic model of a page's object, for `mode="json"`.
        layout: How pages are fitted to tiles; None takes the engine's.
        max_tiles: Most tiles of a page; None takes the engine's.
        options: Limits and policies.
        ledger: File in which every result is looked up before a page is rendered, and written down; None keeps none.
        image_dir: Folder for a PNG of each page, as the model saw it; None keeps none.
        model: Names the checkpoint, see `EngineConfig.model`; `"auto"` takes the engine that is open.
        config: Configuration of the engine; None takes the engine that is open, or the environment's variables.
        engine: Reads; takes the place of `model` and `config`. Not part of what is serialised.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    mode: Mode = "text"
    page_schema: dict[str, Any] | type[BaseModel] | None = None
    layout: Layout | None = None
    max_tiles: int | None = Field(default=None, ge=1, le=12)
    options: ReadingOptions = DEFAULT_OPTIONS
    ledger: Path | None = None
    image_dir: Path | None = None
    model: str = "auto"
    config: EngineConfig | None = None
    engine: Engine | None = Field(default=None, exclude=True, repr=False)

    if not TYPE_CHECKING:  # Type checkers know the arguments from the fields, and would lose them here.

        def __init__(self, /, **values: object) -> None:
            """Take the fields as keyword arguments, and say in this package's own error what does not fit."""
            try:
                super().__init__(**values)
            except ValidationError as exc:
                raise InvalidRequestError(_explain(exc)) from exc

    @field_validator("page_schema")
    @classmethod
    def _take_model(cls, schema: dict[str, Any] | type[BaseModel] | None) -> dict[str, Any] | None:
        """Keep a model as its schema, which can be written down."""
        return schema.model_json_schema() if isinstance(schema, type) else schema

    @field_serializer("options")
    def _write_options(self, options: ReadingOptions) -> dict[str, Any]:
        """Write down what is not as usual; a function that is told of progress stays here."""
        usual, values = asdict(ReadingOptions()), asdict(replace(options, progress=None))
        changed = {name: value for name, value in values.items() if value != usual[name]}
        return changed | ({"images": str(options.images)} if "images" in changed else {})

    @field_serializer("ledger", "image_dir")
    def _write_path(self, path: Path | None) -> str | None:
        return None if path is None else str(path)

    def get_engine(self) -> Engine:
        """Return the engine that reads; looking does not start it.

        Raises:
            InvalidRequestError: `model` and `config` name different checkpoints.
            EngineConfigConflictError: Another configuration is open in this process.
        """
        return self.engine or get_engine(choose_config(self.model, self.config, self.engine))

    def make_run(self, ledger: Ledger | None, options: ReadingOptions) -> ReadingRun:
        """Say how the pages of a run are read.

        Args:
            ledger: Open.
            options: Of the run.

        Raises:
            InvalidRequestError: `mode="json"` without a schema that can be used, or another mode with one.
            EngineConfigConflictError: Another configuration is open in this process.
        """
        engine = self.get_engine()
        return ReadingRun(
            engine=engine,
            mode=self.mode,
            fields=make_target(self.mode, self.page_schema),
            layout=self.layout or engine.config.layout,
            max_tiles=self.max_tiles or engine.config.max_tiles,
            options=options,
            ledger=ledger,
        )

    @asynccontextmanager
    async def open_ledger(self) -> AsyncGenerator[Ledger | None, None]:
        """Open the ledger, if there is one, for as long as pages are read.

        Raises:
            LedgerError: The file cannot be used.
        """
        if self.ledger is None:
            yield None
            return
        ledger = await asyncio.to_thread(Ledger, self.ledger)
        try:
            yield ledger
        finally:
            await asyncio.to_thread(ledger.close)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Copy everything but the engine, which stays the same."""
        shared = {} if memo is None else memo
        shared[id(self.engine)] = self.engine
        return super().__deepcopy__(shared)

    @override
    def __getstate__(self) -> NoReturn:
        """Refuse to go to another process, where a second engine would start.

        Raises:
            InvalidRequestError: Always.
        """
        raise InvalidRequestError(
            f"{type(self).__name__} does not go to other processes: each would start an engine of its own.",
            hint="Pages are read side by side in this process already. Leave out `num_workers`, or await"
            " `SimpleDirectoryReader.aload_data(num_workers=...)`, which stays in this process. In processes of your"
            " own, build it there, for instance with `from_dict`.",
        )


def _explain(error: ValidationError) -> str:
    faults = error.errors(include_url=False)
    return " ".join(f"`{'.'.join(map(str, fault['loc']))}`: {fault['msg']}." for fault in faults)
