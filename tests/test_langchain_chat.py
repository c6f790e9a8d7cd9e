"""The chat model on a script: options, streams, tools, counting, copies and errors."""

import asyncio
import copy
import pickle
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from typing import Any, cast

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelInvalidRequestError,
    ModelTimeoutError,
)
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.runnables import ConfigurableField

from nemotron_vl_integrations.backends.base import Prompt, RawDelta
from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    EngineDiedError,
    PromptTooLongError,
)
from nemotron_vl_integrations.langchain import ChatNemotronVL
from nemotron_vl_integrations.messages import Sampling
from tests.paged_script import draw_text, open_script
from tests.scripted_chat import CALL, add_up, find_page, open_chat
from tests.test_langchain_structured_output import Letter, LetterTable


def test_options_of_the_model_and_of_the_call_reach_the_engine() -> None:
    chat, backend = open_chat(["One.", "Two."], temperature=0.5, max_tokens=10, stop=["x"], seed=3)
    chat.invoke("Hello")
    chat.invoke("Hello", max_tokens=20, stop=["y"], top_p=0.5, top_k=4)
    first, second = backend.samplings
    assert (first.temperature, first.max_tokens, first.stop, first.seed) == (0.5, 10, ("x",), 3)
    assert (second.max_tokens, second.stop, second.top_p, second.top_k) == (20, ("y",), 0.5, 4)


def test_an_option_that_does_not_exist_is_refused() -> None:
    chat, backend = open_chat(["One."])
    with pytest.raises(ModelInvalidRequestError, match="did you mean temperature"):
        chat.invoke("Hello", temperatur=0.5)
    with pytest.raises(ModelInvalidRequestError, match="`max_tokens='many'`"):
        chat.invoke("Hello", max_tokens="many")
    assert backend.prompts == []


def test_a_field_that_does_not_exist_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ValueError, match=r"max_completion_tokens=10` \(did you mean max_tokens\?\)"):
        ChatNemotronVL(max_completion_tokens=10)  # pyright: ignore[reportCallIssue] - as users err


def test_building_a_model_starts_nothing() -> None:
    chat, backend = open_chat([])
    assert (chat.engine is not None, backend.starts) == (True, 0)


def test_usage_end_and_model_are_told() -> None:
    message = open_chat(["Good morning."])[0].invoke("Hello")
    assert isinstance(message, AIMessage)
    assert message.usage_metadata == {
        "input_tokens": 1,
        "output_tokens": 13,
        "total_tokens": 14,
        "input_token_details": {"cache_read": 0, "image": 0},
        "output_token_details": {"reasoning": 0},
    }
    told = message.response_metadata
    assert (told["finish_reason"], told["model_provider"]) == ("stop", "nemotron_vl")
    assert told["model_name"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_call_that_cannot_be_carried_out_stays_invalid(streamed: bool) -> None:
    unknown = CALL.replace("find_page", "burn_page")
    chat = open_chat([unknown])[0].bind_tools([find_page])
    message = add_up(list(chat.stream("Look."))) if streamed else chat.invoke("Look.")
    assert isinstance(message, AIMessage)
    assert (message.tool_calls, len(message.invalid_tool_calls)) == ([], 1)
    reasons = message.additional_kwargs.get("invalid_tool_call_reasons", {}).values()
    assert any("burn_page" in str(reason) for reason in [*reasons, message.invalid_tool_calls[0]["error"]])


TOOLS: list[Any] = [
    find_page,
    Letter,
    LetterTable,
    find_page.func,  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - of a StructuredTool
    {"type": "function", "function": {"name": "a", "description": "A.", "parameters": {"type": "object"}}},
    {"name": "a", "description": "A.", "input_schema": {"type": "object", "properties": {}}},
    {"title": "a", "description": "A.", "type": "object", "properties": {"b": {"type": "string"}}},
]


@pytest.mark.parametrize("kind", range(len(TOOLS)))
def test_tools_of_every_kind_reach_the_prompt(kind: int) -> None:
    chat, backend = open_chat(["Done."])
    chat.bind_tools([TOOLS[kind]]).invoke("Look.")
    assert "<AVAILABLE_TOOLS>" in backend.prompts[0].text


def test_a_tool_of_another_service_is_refused() -> None:
    with pytest.raises(ModelInvalidRequestError, match="another service"):
        open_chat([])[0].bind_tools([{"type": "web_search_preview"}])


def test_no_tools_or_none_of_them_leave_the_prompt_without() -> None:
    chat, backend = open_chat(["Done.", "Done."])
    chat.bind_tools([]).invoke("Look.")
    chat.bind_tools([find_page], tool_choice="none").invoke("Look.")
    assert all("find_page" not in prompt.text for prompt in backend.prompts)


@pytest.mark.parametrize("tools", [find_page, "find_page", {"name": "a"}, 7])
def test_what_is_no_list_of_tools_is_refused(tools: Any) -> None:  # noqa: ANN401 - as users err
    with pytest.raises(ModelInvalidRequestError, match="Give a list of tools"):
        open_chat([])[0].bind_tools(tools)


def test_a_choice_of_a_tool_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelInvalidRequestError, match="names no tool"):
        open_chat([])[0].bind_tools([find_page], tool_choice="burn_page").invoke("Look.")


