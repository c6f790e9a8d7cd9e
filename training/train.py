"""Trains the network on drawn pages.

    python -m training.train --minutes 9 --of 18 --rate 6e-4 --out runs/one --state runs/state.pt
    python -m training.train --minutes 9 --of 18 --rate 6e-4 --out runs/one --state runs/state.pt
    python -m training.export --weights runs/one --out my-checkpoint

Training starts from the bundled demo checkpoint, from weights of an earlier run (`--resume`), or from
nothing (`--fresh`). A run may be cut into several calls: each goes on from the file named by `--state`.
`torchrun --nproc-per-node 2 -m training.train` uses two GPUs of one machine.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TextIO

import torch

from nemotron_vl_integrations.errors import InputError, NemotronVLError
from training.batches import Batch
from training.characters import CHARACTER_CLASSES
from training.checkpoint import DEMO_FOLDER, load_network, save_shards
from training.curriculum import Course, rate_factor, stage_at
from training.data_parallel import ALONE, Replicas
from training.feed import Feed, Material, open_feed
from training.glyphs import DEFAULT_FONTS, find_fonts
from training.losses import Losses
from training.model import Network
from training.run_state import Progress, load_state, read_progress, save_state
from training.shape import read_shape
from training.trainer import Trainer
from training.trials import TaskFigures, draw_trials, measure_tasks
from training.vocabulary import DEFAULT_WORDS, read_vocabulary

SECONDS_BETWEEN_LINES = 12.0
SECONDS_BETWEEN_SAVES = 120.0
SECONDS_BETWEEN_TRIALS = 120.0
STEPS_TO_WARM_UP = 60
_GRAPHS = 64
_LOSSES = ("answer", "character", "guide", "accuracy")


class TrainingError(NemotronVLError):
    """Training cannot go on."""


@dataclass(slots=True)
class _Tally:
    """Sums of the losses of one bucket since the last line of the log."""

    sums: torch.Tensor
    steps: int = 0

    def means(self) -> list[float]:
        """The mean of each loss."""
        return [float(value) / self.steps for value in self.sums]


@dataclass(slots=True)
class Log:
    """Writes mean losses by bucket, as JSON lines to a file and in short to the terminal.

    Losses are those of the batches of one process; samples are counted over all `replicas`.
    """

    file: TextIO
    replicas: int = 1
    since: float = field(default_factory=time.monotonic)
    samples: int = 0
    waited: float = 0.0
    tallies: dict[str, _Tally] = field(default_factory=dict)

    def add(self, batch: Batch, losses: Losses) -> None:
        """Count one step."""
        values = torch.stack([losses.answer, losses.character, losses.guide, losses.accuracy.detach()])
        tally = self.tallies.setdefault(batch.bucket, _Tally(torch.zeros_like(values)))
        tally.sums += values
        tally.steps += 1
        self.samples += len(batch.tokens) * self.replicas

    def write_trials(self, seconds: float, step: int, figures: Mapping[str, TaskFigures]) -> None:
        """Write what was measured on the trial batches."""
        tasks = {
            name: {
                "answers": figure.answers,
                "loss": _rounded(figure.loss),
                "accuracy": _rounded(figure.accuracy),
                "exact": _rounded(figure.exact),
            }
            for name, figure in figures.items()
        }
        print(
            json.dumps({"seconds": round(seconds, 1), "step": step, "tasks": tasks}),
            file=self.file,
            flush=True,
        )
        short = "  ".join(f"{name} {task['loss']:.3f}/{task['exact']:.2f}" for name, task in tasks.items())
        print(f"      trials  {short}", flush=True)

    def write(self, seconds: float, step: int, rate: float) -> None:
        """Write a line and start anew.

        Raises:
            TrainingError: A loss is not finite.
        """
        means = {name: tally.means() for name, tally in sorted(self.tallies.items())}
        rounded = {
            name: dict(zip(_LOSSES, map(_rounded, values), strict=True)) for name, values in means.items()
        }
        passed = time.monotonic() - self.since
        line = {
            "seconds": round(seconds, 1),
            "step": step,
            "rate": rate,
            "samples_per_second": round(self.samples / passed, 1),
            "milliseconds_per_step": round(1000 * passed / sum(t.steps for t in self.tallies.values()), 1),
            "waited": round(self.waited / passed, 3),
            "losses": rounded,
        }
        print(json.dumps(line), file=self.file, flush=True)
        short = " ".join(f"{name} {v['answer']:.3f}/{v['accuracy']:.3f}" for name, v in rounded.items())
        print(
            f"{seconds:5.0f} s  step {step}  rate {rate:.1e}  {line['samples_per_second']} samples/s  "
            f"{line['milliseconds_per_step']} ms/step  waited {line['waited']:.0%}  {short}",
            flush=True,
        )
        if not all(isfinite(value) for values in means.values() for value in values):
            raise TrainingError(f"A loss is not finite at step {step}.", hint="Lower the rate.")
        self.since, self.samples, self.waited = time.monotonic(), 0, 0.0
        self.tallies.clear()


def _rounded(value: float) -> float:
    return round(value, 4)


def compile_layers(network: Network) -> None:
    """Compile each layer once for each bucket.

    Shapes are static: with dynamic ones the compiled backward pass of the Mamba layer fails in PyTorch 2.11.
    """
    torch._dynamo.config.recompile_limit = _GRAPHS  # pyright: ignore[reportPrivateUsage]
    for layer in (*network.language_model.backbone.layers, *network.vision_model.radio_model.model.blocks):
        layer.compile(dynamic=False)  # pyright: ignore[reportUnknownMemberType]: PyTorch leaves it untyped


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast to train, and where results go.

    Attributes:
        course: What is trained when.
        minutes: Length of this call.
        total_minutes: Length of the whole run, of which this call may be a part.
        rate: Peak learning rate.
        seed: Another seed draws and degrades in other ways.
        out: Folder for weights and log.
        state: File from which the run goes on, and to which it is written; None keeps no state.
    """

    course: Course
    minutes: float
    total_minutes: float
    rate: float
    seed: int
    out: Path
    state: Path | None = None


