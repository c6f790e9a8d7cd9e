"""The options of one call: the fields of `NemotronVL`, and what the call itself says otherwise."""

from collections.abc import Mapping
from typing import cast

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.chat import SharedOptions, choose_tools
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.extraction.answer_format import read_answer_format
from nemotron_vl_integrations.messages import JSON, Layout, Message, Request, ToolSpec


class CallOptions(SharedOptions, frozen=True):
    """What one call is run with.

    Attributes:
        tools: Descriptions of tools in OpenAI's form, as `chat_with_tools` writes them.
        tool_choice: See `chat.choose_tools`.
        parallel_tool_calls: Whether a reply may hold several calls.
        response_format: The form of the answer, see `extraction.answer_format`; with tools, the reply is a call or has
            this form.
    """

    tools: list[dict[str, object]] | None = None
    tool_choice: bool | str | dict[str, object] | None = None
    parallel_tool_calls: bool | None = None
    response_format: dict[str, object] | type | None = None

    @property
    def parallel(self) -> bool:
        """Whether a reply may hold several calls; it may unless the call says no."""
        return self.parallel_tool_calls is not False

    def make_request(self, messages: tuple[Message, ...], *, layout: Layout, max_tiles: int) -> Request:
        """Return the request of this call.

        Args:
            messages: The conversation.
            layout: Taken where the options name none.
            max_tiles: Taken where the options name none.

        Raises:
            InvalidRequestError: Tools, a choice or a form of the answer that cannot be used.
        """
        tools, choice = choose_tools(
            self.tool_choice, [_read_tool(tool) for tool in self.tools or ()], parallel=self.parallel
        )
        return self.write_request(
            messages,
            layout=layout,
            max_tiles=max_tiles,
            tools=tools,
            tool_choice=choice,
            constraint=read_answer_format(self.response_format),
        )


def _read_tool(tool: Mapping[str, object]) -> ToolSpec:
    match tool:
        case {"function": {"name": str(name)}}:
            rest = cast("dict[str, object]", tool["function"])
            parameters = cast(
                "dict[str, JSON]", rest.get("parameters") or {"type": "object", "properties": {}}
            )
            return ToolSpec(name, str(rest.get("description", "")), parameters)
        case _:
            raise InvalidRequestError(
                f"The tool {show(tool)} has no name.",
                hint="Describe it in OpenAI's form, or use `chat_with_tools`.",
            )
