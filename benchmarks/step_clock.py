"""Times vLLM's steps where they are computed: loaded by vLLM into its worker, and asked from outside by name.

On a GPU the times are those of the card, taken by events in the stream of its kernels; so steps that the host prepares
while the card still computes the one before are told apart all the same.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import wraps
from typing import Final, ParamSpec, TypeVar, cast

import torch
from torch.profiler import ProfilerActivity, profile, record_function
from vllm.model_executor.models.interfaces import SupportsMultiModal
from vllm.v1.core.sched.output import SchedulerOutput
from vllm.v1.worker.worker_base import WorkerBase

Given = ParamSpec("Given")
Output = TypeVar("Output")

EXTENSION: Final = f"{__name__}.StepClock"
"""What vLLM's `worker_extension_cls` takes."""

VISION, PAGES, DECODE, SAMPLING = "vision", "step with pages", "step of decoding", "sampling"
"""Marks in a trace: the vision part of a step, a step in which prompts are computed, any other, and drawing tokens."""

StepTimes = tuple[int, int, int, float, float, float]
"""Requests, tokens and images of a step; when it began and ended, and how long its vision part took, in seconds."""


@dataclass(slots=True)
class _Moment:
    """A point in time of the device's work."""

    event: torch.cuda.Event | None
    host: float

    @classmethod
    def now(cls) -> "_Moment":
        event = torch.cuda.Event(enable_timing=True) if torch.cuda.is_available() else None
        if event is not None:
            event.record()
        return cls(event, time.perf_counter())

    def since(self, start: "_Moment") -> float:
        """Seconds from `start` to here."""
        if self.event is None or start.event is None:
            return self.host - start.host
        return start.event.elapsed_time(self.event) / 1000


@dataclass(slots=True)
class _Step:
    requests: int
    tokens: int
    images: int
    begin: _Moment
    end: _Moment
    vision: list[tuple[_Moment, _Moment]] = field(default_factory=list[tuple[_Moment, _Moment]])

    @property
    def mark(self) -> str:
        return PAGES if self.tokens > self.requests else DECODE


@dataclass(slots=True)
class _Window:
    """Steps that are traced: `count` steps, of which the first fulfils a condition."""

    path: str
    count: int
    begins: Callable[[_Step], bool]
    running: profile | None = None

    def look(self, step: _Step) -> bool:
        """Start or end the trace before a step; whether it is written now."""
        if self.running is None:
            if self.begins(step):
                self.running = _make_profile()
                self.running.start()
            return False
        self.count -= 1
        if self.count:
            return False
        _wait_for_card()
        self.running.stop()
        self.running.export_chrome_trace(self.path)
        return True


class StepClock:
    """vLLM makes this a base of its worker; the methods are called there through `collective_rpc`."""

    _steps: list[_Step]
    _windows: list[_Window]
    _marks: Callable[[str], AbstractContextManager[object]]

    def follow_steps(self) -> None:
        """Time every step from now on."""
        self._steps, self._windows, self._marks = [], [], lambda _: nullcontext()
        worker = cast("WorkerBase", self)
        model = cast("SupportsMultiModal", worker.get_model())
        # vLLM's executor hands the argument over by its place.
        worker.execute_model = self._timed_step(worker.execute_model)  # pyright: ignore[reportAttributeAccessIssue]
        worker.sample_tokens = self._timed_sampling(worker.sample_tokens)
        model.embed_multimodal = self._timed_vision(model.embed_multimodal)

    def take_steps(self) -> list[StepTimes]:
        """Give the times of all steps since the last time, from the first one's begin."""
        _wait_for_card()
        steps, self._steps = self._steps, []
        return [
            (
                step.requests,
                step.tokens,
                step.images,
                step.begin.since(steps[0].begin),
                step.end.since(steps[0].begin),
                sum(end.since(begin) for begin, end in step.vision),
            )
            for step in steps
        ]

    def trace_steps(self, pages: str, decoding: str, count: int, full: int) -> None:
        """Trace `count` steps from the third that holds pages, then as many from the first full one without.

        Args:
            pages: File for the first trace, in Chrome's format.
            decoding: File for the second.
            count: Steps of each.
            full: Requests of a full batch.
        """
        _warm_profiler()
        self._marks = record_function
        left = iter((True, True))  # The first steps meet an empty batch.
        self._windows = [
            _Window(pages, count, lambda step: step.mark == PAGES and not next(left, False)),
            _Window(decoding, count, lambda step: step.mark == DECODE and step.requests >= full),
        ]

    def count_windows(self) -> int:
        """How many traces have not been written yet."""
        return len(self._windows)

    def _timed_step(
        self, execute: Callable[[SchedulerOutput], Output]
    ) -> Callable[[SchedulerOutput], Output]:
        @wraps(execute)
        def timed(scheduler_output: SchedulerOutput) -> Output:
            if not scheduler_output.total_num_scheduled_tokens:
                return execute(scheduler_output)
            step = _open_step(scheduler_output)
            if self._windows and self._windows[0].look(step):
                del self._windows[0]
                step.begin = _Moment.now()
            self._steps.append(step)
            with self._marks(step.mark):
                output = execute(scheduler_output)
            step.end = _Moment.now()
            return output

        return timed

    def _timed_sampling(self, sample: Callable[Given, Output]) -> Callable[Given, Output]:
        @wraps(sample)
        def timed(*args: Given.args, **kwargs: Given.kwargs) -> Output:
            with self._marks(SAMPLING):
                output = sample(*args, **kwargs)
            if self._steps:
                self._steps[-1].end = _Moment.now()
            return output

        return timed

    def _timed_vision(self, embed: Callable[Given, Output]) -> Callable[Given, Output]:
        @wraps(embed)
        def timed(*args: Given.args, **kwargs: Given.kwargs) -> Output:
            begin = _Moment.now()
            with self._marks(VISION):
                output = embed(*args, **kwargs)
            if self._steps:
                self._steps[-1].vision.append((begin, _Moment.now()))
            return output

        return timed


def _open_step(scheduled: SchedulerOutput) -> _Step:
    now = _Moment.now()
    return _Step(
        requests=len(scheduled.num_scheduled_tokens),
        tokens=scheduled.total_num_scheduled_tokens,
        images=sum(map(len, scheduled.scheduled_encoder_inputs.values())),
        begin=now,
        end=now,
    )


def _make_profile() -> profile:
    card = [ProfilerActivity.CUDA] if torch.cuda.is_available() else []
    return profile(activities=[ProfilerActivity.CPU, *card])


def _warm_profiler() -> None:
    """Load what the first trace of a process loads, which takes seconds."""
    with _make_profile():
        torch.zeros(1, device="cuda" if torch.cuda.is_available() else "cpu")


def _wait_for_card() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
