"""How far log probabilities move with the company in a step, in plain vLLM and in this package, on the same engine.

    python -m benchmarks.log_probabilities --model FULL --dummy --pages 8

Replies are compared token by token as long as both sides wrote the same, so both are judged on the same prefix. The
package's pages may differ from vLLM's by no more than vLLM's pages differ between a step of their own and a step with
others.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from statistics import mean

from vllm import TextPrompt
from vllm.v1.engine.async_llm import AsyncLLM

from benchmarks.engine_access import watch_engine
from benchmarks.run_options import make_engine_parser
from benchmarks.scan_pages import draw_page
from nemotron_vl_integrations import EngineConfig
from nemotron_vl_integrations.backends.vllm_sampling import OutputReader, to_sampling_params
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.engine.host import EngineHost
from nemotron_vl_integrations.messages import (
    ImagePart,
    Message,
    Request,
    Sampling,
    TextPart,
    TokenLogprob,
)

STOP_TOKEN_IDS = (12, 11)
Logprobs = Sequence[TokenLogprob]
Ask = Callable[[Request], Awaitable[Logprobs]]


def make_request(seed: int) -> Request:
    """Ask for the text of a page. No constraint: vLLM's log probabilities are those behind its mask."""
    sampling = Sampling(max_tokens=64, logprobs=0, repetition=None)
    parts = (ImagePart(draw_page(seed, "exact")), TextPart("Transcribe this page."))
    return Request(messages=(Message("user", parts),), sampling=sampling)


class Plain:
    """Asks vLLM itself, through its image processor."""

    def __init__(self, llm: AsyncLLM, config: EngineConfig) -> None:
        self._llm = llm
        self._host = EngineHost(config)
        self._numbers = itertools.count()

    async def ask(self, request: Request) -> Logprobs:
        """The log probabilities of a reply."""
        checked, prompt, _ = self._host.prepare(request)
        text = TextPrompt(prompt=prompt.text, multi_modal_data={"image": list(prompt.images)})
        (rendered,) = await self._llm.renderer.render_cmpl_async([text])
        params = to_sampling_params(checked.sampling, stop_token_ids=STOP_TOKEN_IDS)
        reader, found = OutputReader(checked.sampling), list[TokenLogprob]()
        async for output in self._llm.generate(rendered, params, f"plain-{next(self._numbers)}"):
            found.extend(reader.read(output).logprobs)
        return found


async def ask_alone(ask: Ask, requests: Sequence[Request]) -> list[Logprobs]:
    """One page after the other."""
    return [await ask(request) for request in requests]


async def ask_together(ask: Ask, requests: Sequence[Request]) -> list[Logprobs]:
    """All pages at once."""
    return await asyncio.gather(*(ask(request) for request in requests))


def compare(name: str, left: list[Logprobs], right: list[Logprobs]) -> float:
    """Print and return the largest difference of two runs over the same pages."""
    replies = [list(zip(one, other, strict=False)) for one, other in zip(left, right, strict=True)]
    same = [
        list(itertools.takewhile(lambda pair: pair[0].token == pair[1].token, pairs)) for pairs in replies
    ]
    differences = [abs(one.logprob - other.logprob) for pairs in same for one, other in pairs]
    parted = sum(len(kept) < len(pairs) for kept, pairs in zip(same, replies, strict=True))
    print(
        f"{name}: most {max(differences):.6f}, mean {mean(differences):.6f} over {len(differences)} tokens; "
        f"{parted} of {len(replies)} replies went apart",
        flush=True,
    )
    return max(differences)


def main() -> None:
    """Compare the sides, alone and in company."""
    parser = make_engine_parser(__doc__)
    parser.add_argument("--pages", type=int, default=8)
    arguments = parser.parse_args()
    config = EngineConfig(model=arguments.model, load_format="dummy" if arguments.dummy else "auto")
    requests = [make_request(seed) for seed in range(arguments.pages)]
    with watch_engine() as opened, Engine(config) as engine:
        engine.start()
        assert opened.llm is not None
        plain = Plain(opened.llm, config)

        async def ask_us(request: Request) -> Logprobs:
            return (await engine.agenerate(request)).logprobs

        sides = {"plain": plain.ask, "ours": ask_us}
        alone = {name: background_loop.run(ask_alone(ask, requests)) for name, ask in sides.items()}
        together = {name: background_loop.run(ask_together(ask, requests)) for name, ask in sides.items()}
    spread = compare("plain, alone and together", alone["plain"], together["plain"])
    compare("ours, alone and together", alone["ours"], together["ours"])
    most = max(
        compare("plain and ours, alone", alone["plain"], alone["ours"]),
        compare("plain and ours, together", together["plain"], together["ours"]),
    )
    ratio = f"{most / spread:.2f}" if spread else ("0" if not most else "beyond it")
    print(f"ours to plain, in shares of plain vLLM's own spread: {ratio}")


if __name__ == "__main__":
    main()