def train(
    network: Network,
    batches: Iterator[Batch],
    plan: Plan,
    advance: Callable[[float], None],
    trials: Sequence[Batch] = (),
    replicas: Replicas = ALONE,
) -> Progress:
    """Train until the time of this call or of the run is over; writes weights and `log.jsonl` into `plan.out`.

    Args:
        network: On its device.
        batches: Endless.
        plan: Course, length and learning rate.
        advance: Is told the share of the run that is over, before each step.
        trials: Batches that are never trained on, to measure every task by now and then.
        replicas: The processes that train together, connected; the first one keeps the time and writes.

    Returns:
        How far the run is.
    """
    trainer = Trainer(network, rate=plan.rate, seed=plan.seed, replicas=replicas)
    done = load_state(plan.state, network, trainer.optimiser) if plan.state else Progress()
    replicas.share_weights(network)
    plan.out.mkdir(parents=True, exist_ok=True)
    with (plan.out / "log.jsonl").open("a", encoding="utf-8") as file:
        run = _Run(trainer, plan, Log(file, replicas.count), done, trials)
        advance(run.share())
        while not run.is_over():
            asked = time.monotonic()
            batch = next(batches)
            run.log.waited += time.monotonic() - asked
            run.step(batch)
            advance(run.share())
        if replicas.is_first:
            run.save()
            run.try_out()
    return run.progress()


