"""What `ChatNemotronVL` adds to vLLM's `AsyncLLM` for a call and for each chunk of a stream, on the same engine.

    python -m benchmarks.overhead --calls 50 --streams 10

Calls ask for one token of a short text. Streams read a page; their time counts from the first chunk to the last, for
each token that vLLM gave meanwhile: the chat model holds pieces back that may become a tag, so it has fewer chunks.

All sides run in turn and the medians are compared, in wall time and in processor time of this process, in which the
engine does not compute. The least wall time stands beside them, because an engine on the same cores makes it vary.
`langchain-core` is the least chat model that it takes, on vLLM's own event loop: what that adds, no integration can
save.
"""

import asyncio
import base64
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from vllm import RequestOutput, TextPrompt
from vllm.v1.engine.async_llm import AsyncLLM

from benchmarks.bare_chat import BareChat
from benchmarks.engine_access import watch_engine
from benchmarks.run_options import make_engine_parser
from benchmarks.scan_pages import draw_page
from nemotron_vl_integrations import EngineConfig
from nemotron_vl_integrations.backends.base import Prompt
from nemotron_vl_integrations.backends.vllm_sampling import to_sampling_params
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.engine.host import EngineHost
from nemotron_vl_integrations.langchain import ChatNemotronVL
from nemotron_vl_integrations.messages import ImagePart, Message, Request, Sampling, TextPart

QUESTION = "Transcribe this page."
STOP_TOKEN_IDS = (12, 11)
Chunk = TypeVar("Chunk")
PAGE = draw_page(0, "exact").reduce(2)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one run, for a call or for a token: wall time, and this process's processor time."""

    wall: float
    cpu: float

    @classmethod
    async def of_call(cls, call: Awaitable[object]) -> "Cost":
        """Time one call."""
        wall, cpu = time.perf_counter(), time.process_time()
        await call
        return cls(time.perf_counter() - wall, time.process_time() - cpu)

    @classmethod
    async def of_stream(cls, chunks: AsyncIterator[Chunk], count_tokens: Callable[[Chunk], int]) -> "Cost":
        """Time a stream from its first chunk to its last, for each token between."""
        tokens = count_tokens(await anext(chunks)) - 1
        wall, cpu = time.perf_counter(), time.process_time()
        async for chunk in chunks:
            tokens += count_tokens(chunk)
        return cls((time.perf_counter() - wall) / tokens, (time.process_time() - cpu) / tokens)


def count_outputs(output: RequestOutput) -> int:
    """Tokens of one of vLLM's pieces."""
    return len(output.outputs[0].token_ids)


def count_usage(chunk: AIMessageChunk) -> int:
    """Tokens of a whole reply, told with its last chunk."""
    return chunk.usage_metadata["output_tokens"] if chunk.usage_metadata else 0


class Plain:
    """Asks vLLM's engine itself, with a prompt that was rendered before."""

    def __init__(self, llm: AsyncLLM, config: EngineConfig, tokens: int) -> None:
        self._llm = llm
        self._tokens = tokens
        self._numbers = iter(range(1_000_000))
        host = EngineHost(config)
        hello = Request(messages=(Message("user", (TextPart("Hello"),)),))
        page = Request(messages=(Message("user", (ImagePart(PAGE), TextPart(QUESTION))),))
        self._hello, self._page = host.prepare(hello)[1], host.prepare(page)[1]

    async def call(self) -> Cost:
        """One token of a short text."""
        return await Cost.of_call(self._collect(self._outputs(self._hello, 1)))

    async def stream(self) -> Cost:
        """The text of a page."""
        return await Cost.of_stream(self.page_outputs(), count_outputs)

    async def bare_stream(self) -> Cost:
        """The same, through a chat model of langchain-core that does nothing."""
        return await Cost.of_stream(BareChat(self._page_chunks).astream("page"), count_usage)

    def page_outputs(self) -> AsyncIterator[RequestOutput]:
        """The text of a page in vLLM's pieces."""
        return self._outputs(self._page, self._tokens)

    async def _page_chunks(self) -> AsyncIterator[ChatGenerationChunk]:
        tokens = 0
        async for output in self.page_outputs():
            tokens += count_outputs(output)
            message = AIMessageChunk(content=output.outputs[0].text)
            if output.finished:
                message.usage_metadata = UsageMetadata(
                    input_tokens=0, output_tokens=tokens, total_tokens=tokens
                )
            yield ChatGenerationChunk(message=message)

    async def _collect(self, outputs: AsyncIterator[object]) -> None:
        async for _ in outputs:
            pass

    async def _outputs(self, prompt: Prompt, tokens: int) -> AsyncIterator[RequestOutput]:
        text = TextPrompt(prompt=prompt.text)
        if prompt.images:
            text["multi_modal_data"] = {"image": list(prompt.images)}
        (rendered,) = await self._llm.renderer.render_cmpl_async([text])
        params = to_sampling_params(Sampling(max_tokens=tokens), stop_token_ids=STOP_TOKEN_IDS)
        async for output in self._llm.generate(rendered, params, f"plain-{next(self._numbers)}"):
            yield output


