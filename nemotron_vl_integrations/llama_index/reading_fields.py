"""What the reader and the node parser have in common: how pages are read, where results are remembered, and by whom."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn, Self

from llama_index.core.schema import BaseComponent
from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator, model_validator
from typing_extensions import override

from nemotron_vl_integrations.chat import choose_config
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.field_errors import ExplainedFields, Whole
from nemotron_vl_integrations.ledger import LedgerSource, check_ledger, name_ledger
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_result import Mode
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.options import DEFAULT_OPTIONS, check_effect
from nemotron_vl_integrations.reading.page_task import make_target
from nemotron_vl_integrations.reading.pipeline import ReadingRun


class ReadingFields(ExplainedFields, BaseComponent):
    """How pages are read.

    Attributes:
        mode: `"text"`, `"markdown"`, `"tables"`, or `"json"`, one object a page that satisfies `page_schema`.
        page_schema: JSON schema or pydantic model of a page's object, for `mode="json"`.
        layout: How pages are fitted to tiles; None takes the engine's.
        max_tiles: Most tiles of a page; None takes the engine's.
        options: Limits and policies.
        ledger: Where every result is looked up before a page is rendered, and written down: a `Ledger`, or the path of
            one that is opened for each run; None keeps none. An open one is serialised as its path.
        image_dir: Folder for a PNG of each page, as the model saw it; None keeps none.
        model: Names the checkpoint, see `EngineConfig.model`; `"auto"` takes the engine that is open.
        config: Configuration of the engine; None takes the engine that is open, or the environment's variables.
        engine: Reads; takes the place of `model` and `config`. Not part of what is serialised.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    mode: Mode = "text"
    page_schema: dict[str, Any] | type[BaseModel] | None = None
    layout: Layout | None = None
    max_tiles: Whole | None = Field(default=None, ge=1, le=12)
    options: ReadingOptions = DEFAULT_OPTIONS
    ledger: LedgerSource | None = None
    image_dir: Path | None = None
    model: str = "auto"
    config: EngineConfig | None = None
    engine: Engine | None = Field(default=None, exclude=True, repr=False)

    @field_validator("ledger", mode="before")
    @classmethod
    def _take_ledger(cls, ledger: object) -> LedgerSource | None:
        return check_ledger(ledger)

    @field_validator("page_schema")
    @classmethod
    def _take_model(cls, schema: dict[str, Any] | type[BaseModel] | None) -> dict[str, Any] | None:
        """Keep a model as its schema, which can be written down."""
        return schema.model_json_schema() if isinstance(schema, type) else schema

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        # What would be refused at each run is refused now.
        choose_config(self.model, self.config, self.engine)
        make_target(self.mode, self.page_schema, name="page_schema")
        check_effect(self.options, with_ledger=self.ledger is not None)
        return self

    @field_serializer("options")
    def _write_options(self, options: ReadingOptions) -> dict[str, Any]:
        """Write down what is not as usual; a function that is told of progress stays here."""
        usual, values = asdict(ReadingOptions()), asdict(replace(options, progress=None))
        changed = {name: value for name, value in values.items() if value != usual[name]}
        return changed | ({"images": str(options.images)} if "images" in changed else {})

    @field_serializer("ledger")
    def _write_ledger(self, ledger: LedgerSource | None) -> str | None:
        return name_ledger(ledger)

    @field_serializer("image_dir")
    def _write_path(self, path: Path | None) -> str | None:
        return None if path is None else str(path)

    def get_engine(self) -> Engine:
        """Return the engine that reads; looking does not start it.

        Raises:
            InvalidRequestError: `model` and `config` name different checkpoints.
            EngineConfigConflictError: Another configuration is open in this process.
        """
        return self.engine or get_engine(choose_config(self.model, self.config, self.engine))

    def make_run(self, options: ReadingOptions) -> ReadingRun:
        """Say how the pages of a run are read.

        Args:
            options: Of the run.

        Raises:
            InvalidRequestError: `mode="json"` without a schema that can be used, or another mode with one.
            EngineConfigConflictError: Another configuration is open in this process.
        """
        engine = self.get_engine()
        return ReadingRun(
            engine=engine,
            mode=self.mode,
            fields=make_target(self.mode, self.page_schema, name="page_schema"),
            layout=self.layout or engine.config.layout,
            max_tiles=self.max_tiles or engine.config.max_tiles,
            options=options,
            ledger=self.ledger,
        )

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
