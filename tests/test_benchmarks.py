"""The benchmarks run on the CPU with the demo checkpoint and print their figures; what they say is not judged here."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.engine_access import OpenedEngine
from benchmarks.engine_timeline import Step, describe_steps
from benchmarks.kernel_trace import KernelShare, TraceSummary, summarise_trace
from benchmarks.measurement import Measurement, Round
from benchmarks.run_options import read_engine_options
from benchmarks.scan_pages import SIZES, PageKind, draw_page
from benchmarks.start_parts import Line, describe_start

ROOT = Path(__file__).resolve().parent.parent


def run_benchmark(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_preparing_pages_prints_both_sides_and_their_ratio() -> None:
    printed = run_benchmark("benchmarks.prepare_pages", "--pages=1", "--rounds=1")
    for kind in ("exact", "scans"):
        assert re.search(rf"^{kind} \d+ x \d+, plain: [\d.]+ ms = [\d.]+ pages/s per core$", printed, re.M)
        (ratio,) = re.findall(rf"^{kind}: ours / plain: ([\d.]+)$", printed, re.M)
        assert float(ratio) > 1


def test_paced_streams_print_what_each_way_adds() -> None:
    printed = run_benchmark("benchmarks.paced_streams", "--streams=2", "--words=20", "--rounds=1")
    sides = re.findall(r"^2 at once, ([\w-]+): [\d.]+ ms wall a step, [\d.]+ ms CPU a chunk", printed, re.M)
    assert sides == ["plain", "langchain-core", "astream", "stream"]


# Two engines, one after the other: a minute on two idle cores.
@pytest.mark.proof
def test_the_throughput_of_both_sides_and_their_ratio_are_printed() -> None:
    printed = run_benchmark("benchmarks.gpu_throughput", "--pages=1", "--tokens=2", "--kind=scans")
    sides = re.findall(
        r"^(\w+) +scans 1: 1 pages in [\d.]+ s = [\d.]+ pages/s, \d+ tokens a page", printed, re.M
    )
    assert sides == ["plain", "ours"]
    assert re.search(
        r"^ours +ready after [\d.]+ s, [\d.]+% of the last round in full batches$", printed, re.M
    )
    assert re.search(r"^ours / plain, scans: [\d.]+$", printed, re.M)


# An engine of its own and two traces: half a minute on two idle cores.
@pytest.mark.proof
def test_the_timeline_prints_the_parts_of_the_time_and_the_kernels_of_both_kinds_of_steps() -> None:
    printed = run_benchmark("benchmarks.engine_timeline", "--pages=4", "--tokens=8", "--trace-steps=2")
    shares = [float(share) for share in re.findall(r" ([\d.]+)% +[\d.]+ ms a page", printed)]
    assert sum(shares[:-1]) == pytest.approx(100, abs=0.3)
    assert re.search(r"^vision .* 4 images of [\d.]+ ms$", printed, re.M)
    assert re.search(r"^pages:\n.*step with pages.*\n.*\n.* VISION$", printed, re.M)
    assert re.search(r"^decoding:\n2 times step of decoding; ", printed, re.M)


def test_the_parts_of_the_time_add_up_to_all_of_it() -> None:
    steps = [
        Step(requests=2, tokens=202, images=2, begin=0.0, end=0.5, vision=0.3),
        Step(requests=2, tokens=2, images=0, begin=0.6, end=0.7, vision=0.0),
        Step(requests=1, tokens=1, images=0, begin=0.7, end=1.0, vision=0.0),
    ]
    lines = describe_steps(steps, pages=2, full=2)
    shares = {line[:33].rstrip(): line.split("%")[0].split()[-1] for line in lines[:5]}
    assert shares == {
        "vision": "30.0",
        "prompts, and replies beside them": "20.0",
        "replies alone": "40.0",
        "between steps": "10.0",
        "all": "100.0",
    }
    assert lines[4].endswith("500.00 ms a page, 2.000 pages/s")
    assert lines[5].startswith("60.0% of the time in steps of 2 requests")


DECODING = "step of decoding"
WHOLE_STEP = ("user_annotation", DECODING, 0, 100, 5, 0)


def write_trace(folder: Path, *events: tuple[str, str, int, int, int, int]) -> TraceSummary:
    written = [
        {"ph": "X", "cat": kind, "name": name, "ts": start, "dur": length, "pid": 1, "tid": thread}
        | {"args": {"correlation": launch} if launch else {}}
        for kind, name, start, length, thread, launch in events
    ]
    file = folder / "trace.json"
    file.write_text(json.dumps({"traceEvents": [{"ph": "M", "name": "process_name"}, *written]}))
    return summarise_trace(file, (DECODING, "vision"))


def test_a_kernel_belongs_to_the_innermost_part_that_launched_it_however_late_it_runs(tmp_path: Path) -> None:
    summary = write_trace(
        tmp_path,
        WHOLE_STEP,
        ("user_annotation", "vision", 10, 20, 5, 0),
        ("cuda_runtime", "cudaLaunchKernel", 12, 1, 5, 1),
        ("cuda_driver", "cuLaunchKernelEx", 50, 1, 5, 2),
        ("kernel", "void gemm", 200, 30, 7, 1),
        ("kernel", "scan", 220, 20, 8, 2),
        ("gpu_memcpy", "copy", 300, 10, 7, 3),
    )
    assert summary.steps == {DECODING: 1}
    assert summary.wall == 110
    assert summary.busy == 50
    assert summary.shares == [
        KernelShare("vision", "gemm", 1, 30),
        KernelShare(DECODING, "scan", 1, 20),
        KernelShare("elsewhere", "copy", 1, 10),
    ]


def test_an_operator_counts_without_those_that_it_calls(tmp_path: Path) -> None:
    summary = write_trace(
        tmp_path,
        WHOLE_STEP,
        ("cpu_op", "outer", 10, 50, 5, 0),
        ("cpu_op", "inner", 20, 10, 5, 0),
        ("cpu_op", "inner", 35, 10, 5, 0),
    )
    assert summary.shares == [KernelShare(DECODING, "outer", 1, 30), KernelShare(DECODING, "inner", 2, 20)]
    assert next(summary.lines(most=1)).startswith("1 times step of decoding; 0.05 ms a step, in 100.0%")


def test_the_waits_of_a_start_stand_behind_the_lines_after_which_they_came() -> None:
    lines = [Line(at, text) for at, text in ((0.0, "begin"), (0.2, "import"), (4.2, "load"), (4.5, "ready"))]
    assert [" ".join(line.split()) for line in describe_start(lines, least=1.0)] == [
        "4.0 s after 0.2 s import",
        "0.5 s in shorter waits",
        "4.5 s in all",
    ]


def test_options_of_the_engine_are_read_as_json() -> None:
    given = ['compilation_config={"cudagraph_capture_sizes": [1, 2]}', "skip_mm_profiling=true"]
    assert read_engine_options(given) == {
        "compilation_config": {"cudagraph_capture_sizes": [1, 2]},
        "skip_mm_profiling": True,
    }


def test_a_share_of_full_batches_counts_time_and_not_steps() -> None:
    steps = [(1.0, 9), (2.0, 4), (5.0, 4), (6.0, 3)]
    assert OpenedEngine(steps=steps).share_of_full_batches(full=4, since=1.0) == pytest.approx(4 / 5)


def test_a_rate_is_that_of_all_rounds_of_a_kind() -> None:
    exact = [Round("exact", pages=4, seconds=seconds, tokens=8, cpu_seconds=1.0) for seconds in (1.0, 3.0)]
    measured = Measurement(0.0, [*exact, Round("scans", 1, 1.0, 8, 1.0)])
    assert {kind: measured.pages_per_second(kind) for kind in measured.kinds} == {"exact": 2.0, "scans": 1.0}


@pytest.mark.parametrize("kind", ["exact", "scans"])
def test_pages_have_their_size_and_differ(kind: PageKind) -> None:
    first, second = draw_page(0, kind), draw_page(1, kind)
    assert first.size == SIZES[kind]
    assert first.tobytes() != second.tobytes()
    assert first.tobytes() == draw_page(0, kind).tobytes()


# An engine of its own: half a minute on two idle cores.
@pytest.mark.proof
def test_many_calls_are_answered_sooner_than_in_langchains_own_ways() -> None:
    figures = json.loads(run_benchmark("benchmarks.batch_against_langchain", "48", "3"))
    assert figures["generate over LangChain's"] > 1.5
    assert figures["batch over LangChain's"] > 1
