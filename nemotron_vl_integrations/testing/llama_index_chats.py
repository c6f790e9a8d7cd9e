"""Standard tests of LlamaIndex's LLMs: the eight ways to ask, streams, traces, early ends, what is written down."""

import asyncio
import copy
import json
import pickle
import threading
import time
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, cast

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, MessageRole
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.instrumentation.events.llm import LLMChatStartEvent
from llama_index.core.llms.llm import LLM
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from nemotron_vl_integrations.testing.llama_index_llm_suite import (
    HELLO,
    LLMSuite,
    ask,
    count_tokens,
    name_events,
    recorded_events,
)

_SECONDS = 30.0
_CHAT = ["LLMChatStartEvent", "LLMChatEndEvent"]
_CHAT_STREAM = ["LLMChatStartEvent", "LLMChatInProgressEvent", "LLMChatEndEvent"]
_COMPLETION = ["LLMCompletionStartEvent", "LLMCompletionEndEvent"]
_COMPLETION_STREAM = ["LLMCompletionStartEvent", "LLMCompletionInProgressEvent", "LLMCompletionEndEvent"]


class ChatTests(LLMSuite):
    """Tests of the methods that every LLM has."""

    # What it says about itself.

    def test_it_has_a_name_of_its_own(self, llm: LLM) -> None:
        """`class_name` is the key under which components are written down, so no two share one."""
        bases = [base for base in type(llm).__mro__[1:] if issubclass(base, LLM)]
        # Parts of one class share its name; those of LlamaIndex have others.
        others = {base.class_name() for base in bases if base.__module__.startswith("llama_index.core.")}
        assert type(llm).class_name() not in others

    def test_metadata_can_be_used(self, llm: LLM) -> None:
        """Prompt helpers, splitters and agents decide by it."""
        metadata = llm.metadata
        assert metadata.context_window > 0
        assert metadata.num_output == -1 or 0 < metadata.num_output < metadata.context_window
        assert metadata.model_name not in ("", "unknown")
        assert metadata.is_function_calling_model == self.calls_tools

    # The eight ways.

    def test_all_ways_give_the_same_answer(self, llm: LLM) -> None:
        """Chats and completions, whole and streamed, sync and async."""

        async def ask_async() -> list[str | None]:
            chat, text = await llm.achat(ask()), await llm.acomplete(HELLO)
            chats = [chunk async for chunk in await llm.astream_chat(ask())]
            texts = [chunk async for chunk in await llm.astream_complete(HELLO)]
            return [chat.message.content, text.text, chats[-1].message.content, texts[-1].text]

        answers = [llm.chat(ask()).message.content, llm.complete(HELLO).text]
        answers += [[*llm.stream_chat(ask())][-1].message.content, [*llm.stream_complete(HELLO)][-1].text]
        answers += asyncio.run(ask_async())
        assert all(isinstance(answer, str) for answer in answers)
        if self.is_deterministic:
            assert len(set(answers)) == 1, answers

    def test_sync_methods_work_inside_a_running_loop(self, llm: LLM) -> None:
        """As in a notebook."""

        async def ask_inside() -> None:
            assert llm.chat(ask()).message.role is MessageRole.ASSISTANT
            assert [*llm.stream_chat(ask())]

        asyncio.run(ask_inside())

    def test_async_methods_leave_the_loop_free(self, llm: LLM) -> None:
        """Others get their turn while a reply is written."""

        async def count_turns() -> int:
            turns, call = 0, asyncio.ensure_future(llm.achat(ask()))
            while not call.done():
                await asyncio.sleep(0)
                turns += 1
            await call
            return turns

        llm.chat(ask())  # Whatever starts late has started.
        assert asyncio.run(count_turns()) > 10, "Nobody else had a turn."

    def test_loops_and_threads_may_change(self, llm: LLM) -> None:
        """Nothing in it belongs to the loop or the thread that used it first."""
        for _ in range(2):
            assert asyncio.run(llm.achat(ask())).message.role is MessageRole.ASSISTANT
        with ThreadPoolExecutor(4) as threads:
            replies = list(threads.map(llm.chat, [ask()] * 4))
        assert all(reply.message.role is MessageRole.ASSISTANT for reply in replies)

    # Streams.

    def test_chunks_hold_all_that_was_written_so_far(self, llm: LLM) -> None:
        """And what is new, so that the new parts add up to the whole."""
        stream = llm.stream_chat(ask())
        assert isinstance(stream, Generator)
        _check_growth([(chunk.message.content or "", chunk.delta) for chunk in stream])
        _check_growth([(chunk.text, chunk.delta) for chunk in llm.stream_complete(HELLO)])

    def test_async_chunks_hold_all_that_was_written_so_far(self, llm: LLM) -> None:
        """See above; the streams are real generators, or traces would miss their end."""

        async def collect() -> tuple[list[ChatResponse], list[CompletionResponse]]:
            chats, texts = await llm.astream_chat(ask()), await llm.astream_complete(HELLO)
            assert isinstance(chats, AsyncGenerator)
            assert isinstance(texts, AsyncGenerator)
            return [chunk async for chunk in chats], [chunk async for chunk in texts]

        chats, texts = asyncio.run(collect())
        _check_growth([(chunk.message.content or "", chunk.delta) for chunk in chats])
        _check_growth([(chunk.text, chunk.delta) for chunk in texts])

    def test_chunks_do_not_change_afterwards(self, llm: LLM) -> None:
        """Agents and interfaces keep them."""
        kept = [(chunk, chunk.message.content) for chunk in llm.stream_chat(ask())]
        assert [chunk.message.content for chunk, _ in kept] == [content for _, content in kept]

    # Figures, traces and callbacks.

    def test_tokens_are_told_by_every_way(self, llm: LLM) -> None:
        """In `raw`, where LlamaIndex looks for them; a stream tells them with its last chunk."""
        responses = [llm.chat(ask()), [*llm.stream_chat(ask())][-1]]
        completions = [llm.complete(HELLO), [*llm.stream_complete(HELLO)][-1]]
        counts = {count_tokens(response) for response in [*responses, *completions]}
        assert all(prompt > 0 and reply > 0 for prompt, reply in counts), counts

    def test_raw_goes_into_events_of_agents(self, llm: LLM) -> None:
        """Workflows write it down as JSON."""
        for response in (llm.chat(ask()), [*llm.stream_chat(ask())][-1]):
            raw = cast("object", response.raw)
            json.dumps(raw.model_dump(mode="json") if isinstance(raw, BaseModel) else raw)

    def test_events_tell_beginning_pieces_and_end(self, llm: LLM) -> None:
        """Once for each call, by the right names, in the right order."""
        for call, expected in (
            (lambda: llm.chat(ask()), _CHAT),
            (lambda: [*llm.stream_chat(ask())], _CHAT_STREAM),
            (lambda: llm.complete(HELLO), _COMPLETION),
            (lambda: [*llm.stream_complete(HELLO)], _COMPLETION_STREAM),
        ):
            with recorded_events() as events:
                call()
            assert name_events(events, "LLM") == expected

    def test_events_tell_async_calls_too(self, llm: LLM) -> None:
        """See above."""

        async def stream() -> None:
            _ = [chunk async for chunk in await llm.astream_chat(ask())]

        for call, expected in (
            (lambda: llm.achat(ask()), _CHAT),
            (stream, _CHAT_STREAM),
            (lambda: llm.acomplete(HELLO), _COMPLETION),
        ):
            with recorded_events() as events:
                asyncio.run(cast("Any", call()))
            assert name_events(events, "LLM") == expected

    def test_a_token_counter_counts_each_call_once_and_exactly(self, llm: LLM) -> None:
        """Not with the tokenizer of another model."""
        counter = TokenCountingHandler(tokenizer=list)
        llm.callback_manager = CallbackManager([counter])
        calls = [
            llm.chat(ask()),
            [*llm.stream_chat(ask())][-1],
            llm.complete(HELLO),
            [*llm.stream_complete(HELLO)][-1],
        ]
        counted = [
            (event.prompt_token_count, event.completion_token_count) for event in counter.llm_token_counts
        ]
        assert counted == [count_tokens(response) for response in calls]

    def test_a_system_prompt_stands_before_what_is_predicted(self, llm: LLM) -> None:
        """`predict` and `stream` say it; a chat is sent as it is."""
        llm.system_prompt = "Be brief."
        prompt = PromptTemplate("Say good {what}.")
        with recorded_events() as events:
            llm.predict(prompt, what="morning")
            _ = [*llm.stream(prompt, what="morning")]
            llm.chat(ask())
        starts = [event for event in events if isinstance(event, LLMChatStartEvent)]
        roles = [[message.role.value for message in event.messages] for event in starts]
        assert roles == [["system", "user"], ["system", "user"], ["user"]]

    # Readers who stop early.

    def test_a_closed_stream_stops_the_work(self, llm: LLM) -> None:
        """Tokens that nobody reads cost as much as others."""
        stream = llm.stream_chat(_long(), **self.limit(2000))
        next(stream)
        stream.close()
        self._wait_until_idle()

    def test_a_stream_that_is_left_stops_the_work(self, llm: LLM) -> None:
        """By `break`, by an exception of the reader."""
        with pytest.raises(ZeroDivisionError):
            for _ in llm.stream_chat(_long(), **self.limit(2000)):
                raise ZeroDivisionError
        self._wait_until_idle()

    def test_a_closed_async_stream_stops_the_work(self, llm: LLM) -> None:
        """With the loop still running."""

        async def stop() -> None:
            stream = await llm.astream_chat(_long(), **self.limit(2000))
            await anext(stream)
            await stream.aclose()
            await asyncio.to_thread(self._wait_until_idle)

        asyncio.run(stop())

    def test_a_cancelled_call_stops_the_work(self, llm: LLM) -> None:
        """Streams and whole replies."""

        async def cancel() -> None:
            stream = await llm.astream_chat(_long(), **self.limit(2000))
            await anext(stream)
            waiting = asyncio.ensure_future(_drain(stream))
            call = asyncio.ensure_future(llm.achat(_long(), **self.limit(2000)))
            await asyncio.to_thread(self._wait_until_busy)
            for task in (waiting, call):
                task.cancel()
            await asyncio.wait([waiting, call])
            await asyncio.to_thread(self._wait_until_idle)

        asyncio.run(cancel())

    def test_an_early_end_is_an_end(self, llm: LLM) -> None:
        """A reader who has read enough is no exception, and traces need an end."""

        async def stop() -> None:
            stream = await llm.astream_chat(_long(), **self.limit(2000))
            await anext(stream)
            await stream.aclose()

        with recorded_events() as events:
            stream = llm.stream_chat(_long(), **self.limit(2000))
            next(stream)
            stream.close()
            asyncio.run(stop())
        assert name_events(events, "Event") == [*_CHAT_STREAM, *_CHAT_STREAM]

    def _wait_until_idle(self) -> None:
        self._wait(0, "The work went on.")

    def _wait_until_busy(self) -> None:
        self._wait(2, "Nothing was asked.")

    def _wait(self, running: int, complaint: str) -> None:
        if self.count_running() is None:
            pytest.skip("Nobody says how many requests run.")
        deadline = time.monotonic() + _SECONDS
        while self.count_running() != running:
            assert time.monotonic() < deadline, complaint
            threading.Event().wait(0.01)

    # What is written down.

    def test_it_can_be_written_down_and_made_again(self, llm: LLM) -> None:
        """As a dict and as JSON, with all its settings."""
        written = llm.to_dict()
        assert type(llm).from_dict(written).to_dict() == written
        assert type(llm).from_json(llm.to_json()).to_json() == llm.to_json()

    def test_nothing_secret_is_written_down(self, llm: LLM) -> None:
        """Neither in a dict nor in what traces see."""
        for written in (str(llm.to_dict()), str(llm.to_payload()), repr(llm)):
            assert not [secret for secret in self.secrets if secret in written]

    def test_copies_answer(self, llm: LLM) -> None:
        """And a pickled one is the same, or refuses to be pickled."""
        assert copy.deepcopy(llm).chat(ask()).message.role is MessageRole.ASSISTANT
        back = cast("LLM", pickle.loads(pickle.dumps(llm)))
        assert back.to_dict() == llm.to_dict()
        assert back.chat(ask()).message.role is MessageRole.ASSISTANT


def _check_growth(chunks: list[tuple[str, str | None]]) -> None:
    assert chunks, "An empty stream; agents raise on one."
    texts = [text for text, _ in chunks]
    for shorter, longer in pairwise(texts):
        assert longer.startswith(shorter)
    assert "".join(delta or "" for _, delta in chunks) == texts[-1]


def _long() -> list[ChatMessage]:
    return ask("Count from one to ten thousand, one number a line, and leave none out.")


async def _drain(stream: AsyncGenerator[ChatResponse, None]) -> None:
    async for _ in stream:
        pass
