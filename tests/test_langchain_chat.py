"""The chat model on a script: options, streams, tools, forms of answers, counting, copies and errors."""

import asyncio
import copy
import pickle
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from enum import Enum
from typing import Any, Literal, TypedDict, cast

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelInvalidRequestError,
    ModelTimeoutError,
    OutputParserException,
)
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.runnables import ConfigurableField
from pydantic import BaseModel

from nemotron_vl_integrations.backends.base import Prompt, RawDelta
from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    EngineDiedError,
    ExtractionError,
    PromptTooLongError,
    TruncatedError,
)
from nemotron_vl_integrations.langchain import ChatNemotronVL
from nemotron_vl_integrations.messages import ChoiceConstraint, JSONSchemaConstraint, Sampling
from tests.paged_script import draw_text, open_script
from tests.scripted_chat import CALL, add_up, find_page, open_chat


class Letter(BaseModel):
    """A letter."""

    sender: str
    pages: int


class LetterTable(TypedDict):
    """A letter."""

    sender: str
    pages: int


class Kind(Enum):
    LETTER = "letter"
    BILL = "bill"


LETTER = '{"sender": "Anna", "pages": 2}'


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


@pytest.mark.parametrize("schema", [Letter, LetterTable, Letter.model_json_schema()])
@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_answers_follow_a_schema(schema: Any, method: Literal["json_schema", "json_mode"]) -> None:  # noqa: ANN401 - any schema
    chat, backend = open_chat([LETTER])
    answer = chat.with_structured_output(schema, method=method).invoke("Who wrote?")
    assert answer == (Letter(sender="Anna", pages=2) if schema is Letter else {"sender": "Anna", "pages": 2})
    assert isinstance(backend.samplings[0].constraint, JSONSchemaConstraint)


def test_options_may_stand_beside_the_form_of_an_answer() -> None:
    chat, backend = open_chat([LETTER, "bill"])
    chat.with_structured_output(Letter, max_tokens=40).invoke("Who wrote?")
    chat.with_structured_output(Kind, seed=3).invoke("What is it?")
    assert (backend.samplings[0].max_tokens, backend.samplings[1].seed) == (40, 3)


def test_a_schema_may_come_in_openais_wrapping() -> None:
    wrapped = {"type": "json_schema", "json_schema": {"name": "a", "schema": Letter.model_json_schema()}}
    answer = open_chat([LETTER])[0].with_structured_output(wrapped).invoke("Who wrote?")
    assert answer == {"sender": "Anna", "pages": 2}


LIST_SCHEMA = {"title": "Pages", "type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"schema": Letter, "method": "function"}, "`method='function'` does not exist"),
        ({"schema": Letter, "tools": [find_page]}, "bind_tools"),
        ({"schema": LIST_SCHEMA}, "root is of type 'array'"),
        ({"schema": LIST_SCHEMA, "method": "function_calling"}, "root is of type 'array'"),
        ({"schema": {}}, "a JSON schema with `properties`"),
        ({"schema": list[Letter]}, "a pydantic model, a typed dict"),
        ({"schema": None}, "only for `method='json_mode'`"),
    ],
)
def test_a_form_that_cannot_be_asked_for_is_refused_before_the_first_call(
    arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ModelInvalidRequestError, match=reason):
        open_chat([])[0].with_structured_output(**arguments)


def test_answers_are_one_of_a_few_values() -> None:
    chat, backend = open_chat(["bill", "no"])
    assert chat.with_structured_output(Kind).invoke("What is it?") is Kind.BILL
    assert chat.with_structured_output(Literal["yes", "no"]).invoke("Is it?") == "no"
    assert [sampling.constraint for sampling in backend.samplings] == [
        ChoiceConstraint(("letter", "bill")),
        ChoiceConstraint(("yes", "no")),
    ]


def test_an_answer_that_was_cut_is_an_error_or_told_with_the_message() -> None:
    cut = ScriptedReply(text='{"sender": "An', finish_reason="length")
    chat, _ = open_chat([cut, cut])
    with pytest.raises(OutputParserException, match="cut by `max_tokens`") as error:
        chat.with_structured_output(Letter).invoke("Who wrote?")
    assert isinstance(error.value, TruncatedError)
    assert error.value.llm_output == '{"sender": "An'
    told: Any = chat.with_structured_output(Letter, include_raw=True).invoke("Who wrote?")
    assert (told["raw"].text, told["parsed"]) == ('{"sender": "An', None)
    assert isinstance(told["parsing_error"], OutputParserException)


def test_an_answer_that_went_round_in_circles_says_what_helps() -> None:
    looped = ScriptedReply(text='{"sender": "An An An', finish_reason="repetition")
    with pytest.raises(TruncatedError, match="repetition_penalty"):
        open_chat([looped])[0].with_structured_output(Letter).invoke("Who wrote?")


def test_a_whole_answer_that_does_not_fit_is_an_error_of_its_own() -> None:
    with pytest.raises(OutputParserException, match="values do not fit") as error:
        open_chat(['{"sender": "Anna", "pages": "two"}'])[0].with_structured_output(Letter).invoke("Who?")
    assert isinstance(error.value, ExtractionError)


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
    for other in (copy.copy(chat), copy.deepcopy(chat), chat.model_copy()):
        assert other.engine is chat.engine
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
