"""Chats with tools: what LlamaIndex's agents ask of an LLM, on top of its chats."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from typing_extensions import override

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError, OutputError
from nemotron_vl_integrations.llama_index.tool_call_blocks import list_calls, list_reasons

if TYPE_CHECKING:
    from llama_index.core.tools.types import BaseTool

INVALID_CALL: Final = "invalid_call"
"""The one argument of a call that cannot be carried out: no tool takes it, so that none is run by mistake."""


class NoToolCallError(OutputError, ValueError):
    """The model called no tool, and a call was asked for."""


class ToolCalling(FunctionCallingLLM):
    """The parts of `FunctionCallingLLM` that are about tools."""

    @override
    def _prepare_chat_with_tools(
        self,
        tools: Sequence["BaseTool"],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the arguments of the chat.

        Args:
            tools: That the model may call.
            user_msg: The newest message.
            chat_history: What came before; it stays as it is.
            verbose: Taken, and changes nothing.
            allow_parallel_tool_calls: Whether a reply may hold several calls.
            tool_required: The reply is a call, enforced while the model writes it.
            tool_choice: `"auto"`, `"none"`, `"required"` or the name of a tool.
            **kwargs: Options of the call.

        Raises:
            InvalidRequestError: A call is required and forbidden at once.
        """
        if tool_required and tool_choice == "none":
            raise InvalidRequestError(
                "`tool_required=True` and `tool_choice='none'` contradict each other.",
                hint="Leave one of them out.",
            )
        messages = [*(chat_history or ())]
        if user_msg is not None:
            newest = (
                ChatMessage(role=MessageRole.USER, content=user_msg)
                if isinstance(user_msg, str)
                else user_msg
            )
            messages.append(newest)
        prepared: dict[str, Any] = {**kwargs, "messages": messages}
        if tools:
            forced = tool_required and tool_choice in (None, "", "auto")
            prepared["tools"] = describe_tools(tools)
            prepared["tool_choice"] = "required" if forced else tool_choice
            prepared["parallel_tool_calls"] = allow_parallel_tool_calls
        elif tool_required:
            raise InvalidRequestError("`tool_required=True` without tools.", hint="Give a tool.")
        return prepared

    @override
    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Return the calls of a response, also of one that is still being written.

        A call that cannot be carried out has one argument, `invalid_call`, with the reason: a tool refuses it, and an
        agent tells the model.

        Args:
            response: Whole, or a piece of a stream.
            error_on_no_tool_call: Whether a response without calls is an error.
            **kwargs: There are none.

        Raises:
            NoToolCallError: There is no call.
        """
        if kwargs:
            raise InvalidRequestError(
                f"`get_tool_calls_from_response` has no option {show(next(iter(kwargs)))}."
            )
        reasons = list_reasons(response.message)
        selections = [
            ToolSelection(
                tool_id=call.id,
                tool_name=call.name,
                tool_kwargs={INVALID_CALL: reasons[call.id]} if call.id in reasons else call.parse() or {},
            )
            for call in list_calls(response.message)
        ]
        if not selections and error_on_no_tool_call:
            raise NoToolCallError(
                f"The model called no tool. It wrote {show(response.message.content)}.",
                hint="`tool_required=True` enforces a call.",
            )
        return selections


def describe_tools(tools: Sequence["BaseTool"]) -> list[dict[str, Any]]:
    """Return tools in OpenAI's form, each by its own name."""
    return [_describe_tool(tool) for tool in tools]


def _describe_tool(tool: "BaseTool") -> dict[str, Any]:
    # By its own name, by which an agent finds it again. LlamaIndex's `to_openai_tool` changes names.
    metadata = tool.metadata
    return {
        "type": "function",
        "function": {
            "name": metadata.get_name(),
            "description": metadata.description,
            "parameters": metadata.get_parameters_dict(),  # pyright: ignore[reportUnknownMemberType] - a bare dict
        },
    }
