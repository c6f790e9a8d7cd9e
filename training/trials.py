"""Measures every task on batches that are never trained on, without writing a word: by teacher forcing."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from training.batches import Batch
from training.conversations import TASKS
from training.curriculum import LossWeights
from training.feed import Material, make_batches
from training.trainer import Trainer

TRIAL_SEED = 900_001
TRIAL_BUCKETS = ("1x1", "2x3", "3x4", "pair", "tools 1x1", "tools 2x3", "text", "long")


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """How well answers of one task are known.

    Attributes:
        answers: How many were measured.
        loss: Mean cross entropy of their tokens.
        accuracy: Share of tokens that are the likeliest ones.
        exact: Share of answers all of whose tokens are the likeliest ones.
    """

    answers: int
    loss: float
    accuracy: float
    exact: float


def draw_trials(material: Material) -> list[Batch]:
    """Draw one batch of each bucket, the same in every run on the same material."""
    maker = make_batches(material, TRIAL_SEED)
    return [maker.make(bucket) for bucket in TRIAL_BUCKETS]


def measure_tasks(trainer: Trainer, trials: Sequence[Batch]) -> dict[str, TaskFigures]:
    """Measure all tasks that occur in some batches.

    Gradients stay on, so that the graphs that were compiled for training are used.
    """
    figures = torch.cat([_measure_rows(trainer, batch) for batch in trials])
    return _by_task(torch.cat([batch.tasks for batch in trials]), figures)


def _measure_rows(trainer: Trainer, batch: Batch) -> torch.Tensor:
    """Tokens, summed loss and hits of each answer, (sequences, 3)."""
    losses = trainer.losses(batch, LossWeights())
    learnt = (batch.targets >= 0).to(losses.token_hits.device)
    rows = torch.arange(len(learnt), device=learnt.device).unsqueeze(1).expand_as(learnt)[learnt]
    values = torch.stack([torch.ones_like(losses.token_hits), losses.token_losses, losses.token_hits], dim=1)
    sums = torch.zeros(len(learnt), 3, device=learnt.device)
    return sums.index_add_(0, rows, values.float()).cpu()


def _by_task(tasks: torch.Tensor, figures: torch.Tensor) -> dict[str, TaskFigures]:
    measured: dict[str, TaskFigures] = {}
    for number, task in enumerate(TASKS):
        own = figures[tasks == number]
        if len(own):
            tokens, loss, hits = (float(total) for total in own.sum(0))
            exact = float((own[:, 0] == own[:, 2]).float().mean())
            measured[task] = TaskFigures(len(own), loss / tokens, hits / tokens, exact)
    return measured
