"""Standard tests of LlamaIndex's LLMs: agents and query engines run to their end, with tools that show images."""

import asyncio
from typing import Any, cast

import pytest
from llama_index.core.agent.workflow import (
    AgentOutput,
    AgentStream,
    AgentWorkflow,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.llms.llm import LLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import MediaResource, Node, NodeWithScore, QueryBundle, TextNode
from llama_index.core.tools import FunctionTool
from typing_extensions import override

from nemotron_vl_integrations.testing.llama_index_llm_suite import (
    LLMSuite,
    draw_page,
    recorded_events,
    show_page,
)

_QUESTION = "What does the page say?"


def view_page() -> list[TextBlock | ImageBlock]:
    """Shows the page."""
    return [TextBlock(text="The page:"), show_page()]


class AgentTests(LLMSuite):
    """Tests of what is built on LLMs."""

    @property
    def image_tokens(self) -> int:
        """Tokens that the page of a tool takes at least; 0 where the model does not see it."""
        return 100 if self.sees_images else 0

    def make_react_llm(self) -> LLM:
        """Return the LLM of a ReAct agent; its first reply may be given, if the model cannot write the form."""
        return self.make_llm()

    def test_a_function_agent_looks_at_what_its_tool_shows(self, llm: LLM) -> None:
        """The first step calls the tool; in the second the model has the image before it."""
        self._skip_without_calls()
        agent = FunctionAgent(tools=[_tool()], llm=llm, initial_tool_choice="view_page")
        self._check_run(agent)

    def test_a_workflow_of_agents_looks_too(self, llm: LLM) -> None:
        """The same, as one agent of a workflow."""
        self._skip_without_calls()
        agent = FunctionAgent(name="reader", tools=[_tool()], llm=llm, initial_tool_choice="view_page")
        self._check_run(AgentWorkflow([agent]))

    def test_an_agent_without_streams_ends(self, llm: LLM) -> None:
        """`streaming=False` uses other methods."""
        self._skip_without_calls()
        agent = FunctionAgent(tools=[_tool()], llm=llm, initial_tool_choice="view_page", streaming=False)
        assert isinstance(_run(agent)[0], AgentOutput)

    def test_a_react_agent_ends(self) -> None:
        """It writes calls as text, and needs chats alone."""
        agent = ReActAgent(tools=[_tool()], llm=self.make_react_llm())
        assert isinstance(_run(agent)[0], AgentOutput)

    @pytest.mark.parametrize("kind", ["text", "page"])
    def test_a_query_engine_shows_what_was_found(self, llm: LLM, kind: str) -> None:
        """Text, and text with the image of its page."""
        if kind == "page" and not self.sees_images:
            pytest.skip("The model sees no images.")
        node = (
            TextNode(text="Good morning.")
            if kind == "text"
            else Node(
                text_resource=MediaResource(text="Good morning."),
                image_resource=MediaResource(data=draw_page(), mimetype="image/png"),
            )
        )
        engine = RetrieverQueryEngine.from_args(_Found([node]), llm=llm, multimodal=kind == "page")
        with recorded_events() as events:
            response = engine.query(_QUESTION)
        assert str(response) is not None
        asked = [
            cast("Any", event).messages for event in events if type(event).__name__ == "LLMChatStartEvent"
        ]
        kinds = {block.block_type for messages in asked for message in messages for block in message.blocks}
        assert kinds == ({"text"} if kind == "text" else {"text", "image"})

    def _skip_without_calls(self) -> None:
        if not self.calls_by_force:
            pytest.skip("The model cannot be made to call a tool.")

    def _check_run(self, agent: FunctionAgent | AgentWorkflow) -> None:
        output, events = _run(agent)
        assert isinstance(output, AgentOutput)
        results = [event for event in events if isinstance(event, ToolCallResult)]
        assert results[0].tool_name == "view_page"
        assert not results[0].tool_output.is_error
        raws = [cast("Any", event.raw) for event in events if isinstance(event, AgentStream)]
        prompts = [raw["usage"]["prompt_tokens"] for raw in raws if raw and raw.get("usage")]
        assert len(prompts) > 1, "The streams of the agent's steps tell no tokens of their prompts."
        assert prompts[1] >= prompts[0] + self.image_tokens, "The model did not see what the tool showed."


class _Found(BaseRetriever):
    """Finds the same nodes for every question."""

    def __init__(self, nodes: list[Any]) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] - bare dicts in its types
        self._nodes = nodes

    @override
    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=node, score=1.0) for node in self._nodes]


def _tool() -> FunctionTool:
    return FunctionTool.from_defaults(view_page)


def _run(agent: FunctionAgent | ReActAgent | AgentWorkflow) -> tuple[object, list[object]]:
    async def run() -> tuple[object, list[object]]:
        # A weak model may call its tool for ever; then it is asked for an answer without tools.
        handler = cast("Any", agent).run(
            user_msg=_QUESTION, max_iterations=4, early_stopping_method="generate"
        )
        events: list[object] = [event async for event in handler.stream_events()]
        return await handler, events

    return asyncio.run(run())
