"""NemotronVL on a script: streams, options, thoughts, counting, copies, what it says about itself."""

import asyncio
import copy
import json
import multiprocessing
import pickle
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from typing import Any, cast

import pytest
from llama_index.core import Settings
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ImageBlock, TextBlock, ThinkingBlock
from llama_index.core.utils import get_tokenizer  # pyright: ignore[reportUnknownVariableType] - a bare list
from typing_extensions import override

from nemotron_vl_integrations.backends.base import Prompt, RawDelta
from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import EngineDiedError, EngineStartError, InvalidRequestError
from nemotron_vl_integrations.llama_index import NemotronVL
from nemotron_vl_integrations.messages import ChoiceConstraint, RegexConstraint, Sampling
from tests.paged_script import open_script
from tests.scripted_llm import open_llm, write_png

HELLO = [ChatMessage(content="Hello")]


def test_building_and_looking_start_nothing() -> None:
    llm, backend = open_llm([], max_tokens=100)
    metadata = llm.metadata
    assert (metadata.context_window, metadata.num_output) == (16_384, 100)
    assert (metadata.is_chat_model, metadata.is_function_calling_model) == (True, True)
    assert metadata.model_name == "nemotron-vl-demo"
    assert backend.starts == 0


def test_a_checkpoint_that_is_not_here_is_foreseen_by_its_name() -> None:
    metadata = NemotronVL(config=EngineConfig(model="nvidia/Not-Fetched", max_model_len=8192)).metadata
    assert (metadata.model_name, metadata.context_window) == ("nvidia/Not-Fetched", 8192)


def test_the_context_is_the_engines_once_it_runs() -> None:
    backend = ScriptedBackend(["Yes."], context_length=4096)
    llm = NemotronVL(engine=open_script(backend))
    llm.chat(HELLO)
    assert llm.metadata.context_window == 4096


def test_thoughts_come_in_a_block_before_the_text_and_in_deltas_of_their_own() -> None:
    llm, _ = open_llm(["Hm.</think>Yes."], reasoning=True)
    chunks = list(llm.stream_chat(HELLO))
    thoughts, text = chunks[-1].message.blocks
    assert isinstance(thoughts, ThinkingBlock)
    assert (thoughts.content, chunks[-1].message.content) == ("Hm.", "Yes.")
    extras = [cast("dict[str, str]", chunk.additional_kwargs) for chunk in chunks]
    told = "".join(extra.get("thinking_delta", "") for extra in extras)
    assert (told, "".join(chunk.delta or "" for chunk in chunks)) == ("Hm.", "Yes.")
    assert text.block_type == "text"


def test_an_empty_reply_is_one_chunk_with_an_empty_text() -> None:
    llm, _ = open_llm(["", ""])
    (chunk,) = llm.stream_chat(HELLO)
    assert (chunk.message.content, chunk.delta) == ("", "")
    assert llm.chat(HELLO).message.content == ""


def test_all_eight_ways_say_the_same() -> None:
    llm, backend = open_llm(["Good morning."] * 8)

    async def collect() -> list[str | None]:
        chat, text = await llm.achat(HELLO), await llm.acomplete("Hello")
        chats = [chunk.message.content async for chunk in await llm.astream_chat(HELLO)]
        texts = [chunk.text async for chunk in await llm.astream_complete("Hello")]
        return [chat.message.content, text.text, chats[-1], texts[-1]]

    said = asyncio.run(collect())
    said += [llm.chat(HELLO).message.content, llm.complete("Hello").text]
    said += [list(llm.stream_chat(HELLO))[-1].message.content, list(llm.stream_complete("Hello"))[-1].text]
    assert said == ["Good morning."] * 8
    assert len({prompt.text for prompt in backend.prompts}) == 1
    assert len({replace(sampling, whole=False) for sampling in backend.samplings}) == 1


