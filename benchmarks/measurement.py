"""What one side of a comparison measured, as it is handed from the child process that measured it."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Round:
    """One round of pages: wall seconds, tokens of all texts, processor seconds of all processes."""

    kind: str
    pages: int
    seconds: float
    tokens: int
    cpu_seconds: float

    @property
    def pages_per_second(self) -> float:
        """Of the whole round."""
        return self.pages / self.seconds


@dataclass(frozen=True, slots=True)
class Measurement:
    """A side's figures.

    Attributes:
        start_seconds: From nothing to ready, imports included.
        rounds: In their order.
        ready_bytes: Memory of all processes before the first page.
        peak_bytes: The most during the rounds.
        settled_bytes: After a rest behind the rounds, of each process, largest first.
        full_share: Share of the time in engine steps with a full batch; None where it was not followed.
    """

    start_seconds: float
    rounds: list[Round] = field(default_factory=list[Round])
    ready_bytes: int = 0
    peak_bytes: int = 0
    settled_bytes: list[int] = field(default_factory=list[int])
    full_share: float | None = None

    @property
    def kinds(self) -> list[str]:
        """Kinds of pages, in the order of their rounds."""
        return list(dict.fromkeys(one.kind for one in self.rounds))

    def pages_per_second(self, kind: str) -> float:
        """Of all rounds of a kind together."""
        rounds = [one for one in self.rounds if one.kind == kind]
        return sum(one.pages for one in rounds) / sum(one.seconds for one in rounds)

    def write(self, path: Path) -> None:
        """Leave the figures for the parent process."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def measure_in_child(module: str, arguments: list[str]) -> Measurement:
    """Run one side in a process of its own, so that the other finds the memory free again."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        command = [sys.executable, "-m", f"benchmarks.{module}", *arguments, f"--out={path}"]
        subprocess.run(command, cwd=ROOT, check=True)
        values = json.loads(path.read_text(encoding="utf-8"))
    return Measurement(**values | {"rounds": [Round(**one) for one in values["rounds"]]})
