"""The options of one call: the fields of the chat model, and what the call itself says otherwise."""

from nemotron_vl_integrations.chat import SharedOptions
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.langchain.response_format import read_response_format
from nemotron_vl_integrations.langchain.tool_conversion import check_tool_choice, read_tools
from nemotron_vl_integrations.messages import Layout, Message, Request


class CallOptions(SharedOptions, frozen=True):
    """What one call is run with; the fields are those of `ChatNemotronVL`, and what is bound to a call.

    Attributes:
        tools: Descriptions of tools, as `bind_tools` writes them.
        tool_choice: `"auto"` or `"none"`.
        response_format: The form of the answer, as `with_structured_output` writes it.
        parallel_tool_calls: None or True; the model decides how many tools it calls.
    """

    tools: list[dict[str, object]] | None = None
    tool_choice: bool | str | dict[str, object] | None = None
    response_format: dict[str, object] | type | None = None
    parallel_tool_calls: bool | None = None

    def make_request(self, messages: tuple[Message, ...], *, layout: Layout, max_tiles: int) -> Request:
        """Return the request of this call.

        Args:
            messages: The conversation.
            layout: Taken where the options name none.
            max_tiles: Taken where the options name none.

        Raises:
            InvalidRequestError: Tools or a form of the answer that cannot be used.
        """
        tools = check_tool_choice(self.tool_choice, read_tools(self.tools))
        if tools and self.parallel_tool_calls is False:
            raise InvalidRequestError(
                "`parallel_tool_calls=False` cannot be enforced.", hint="Leave it out, or give one tool."
            )
        constraint = read_response_format(self.response_format)
        if constraint is not None and tools:
            raise InvalidRequestError(
                "Tools and a response format in one call cannot be used together.",
                hint="Bind the tools in one step and ask for the form of the answer in another.",
            )
        return self.write_request(
            messages, layout=layout, max_tiles=max_tiles, tools=tools, constraint=constraint
        )
