"""What an answer must look like, as LangChain and OpenAI write it, and as the engine enforces it."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Final, cast

from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, TypeAdapter

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.extraction.schema import read_schema, to_constraint
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.messages import ChoiceConstraint, Constraint, JSONSchemaConstraint

_ANY_OBJECT: Final[Schema] = {"type": "object"}


def read_response_format(response_format: object) -> Constraint | None:
    """Return the constraint of a response format; None for plain text.

    Args:
        response_format: `{"type": "json_schema", "json_schema": {"schema": ...}}`, `{"type": "json_object"}`,
            `{"type": "choice", "choices": [...]}`, `{"type": "text"}`, a JSON schema, a pydantic model, or None.

    Raises:
        InvalidRequestError: Another form, or a schema that cannot be enforced.

    Examples:
        >>> read_response_format({"type": "choice", "choices": ["yes", "no"]})
        ChoiceConstraint(choices=('yes', 'no'))
    """
    match response_format:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return JSONSchemaConstraint(_ANY_OBJECT)
        case {"type": "choice", "choices": list()}:
            choices = cast("dict[str, list[str]]", response_format)["choices"]
            return ChoiceConstraint(tuple(choices))
        case {"type": "json_schema", "json_schema": {"schema": dict()}}:
            wrapped = cast("dict[str, dict[str, dict[str, object]]]", response_format)
            return _constrain(wrapped["json_schema"]["schema"])
        case type():
            return _constrain(make_json_schema(cast("type[object]", response_format)))
        case {"type": "object"} | {"properties": dict()} | {"function": dict()} | {"parameters": dict()}:
            return _constrain(make_json_schema(cast("dict[str, object]", response_format)))
        case _:
            raise InvalidRequestError(
                f"`response_format={show(response_format)}` cannot be used.",
                hint='Use {"type": "json_schema", "json_schema": {"name": ..., "schema": ...}}.',
            )


def make_json_schema(schema: "Mapping[str, object] | type[object]") -> dict[str, object]:
    """Return the JSON schema of a pydantic model, a typed dict, a data class, or a dict of a known form.

    Raises:
        InvalidRequestError: There is none.
    """
    if isinstance(schema, type) and (issubclass(schema, BaseModel) or is_dataclass(schema)):
        return cast("dict[str, object]", TypeAdapter[object](schema).json_schema())
    if isinstance(schema, Mapping) and "properties" in schema:
        return dict(schema)
    try:
        return cast("dict[str, object]", convert_to_json_schema(cast("dict[str, object]", schema)))
    except (TypeError, ValueError, KeyError) as exc:
        raise InvalidRequestError(f"The schema {show(schema)} cannot be used: {exc}.") from exc


def _constrain(schema: Mapping[str, object]) -> Constraint:
    return JSONSchemaConstraint(to_constraint(read_schema(schema)))
