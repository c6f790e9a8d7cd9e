"""Adds up what a trace of torch's profiler holds: for each part of a step, the kernels that took the most time."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import cast

_ON_CARD = frozenset({"kernel", "gpu_memcpy", "gpu_memset"})
_LAUNCHES = frozenset({"cuda_runtime", "cuda_driver"})
OTHER = "elsewhere"
"""Part of kernels that no mark covers."""


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """Something with a beginning and a length, in microseconds, on one thread or stream.

    Attributes:
        name: Of the kernel, the operator, or the mark.
        kind: `kernel`, `cpu_op`, `user_annotation` and others.
        start: When it began.
        length: How long it took.
        lane: Process and thread; of a kernel device and stream.
        launch: Ties a kernel to what launched it; -1 where nothing did.
    """

    name: str
    kind: str
    start: float
    length: float
    lane: tuple[str, str]
    launch: int = -1

    @property
    def end(self) -> float:
        """When it ended."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class KernelShare:
    """All runs of one kernel in one part of the steps."""

    part: str
    name: str
    calls: int
    microseconds: float


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """A trace added up.

    Attributes:
        steps: Steps of each mark.
        wall: Microseconds from the first kernel to the last.
        busy: Microseconds in which a kernel ran.
        shares: By time, longest first.
    """

    steps: dict[str, int]
    wall: float
    busy: float
    shares: list[KernelShare]

    def lines(self, most: int) -> Iterator[str]:
        """The summary as lines: each part, and its `most` longest kernels."""
        steps = sum(self.steps.values()) or 1
        marks = ", ".join(f"{count} times {name}" for name, count in self.steps.items())
        yield f"{marks}; {self.wall / steps / 1000:.2f} ms a step, in {self.busy / self.wall:.1%} of it a kernel ran"
        yield f"{'ms a step':>10} {'share':>6} {'calls a step':>12}  kernel"
        for part in dict.fromkeys(share.part for share in self.shares):
            found = [share for share in self.shares if share.part == part]
            yield self._line(steps, part.upper(), found)
            for share in found[:most]:
                yield self._line(steps, share.name, [share])
            if found[most:]:
                yield self._line(steps, f"{len(found) - most} others", found[most:])

    def _line(self, steps: int, name: str, shares: Sequence[KernelShare]) -> str:
        time, calls = sum(one.microseconds for one in shares), sum(one.calls for one in shares)
        return f"{time / steps / 1000:10.3f} {time / self.wall:6.1%} {calls / steps:12.1f}  {name[:100]}"


def summarise_trace(path: Path, marks: Sequence[str]) -> TraceSummary:
    """Add up a trace that `export_chrome_trace` wrote; without a card, operators take the place of kernels.

    Args:
        path: The file.
        marks: Names of `record_function` that parts of a step were marked with; of nested ones the inner counts.
    """
    events = list(_read_events(path))
    covers = sorted(
        (one for one in events if one.kind == "user_annotation" and one.name in marks),
        key=lambda one: one.length,
    )
    kernels = [one for one in events if one.kind in _ON_CARD]
    placed = _place_kernels(kernels, events, covers) if kernels else _place_operators(events, covers)
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for part, name, time in placed:
        times[part, name.removeprefix("void ")].append(time)
    shares = [KernelShare(part, name, len(all_), sum(all_)) for (part, name), all_ in times.items()]
    run = kernels or [one for one in events if one.kind == "cpu_op"]
    counted = [one.name for one in covers if "step" in one.name]
    return TraceSummary(
        steps={name: counted.count(name) for name in dict.fromkeys(counted)},
        wall=max(one.end for one in run) - min(one.start for one in run),
        busy=_length_of_union(run),
        shares=sorted(shares, key=lambda one: -one.microseconds),
    )


def _read_events(path: Path) -> Iterator[TraceEvent]:
    written = cast("dict[str, list[dict[str, object]]]", json.loads(path.read_text(encoding="utf-8")))
    for event in written["traceEvents"]:
        if event.get("ph") != "X":
            continue
        args = cast("dict[str, int]", event.get("args", {}))
        yield TraceEvent(
            name=str(event["name"]),
            kind=str(event.get("cat", "")),
            start=cast("float", event["ts"]),
            length=cast("float", event["dur"]),
            lane=(str(event["pid"]), str(event["tid"])),
            launch=args.get("correlation", -1),
        )


def _place_kernels(
    kernels: Iterable[TraceEvent], events: Iterable[TraceEvent], covers: Sequence[TraceEvent]
) -> Iterator[tuple[str, str, float]]:
    """Say in which part each kernel was launched: it runs later, and maybe behind the end of that part."""
    launches = {one.launch: one for one in events if one.kind in _LAUNCHES}
    for kernel in kernels:
        launch = launches.get(kernel.launch)
        yield OTHER if launch is None else _find_part(launch, covers), kernel.name, kernel.length


def _place_operators(
    events: Iterable[TraceEvent], covers: Sequence[TraceEvent]
) -> Iterator[tuple[str, str, float]]:
    """Say in which part each operator ran, and for how long without those that it called."""
    operators = sorted(
        (one for one in events if one.kind == "cpu_op"), key=lambda one: (one.lane, one.start, -one.length)
    )
    for _, lane in groupby(operators, key=lambda one: one.lane):
        open_: list[tuple[TraceEvent, list[float]]] = []
        for operator in lane:
            while open_ and open_[-1][0].end <= operator.start:
                yield _own_time(*open_.pop(), covers)
            if open_:
                open_[-1][1].append(operator.length)
            open_.append((operator, []))
        for one, inner in open_:
            yield _own_time(one, inner, covers)


def _own_time(
    operator: TraceEvent, inner: Sequence[float], covers: Sequence[TraceEvent]
) -> tuple[str, str, float]:
    return _find_part(operator, covers), operator.name, operator.length - sum(inner)


def _find_part(event: TraceEvent, covers: Sequence[TraceEvent]) -> str:
    """The shortest mark around the beginning of an event."""
    inside = (one.name for one in covers if one.lane == event.lane and one.start <= event.start <= one.end)
    return next(inside, OTHER)


def _length_of_union(events: Iterable[TraceEvent]) -> float:
    total, reached = 0.0, float("-inf")
    for event in sorted(events, key=lambda one: one.start):
        total += max(0.0, event.end - max(event.start, reached))
        reached = max(reached, event.end)
    return total
