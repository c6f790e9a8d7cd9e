"""What `ChatNemotronVL` adds to each chunk of streams whose pieces come at the pace of an engine, which is not there.

    python -m benchmarks.paced_streams --streams 1 32

An engine on the same cores makes times vary by more than a chunk costs. Here its pieces come from a clock, to all
streams at once as those of a step do. `langchain-core` is the least chat model that it takes, on the clock's own event
loop. Processor time is that of the whole process, for each chunk of each stream; wall time is that of a step.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import cast

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from typing_extensions import override

from benchmarks.bare_chat import BareChat
from nemotron_vl_integrations import EngineConfig
from nemotron_vl_integrations.backends.base import Prompt, RawDelta
from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain import ChatNemotronVL
from nemotron_vl_integrations.messages import Sampling

PROMPT, SAMPLING = Prompt(text="", images=()), Sampling()


class PacedBackend(ScriptedBackend):
    """Gives one word to all requests every so many seconds.

    Args:
        words: Of a reply.
        seconds: Between two words.
    """

    def __init__(self, words: int, seconds: float) -> None:
        super().__init__(())
        self._words = words
        self._seconds = seconds
        self._step: asyncio.Future[None] | None = None

    @override
    async def stream(
        self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
    ) -> AsyncGenerator[RawDelta, None]:
        """The words, then the end."""
        for number in range(1, self._words + 1):
            await asyncio.shield(self._tick())
            yield RawDelta(text=f"word{number % 7} ", completion_tokens=number)
        yield RawDelta(finish_reason="stop", prompt_tokens=1, completion_tokens=self._words)

    def _tick(self) -> "asyncio.Future[None]":
        if self._step is None or self._step.done():
            loop = asyncio.get_running_loop()
            self._step = loop.create_future()
            loop.call_later(self._seconds, self._step.set_result, None)
        return self._step


@dataclass(slots=True)
class Side:
    """One way to read streams, and what it cost.

    Attributes:
        read: Reads so many streams to their end.
        cpu: Milliseconds for each chunk, of each run.
        wall: Milliseconds for each step, of each run.
    """

    read: Callable[[int], None]
    cpu: list[float] = field(default_factory=list[float])
    wall: list[float] = field(default_factory=list[float])

    def run(self, streams: int, words: int) -> None:
        """Read `streams` at once."""
        wall, cpu = time.perf_counter(), time.process_time()
        self.read(streams)
        self.cpu.append(1000 * (time.process_time() - cpu) / (streams * words))
        self.wall.append(1000 * (time.perf_counter() - wall) / words)


async def _drain(chunks: AsyncIterator[object]) -> None:
    async for _ in chunks:
        pass


def _read_all(chunks: Iterator[object]) -> None:
    for _ in chunks:
        pass


def make_sides(backend: PacedBackend, chat: ChatNemotronVL) -> dict[str, Side]:
    """The pieces themselves first, which the other ways are compared with."""

    async def drain(open_: Callable[[], AsyncIterator[object]], streams: int) -> None:
        await asyncio.gather(*(_drain(open_()) for _ in range(streams)))

    def on_loop(open_: Callable[[], AsyncIterator[object]]) -> Side:
        return Side(lambda streams: background_loop.run(drain(open_, streams)))

    def block(streams: int) -> None:
        with ThreadPoolExecutor(streams) as pool:
            list(pool.map(_read_all, [chat.stream("Hello") for _ in range(streams)]))

    async def chunks() -> AsyncIterator[ChatGenerationChunk]:
        async for delta in backend.stream(PROMPT, SAMPLING, request_id="", priority=0):
            yield ChatGenerationChunk(message=AIMessageChunk(content=delta.text))

    bare = BareChat(chunks)
    return {
        "plain": on_loop(lambda: backend.stream(PROMPT, SAMPLING, request_id="", priority=0)),
        "langchain-core": on_loop(lambda: bare.astream("Hello")),
        "astream": Side(lambda streams: asyncio.run(drain(lambda: chat.astream("Hello"), streams))),
        "stream": Side(block),
    }


def measure(streams: int, words: int, rounds: int, seconds: float) -> None:
    """Run all sides in turn and print what they add to the first."""
    backend = PacedBackend(words, seconds)
    with Engine(EngineConfig(), backend=backend, alongside=True, report=lambda _: None) as engine:
        engine.start()
        sides = make_sides(backend, ChatNemotronVL(engine=engine))
        for _ in range(rounds + 1):
            for side in sides.values():
                side.run(streams, words)
    plain = sides["plain"]
    for name, side in sides.items():
        # The first run of each loads what is needed once.
        cpu, wall = median(side.cpu[1:]), median(side.wall[1:])
        line = f"{streams} at once, {name}: {wall:.3f} ms wall a step, {cpu:.4f} ms CPU a chunk"
        if side is not plain:
            line += (
                f"; added {wall - median(plain.wall[1:]):+.3f} wall, {cpu - median(plain.cpu[1:]):+.4f} CPU"
            )
        print(line, flush=True)


def main() -> None:
    """Measure as many streams at once as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 32], help="at once")
    parser.add_argument("--words", type=int, default=300, help="of a stream")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.004, help="from step to step")
    arguments = parser.parse_args()
    words, rounds = cast("int", arguments.words), cast("int", arguments.rounds)
    for streams in cast("list[int]", arguments.streams):
        measure(streams, words, rounds, cast("float", arguments.seconds))


if __name__ == "__main__":
    main()
