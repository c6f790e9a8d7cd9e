"""What is asked of every page of a run, and how an answer is judged."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel

from nemotron_vl_integrations.argument_checks import holds_surrogates
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError, UnsupportedModeError
from nemotron_vl_integrations.extraction.prompt import write_instruction
from nemotron_vl_integrations.extraction.schema import to_constraint
from nemotron_vl_integrations.extraction.target import ModelTarget, SchemaTarget, Target, check_schema_type
from nemotron_vl_integrations.messages import (
    JSON,
    JSON_REPETITION,
    Constraint,
    FinishReason,
    JSONSchemaConstraint,
    RepetitionStop,
    Sampling,
)
from nemotron_vl_integrations.page_checks.page_quality import Defect, judge_object, judge_text
from nemotron_vl_integrations.page_result import Mode

PageSchema = type[BaseModel] | Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTask:
    """What the model is asked to make of a page.

    Attributes:
        mode: Form of the answer.
        prompt: The checkpoint's reading prompt, or the instruction that lists the fields.
        fields: What the answer must satisfy in the mode `json`; None for a text.
        looking_prompt: Asks for the text of one tile, which shows whether it stands upright.
    """

    mode: Mode
    prompt: str
    fields: Target[object] | None
    looking_prompt: str

    @property
    def constraint(self) -> Constraint | None:
        """What the engine holds the answer to while it is written."""
        return None if self.fields is None else JSONSchemaConstraint(to_constraint(self.fields.schema))

    @property
    def repetition(self) -> RepetitionStop | None:
        """When the engine ends an answer that loops."""
        return Sampling().repetition if self.fields is None else JSON_REPETITION

    @property
    def takes_text_layer(self) -> bool:
        """Whether a PDF's own text can stand for the answer: it is neither an object nor a table."""
        return self.mode in ("text", "markdown")

    def tidy(self, text: str) -> str:
        """Return a good answer as it is handed out: an object on one line, half characters in it as escapes."""
        if self.fields is None:
            return text
        value = cast("JSON", json.loads(text))
        written = json.dumps(value, ensure_ascii=False)
        return json.dumps(value) if holds_surrogates(written) else written

    def judge(self, text: str, finish_reason: FinishReason) -> Defect | None:
        """Return what is wrong with an answer; None if nothing is."""
        match self.mode:
            case "json":
                problems = "" if self.fields is None else self.fields.find_problems(text)
                return judge_object(text, finish_reason=finish_reason, problems=problems)
            case mode:
                return judge_text(text, mode=mode, finish_reason=finish_reason, inked=mode != "tables")


def plan_task(engine: Engine, mode: Mode, fields: Target[object] | None = None) -> PageTask:
    """Make the task of a mode.

    Args:
        engine: Its checkpoint brings the reading prompts.
        mode: Form of the answer.
        fields: What the answer must satisfy in the mode `json`, see `make_target`.

    Raises:
        UnsupportedModeError: The checkpoint has no prompt for the mode.
    """
    prompts = engine.checkpoint.reading_prompts
    prompt = _find_prompt(engine, mode) if fields is None else write_instruction(fields.schema)
    return PageTask(mode=mode, prompt=prompt, fields=fields, looking_prompt=prompts.get("text", prompt))


def make_target(mode: Mode, schema: PageSchema | None, *, name: str = "schema") -> Target[object] | None:
    """Return what an answer must satisfy; needs no engine.

    Args:
        mode: Form of the answer.
        schema: For the mode `json`.
        name: What messages call the schema.

    Raises:
        InvalidRequestError: The schema cannot be enforced, is missing, or stands beside another mode.
    """
    if schema is None:
        if mode == "json":
            raise InvalidRequestError(
                "mode='json' needs a schema of what to look for.",
                hint=f"Give a pydantic model or a JSON schema as `{name}`.",
            )
        return None
    if mode != "json":
        raise InvalidRequestError(f"`{name}` does nothing in mode={mode!r}.", hint="Take mode='json'.")
    check_schema_type(schema)
    return ModelTarget(schema) if isinstance(schema, type) else SchemaTarget(schema)


def _find_prompt(engine: Engine, mode: Mode) -> str:
    checkpoint = engine.checkpoint
    if mode in checkpoint.reading_prompts:
        return checkpoint.reading_prompts[mode]
    known = ", ".join(repr(name) for name in sorted(checkpoint.reading_prompts))
    raise UnsupportedModeError(
        f"The checkpoint {checkpoint.name!r} has no reading prompt for mode={mode!r}.",
        hint=f"It reads: {known}; and 'json' with a schema.",
    )
