"""What is trained when: buckets, tasks, auxiliary losses and learning rate over the course of a run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from training.conversations import Task

Course = Literal["fresh", "tune"]

PAGE_TASKS: Mapping[Task, float] = {
    "transcribe": 0.54, "markdown": 0.12, "question": 0.20, "lookup": 0.02, "extract": 0.07, "page tools": 0.05,
}  # fmt: skip
"""Shares of the samples about one page; half of those that transcribe have other wordings."""

TEXT_TASKS: Mapping[Task, float] = {"tools": 0.60, "passages": 0.27, "repeat": 0.09, "chat": 0.04}
"""Shares of the samples without an image; calls and passages in new words were known least after the sixth run."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much the auxiliary losses count; a weight of 0 leaves the loss out."""

    character: float = 0.0
    guide: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a run.

    Attributes:
        until: Share of the run at which it ends.
        shares: How many of the batches come from each bucket; no batch costs more than one of pages.
        weights: How much the auxiliary losses count.
    """

    until: float
    shares: Mapping[str, float]
    weights: LossWeights


_ONE_TILE = {"1x1": 1.0}
_FEW_TILES = {"1x1": 0.50, "1x2": 0.10, "2x1": 0.09, "2x2": 0.19, "2x3": 0.12}
_MORE_TILES = {"1x1": 0.34, "1x2": 0.06, "2x1": 0.05, "2x2": 0.15, "2x3": 0.18, "3x2": 0.04, "3x4": 0.18}
# A4 pages are cut into 2x3 tiles and single tiles hold small text: both read worse than 3x4 pages after the third run.
# What is left after the sixth run are single letters of values on single tiles.
_ALL_TILES = {"1x1": 0.27, "1x2": 0.03, "2x1": 0.03, "2x2": 0.06, "2x3": 0.35, "3x2": 0.03, "3x4": 0.23}
# Only the long ones have room for eight tools and for ten questions after a set of passages.
# Calls, results and passages were still learnt fast when the fourth run ended, and had a fifth of its batches.
_TALK = {"text": 0.13, "long": 0.17, "pair": 0.03, "tools 1x1": 0.05, "tools 2x3": 0.02}


def _with_talk(pages: Mapping[str, float], share: float) -> dict[str, float]:
    """Pages for the most part, and the conversations beside them."""
    talk = sum(_TALK.values())
    return {name: part * (1 - share) for name, part in pages.items()} | {
        name: part * share / talk for name, part in _TALK.items()
    }


_EVERYTHING = _with_talk(_ALL_TILES, 0.40)

_COURSES: dict[Course, tuple[Stage, ...]] = {
    # Reading starts on single tiles with strong help; larger grids and conversations follow, the help fades.
    "fresh": (
        Stage(0.05, _ONE_TILE, LossWeights(character=0.5, guide=0.25)),
        Stage(0.22, _with_talk(_FEW_TILES, 0.10), LossWeights(character=0.5, guide=0.25)),
        Stage(0.50, _with_talk(_MORE_TILES, 0.20), LossWeights(character=0.15, guide=0.25)),
        Stage(0.60, _EVERYTHING, LossWeights(character=0.15, guide=0.25)),
        Stage(0.85, _EVERYTHING, LossWeights(guide=0.08)),
        Stage(1.00, _EVERYTHING, LossWeights()),
    ),
    # A network that reads already learns everything at once.
    "tune": (
        Stage(0.45, _EVERYTHING, LossWeights(character=0.1, guide=0.05)),
        Stage(0.80, _EVERYTHING, LossWeights(guide=0.05)),
        Stage(1.00, _EVERYTHING, LossWeights()),
    ),
}
_WARM_UP = 0.03
_HOLD = 0.15


def stage_at(course: Course, progress: float) -> Stage:
    """The stage of a run at a share of its length.

    Examples:
        >>> stage_at("fresh", 0.0).shares
        {'1x1': 1.0}
    """
    return next((stage for stage in _COURSES[course] if progress < stage.until), _COURSES[course][-1])


def rate_factor(progress: float) -> float:
    """Share of the learning rate: a short warm-up, constant for a while, then a cosine to 0.

    Examples:
        >>> [round(rate_factor(share), 2) for share in (0.0, 0.1, 0.575, 1.0)]
        [0.0, 1.0, 0.5, 0.0]
    """
    if progress < _WARM_UP:
        return max(0.0, progress) / _WARM_UP
    late = max(0.0, min(1.0, (progress - _HOLD) / (1 - _HOLD)))
    return 0.5 * (1 + math.cos(math.pi * late))