class Chat:
    """Asks the chat model, as an application does: from an event loop of its own."""

    def __init__(self, engine: Engine, tokens: int) -> None:
        file = io.BytesIO()
        PAGE.save(file, "PNG")
        picture = {
            "type": "image",
            "base64": base64.b64encode(file.getvalue()).decode(),
            "mime_type": "image/png",
        }
        self._page = HumanMessage([picture, {"type": "text", "text": QUESTION}])
        self._short = ChatNemotronVL(engine=engine, max_tokens=1)
        self._long = ChatNemotronVL(engine=engine, max_tokens=tokens)

    async def call(self) -> Cost:
        """One token of a short text, awaited."""
        return await Cost.of_call(self._short.ainvoke("Hello"))

    async def blocking_call(self) -> Cost:
        """The same, blocking."""
        wall, cpu = time.perf_counter(), time.process_time()
        self._short.invoke("Hello")
        return Cost(time.perf_counter() - wall, time.process_time() - cpu)

    async def stream(self) -> Cost:
        """The text of a page, as an async stream."""
        return await Cost.of_stream(self._long.astream([self._page]), count_usage)

    async def blocking_stream(self) -> Cost:
        """The same, as a blocking stream."""

        async def chunks() -> AsyncIterator[AIMessageChunk]:
            for chunk in self._long.stream([self._page]):
                yield chunk

        return await Cost.of_stream(chunks(), count_usage)


def compare(
    name: str,
    on_loop: Mapping[str, Callable[[], Awaitable[Cost]]],
    ours: Mapping[str, Callable[[], Awaitable[Cost]]],
    runs: int,
) -> None:
    """Run all sides in turn and print what they add to the first, in milliseconds.

    Args:
        name: Of what is measured.
        on_loop: Sides that run on vLLM's own event loop; the first is what the others are compared with.
        ours: Sides that run as an application does.
        runs: Of each side; one more comes before, which loads what is needed once.
    """
    costs: dict[str, list[Cost]] = {side: [] for side in (*on_loop, *ours)}
    for _ in range(runs + 1):
        for side, ask in on_loop.items():
            costs[side].append(background_loop.run(_ask(ask)))
        for side, ask in ours.items():
            costs[side].append(asyncio.run(_ask(ask)))
    wall = {side: 1000 * median(one.wall for one in taken[1:]) for side, taken in costs.items()}
    cpu = {side: 1000 * median(one.cpu for one in taken[1:]) for side, taken in costs.items()}
    least = {side: 1000 * min(one.wall for one in taken[1:]) for side, taken in costs.items()}
    plain = next(iter(on_loop))
    for side in costs:
        line = f"{name}, {side}: {wall[side]:.3f} ms wall (least {least[side]:.3f}), {cpu[side]:.3f} ms CPU"
        if side != plain:
            line += f"; added {wall[side] - wall[plain]:+.3f} wall, {cpu[side] - cpu[plain]:+.3f} CPU"
            line += f"; {side} / {plain}: {wall[side] / wall[plain]:.2f}"
        print(line, flush=True)


async def _ask(ask: Callable[[], Awaitable[Cost]]) -> Cost:
    return await ask()


def main() -> None:
    """Measure calls and streams."""
    parser = make_engine_parser(__doc__)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--streams", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=150, help="most tokens of a stream")
    arguments = parser.parse_args()
    config = EngineConfig(model=arguments.model, load_format="dummy" if arguments.dummy else "auto")
    with watch_engine() as opened, Engine(config) as engine:
        engine.start()
        assert opened.llm is not None
        plain, chat = Plain(opened.llm, config, arguments.tokens), Chat(engine, arguments.tokens)
        calls = {"ainvoke": chat.call, "invoke": chat.blocking_call}
        compare("call", {"plain": plain.call}, calls, arguments.calls)
        streams = {"astream": chat.stream, "stream": chat.blocking_stream}
        on_loop = {"plain": plain.stream, "langchain-core": plain.bare_stream}
        compare("token", on_loop, streams, arguments.streams)


if __name__ == "__main__":
    main()
