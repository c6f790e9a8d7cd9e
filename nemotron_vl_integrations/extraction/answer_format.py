"""What an answer must look like, as chat frameworks write it, and as the engine enforces it."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Final, cast, is_typeddict

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.extraction.schema import read_schema, to_constraint
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.messages import (
    ChoiceConstraint,
    Constraint,
    GrammarConstraint,
    JSONSchemaConstraint,
    RegexConstraint,
)

_ANY_OBJECT: Final[Schema] = {"type": "object"}


def read_answer_format(answer_format: object) -> Constraint | None:
    """Return the constraint of an answer's form; None for plain text.

    Args:
        answer_format: `{"type": "json_schema", "json_schema": {"schema": ...}}`, `{"type": "json_object"}`,
            `{"type": "choice", "choices": [...]}`, `{"type": "regex", "pattern": ...}`,
            `{"type": "grammar", "grammar": ...}`, `{"type": "text"}`, a JSON schema, a pydantic model, a data class, a
            typed dict, or None.

    Raises:
        InvalidRequestError: Another form, or a schema that cannot be enforced.

    Examples:
        >>> read_answer_format({"type": "choice", "choices": ["yes", "no"]})
        ChoiceConstraint(choices=('yes', 'no'))
    """
    match answer_format:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return JSONSchemaConstraint(_ANY_OBJECT)
        case {"type": "choice", "choices": list()}:
            choices = cast("dict[str, list[str]]", answer_format)["choices"]
            return ChoiceConstraint(tuple(choices))
        case {"type": "regex", "pattern": str(pattern)}:
            return RegexConstraint(pattern)
        case {"type": "grammar", "grammar": str(grammar)}:
            return GrammarConstraint(grammar)
        case {"type": "json_schema", "json_schema": {"schema": dict()}}:
            wrapped = cast("dict[str, dict[str, dict[str, object]]]", answer_format)
            return constrain_answer(wrapped["json_schema"]["schema"])
        case {"type": "object"} | {"properties": dict()}:
            return constrain_answer(cast("dict[str, object]", answer_format))
        case type():
            return constrain_answer(write_json_schema(cast("type[object]", answer_format)))
        case _:
            raise InvalidRequestError(
                f"`response_format={show(answer_format)}` cannot be used.",
                hint='Use {"type": "json_schema", "json_schema": {"name": ..., "schema": ...}}.',
            )


def write_json_schema(kind: type[object]) -> dict[str, object]:
    """Return the JSON schema of a pydantic model, a data class or a typed dict.

    Raises:
        InvalidRequestError: It is none of them, or has no schema.
    """
    if not (issubclass(kind, BaseModel) or is_dataclass(kind) or is_typeddict(kind)):
        raise InvalidRequestError(
            f"`response_format={show(kind)}` cannot be used.",
            hint="Give a pydantic model, a data class, a typed dict or a JSON schema.",
        )
    try:
        return cast("dict[str, object]", TypeAdapter[object](kind).json_schema())
    except (PydanticUserError, PydanticUndefinedAnnotation) as exc:
        raise InvalidRequestError(f"{kind.__name__} has no JSON schema: {exc.message}.") from exc


def constrain_answer(schema: Mapping[str, object]) -> Constraint:
    """Return the constraint that holds an answer to a JSON schema whose root is an object.

    Raises:
        InvalidRequestError: The schema cannot be enforced.
    """
    return JSONSchemaConstraint(to_constraint(read_schema(schema)))
