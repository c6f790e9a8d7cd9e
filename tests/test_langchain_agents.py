"""LangChain's agents on the chat model: they use tools, look at images, and end with an answer of the form asked for.

The demo checkpoint is too small to choose a tool for a reason. Where a choice has to be made, `Directed` forces
it (and nothing else) turn by turn; the calls, their arguments and the answers are written by the real engine.
"""

import base64
import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - LangChain's types
from langchain.agents.middleware import (
    ModelRequest,
    ModelResponse,
    SummarizationMiddleware,
    wrap_model_call,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from typing_extensions import override

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain import ChatNemotronVL, ImageHistory
from tests.paged_script import draw_text, open_script


class Receipt(BaseModel):
    """What a receipt says."""

    shop: str = Field(max_length=24)
    paid: bool


def show(text: str) -> dict[str, Any]:
    file = io.BytesIO()
    draw_text(text).save(file, "PNG")
    return {"type": "image", "base64": base64.b64encode(file.getvalue()).decode(), "mime_type": "image/png"}


@tool
def turn_page(page: int) -> list[dict[str, Any]]:
    """Show another page of the document."""
    return [{"type": "text", "text": f"Page {page}."}, show(f"Page {page}")]


@tool
def say_date() -> str:
    """Say which day it is."""
    return "Monday"


TOOLS = [turn_page, say_date]
QUESTION = HumanMessage([show("Total 30.00"), {"type": "text", "text": "Which shop is it, and is it paid?"}])


class Directed(ChatNemotronVL):
    """Forces the tool of each turn; later turns are left to the model."""

    order: list[str] = Field(default_factory=list[str])

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any) -> Any:  # noqa: ANN401 - as in LangChain
        choice = self.order.pop(0) if self.order else tool_choice
        return super().bind_tools(tools, tool_choice=choice, **kwargs)


def run(agent: Any, messages: Sequence[AnyMessage] = (QUESTION,)) -> dict[str, Any]:  # noqa: ANN401 - LangGraph's graph
    return agent.invoke({"messages": list(messages)}, {"recursion_limit": 14})


def list_steps(agent: Any, mode: str) -> list[object]:  # noqa: ANN401 - LangGraph's graph
    return list(agent.stream({"messages": [HumanMessage("Look.")]}, stream_mode=mode))


def list_calls(state: dict[str, Any]) -> list[str]:
    return [
        call["name"]
        for message in state["messages"]
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    ]


@wrap_model_call
def newest_images(request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]) -> ModelResponse:
    return handler(request.override(messages=ImageHistory(limit=2).trim(request.messages)))


STRATEGIES: dict[str, tuple[Any, str]] = {
    "provider": (ProviderStrategy(Receipt), "none"),
    "tool": (ToolStrategy(Receipt), "Receipt"),
    "left to LangChain": (Receipt, "none"),
}


@pytest.mark.parametrize("name", STRATEGIES)
def test_an_agent_with_tools_and_an_image_ends_with_the_form_that_was_asked_for(
    engine: Engine, name: str
) -> None:
    """Which tool is called, and that there is no further call, is directed: left alone, the model calls for ever."""
    strategy, end = STRATEGIES[name]
    chat = Directed(
        engine=engine,
        max_tokens=120,
        repetition_penalty=1.2,
        order=["turn_page", "say_date", end],
    )
    state = run(create_agent(chat, TOOLS, response_format=strategy, middleware=[newest_images]))
    assert isinstance(state["structured_response"], Receipt)
    assert list_calls(state)[:2] == ["turn_page", "say_date"]
    results = [message for message in state["messages"] if isinstance(message, ToolMessage)]
    assert [message.name for message in results][:2] == ["turn_page", "say_date"]
    assert all(message.status == "success" for message in results)


def test_a_turn_of_an_agent_is_a_call_or_the_final_answer(engine: Engine) -> None:
    """Nothing is directed here, so this is one turn: the model may go on calling for ever."""
    chat = ChatNemotronVL(engine=engine, max_tokens=120, repetition_penalty=1.2)
    form = ProviderStrategy(Receipt).to_model_kwargs()
    for question in (QUESTION, HumanMessage("What day is it? Use the tool.")):
        reply = chat.bind_tools(TOOLS, **form).invoke([question])
        assert reply.response_metadata["finish_reason"] == "stop"
        assert bool(reply.tool_calls) != bool(reply.text)
        if not reply.tool_calls:
            assert Receipt.model_validate_json(reply.text)


def test_an_agent_sees_the_image_that_a_tool_returned(engine: Engine) -> None:
    chat = Directed(engine=engine, max_tokens=60, order=["turn_page", "none"])
    state = run(create_agent(chat, TOOLS), [HumanMessage("Turn to page 2.")])
    replies: list[Any] = [message for message in state["messages"] if isinstance(message, AIMessage)]
    tokens = [reply.usage_metadata["input_token_details"]["image"] for reply in replies]
    assert tokens == [0, 258]


class Overflows(BaseCallbackHandler):
    """Counts prompts that did not fit, as LangChain is told of them."""

    count = 0

    @override
    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        assert isinstance(error, ContextOverflowError)
        self.count += 1


def test_a_prompt_that_is_too_long_lets_the_summary_be_cut_and_the_agent_go_on(engine: Engine) -> None:
    overflows = Overflows()
    chat = ChatNemotronVL(engine=engine, max_tokens=20, callbacks=[overflows])
    history: list[AnyMessage] = []
    for number in range(24):
        history += [HumanMessage(f"Question {number}: " + "what does it say? " * 170), AIMessage("A page.")]
    summarise = SummarizationMiddleware(
        chat,
        trigger=("tokens", 9000),
        keep=("messages", 2),
        token_counter=chat.count_tokens,
        trim_tokens_to_summarize=None,
    )
    with pytest.raises(ContextOverflowError):
        chat.invoke([*history, HumanMessage("Hello")])
    assert overflows.count == 1
    state = run(create_agent(chat, [say_date], middleware=[summarise]), [*history, HumanMessage("Hello")])
    # The history to be summarised was too long as well, and was asked for once more without its middle.
    assert overflows.count == 2
    assert "summary" in state["messages"][0].text
    assert len(state["messages"]) <= 4
    assert isinstance(state["messages"][-1], AIMessage)


def test_an_agent_reads_the_reason_of_an_invalid_call() -> None:
    """Scripted: what the engine enforces, it cannot be made to break."""
    calls = ['<TOOLCALL>[{"name": "burn_page", "arguments": {}}]</TOOLCALL>', "Done."]
    backend = ScriptedBackend(calls)
    state = run(create_agent(ChatNemotronVL(engine=open_script(backend)), TOOLS), [HumanMessage("Look.")])
    (call,) = state["messages"][1].invalid_tool_calls
    assert "burn_page" in call["error"]


@pytest.mark.parametrize("mode", ["messages", "updates"])
def test_a_streaming_agent_does_not_carry_out_a_call_that_was_cut(mode: str) -> None:
    """Scripted: the cut comes inside the number of the page."""
    cut = ScriptedReply(
        text='<TOOLCALL>[{"name": "turn_page", "arguments": {"page": 12', finish_reason="length"
    )
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend([cut])))
    steps = list_steps(create_agent(chat, TOOLS), mode)
    assert steps
    assert "ToolMessage" not in repr(steps)
