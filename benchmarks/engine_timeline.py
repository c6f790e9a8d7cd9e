"""Where the time of reading goes: vision, prompts, decoding and waiting, step by step; and which kernels take it.

    python -m benchmarks.engine_timeline --model FULL --dummy --pages 384 --trace-steps 20 --traces FOLDER

Steps are timed where they are computed, on a GPU by the card itself. The traces are taken in a round of their own,
because tracing slows the host down; FOLDER keeps them for `chrome://tracing` or https://ui.perfetto.dev.
"""

import argparse
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from unittest.mock import patch

from vllm.v1.engine.async_llm import AsyncLLM

from benchmarks.engine_access import watch_engine
from benchmarks.kernel_trace import summarise_trace
from benchmarks.our_reading import FULL, draw_documents, read_all
from benchmarks.process_tree import cpu_seconds
from benchmarks.run_options import (
    RunOptions,
    add_engine_options,
    make_parser,
    read_engine_options,
    read_options,
)
from benchmarks.step_clock import DECODE, EXTENSION, PAGES, SAMPLING, VISION, StepTimes
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.reading.page_task import PageTask

_RPC_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the engine, in seconds from the first one's begin.

    Attributes:
        requests: In the batch.
        tokens: Computed; as many as requests where all decode.
        images: Whose vision part ran.
        begin: When its work began.
        end: When its tokens were drawn.
        vision: Length of its vision part.
    """

    requests: int
    tokens: int
    images: int
    begin: float
    end: float
    vision: float

    @property
    def has_prompts(self) -> bool:
        """Whether prompts are computed in it, maybe beside replies."""
        return self.tokens > self.requests


def describe_steps(steps: Sequence[Step], pages: int, full: int) -> list[str]:
    """Lines of a table: each part's share of the time from the first step's begin to the last one's end."""
    wall = max(step.end for step in steps) - steps[0].begin
    prompts = [step for step in steps if step.has_prompts]
    decoding = [step for step in steps if not step.has_prompts]
    vision = sum(step.vision for step in steps)
    parts = {
        "vision": (vision, sum(step.images for step in steps), "images"),
        "prompts, and replies beside them": (
            sum(step.end - step.begin for step in prompts) - vision,
            len(prompts),
            "steps",
        ),
        "replies alone": (sum(step.end - step.begin for step in decoding), len(decoding), "steps"),
    }
    between = wall - sum(time for time, _, _ in parts.values())
    parts["between steps"] = (between, len(steps) - 1, "gaps")
    lines = [
        f"{name:33} {time / wall:6.1%} {1000 * time / pages:9.2f} ms a page, {count} {of}"
        + (f" of {1000 * time / count:.2f} ms" if count else "")
        for name, (time, count, of) in parts.items()
    ]
    filled = sum(step.end - step.begin for step in steps if step.requests >= full)
    computed = sum(step.tokens - step.requests for step in prompts)
    lines.append(f"{'all':33} 100.0% {1000 * wall / pages:9.2f} ms a page, {pages / wall:.3f} pages/s")
    lines.append(f"{filled / wall:.1%} of the time in steps of {full} requests and more")
    if prompts:
        seconds = parts["prompts, and replies beside them"][0]
        lines.append(f"{computed / len(prompts):.0f} prompt tokens a step, {computed / seconds:.0f} a second")
    if decoding:
        held = sum(step.requests for step in decoding)
        seconds = parts["replies alone"][0]
        lines.append(f"{held / len(decoding):.0f} replies a step, {held / seconds:.0f} tokens a second")
    return lines


class Timeline:
    """Reads pages on an engine whose steps are timed."""

    def __init__(self, llm: AsyncLLM, engine: Engine, options: RunOptions, folder: Path) -> None:
        assert engine.info is not None
        self._llm, self._engine, self._options, self._folder = llm, engine, options, folder
        self._full = max(1, int(FULL * min(engine.info.max_num_seqs, options.pages)))
        self._read = 0
        self._ask("follow_steps")

    def _ask(self, method: str, *arguments: object) -> object:
        # vLLM leaves the type of this method open.
        call = cast(
            "Callable[..., Awaitable[list[object]]]",
            self._llm.collective_rpc,  # pyright: ignore[reportUnknownMemberType]
        )

        async def ask() -> object:
            return (await call(method, timeout=_RPC_SECONDS, args=arguments))[0]

        return background_loop.run(ask())

    def read(self) -> float:
        """Read a round of pages that were not read before; the seconds."""
        (kind, *_), count = self._options.kind, self._options.pages
        documents = draw_documents(kind, count, self._read, self._folder)
        self._read += count
        began = time.perf_counter()
        with patch.object(PageTask, "repetition", None):
            read_all(self._engine, documents, self._options)
        return time.perf_counter() - began

    def show_steps(self) -> None:
        """Time the steps of one round and print their table."""
        self._ask("take_steps")
        cpu = cpu_seconds()
        seconds, pages = self.read(), self._options.pages
        cpu = cpu_seconds() - cpu
        steps = [Step(*times) for times in cast("list[StepTimes]", self._ask("take_steps"))]
        print(
            f"{pages} pages in {seconds:.2f} s = {pages / seconds:.3f} pages/s, {cpu / pages:.3f} CPU s a page"
        )
        print("\n".join(describe_steps(steps, pages, self._full)), flush=True)

    def show_kernels(self, traces: Path, count: int, most: int) -> None:
        """Trace `count` steps with pages and `count` full ones without, and print their longest kernels."""
        paths = [traces / "pages.json", traces / "decoding.json"]
        self._ask("trace_steps", *map(str, paths), count, self._full)
        self.read()
        for path in paths:
            if not path.exists():
                print(
                    f"{path.name}: there were no such {count} steps; read more pages, or more tokens of each"
                )
                continue
            print(f"\n{path.stem}:")
            summary = summarise_trace(path, (VISION, PAGES, DECODE, SAMPLING))
            print("\n".join(summary.lines(most)), flush=True)


def measure(options: RunOptions, arguments: argparse.Namespace) -> None:
    """Start the engine and print both tables."""
    began = time.perf_counter()
    given = read_engine_options(cast("list[str]", arguments.engine_option))
    with (
        watch_engine(given | {"worker_extension_cls": EXTENSION}) as opened,
        Engine(options.config()) as engine,
        TemporaryDirectory() as folder,
    ):
        engine.start()
        print(f"ready after {time.perf_counter() - began:.1f} s", flush=True)
        assert opened.llm is not None
        timeline = Timeline(opened.llm, engine, options, Path(folder))
        for _ in range(options.rounds):
            timeline.show_steps()
        if count := cast("int", arguments.trace_steps):
            traces = cast("Path | None", arguments.traces) or Path(folder)
            traces.mkdir(parents=True, exist_ok=True)
            timeline.show_kernels(traces.resolve(), count, cast("int", arguments.kernels))


def main() -> None:
    """Read the options and measure."""
    parser = make_parser(__doc__, pages=8)
    add_engine_options(parser)
    parser.add_argument("--trace-steps", type=int, default=0, help="steps of each trace (default: no traces)")
    parser.add_argument("--traces", type=Path, help="folder for the traces (default: they are not kept)")
    parser.add_argument("--kernels", type=int, default=15, help="kernels shown of each part")
    arguments = parser.parse_args()
    measure(read_options(arguments), arguments)


if __name__ == "__main__":
    main()
