"""Answers that follow a schema: which form the engine enforces, and what the caller gets."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import UnionType
from typing import Final, Literal, TypeAlias, cast, get_args, get_origin

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from pydantic import TypeAdapter, ValidationError
from pydantic.v1 import BaseModel as BaseModelV1
from pydantic.v1 import ValidationError as ValidationErrorV1
from typing_extensions import is_typeddict

from nemotron_vl_integrations.argument_checks import check_choice, show
from nemotron_vl_integrations.errors import ExtractionError, InvalidRequestError
from nemotron_vl_integrations.extraction.target import SchemaTarget
from nemotron_vl_integrations.langchain.error_mapping import ChatAnswerError, ChatTruncatedError
from nemotron_vl_integrations.langchain.response_format import make_json_schema

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_.:-]+")

SchemaLike: TypeAlias = "Mapping[str, object] | type | UnionType | object"
Method = Literal["json_schema", "function_calling", "json_mode"]


@dataclass(frozen=True, slots=True)
class ChoiceForm:
    """One of a few values: an `Enum` of texts, or a `Literal`."""

    values: tuple[object, ...]

    @property
    def response_format(self) -> dict[str, object]:
        """What the engine is asked for."""
        return {"type": "choice", "choices": [_as_text(value) for value in self.values]}

    @property
    def grows(self) -> bool:
        """Whether half an answer is one of its kind."""
        return False

    def parse(self, message: AIMessage) -> object:
        """Return the value that the model chose."""
        for value in self.values:
            if _as_text(value) == message.text:
                return value
        raise _refuse(message, f"it is none of {[_as_text(value) for value in self.values]}")


@dataclass(frozen=True, slots=True)
class SchemaForm:
    """An object that follows a schema: an instance for a pydantic model, else a dict."""

    schema: "Mapping[str, object] | type[object]"
    json_schema: dict[str, object]

    @property
    def name(self) -> str:
        """What the form is called, as a name that a tool may have."""
        return _NOT_IN_NAMES.sub("_", str(self.json_schema.get("title", "")))[:64] or "answer"

    @property
    def response_format(self) -> dict[str, object]:
        """What the engine is asked for."""
        return {"type": "json_schema", "json_schema": {"name": self.name, "schema": self.json_schema}}

    @property
    def tool(self) -> dict[str, object]:
        """A tool whose arguments are the answer."""
        about = str(self.json_schema.get("description", ""))
        return {
            "type": "function",
            "function": {"name": self.name, "description": about, "parameters": self.json_schema},
        }

    @property
    def grows(self) -> bool:
        """Whether half an answer is one of its kind."""
        return not isinstance(self.schema, type) or is_typeddict(self.schema)

    def parse(self, message: AIMessage) -> object:
        """Return the object, from the call of a tool where there is one."""
        for call in message.invalid_tool_calls:
            raise _refuse(message, call["error"] or "the call is invalid")
        text = json.dumps(message.tool_calls[0]["args"]) if message.tool_calls else message.text
        try:
            if not isinstance(self.schema, type) or is_typeddict(self.schema):
                return SchemaTarget(self.json_schema).build(text)
            if issubclass(self.schema, BaseModelV1):
                return self.schema.parse_raw(text)
            return TypeAdapter[object](self.schema).validate_json(text)
        except (ValidationError, ValidationErrorV1) as exc:
            raise _refuse(message, f"values do not fit: {exc}") from exc
        except ExtractionError as exc:
            raise _refuse(message, str(exc)) from exc


@dataclass(frozen=True, slots=True)
class JsonForm:
    """Any JSON object."""

    @property
    def response_format(self) -> dict[str, object]:
        """What the engine is asked for."""
        return {"type": "json_object"}

    @property
    def grows(self) -> bool:
        """Whether half an answer is one of its kind."""
        return True

    def parse(self, message: AIMessage) -> object:
        """Return the object."""
        try:
            return cast("object", json.loads(message.text))
        except ValueError as exc:
            raise _refuse(message, f"it is not JSON ({exc})") from exc


AnswerForm = ChoiceForm | SchemaForm | JsonForm


def read_form(schema: SchemaLike, method: Method) -> AnswerForm:
    """Return the form of the answers that a schema asks for.

    Raises:
        InvalidRequestError: No schema, where the method needs one, or one that cannot be used.
    """
    check_choice("method", method, get_args(Method))
    if schema is None:
        if method == "json_mode":
            return JsonForm()
        raise InvalidRequestError(
            "`schema=None` is only for `method='json_mode'`.", hint="Give a pydantic model or a JSON schema."
        )
    if isinstance(schema, type) and issubclass(schema, Enum):
        return ChoiceForm(tuple(schema))
    if get_origin(schema) is Literal:
        return ChoiceForm(get_args(schema))
    if isinstance(schema, type | Mapping):
        known = cast("Mapping[str, object] | type[object]", schema)
        json_schema = make_json_schema(known)
        SchemaTarget(json_schema)
        return SchemaForm(known, json_schema)
    raise InvalidRequestError(
        f"`schema={show(schema)}` cannot be used.",
        hint="Give a pydantic model, a typed dict, an Enum, a Literal or a JSON schema.",
    )


def _as_text(value: object) -> str:
    return str(cast("object", value.value)) if isinstance(value, Enum) else str(value)


def _refuse(message: AIMessage, reason: str) -> OutputParserException:
    text = f"The answer does not have the form that was asked for: {reason}."
    match cast("dict[str, object]", message.response_metadata).get("finish_reason"):  # pyright: ignore[reportUnknownMemberType] - a bare dict
        case "length":
            hint = "It was cut by `max_tokens`: raise it, or bound the lengths in the schema."
            return ChatTruncatedError(text, hint=hint, answer=message.text)
        case "repetition":
            hint = "It repeated itself and was stopped: set `repetition_penalty=1.1`."
            return ChatTruncatedError(text, hint=hint, answer=message.text)
        case _:
            return ChatAnswerError(text, answer=message.text)