class _Run:
    """One call of a run: its clock, and what is written when."""

    def __init__(
        self, trainer: Trainer, plan: Plan, log: Log, done: Progress, trials: Sequence[Batch]
    ) -> None:
        self._trainer = trainer
        self._plan = plan
        self.log = log
        self._done = done
        self._trials = trials
        self._start = self._now = self._saved = self._tried = self._clock()
        self._steps = 0

    def _clock(self) -> float:
        """The time of the first process: all must end with the same step."""
        return self._trainer.replicas.agree(time.monotonic())

    def progress(self) -> Progress:
        """Seconds and steps of the run up to the last step, earlier calls included."""
        seconds = self._done.seconds + self._now - self._start
        return Progress(seconds, self._done.steps + self._steps)

    def share(self) -> float:
        """The share of the whole run that is over."""
        return min(1.0, self.progress().seconds / (60 * self._plan.total_minutes))

    def is_over(self) -> bool:
        """Whether the time of this call or of the run is over."""
        return self.share() >= 1.0 or self._now - self._start >= 60 * self._plan.minutes

    def step(self, batch: Batch) -> None:
        """Take one step, and write what is due."""
        share = self.share()
        # Each call starts with slow steps, while layers are compiled: warm up by steps as well.
        factor = rate_factor(share) * min(1.0, (self._done.steps + self._steps) / STEPS_TO_WARM_UP)
        self.log.add(batch, self._trainer.step(batch, stage_at(self._plan.course, share).weights, factor))
        self._steps += 1
        self._now = self._clock()
        if self._trainer.replicas.is_first:
            self._write_due(self._plan.rate * factor)

    def _write_due(self, rate: float) -> None:
        if time.monotonic() - self.log.since > SECONDS_BETWEEN_LINES:
            progress = self.progress()
            self.log.write(progress.seconds, progress.steps, rate)
        if self._now - self._saved > SECONDS_BETWEEN_SAVES:
            self.save()
            self._saved = self._now
        if self._now - self._tried > SECONDS_BETWEEN_TRIALS:
            self.try_out()
            self._tried = self._now

    def save(self) -> None:
        """Write weights, and the state to go on from."""
        save_shards(self._trainer.network, self._plan.out)
        if self._plan.state:
            save_state(self._plan.state, self._trainer.network, self._trainer.optimiser, self.progress())

    def try_out(self) -> None:
        """Measure every task on the trial batches."""
        if not self._trials:
            return
        progress = self.progress()
        figures = measure_tasks(self._trainer, self._trials)
        self.log.write_trials(progress.seconds, progress.steps, figures)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, required=True, help="wall clock of this call's training loop"
    )
    parser.add_argument("--of", type=float, help="minutes of the whole run, if this call is a part of it")
    parser.add_argument("--state", type=Path, help="file that a run of several calls goes on from")
    parser.add_argument(
        "--rate", type=float, default=6e-4, help="peak learning rate; 2e-3 for a fresh network"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and log")
    parser.add_argument("--base", type=Path, default=DEMO_FOLDER, help="checkpoint to start from")
    parser.add_argument("--resume", type=Path, help="folder with weights of an earlier run")
    parser.add_argument("--fresh", action="store_true", help="start from random weights")
    parser.add_argument("--fonts", type=Path, default=DEFAULT_FONTS, help="folder with .ttf and .otf files")
    parser.add_argument("--words", type=Path, default=DEFAULT_WORDS, help="word list, one a line")
    parser.add_argument("--prose", type=Path, nargs="*", default=[], help="English text to count words in")
    parser.add_argument("--workers", type=int, default=15, help="processes that draw pages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser


def main() -> None:
    """Run the command line."""
    parser = _make_parser()
    arguments = parser.parse_args()
    plan = Plan(
        course="fresh" if arguments.fresh else "tune",
        minutes=arguments.minutes,
        total_minutes=arguments.of or arguments.minutes,
        rate=arguments.rate,
        seed=arguments.seed,
        out=arguments.out,
        state=arguments.state,
    )
    try:
        vocabulary = read_vocabulary(arguments.words, arguments.prose)
        material = Material(tuple(find_fonts(arguments.fonts)), vocabulary, arguments.base)
        network = _start_network(arguments.base, arguments.resume, fresh=arguments.fresh)
    except InputError as exc:
        parser.error(str(exc))
    done = read_progress(plan.state) if plan.state else Progress()
    # Each call draws pages of its own.
    replicas = Replicas.from_environment()
    feed = Feed(material, plan.course, plan.seed + done.steps, replicas)
    feed.advance(min(1.0, done.seconds / (60 * plan.total_minutes)))
    batches = open_feed(feed, arguments.workers, pinned=arguments.device != "cpu")
    torch.manual_seed(plan.seed + done.steps)  # pyright: ignore[reportUnknownMemberType]: PyTorch leaves it untyped
    device = _device_of(replicas, arguments.device)
    network.to(device)
    replicas.connect(device)
    if arguments.compile:
        compile_layers(network)
    trials = draw_trials(material) if arguments.trials and replicas.is_first else []
    progress = train(network, batches, plan, feed.advance, trials, replicas)
    replicas.disconnect()
    if replicas.is_first:
        print(f"{progress.steps} steps in {progress.seconds:.0f} s; weights in {plan.out}")


def _device_of(replicas: Replicas, name: str) -> torch.device:
    """The device of this process: each of several has a GPU of its own."""
    if name == "cuda" and replicas.count > 1:
        torch.cuda.set_device(replicas.rank)
        return torch.device("cuda", replicas.rank)
    return torch.device(name)


def _start_network(base: Path, weights: Path | None, *, fresh: bool) -> Network:
    if fresh:
        return Network(read_shape(base), CHARACTER_CLASSES)
    return load_network(base, weights)


if __name__ == "__main__":
    main()
