"""The options of one call: the fields of the chat model, and what the call itself says otherwise."""

from nemotron_vl_integrations.chat import SharedOptions, choose_tools
from nemotron_vl_integrations.langchain.response_format import read_response_format
from nemotron_vl_integrations.langchain.tool_conversion import are_strict, read_tools
from nemotron_vl_integrations.messages import Layout, Message, Request


class CallOptions(SharedOptions, frozen=True):
    """What one call is run with; the fields are those of `ChatNemotronVL`, and what is bound to a call.

    Attributes:
        tools: Descriptions of tools, as `bind_tools` writes them.
        tool_choice: Whether the model must, may or must not call, see `choose_tools`.
        response_format: The form of the answer, as `with_structured_output` writes it.
        parallel_tool_calls: Whether a reply may hold several calls; None says yes.
    """

    tools: list[dict[str, object]] | None = None
    tool_choice: object = None
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
        tools, choice = choose_tools(
            self.tool_choice,
            read_tools(self.tools),
            parallel=self.parallel_tool_calls is not False,
            strict=are_strict(self.tools),
        )
        return self.write_request(
            messages,
            layout=layout,
            max_tiles=max_tiles,
            tools=tools,
            tool_choice=choice,
            constraint=read_response_format(self.response_format),
        )
