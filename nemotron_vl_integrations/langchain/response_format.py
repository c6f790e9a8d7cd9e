"""What an answer must look like, in the forms that LangChain alone knows."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import cast

from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.extraction.answer_format import (
    constrain_answer,
    read_answer_format,
    write_json_schema,
)
from nemotron_vl_integrations.messages import Constraint


def read_response_format(response_format: object) -> Constraint | None:
    """Return the constraint of a response format; None for plain text.

    Args:
        response_format: What `read_answer_format` takes, a model of pydantic 1, or the description of a function.

    Raises:
        InvalidRequestError: Another form, or a schema that cannot be enforced.

    Examples:
        >>> read_response_format({"type": "choice", "choices": ["yes", "no"]})
        ChoiceConstraint(choices=('yes', 'no'))
    """
    match response_format:
        case type():
            return constrain_answer(make_json_schema(cast("type[object]", response_format)))
        case {"function": dict()} | {"parameters": dict()}:
            return constrain_answer(make_json_schema(cast("dict[str, object]", response_format)))
        case _:
            return read_answer_format(response_format)


def make_json_schema(schema: "Mapping[str, object] | type[object]") -> dict[str, object]:
    """Return the JSON schema of a pydantic model, a typed dict, a data class, or a dict of a known form.

    Raises:
        InvalidRequestError: There is none.
    """
    if isinstance(schema, type) and (issubclass(schema, BaseModel) or is_dataclass(schema)):
        return write_json_schema(schema)
    match schema:
        case {"type": "json_schema", "json_schema": {"schema": object() as inner}}:
            return make_json_schema(cast("dict[str, object]", inner))
        case {"properties": _} | {"type": "array" | "string" | "number" | "integer" | "boolean" | "null"}:
            return dict(schema)
        case _:
            pass
    try:
        return cast("dict[str, object]", convert_to_json_schema(cast("dict[str, object]", schema)))
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise InvalidRequestError(
            f"The schema {show(schema)} cannot be used: {exc}.",
            hint="Give a pydantic model, a typed dict, or a JSON schema with `properties`.",
        ) from exc
