"""The same whole task through LangChain, LlamaIndex and MCP, on the real engine; `contract_task` says what is scripted.

The three share one ledger, so whichever comes first reads the twelve pages, and the others find them there.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import closing
from typing import Any, cast

import pytest
from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - LangChain's types
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, ToolMessage
from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from mcp import Client
from mcp_types import TextContent

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain import ChatNemotronVL, NemotronVLToolkit
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.llama_index import NemotronVL, NemotronVLToolSpec
from nemotron_vl_integrations.tools import Workspace
from tests.contract_task import QUESTION, SAMPLES, check_answers, plan
from tests.mcp_serving import serving_here


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Generator[Ledger]:
    with closing(Ledger(tmp_path_factory.mktemp("task") / "pages.ledger")) as ledger:
        yield ledger


class Planned(AgentMiddleware):
    """Lets the model write each turn; what it calls is replaced by the plan, and its last turn is its own."""

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse | AIMessage:
        call = find_call(request)
        written = handler(request if call else request.override(tools=[]))
        return call or written

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse | AIMessage:
        call = find_call(request)
        written = await handler(request if call else request.override(tools=[]))
        return call or written


def find_call(request: ModelRequest) -> AIMessage | None:
    answers = [message.text for message in request.messages if isinstance(message, ToolMessage)]
    call = plan(answers)
    if call is None:
        return None
    said = {"name": call.name, "args": {**call.arguments}, "id": str(len(answers)), "type": "tool_call"}
    return AIMessage("", tool_calls=[said])


def check_state(state: dict[str, Any]) -> None:
    results = [message for message in state["messages"] if isinstance(message, ToolMessage)]
    assert all(result.status == "success" for result in results)
    check_answers([result.text for result in results])
    assert results[-1].artifact["pages"] == [9]
    last = state["messages"][-1]
    assert isinstance(last, AIMessage)
    assert last.usage_metadata is not None, "the last turn is the model's own"


def make_agent(engine: Engine, ledger: Ledger) -> Any:  # noqa: ANN401 - LangGraph's graph
    toolkit = NemotronVLToolkit(roots=SAMPLES, ledger=ledger, engine=engine)
    chat = ChatNemotronVL(engine=engine, max_tokens=16)
    return create_agent(chat, toolkit.get_tools(), middleware=[Planned()])


def test_an_agent_of_langchain_finds_reads_and_extracts(engine: Engine, ledger: Ledger) -> None:
    check_state(make_agent(engine, ledger).invoke({"messages": [("user", QUESTION)]}))


async def test_an_agent_of_langchain_does_so_on_an_event_loop(engine: Engine, ledger: Ledger) -> None:
    check_state(await make_agent(engine, ledger).ainvoke({"messages": [("user", QUESTION)]}))


class PlannedLLM(NemotronVL):
    """Writes each turn; what it calls is replaced by the plan, and its last turn is its own."""

    async def astream_chat_with_tools(self, tools: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - LlamaIndex's
        history: list[ChatMessage] = options["chat_history"]
        answers = [message.content or "" for message in history if message.role == "tool"]
        call = plan(answers)
        choice = {"tool_choice": "none"} if call is None else {}
        stream = await super().astream_chat_with_tools(tools, *args, **options, **choice)
        written = [chunk async for chunk in stream]
        if call is not None:
            block = ToolCallBlock(
                tool_call_id=str(len(answers)), tool_name=call.name, tool_kwargs={**call.arguments}
            )
            written = [ChatResponse(message=ChatMessage(role="assistant", blocks=[block]), delta="")]
        return replay(written)


async def replay(chunks: list[ChatResponse]) -> AsyncGenerator[ChatResponse]:
    for chunk in chunks:
        yield chunk


async def test_an_agent_of_llama_index_finds_reads_and_extracts(engine: Engine, ledger: Ledger) -> None:
    spec = NemotronVLToolSpec(SAMPLES, ledger=ledger, engine=engine)
    agent: Any = FunctionAgent(
        tools=cast("Any", spec.to_tool_list()), llm=PlannedLLM(engine=engine, max_tokens=16)
    )
    run = agent.run(user_msg=QUESTION)
    results = [event async for event in run.stream_events() if isinstance(event, ToolCallResult)]
    await run
    assert not any(result.tool_output.is_error for result in results)
    check_answers([result.tool_output.content for result in results])


async def test_a_client_of_the_mcp_server_finds_reads_and_extracts(engine: Engine, ledger: Ledger) -> None:
    answers: list[str] = []
    workspace = Workspace(SAMPLES, ledger=ledger, engine=engine)
    async with serving_here(workspace) as address, Client(address) as client:
        structured: dict[str, Any] = {}
        while call := plan(answers):
            result = await client.call_tool(call.name, {**call.arguments})
            assert not result.is_error
            (text,) = result.content
            assert isinstance(text, TextContent)
            answers.append(text.text)
            structured = result.structured_content or structured
    check_answers(answers)
    assert structured["pages"] == [9]
