"""Reaches vLLM's `AsyncLLM` underneath our engine, to ask it directly or to follow its batches."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import cast
from unittest.mock import patch

from vllm import AsyncEngineArgs
from vllm.config import VllmConfig
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.metrics.loggers import StatLoggerBase
from vllm.v1.metrics.stats import IterationStats, MultiModalCacheStats, SchedulerStats


@dataclass(slots=True)
class OpenedEngine:
    """The engine that was started inside `watch_engine`.

    Attributes:
        llm: vLLM's engine; None before the start.
        steps: For each step of the engine, when it ended and how many requests it held.
    """

    llm: AsyncLLM | None = None
    steps: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    def share_of_full_batches(self, full: int, since: float) -> float:
        """Share of the time since `since`, until the last step, in steps of at least `full` requests."""
        ends = [since, *(end for end, _ in self.steps if end > since)]
        running = [count for end, count in self.steps if end > since]
        lengths = [after - before for before, after in pairwise(ends)]
        filled = sum(length for length, count in zip(lengths, running, strict=True) if count >= full)
        return filled / sum(lengths) if lengths else 0.0


@contextmanager
def watch_engine(options: Mapping[str, object] | None = None) -> Generator[OpenedEngine, None, None]:
    """Keep hold of the engine that is started inside, and of what its scheduler says after each step.

    Args:
        options: Arguments of vLLM's engine by their names, over those that the package chose.
    """
    opened, make = OpenedEngine(), AsyncLLM.from_engine_args

    class StepLog(StatLoggerBase):
        def __init__(self, vllm_config: VllmConfig, engine_index: int = 0) -> None:
            pass

        def record(
            self,
            scheduler_stats: SchedulerStats | None,
            iteration_stats: IterationStats | None,
            mm_cache_stats: MultiModalCacheStats | None = None,
            engine_idx: int = 0,
        ) -> None:
            if scheduler_stats is not None:
                opened.steps.append((time.perf_counter(), scheduler_stats.num_running_reqs))

        def log_engine_initialized(self) -> None:
            pass

    def build(arguments: AsyncEngineArgs) -> AsyncLLM:
        change = cast("Callable[..., AsyncEngineArgs]", replace)
        arguments = change(arguments, **{"disable_log_stats": False, **(options or {})})
        opened.llm = make(arguments, stat_loggers=[StepLog])
        return opened.llm

    with patch.object(AsyncLLM, "from_engine_args", build):
        yield opened