def test_a_prompt_that_is_too_long_is_told_before_anything_is_sent() -> None:
    chat, backend = open_chat(["One."])
    with pytest.raises(ContextOverflowError) as error:
        chat.invoke("word " * 40_000)
    assert isinstance(error.value, PromptTooLongError)
    assert backend.prompts == []


def test_a_call_that_runs_out_of_time_is_aborted() -> None:
    chat, backend = open_chat([ScriptedReply(text="Late.", hold=asyncio.Event())], timeout=0.05)
    with pytest.raises(ModelTimeoutError):
        chat.invoke("Hello")
    assert backend.running == 0


def test_a_call_under_which_the_engine_died_is_sent_again() -> None:
    died = EngineDiedError("It died.")
    assert open_chat([died, "Yes."])[0].invoke("Hello").text == "Yes."
    with pytest.raises(ModelAPIError):
        open_chat([died], max_retries=0)[0].invoke("Hello")


def test_a_stream_that_is_closed_is_aborted() -> None:
    chat, backend = open_chat(["A long answer."])
    stream = cast("Generator[AIMessageChunk, None, None]", chat.stream("Hello"))
    next(stream)
    assert backend.running == 1
    stream.close()
    assert backend.running == 0


def test_an_async_stream_that_is_closed_is_aborted() -> None:
    ended = threading.Event()

    class Announcing(ScriptedBackend):
        async def stream(
            self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
        ) -> AsyncGenerator[RawDelta, None]:
            deltas = super().stream(prompt, sampling, request_id=request_id, priority=priority)
            try:
                async with aclosing(deltas):
                    async for delta in deltas:
                        yield delta
            finally:
                ended.set()

    backend = Announcing(["A long answer."])
    chat = ChatNemotronVL(engine=open_script(backend))

    async def take_one() -> tuple[int, bool]:
        stream = cast("AsyncGenerator[AIMessageChunk, None]", chat.astream("Hello"))
        await anext(stream)
        running = backend.running
        await stream.aclose()
        # LangChain leaves the generator inside to the event loop, which closes it a moment later.
        return running, await asyncio.to_thread(ended.wait, 10)

    assert asyncio.run(take_one()) == (1, True)
    assert backend.running == 0


def test_a_call_that_is_cancelled_is_aborted() -> None:
    arrived = threading.Event()

    class Announcing(ScriptedBackend):
        def _next_step(self) -> ScriptStep:
            arrived.set()
            return super()._next_step()

    backend = Announcing([ScriptedReply(text="Late.", hold=asyncio.Event())])
    chat = ChatNemotronVL(engine=open_script(backend))

    async def cancel() -> None:
        call = asyncio.create_task(chat.ainvoke("Hello"))
        await asyncio.to_thread(arrived.wait)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(cancel())
    assert backend.running == 0


