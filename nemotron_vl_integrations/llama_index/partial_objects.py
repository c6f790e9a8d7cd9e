"""Objects that are still being written: what a model's JSON holds so far, as LlamaIndex shows it."""

from typing import Final, Generic, TypeVar, cast

from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from nemotron_vl_integrations.errors import ExtractionError, TruncatedError
from nemotron_vl_integrations.extraction.schema import to_constraint
from nemotron_vl_integrations.extraction.target import ModelTarget, refuse_fields, shorten

ModelT = TypeVar("ModelT", bound=BaseModel)

_HINT: Final = "Raise `max_tokens`, or bound texts by `maxLength` and lists by `maxItems` in the model."


class AnswerReader(Generic[ModelT]):
    """Reads the JSON of one pydantic model, whole or in the making.

    Args:
        output_cls: The model.

    Raises:
        InvalidRequestError: Its schema cannot be enforced.

    Examples:
        >>> class Letter(BaseModel):
        ...     sender: str
        ...     pages: int
        >>> AnswerReader(Letter).read_partial('{"sender": "An').sender
        'An'
    """

    def __init__(self, output_cls: type[ModelT]) -> None:
        self._output_cls = output_cls
        self._target = ModelTarget(output_cls)
        self._partial_cls = create_flexible_model(output_cls)
        self._last: dict[str, object] | None = None

    @property
    def target(self) -> ModelTarget[ModelT]:
        """The schema, checked, and what builds the whole object."""
        return self._target

    @property
    def response_format(self) -> dict[str, object]:
        """What the engine is asked for."""
        schema = {"name": self._output_cls.__name__, "schema": to_constraint(self._target.schema)}
        return {"type": "json_schema", "json_schema": schema}

    def read_partial(self, text: str) -> ModelT | FlexibleModel | None:
        """Return what the text holds so far: an instance where it satisfies the model already, None for nothing new.

        Args:
            text: All that was written up to now.
        """
        fields = _parse(text)
        if fields is None or fields == self._last:
            return None
        self._last = fields
        try:
            return self._output_cls.model_validate(fields)
        except ValidationError:
            return self._partial_cls.model_validate(fields)

    def build(self, text: str, finish_reason: str | None) -> ModelT:
        """Return the object from the whole text.

        Args:
            text: All that was written.
            finish_reason: How the reply ended.

        Raises:
            TruncatedError: The text was cut by `max_tokens`; the message holds its start.
            ExtractionError: It does not satisfy the model, because the model repeated itself or has checks of its own.
        """
        match finish_reason:
            case "length":
                raise TruncatedError(
                    f"The JSON of {self._output_cls.__name__} was cut by `max_tokens`: {shorten(text)}.",
                    hint=_HINT,
                )
            case "repetition":
                raise ExtractionError(
                    f"The model repeated itself in the JSON of {self._output_cls.__name__} and was stopped: "
                    f"{shorten(text)}.",
                    hint=_HINT,
                )
            case "abort":
                raise refuse_fields("the engine ended the request before it was whole", text)
            case _:
                return self._target.build(text)


def _parse(text: str) -> dict[str, object] | None:
    try:
        value: object = from_json(text, allow_partial="trailing-strings") if text.strip() else None
    except ValueError:
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None
