"""An endless stream of training batches, drawn by worker processes."""

import random
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.batches import Batch, BatchMaker
from training.conversations import Sequencer
from training.curriculum import Course, stage_at
from training.data_parallel import ALONE, Replicas
from training.glyphs import Shelf
from training.random_text import TextSource
from training.scenes import SceneMaker
from training.vocabulary import Vocabulary

BATCHES_AHEAD = 4
MOST_FAULTS = 3


@dataclass(frozen=True, slots=True)
class Material:
    """What pages are drawn from.

    Attributes:
        fonts: Font files; none means Pillow's own font.
        vocabulary: Words to write with.
        tokenizer_folder: The checkpoint whose tokenizer and chat template prompts are written with.
    """

    fonts: tuple[Path, ...]
    vocabulary: Vocabulary
    tokenizer_folder: Path


def make_batches(material: Material, seed: int) -> BatchMaker:
    """A maker of batches; the same seed draws the same ones."""
    rng = random.Random(seed)
    scenes = SceneMaker(rng, TextSource(rng, material.vocabulary), Shelf(material.fonts))
    return BatchMaker(scenes, Sequencer(material.tokenizer_folder))


def draw_surely(maker: BatchMaker, bucket: str) -> Batch:
    """Draw a batch, and another one where a rare sample cannot be drawn: a run of hours must not end by it.

    The fault is written to the terminal. The third one in a row is raised.
    """
    for _ in range(MOST_FAULTS - 1):
        try:
            return maker.make(bucket)
        except (ArithmeticError, LookupError, ValueError):
            print(f"A batch of {bucket} could not be drawn:\n{traceback.format_exc()}", file=sys.stderr)
    return maker.make(bucket)


class Feed(IterableDataset[Batch]):
    """Draws batches for ever; every worker process draws others.

    Args:
        material: What pages are drawn from.
        course: Which buckets are drawn when.
        seed: Another seed draws other pages.
        replicas: The processes that train together: they draw other pages from the same buckets, because
            a step takes as long as its slowest batch.
    """

    def __init__(self, material: Material, course: Course, seed: int, replicas: Replicas = ALONE) -> None:
        super().__init__()
        self._material = material
        self._course: Course = course
        self._seed = seed
        self._replicas = replicas
        self._progress: Tensor = torch.zeros(()).share_memory_()

    def advance(self, progress: float) -> None:
        """Tell all workers how far the run is, from 0 to 1."""
        self._progress.fill_(progress)

    def __iter__(self) -> Iterator[Batch]:
        """Draw batches for ever."""
        worker = get_worker_info()
        number = self._seed * 1000 + (worker.id if worker else 0)
        rng, maker = random.Random(number), make_batches(self._material, self._own(number))
        while True:
            shares = stage_at(self._course, float(self._progress)).shares
            yield draw_surely(maker, rng.choices(list(shares), list(shares.values()))[0])

    def _own(self, number: int) -> int:
        return number * self._replicas.count + self._replicas.rank

    @property
    def in_order(self) -> bool:
        """Whether batches must come in the order in which they were asked for: so that all replicas have the same."""
        return self._replicas.count > 1


def open_feed(feed: Feed, workers: int, *, pinned: bool) -> Iterator[Batch]:
    """Start the workers and iterate over their batches.

    Args:
        feed: What the workers draw.
        workers: Number of processes; 0 draws in this process.
        pinned: Whether batches are put where a GPU reads them directly.
    """
    loader = DataLoader(
        feed,
        batch_size=None,
        num_workers=workers,
        pin_memory=pinned,
        prefetch_factor=BATCHES_AHEAD if workers else None,
        multiprocessing_context="fork" if workers else None,
        # One alone does not wait for a slow batch when others are ready.
        in_order=feed.in_order,
    )
    return cast("Iterator[Batch]", iter(loader))