def test_every_loop_may_call() -> None:
    chat, _ = open_chat(["One.", "Two."])
    assert [asyncio.run(chat.ainvoke("Hello")).text for _ in range(2)] == ["One.", "Two."]


def test_log_probabilities_are_told_when_asked_for() -> None:
    chat, _ = open_chat(["Yes.", "Yes."], logprobs=True)
    whole, message = add_up(list(chat.stream("Hello"))), chat.invoke("Hello")
    for told in (whole.response_metadata, message.response_metadata):
        assert [entry["token"] for entry in told["logprobs"]["content"]] == list("Yes.")


def test_copies_keep_the_engine() -> None:
    chat, _ = open_chat(["One."])
    configurable = chat.configurable_fields(max_tokens=ConfigurableField("limit"))
    bound: Any = chat.bind_tools([find_page])
    copies = (
        copy.copy(chat),
        copy.deepcopy(chat),
        chat.model_copy(),
        bound.bound,
        copy.deepcopy(bound).bound,
    )
    assert all(other.engine is chat.engine for other in copies)
    assert configurable.with_config(configurable={"limit": 5}).invoke("Hello").text == "One."


def test_a_pickled_model_finds_its_engine_by_the_configuration() -> None:
    engine = Engine(EngineConfig(max_tiles=6), backend=ScriptedBackend([]))
    chat: ChatNemotronVL = pickle.loads(pickle.dumps(ChatNemotronVL(engine=engine, max_tokens=7)))
    assert (chat.engine, chat.config, chat.max_tokens) == (None, EngineConfig(max_tiles=6), 7)


@pytest.mark.filterwarnings("ignore:The function `load` is in beta")
def test_a_model_that_was_written_down_is_read_back() -> None:
    chat = ChatNemotronVL(config=EngineConfig(max_tiles=6), max_tokens=7)
    back = load(dumpd(chat), allowed_objects=[ChatNemotronVL], valid_namespaces=["nemotron_vl_integrations"])
    assert back == chat


def test_the_profile_says_what_the_model_can_do_and_holds() -> None:
    profile: Any = ChatNemotronVL(config=EngineConfig(max_model_len=4096)).profile
    assert profile["max_input_tokens"] == 4096
    can = (
        "image_inputs",
        "pdf_inputs",
        "image_tool_message",
        "pdf_tool_message",
        "tool_calling",
        "structured_output",
    )
    assert all(profile[name] for name in can)
    assert not any(profile[name] for name in ("audio_inputs", "video_inputs", "image_url_inputs"))
    fetching: Any = ChatNemotronVL(allowed_hosts=("example.org",)).profile
    assert fetching["image_url_inputs"]


def test_traces_name_provider_model_and_ends() -> None:
    chat = ChatNemotronVL(stop=["x"], max_tokens=7, model="some-model")
    params = chat._get_ls_params()  # pyright: ignore[reportPrivateUsage] - what LangChain calls
    assert (params.get("ls_provider"), params.get("ls_model_name")) == ("nemotron_vl", "some-model")
    assert (params.get("ls_stop"), params.get("ls_max_tokens")) == (["x"], 7)


def test_tokens_are_counted_as_the_engine_counts_them(engine: Engine) -> None:
    chat = ChatNemotronVL(engine=engine, max_tokens=4)
    image: list[Any] = [{"type": "image", "image": draw_text("Good morning.")}, "Transcribe this page."]
    messages = [HumanMessage(image)]
    reply = chat.bind_tools([find_page]).invoke(messages)
    assert isinstance(reply, AIMessage)
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["input_tokens"] == chat.get_num_tokens_from_messages(messages, [find_page])
    assert reply.usage_metadata.get("input_token_details") == {
        "cache_read": 0,
        "image": 258,
    }


def test_the_engine_reads_a_page(engine: Engine) -> None:
    image: list[Any] = [{"type": "image", "image": draw_text("Good morning.")}, "Transcribe this page."]
    assert ChatNemotronVL(engine=engine).invoke([HumanMessage(image)]).text == "Good morning."
