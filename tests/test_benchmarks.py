"""The benchmarks run on the CPU with the demo checkpoint and print their figures; what they say is not judged here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.engine_access import OpenedEngine
from benchmarks.measurement import Measurement, Round
from benchmarks.scan_pages import SIZES, PageKind, draw_page

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
