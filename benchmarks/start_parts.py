"""Where the time of a start goes: the longest waits between the lines that the engine and vLLM write while it starts.

    python -m benchmarks.start_parts --model FULL --dummy --starts 2

Each start is a process of its own, which closes the engine again. The second finds what the first left in caches.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from benchmarks.measurement import ROOT
from benchmarks.run_options import add_engine_options, make_engine_parser, read_engine_options
from nemotron_vl_integrations import EngineConfig
from nemotron_vl_integrations.engine import Engine

READY = "nemotron-vl: Ready"
_PREFIX = re.compile(
    r"^(\x1b\[[\d;]*m)?(\([^)]*\) )?(\x1b\[[\d;]*m)? ?((DEBUG|INFO|WARNING) [\d-]+ [\d:.]+ )?"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line, and the seconds from the process's start at which it was written."""

    at: float
    text: str


def describe_start(lines: Sequence[Line], least: float) -> Iterator[str]:
    """Say after which lines at least `least` seconds went by, and how long the start took in all."""
    shorter = 0.0
    for line, following in pairwise(lines):
        seconds = following.at - line.at
        if seconds < least:
            shorter += seconds
        else:
            yield f"{seconds:8.1f} s after {line.at:6.1f} s  {line.text[:120]}"
    yield f"{shorter:8.1f} s in shorter waits"
    yield f"{lines[-1].at:8.1f} s in all"


def read_lines(arguments: Sequence[str], level: str) -> Iterator[Line]:
    """Start the engine in a process of its own and yield what it writes, up to the line that says it is ready."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.start_parts", "--only-start", *arguments],
        cwd=ROOT,
        env=os.environ | {"VLLM_LOGGING_LEVEL": level, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    yield Line(0.0, "the process starts")
    ready = False
    for text in process.stdout:
        if not ready and text.strip():
            yield Line(time.perf_counter() - began, _PREFIX.sub("", text.strip()))
        ready = ready or text.startswith(READY)
    if process.wait() or not ready:
        raise SystemExit(f"The engine did not start: exit code {process.returncode}.")


def start_engine(config: EngineConfig, options: Mapping[str, object]) -> None:
    """Start an engine, say so, and close it."""
    with _changed_options(options), Engine(config) as engine:
        engine.start()
        print(READY, file=sys.stderr, flush=True)


def _changed_options(options: Mapping[str, object]) -> AbstractContextManager[object]:
    if not options:
        return nullcontext()
    # It imports vLLM, which is a part of the start that shall be seen where nothing is changed.
    from benchmarks.engine_access import watch_engine

    return watch_engine(options)


def main() -> None:
    """Start as often as asked, one after the other."""
    parser = make_engine_parser(__doc__)
    add_engine_options(parser)
    parser.add_argument("--starts", type=int, default=2, help="one after the other")
    parser.add_argument("--least", type=float, default=0.5, help="seconds of a wait that is shown")
    parser.add_argument("--level", default="INFO", help="of vLLM's log; DEBUG shows more parts")
    parser.add_argument("--only-start", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    model, dummy = cast("str", arguments.model), cast("bool", arguments.dummy)
    given = cast("list[str]", arguments.engine_option)
    if arguments.only_start:
        config = EngineConfig(model=model, load_format="dummy" if dummy else "auto")
        start_engine(config, read_engine_options(given))
        return
    words = [
        f"--model={model}",
        *(["--dummy"] if dummy else []),
        *(f"--engine-option={one}" for one in given),
    ]
    for number in range(1, cast("int", arguments.starts) + 1):
        print(f"start {number}:")
        for line in describe_start([*read_lines(words, cast("str", arguments.level))], arguments.least):
            print(line, flush=True)


if __name__ == "__main__":
    main()
