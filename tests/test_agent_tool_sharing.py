"""Tools share the process engine with the model that calls them, many at once, and nothing waits for ever.

Models and tools are real. Which tool is called is scripted, because the demo checkpoint is too weak to choose: each
turn is written by the model, and the calls of the first are put in their place.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - LangChain's types
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool
from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult

from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.langchain import ChatNemotronVL, NemotronVLToolkit
from nemotron_vl_integrations.llama_index import NemotronVL, NemotronVLToolSpec
from nemotron_vl_integrations.tools import ToolLimits
from tests.paged_script import draw_text

AGENTS = 8
CALLS_A_TURN = 3
LIMITS = ToolLimits(answer_tokens=8)
QUESTION = {"source": "note.png", "page": 1, "question": "What is the Total?"}

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    draw_text("Total: 30.00", size=40).save(folder / "note.png")
    return folder


class CallsFirst(AgentMiddleware):
    """The first turn calls `ask_page` several times at once, the next one ends."""

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse | AIMessage:
        return replace_calls(request, handler(request))

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse | AIMessage:
        return replace_calls(request, await handler(request))


def replace_calls(request: ModelRequest, written: ModelResponse) -> AIMessage:
    (message,) = written.result
    assert isinstance(message, AIMessage)
    assert message.usage_metadata is not None, "the model of the agent is asked in each turn"
    if any(isinstance(message, ToolMessage) for message in request.messages):
        return AIMessage("Done.")
    calls: list[Any] = [
        {"name": "ask_page", "args": QUESTION, "id": str(number), "type": "tool_call"}
        for number in range(CALLS_A_TURN)
    ]
    return AIMessage("", tool_calls=calls)


def make_agent(folder: Path) -> Any:  # noqa: ANN401 - LangGraph's graph
    toolkit = NemotronVLToolkit(roots=folder, limits=LIMITS, tools=["ask_page"])
    return create_agent(ChatNemotronVL(max_tokens=4), toolkit.get_tools(), middleware=[CallsFirst()])


def count_answers(states: list[dict[str, Any]]) -> int:
    results = [
        message for state in states for message in state["messages"] if isinstance(message, ToolMessage)
    ]
    assert all(result.status == "success" for result in results)
    return len(results)


ASK = {"messages": [("user", "What is the total?")]}


def test_many_sync_graphs_call_tools_on_the_engine_of_their_model(folder: Path, engine: Engine) -> None:
    agent = make_agent(folder)
    with ThreadPoolExecutor(AGENTS) as threads:
        states = list(threads.map(agent.invoke, [ASK] * AGENTS))
    assert count_answers(states) == AGENTS * CALLS_A_TURN
    assert engine.running == 0


async def test_many_async_graphs_call_tools_on_the_engine_of_their_model(
    folder: Path, engine: Engine
) -> None:
    agent = make_agent(folder)
    states = await asyncio.gather(*(agent.ainvoke(ASK) for _ in range(AGENTS)))
    assert count_answers([*states]) == AGENTS * CALLS_A_TURN
    assert engine.running == 0


async def test_sync_graphs_and_tools_work_inside_a_running_loop(folder: Path, engine: Engine) -> None:
    assert count_answers([make_agent(folder).invoke(ASK)]) == CALLS_A_TURN
    (tool,) = get_tools(folder, engine)
    assert "page 1" in tool.invoke(QUESTION)


def get_tools(folder: Path, engine: Engine) -> list[BaseTool]:
    return NemotronVLToolkit(roots=folder, engine=engine, limits=LIMITS, tools=["ask_page"]).get_tools()


class CallsOnce(NemotronVL):
    """Calls no tool once one has answered."""

    async def astream_chat_with_tools(self, tools: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - LlamaIndex's
        if any(message.role == "tool" for message in options["chat_history"]):
            options["tool_choice"] = "none"
        return await super().astream_chat_with_tools(tools, *args, **options)


async def test_agents_of_llama_index_call_tools_on_the_engine_of_their_llm(
    folder: Path, engine: Engine
) -> None:
    """The first call is forced; it takes no arguments, because the demo checkpoint would make them up."""
    (tool,) = NemotronVLToolSpec(folder, limits=LIMITS, tools=["ask_page"]).to_tool_list()

    async def ask_total() -> Any:  # noqa: ANN401 - LlamaIndex's blocks
        """Tell the total."""
        return (await tool.acall(**QUESTION)).blocks

    async def run_one() -> list[ToolCallResult]:
        llm = CallsOnce(max_tokens=64)
        agent: Any = FunctionAgent(tools=[ask_total], llm=llm, initial_tool_choice="ask_total")
        handler = agent.run(user_msg="What is the total?")
        events = [event async for event in handler.stream_events() if isinstance(event, ToolCallResult)]
        await handler
        return events

    runs = await asyncio.gather(*(run_one() for _ in range(AGENTS)))
    assert [
        event.tool_output.content for events in runs for event in events if event.tool_output.is_error
    ] == []
    assert [len(events) for events in runs] == [1] * AGENTS
    assert engine.running == 0


def test_a_sync_call_on_the_loop_of_the_engine_is_refused_and_does_not_hang(
    folder: Path, engine: Engine
) -> None:
    (tool,) = get_tools(folder, engine)

    async def call() -> str:
        return tool.invoke(QUESTION)

    with pytest.raises(InvalidRequestError):
        run(call())
