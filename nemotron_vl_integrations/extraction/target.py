"""What the fields end up in: an instance of a pydantic model, or a dict that satisfies a JSON schema."""

import json
import math
from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

from nemotron_vl_integrations.argument_checks import wrong_type
from nemotron_vl_integrations.errors import ExtractionError, InvalidRequestError
from nemotron_vl_integrations.extraction.schema import read_schema
from nemotron_vl_integrations.extraction.validation import check_patterns, find_violations
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.messages import JSON

ModelT = TypeVar("ModelT", bound=BaseModel)
Fields_co = TypeVar("Fields_co", covariant=True)

_SHOWN = 300


class Target(Protocol[Fields_co]):
    """Where fields go: the schema that the model's answer follows, and the check of the whole."""

    @property
    def schema(self) -> Schema:
        """The fields as a checked JSON schema."""
        ...

    def find_problems(self, text: str) -> str:
        """Say where the JSON text of an object breaks the schema; empty if it satisfies it."""
        ...

    def build(self, text: str) -> Fields_co:
        """Return the fields from the JSON text of the whole object.

        Raises:
            ExtractionError: The text does not satisfy the schema.
        """
        ...


class ModelTarget(Generic[ModelT]):
    """Fields as an instance of a pydantic model, with all its own checks."""

    def __init__(self, model: type[ModelT]) -> None:
        self._model = model
        try:
            self.schema = read_schema(model.model_json_schema())
        except (PydanticUserError, PydanticUndefinedAnnotation) as exc:
            raise InvalidRequestError(f"{model.__name__} has no JSON schema: {exc.message}.") from exc

    def find_problems(self, text: str) -> str:
        """Say what the model refuses."""
        try:
            self._model.model_validate_json(text)
        except ValidationError as exc:
            return _describe(exc)
        return ""

    def build(self, text: str) -> ModelT:
        """Return the instance."""
        try:
            return self._model.model_validate_json(text)
        except ValidationError as exc:
            raise refuse_fields(_describe(exc), text) from exc


class SchemaTarget:
    """Fields as a dict that satisfies a JSON schema."""

    def __init__(self, schema: Mapping[str, object]) -> None:
        self.schema = read_schema(schema)
        check_patterns(self.schema)

    def find_problems(self, text: str) -> str:
        """Say what breaks the schema."""
        try:
            fields = _parse(text)
        except ValueError as exc:
            return str(exc)
        return "; ".join(find_violations(fields, self.schema, self.schema))

    def build(self, text: str) -> Schema:
        """Return the dict."""
        fields = parse_object(text)
        problems = "; ".join(find_violations(fields, self.schema, self.schema))
        if problems:
            raise refuse_fields(problems, text)
        return fields


def check_schema_type(schema: object) -> None:
    """Refuse what is neither a pydantic model nor a JSON schema.

    Raises:
        InvalidRequestError: Names the type.
    """
    is_model = isinstance(schema, type) and issubclass(schema, BaseModel) and schema is not BaseModel
    if not is_model and not isinstance(schema, Mapping):
        raise wrong_type(
            "schema", cast("object", schema), "a pydantic model (the class), or a JSON schema as a dict"
        )


def parse_object(text: str, *, page: int | None = None) -> Schema:
    """Parse the text of one JSON object.

    Args:
        text: What the model wrote.
        page: The page that it wrote about, for the message.

    Raises:
        ExtractionError: It is not JSON, or not an object.
    """
    try:
        return _parse(text)
    except ValueError as exc:
        raise refuse_fields(str(exc), text, page=page) from exc


def refuse_fields(problems: str, text: str, *, page: int | None = None) -> ExtractionError:
    """Return the error for an answer that does not satisfy the schema, with the start of the answer."""
    about = "" if page is None else f" about page {page}"
    return ExtractionError(
        f"The model's answer{about} does not satisfy the schema: {problems}. It is {shorten(text)}.",
        hint="Let fields that a page may lack be null, or describe them better.",
    )


def shorten(answer: str) -> str:
    """The start of an answer, quoted, for a message."""
    return repr(answer if len(answer) <= _SHOWN else f"{answer[:_SHOWN]}…")


def _parse(text: str) -> Schema:
    try:
        value = cast("JSON", json.loads(text, parse_constant=_refuse_constant, parse_float=_parse_float))
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"it is not JSON ({exc})") from exc
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    return value


def _describe(error: ValidationError) -> str:
    return "; ".join(f"{_place(item['loc'])}: {item['msg']}" for item in error.errors(include_url=False))


def _parse_float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits} is beyond the numbers of JSON")
    return value


def _refuse_constant(name: str) -> JSON:
    raise ValueError(f"{name} is not JSON")


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in location) or "the object"