def test_raw_is_json_and_tells_usage_end_and_model() -> None:
    raw = cast("dict[str, Any]", open_llm(["Yes."])[0].chat(HELLO).raw)
    assert json.loads(json.dumps(raw)) == raw
    assert (raw["model"], raw["finish_reason"]) == ("nemotron-vl-demo", "stop")
    assert raw["usage"] == {"prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5, "image_tokens": 0}
    assert raw["seconds"] > 0


def test_options_of_the_llm_and_of_the_call_reach_the_engine() -> None:
    llm, backend = open_llm(["One.", "Two.", "3"], temperature=0.5, max_tokens=10, stop=["x"], seed=3)
    llm.chat(HELLO)
    llm.complete("Hello", max_tokens=20, stop="y", top_p=0.5, top_k=4)
    llm.chat(HELLO, response_format={"type": "regex", "pattern": r"\d"})
    first, second, third = backend.samplings
    assert (first.temperature, first.max_tokens, first.stop, first.seed) == (0.5, 10, ("x",), 3)
    assert (second.max_tokens, second.stop, second.top_p, second.top_k) == (20, ("y",), 0.5, 4)
    assert third.constraint == RegexConstraint(r"\d")


def test_penalties_and_the_budget_of_thoughts_are_fields_too() -> None:
    penalties = {"presence_penalty": 0.5, "frequency_penalty": 0.25, "repetition_penalty": 1.1}
    llm, backend = open_llm(["Yes.", "Yes."], **penalties)
    llm.chat(HELLO)
    llm.chat(HELLO, repetition_penalty=1.0)
    first, second = backend.samplings
    assert (first.presence_penalty, first.frequency_penalty, first.repetition_penalty) == (0.5, 0.25, 1.1)
    assert (second.presence_penalty, second.repetition_penalty) == (0.5, 1.0)
    thoughtful, backend = open_llm(
        ["Well, well, well.</think>Yes.", "Yes."], reasoning=True, thinking_budget=6
    )
    thought, answer = thoughtful.chat(HELLO).message.blocks
    assert isinstance(thought, ThinkingBlock)
    assert isinstance(answer, TextBlock)
    assert (len(backend.prompts), answer.text) == (2, "Yes.")


def test_an_option_or_a_field_that_does_not_exist_is_refused() -> None:
    llm, backend = open_llm([])
    with pytest.raises(InvalidRequestError, match="did you mean temperature"):
        llm.chat(HELLO, temperatur=0.5)
    with pytest.raises(InvalidRequestError, match="`max_tokens='many'`"):
        llm.complete("Hello", max_tokens="many")
    with pytest.raises(InvalidRequestError, match="did you mean temperature"):
        NemotronVL.from_dict({"temperatur": 0.5})
    assert backend.prompts == []


def test_an_answer_may_be_one_of_a_few() -> None:
    llm, backend = open_llm(["no"])
    assert llm.complete("Is it?", response_format={"type": "choice", "choices": ["yes", "no"]}).text == "no"
    assert backend.samplings[0].constraint == ChoiceConstraint(("yes", "no"))


def test_log_probabilities_are_told_when_asked_for() -> None:
    llm, _ = open_llm(["Yes.", "Yes."], logprobs=True)
    whole = llm.chat(HELLO).logprobs or []
    pieces = [token for chunk in llm.stream_chat(HELLO) for token in chunk.logprobs or []]
    for told in (whole, pieces):
        assert [(token[0].token, token[0].logprob) for token in told] == [(c, -0.01) for c in "Yes."]


def test_a_call_is_sent_again_when_the_engine_dies_under_it() -> None:
    died = EngineDiedError("It died.")
    llm, backend = open_llm([died, "Yes.", died, "Yes."], max_retries=1)
    assert llm.chat(HELLO).message.content == "Yes."
    assert list(llm.stream_chat(HELLO))[-1].message.content == "Yes."
    assert backend.remaining == 0


class _Announcing(ScriptedBackend):
    """Says when a request has come and when it has ended."""

    def __init__(self, step: ScriptStep) -> None:
        super().__init__([step])
        self.arrived = threading.Event()
        self.ended = threading.Event()

    @override
    async def stream(
        self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
    ) -> AsyncGenerator[RawDelta, None]:
        self.arrived.set()
        try:
            async for delta in super().stream(prompt, sampling, request_id=request_id, priority=priority):
                yield delta
        finally:
            self.ended.set()


def test_a_stream_that_is_dropped_half_read_is_aborted() -> None:
    backend = _Announcing("A long answer.")
    stream = NemotronVL(engine=open_script(backend)).stream_chat(HELLO)
    assert next(stream).delta == "A"
    assert backend.running == 1
    del stream
    assert backend.ended.wait(10)


def test_a_waiting_call_that_is_cancelled_is_aborted() -> None:
    backend = _Announcing(ScriptedReply(text="Late.", hold=asyncio.Event()))
    llm = NemotronVL(engine=open_script(backend))

    async def cancel() -> None:
        call = asyncio.create_task(llm.achat(HELLO))
        await asyncio.to_thread(backend.arrived.wait)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(cancel())
    assert backend.running == 0


def test_a_generator_is_handed_out_at_once_and_closing_it_unread_asks_nothing() -> None:
    llm, backend = open_llm([])
    stream = llm.stream_chat(HELLO)
    assert isinstance(stream, Generator)
    stream.close()
    assert backend.prompts == []


def test_copies_keep_the_engine_and_what_is_written_down_leaves_it() -> None:
    engine = Engine(EngineConfig(max_tiles=6), backend=ScriptedBackend([]))
    llm = NemotronVL(engine=engine, max_tokens=7, system_prompt="Be brief.")
    assert copy.copy(llm).engine is copy.deepcopy(llm).engine is llm.model_copy().engine is engine
    back = (
        pickle.loads(pickle.dumps(llm)),
        NemotronVL.from_dict(llm.to_dict()),
        NemotronVL.from_json(llm.to_json()),
    )
    for other in back:
        assert (other.engine, other.config, other.max_tokens) == (None, EngineConfig(max_tiles=6), 7)
        assert other.system_prompt == "Be brief."
    assert "engine" not in llm.to_dict()


def test_llms_with_one_configuration_share_one_engine() -> None:
    llm = NemotronVL()
    assert llm.get_engine() is NemotronVL.from_dict(llm.to_dict()).get_engine()


def test_an_llm_that_was_sent_to_a_worker_process_does_not_load_the_model_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = pickle.dumps(NemotronVL())
    monkeypatch.setattr(multiprocessing, "parent_process", multiprocessing.current_process)
    with pytest.raises(EngineStartError, match=r"each worker would load the model.*`arun\(\)`"):
        pickle.loads(sent).chat(HELLO)


def test_a_memory_counts_an_image_as_the_room_that_it_takes() -> None:
    llm, _ = open_llm([], max_tokens=1000, max_tiles=6)
    memory = llm.default_memory()
    assert (memory.token_limit, memory.image_token_size_estimate) == (15_384, 7 * 256 + 2)
    memory = llm.default_memory(4000)
    for page in range(5):
        memory.put(ChatMessage(content=f"Page {page}"))
        memory.put(ChatMessage(role="assistant", blocks=[ImageBlock(image=write_png())]))
    assert 0 < sum(len(message.blocks) for message in memory.get()) < 10


def test_settings_take_the_llm_its_tokenizer_and_its_context(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in vars(Settings):
        monkeypatch.setattr(Settings, name, None)
    monkeypatch.setattr("llama_index.core.global_tokenizer", None)
    llm, _ = open_llm([], max_tokens=500)
    llm.install_settings()
    assert Settings.llm is llm
    assert (Settings.context_window, Settings.num_output) == (16_384, 500)
    tokens = cast("list[int]", get_tokenizer()("Good morning"))
    assert tokens == llm.tokenizer("Good morning")


def test_tokens_are_counted_as_the_engine_counts_them(engine: Engine) -> None:
    llm = NemotronVL(engine=engine, max_tokens=1)
    messages = [ChatMessage(role="system", content="Be brief."), ChatMessage(content="Transcribe this page.")]
    messages[1].blocks.insert(0, ImageBlock(image=write_png()))
    usage = cast("dict[str, Any]", llm.chat(messages).raw)["usage"]
    assert usage["prompt_tokens"] == llm.count_tokens(messages)
    assert usage["image_tokens"] == 258


def test_importing_loads_neither_llama_index_nor_an_engine() -> None:
    code = """
import sys
import nemotron_vl_integrations.llama_index as package
print([name for name in ("llama_index.core", "torch", "vllm") if name in sys.modules])
package.NemotronVL()
print([name for name in ("torch", "vllm", "transformers") if name in sys.modules])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("[]\n[]\n", "")


def test_without_llama_index_the_extra_is_named() -> None:
    code = """
import sys
sys.modules["llama_index.core"] = None
from nemotron_vl_integrations.errors import MissingExtraError
try:
    import nemotron_vl_integrations.llama_index
except MissingExtraError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "nemotron-vl-integrations[llama-index]"' in run.stdout


def test_responses_are_new_at_each_step() -> None:
    llm, _ = open_llm(["Yes."])
    chunks: list[ChatResponse] = list(llm.stream_chat(HELLO))
    assert len({id(chunk.message) for chunk in chunks}) == len(chunks)
    assert [chunk.message.content for chunk in chunks] == ["Y", "Ye", "Yes", "Yes.", "Yes."]
