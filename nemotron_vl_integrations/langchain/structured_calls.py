"""Tools and forms of answers that are bound to a chat model; the engine enforces them while the model writes."""

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from typing_extensions import override

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.langchain.answer_parser import parse_answers
from nemotron_vl_integrations.langchain.concurrent_calls import ConcurrentCalls
from nemotron_vl_integrations.langchain.error_mapping import mapped_errors
from nemotron_vl_integrations.langchain.structured_output import (
    AnswerForm,
    Method,
    SchemaForm,
    SchemaLike,
    read_form,
)
from nemotron_vl_integrations.langchain.tool_conversion import AnyTool, ToolChoice, describe_tools


class StructuredCalls(ConcurrentCalls):
    """The methods of `BaseChatModel` that bind tools and forms of answers."""

    @override
    def bind_tools(  # pyright: ignore[reportIncompatibleMethodOverride] - the base's kwargs are named here
        self,
        tools: Sequence[AnyTool],
        *,
        tool_choice: ToolChoice = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        response_format: dict[str, Any] | type | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools that it may call.

        Args:
            tools: Functions, `BaseTool`s, pydantic models, typed dicts, or dicts of OpenAI's or Anthropic's form.
            tool_choice: None or `"auto"` leaves it to the model, `"none"` forbids calls. True, `"any"` or `"required"`
                forces a call, the name of a tool a call of that tool; its arguments satisfy the schema, unless
                `max_tokens` cuts them.
            strict: Whether the arguments of calls that the model chose to make must satisfy their schema too. Without
                it, a call whose arguments do not fit comes as an invalid one.
            parallel_tool_calls: Whether a reply may hold several calls; False is enforced, None says yes.
            response_format: The form of the answer: the reply is calls, or an answer of this form.
            **kwargs: Options of the call, such as `max_tokens`.

        Raises:
            ModelInvalidRequestError: Something that is no tool.
        """
        with mapped_errors():
            bound: dict[str, Any] = {"tools": describe_tools(tools, strict=strict)} if tools else {}
        options = {
            "tool_choice": tool_choice,
            "parallel_tool_calls": parallel_tool_calls,
            "response_format": response_format,
        }
        bound |= {name: value for name, value in options.items() if value is not None}
        return self.bind(**bound, **kwargs)

    @override
    def with_structured_output(  # pyright: ignore[reportIncompatibleMethodOverride] - the base's kwargs are named here
        self,
        schema: SchemaLike = None,
        *,
        method: Method = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, object]:
        """Return the model with answers that follow a schema; the engine enforces it while the model writes.

        Args:
            schema: A pydantic model, data class, typed dict, JSON schema, Enum or Literal; None for any JSON object.
            method: `"json_schema"`; `"json_mode"` does the same where there is a schema; `"function_calling"` forces
                a call of a tool with these arguments, and a keyword that cannot be enforced is refused.
            include_raw: Whether to return `{"raw": ..., "parsed": ..., "parsing_error": ...}`.
            strict: Taken, and changes nothing: a schema is always enforced.
            **kwargs: Options of the call, such as `max_tokens`.

        Raises:
            ModelInvalidRequestError: A schema that cannot be used, a method that does not exist, or tools.
        """
        del strict
        with mapped_errors():
            if "tools" in kwargs:
                raise InvalidRequestError(
                    "A form of the answer was asked for together with tools.",
                    hint="Use `bind_tools(tools, response_format=schema)`: calls, or an answer of that form.",
                )
            form = read_form(schema, method)
            model = self._bind_form(form, method, kwargs)
        return parse_answers(model, form, include_raw=include_raw)

    def _bind_form(
        self, form: AnswerForm, method: Method, options: dict[str, Any]
    ) -> Runnable[LanguageModelInput, AIMessage]:
        if not isinstance(form, SchemaForm):
            return self.bind(response_format=form.response_format, **options)
        traced = {"kwargs": {"method": method}, "schema": form.schema}
        if method == "function_calling":
            return self.bind_tools(
                [form.tool], tool_choice=form.name, ls_structured_output_format=traced, **options
            )
        return self.bind(response_format=form.response_format, ls_structured_output_format=traced, **options)
