"""The chat model on the real engine from every kind of caller: threads, loops, notebooks. None leaves work behind."""

import asyncio
import copy
import pickle
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from langchain_core.messages import AIMessageChunk

from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.langchain import ChatNemotronVL

ENDLESS = "Count to a thousand."


@pytest.fixture
def chat(engine: Engine) -> ChatNemotronVL:
    return ChatNemotronVL(engine=engine, max_tokens=4)


@pytest.fixture
def endless(engine: Engine) -> ChatNemotronVL:
    """Drawn at the highest temperature, the demo checkpoint goes on for thousands of tokens."""
    return ChatNemotronVL(engine=engine, max_tokens=8000, temperature=2.0, seed=1)


def test_loops_that_come_and_go_and_no_loop_at_all_get_the_same_answer(chat: ChatNemotronVL) -> None:
    answers = [chat.invoke("Hello").text]
    answers += [asyncio.run(chat.ainvoke("Hello")).text for _ in range(3)]
    assert len(set(answers)) == 1


def test_a_blocking_call_inside_a_running_loop_works_as_in_a_notebook(chat: ChatNemotronVL) -> None:
    async def cell() -> tuple[str, str]:
        blocking = chat.invoke("Hello").text
        streamed = "".join(chunk.text for chunk in chat.stream("Hello"))
        assert (await chat.ainvoke("Hello")).text == blocking
        return blocking, streamed

    blocking, streamed = asyncio.run(cell())
    assert blocking == streamed


def test_threads_with_and_without_loops_call_at_once(chat: ChatNemotronVL) -> None:
    def call(number: int) -> str:
        if number % 2:
            return asyncio.run(chat.ainvoke("Hello")).text
        return "".join(chunk.text for chunk in chat.stream("Hello"))

    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(call, range(32)))
    assert len(set(answers)) == 1


def test_loops_in_two_threads_interleave_their_streams(chat: ChatNemotronVL) -> None:
    async def read_two() -> list[str]:
        first, second = chat.astream("Hello"), chat.astream("Hello")
        texts = ["", ""]
        async for chunk in first:
            texts[0] += chunk.text
            async for other in second:
                texts[1] += other.text
                break
        async for chunk in second:
            texts[1] += chunk.text
        return texts

    with ThreadPoolExecutor(2) as threads:
        pairs = [threads.submit(asyncio.run, read_two()) for _ in range(2)]
    assert len({text for pair in pairs for text in pair.result()}) == 1


def test_a_stream_that_is_closed_leaves_the_engine_idle(endless: ChatNemotronVL, engine: Engine) -> None:
    stream = cast("Generator[AIMessageChunk, None, None]", endless.stream(ENDLESS))
    next(stream)
    assert engine.running == 1
    stream.close()
    assert engine.running == 0


def test_calls_that_are_cancelled_leave_the_engine_idle(endless: ChatNemotronVL, engine: Engine) -> None:
    async def leave() -> None:
        call = asyncio.create_task(endless.ainvoke(ENDLESS))
        batch = asyncio.create_task(endless.abatch([ENDLESS] * 4))
        stream = cast("AsyncGenerator[AIMessageChunk, None]", endless.astream(ENDLESS))
        await anext(stream)
        while engine.running < 6:  # All at once, not one by one.
            await asyncio.sleep(0)
        call.cancel()
        batch.cancel()
        await stream.aclose()
        await asyncio.wait([call, batch])
        assert call.cancelled()
        assert batch.cancelled()

    asyncio.run(leave())
    assert engine.running == 0


def test_models_that_are_built_apart_copied_or_pickled_share_the_one_engine(engine: Engine) -> None:
    first, second = ChatNemotronVL(), ChatNemotronVL(max_tokens=7)
    copied, pickled = copy.deepcopy(first), pickle.loads(pickle.dumps(first))
    for chat in (first, second, copied, pickled):
        assert chat.get_engine() is engine is get_engine()
