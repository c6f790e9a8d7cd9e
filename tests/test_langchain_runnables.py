"""What LangChain does with every model: callbacks, events, retries, fallbacks, caches, chains, batches."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.exceptions import ModelAPIError, ModelInvalidRequestError
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.outputs import LLMResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import ConfigurableField, RunnableParallel
from typing_extensions import override

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.errors import EngineDiedError
from nemotron_vl_integrations.langchain import ChatNemotronVL
from tests.paged_script import open_script
from tests.scripted_chat import open_chat
from tests.test_langchain_content import PNG
from tests.test_langchain_streams import AllAtOnce


class Listener(BaseCallbackHandler):
    """Notes what LangChain tells of a call."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, object]] = []

    @override
    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[Any]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self.heard.append(("start", (kwargs["tags"], kwargs["metadata"]["owner"], kwargs["name"])))

    @override
    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.heard.append(("token", token))

    @override
    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        self.heard.append(("end", response.generations[0][0].text))

    @override
    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        self.heard.append(("error", type(error).__mro__[1]))


def test_callbacks_hear_of_tags_tokens_ends_and_errors() -> None:
    chat, _ = open_chat(["Hi", "Hi"])
    listener = Listener()
    config: Any = {"callbacks": [listener], "tags": ["a"], "metadata": {"owner": "Hale"}, "run_name": "greet"}
    chat.invoke("Hello", config)
    list(chat.stream("Hello", config))
    with pytest.raises(ModelInvalidRequestError):
        chat.invoke([AIMessage("Yes.")], config)
    start = ("start", (["a"], "Hale", "greet"))
    tokens = [("token", "H"), ("token", "i"), ("token", "")]
    assert listener.heard == [
        start,
        ("end", "Hi"),
        start,
        *tokens,
        ("end", "Hi"),
        start,
        ("error", ModelInvalidRequestError),
    ]


def test_tokens_of_all_calls_are_counted_under_the_name_of_the_checkpoint() -> None:
    chat, _ = open_chat(["Hi"] * 4)
    with get_usage_metadata_callback() as counted:
        chat.invoke("Hello")
        list(chat.stream("Hello"))
        chat.batch(["Hello"] * 2)
    (usage,) = counted.usage_metadata.values()
    assert (usage["input_tokens"], usage["output_tokens"]) == (4, 8)


@pytest.mark.parametrize("streaming", [True, False])
def test_invoking_streams_inside_where_that_is_asked_for(streaming: bool) -> None:
    chat, _ = open_chat(["Hi"], streaming=streaming)
    listener = Listener()
    assert chat.invoke("Hello", {"callbacks": [listener], "metadata": {"owner": ""}}).text == "Hi"
    assert any(kind == "token" for kind, _ in listener.heard) == streaming


def test_events_of_the_second_version_carry_the_pieces() -> None:
    chat, _ = open_chat(["Hi"])

    async def listen() -> list[tuple[str, str]]:
        events = chat.astream_events("Hello", version="v2")
        return [(event["event"], getattr(event["data"].get("chunk"), "text", "")) async for event in events]

    events = asyncio.run(listen())
    assert [name for name, _ in events][:: len(events) - 1] == ["on_chat_model_start", "on_chat_model_end"]
    assert "".join(text for _, text in events) == "Hi"


@pytest.mark.timeout(60)
def test_a_chain_batches_through_the_model_all_at_once() -> None:
    chat = ChatNemotronVL(engine=open_script(AllAtOnce(24)))
    chain = ChatPromptTemplate.from_template("Greet {name}.") | chat | StrOutputParser()
    assert chain.batch([{"name": str(number)} for number in range(24)]) == ["Yes."] * 24


def test_a_template_fills_in_images() -> None:
    chat, backend = open_chat(["A number."])
    block = {"type": "image", "base64": "{scan}", "mime_type": "image/png"}
    prompt = ChatPromptTemplate.from_messages([("human", ["What is it?", block])])
    assert (prompt | chat).invoke({"scan": PNG}).text == "A number."
    assert len(backend.prompts[0].images) == 1


def test_json_is_parsed_while_it_streams() -> None:
    chain = open_chat(['{"a": 12}'])[0] | JsonOutputParser()
    assert list(chain.stream("Hello"))[-2:] == [{"a": 1}, {"a": 12}]


def test_several_models_answer_side_by_side() -> None:
    both = RunnableParallel(a=open_chat(["A"])[0], b=open_chat(["B"])[0]).invoke("Hello")
    assert (both["a"].text, both["b"].text) == ("A", "B")


def test_retries_and_fallbacks_of_langchain_wrap_the_model() -> None:
    died = EngineDiedError("It died.")
    chat, _ = open_chat([died, "Yes.", died], max_retries=0)
    assert (
        chat.with_retry(retry_if_exception_type=(ModelAPIError,), wait_exponential_jitter=False)
        .invoke("Hello")
        .text
        == "Yes."
    )
    assert chat.with_fallbacks([open_chat(["Second."])[0]]).invoke("Hello").text == "Second."


def test_a_cache_and_a_limit_of_calls_are_taken() -> None:
    limiter = InMemoryRateLimiter(requests_per_second=1000, check_every_n_seconds=0.001)
    chat, backend = open_chat(["Once."], cache=InMemoryCache(), rate_limiter=limiter)
    assert [chat.invoke("Hello").text for _ in range(2)] == ["Once.", "Once."]
    assert len(backend.prompts) == 1


def test_a_cache_tells_models_with_other_options_apart() -> None:
    cache = InMemoryCache()
    engine = open_script(ScriptedBackend(["One.", "Two."]))
    first, second = (ChatNemotronVL(engine=engine, cache=cache, max_tokens=limit) for limit in (10, 20))
    assert [first.invoke("Hello").text, second.invoke("Hello").text] == ["One.", "Two."]


def test_a_model_is_chosen_by_configuration() -> None:
    chat = open_chat(["A"])[0].configurable_alternatives(
        ConfigurableField("model"), default_key="a", b=open_chat(["B"])[0]
    )
    assert chat.with_config(configurable={"model": "b"}).invoke("Hello").text == "B"


def test_a_batch_hands_back_errors_in_their_places() -> None:
    answers = open_chat(["Yes."])[0].batch(["Hello", [AIMessage("Yes.")]], return_exceptions=True)
    assert [isinstance(answer, ModelInvalidRequestError) for answer in answers] == [False, True]


def test_a_time_limit_of_the_callers_own_aborts_in_the_engine() -> None:
    backend = ScriptedBackend([ScriptedReply(text="Late.", hold=asyncio.Event())] * 3)
    chat = ChatNemotronVL(engine=open_script(backend))

    async def wait() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await chat.ainvoke("Hello")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(chat.abatch(["Hello"] * 2), 0.1)

    asyncio.run(wait())
    assert backend.running == 0
