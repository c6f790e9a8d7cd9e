"""What the comparing benchmarks can be told, and the settings that both sides of a comparison start with."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Literal, cast, get_args

from benchmarks.scan_pages import PageKind
from nemotron_vl_integrations import EngineConfig
from nemotron_vl_integrations.backends.vllm_settings import VllmSettings, choose_settings
from nemotron_vl_integrations.checkpoints import Checkpoint, resolve_checkpoint
from nemotron_vl_integrations.engine.plan import plan_engine


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """One side's work: of each kind `rounds` times `pages` pages, at most `tokens` tokens each.

    Attributes:
        model: A folder, or `auto`.
        dummy: Fills the weights at random.
        concurrency: Pages in work on our side; None takes the package's own choice.
        image_processor: Of our side, see `EngineConfig`.
        settle: Seconds of rest behind the rounds, before memory is looked at once more.
    """

    model: str
    dummy: bool
    kind: list[PageKind]
    pages: int
    tokens: int
    rounds: int
    sequences: int | None
    concurrency: int | None
    image_processor: Literal["auto", "vllm"]
    settle: float

    def config(self) -> EngineConfig:
        """The engine of our side."""
        return EngineConfig(
            model=self.model,
            load_format="dummy" if self.dummy else "auto",
            dtype="bfloat16",
            max_num_seqs=self.sequences,
            image_processor=self.image_processor,
        )

    def settings(self) -> tuple[Checkpoint, VllmSettings]:
        """The checkpoint, and what our side would start vLLM with; the plain side takes the same numbers."""
        config = self.config()
        plan = plan_engine(config)
        checkpoint = resolve_checkpoint(plan.model)
        return checkpoint, choose_settings(config, checkpoint, gpu=plan.gpu)

    def arguments(self) -> list[str]:
        """The options as the arguments of a child process."""
        words = [
            f"--model={self.model}",
            f"--pages={self.pages}",
            f"--image-processor={self.image_processor}",
        ]
        words += [f"--tokens={self.tokens}", f"--rounds={self.rounds}", "--kind", *self.kind]
        words += [f"--settle={self.settle}", *(["--dummy"] if self.dummy else [])]
        words += [] if self.sequences is None else [f"--sequences={self.sequences}"]
        return words + ([] if self.concurrency is None else [f"--concurrency={self.concurrency}"])


def make_engine_parser(description: str | None) -> argparse.ArgumentParser:
    """The options that say which engine runs."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--model", default="auto", help="folder of a checkpoint (default: as the package chooses)"
    )
    parser.add_argument("--dummy", action="store_true", help="fill the weights at random")
    return parser


def make_parser(description: str | None, *, pages: int, rounds: int = 1) -> argparse.ArgumentParser:
    """The options that every comparing benchmark has, with the defaults of one."""
    parser = make_engine_parser(description)
    parser.add_argument(
        "--kind",
        choices=get_args(PageKind),
        nargs="+",
        default=["exact"],
        help="exact canvases, scans, or both",
    )
    parser.add_argument("--pages", type=int, default=pages, help="pages of a round")
    parser.add_argument("--tokens", type=int, default=700, help="most tokens of a page's text")
    parser.add_argument("--rounds", type=int, default=rounds, help="rounds, one after the other")
    parser.add_argument("--sequences", type=int, help="requests that vLLM runs at once (default: as chosen)")
    parser.add_argument("--concurrency", type=int, help="pages in work on our side (default: as chosen)")
    parser.add_argument(
        "--image-processor",
        choices=("auto", "vllm"),
        default="auto",
        help="our side's; vllm shows what auto gains",
    )
    parser.add_argument(
        "--settle", type=float, default=0.0, help="seconds of rest before memory is looked at last"
    )
    return parser


def read_options(arguments: argparse.Namespace) -> RunOptions:
    """The options that a parser of `make_parser` has read."""
    values = cast("dict[str, object]", vars(arguments))
    known = {one.name: values[one.name] for one in fields(RunOptions)}
    return cast("Callable[..., RunOptions]", RunOptions)(**known)


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Let a benchmark be told arguments of vLLM's engine."""
    parser.add_argument(
        "--engine-option",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="an argument of vLLM's AsyncEngineArgs; may be given several times",
    )


def read_engine_options(given: Sequence[str]) -> dict[str, object]:
    """The arguments that a parser of `add_engine_options` has read.

    Examples:
        >>> read_engine_options(['compilation_config={"cudagraph_capture_sizes": [1, 2]}'])
        {'compilation_config': {'cudagraph_capture_sizes': [1, 2]}}
    """
    pairs = (one.partition("=") for one in given)
    return {name: cast("object", json.loads(value)) for name, _, value in pairs}
