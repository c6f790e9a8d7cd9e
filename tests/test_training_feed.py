"""The stream of batches goes on after a sample that cannot be drawn."""

import random

import pytest

from training.batches import Batch, BatchMaker
from training.checkpoint import DEMO_FOLDER
from training.conversations import Sequencer
from training.feed import draw_surely
from training.glyphs import Shelf
from training.random_text import TextSource
from training.scenes import SceneMaker
from training.vocabulary import make_vocabulary

VOCABULARY = make_vocabulary(["apple", "bridge", "candle", "delta", "ember", "forest", "garden", "harbour"])


class Faulty(BatchMaker):
    """Cannot draw the first batches."""

    def __init__(self, faults: int) -> None:
        rng = random.Random(1)
        super().__init__(SceneMaker(rng, TextSource(rng, VOCABULARY), Shelf()), Sequencer(DEMO_FOLDER))
        self.faults = faults

    def make(self, name: str, *, sequences: int | None = None) -> Batch:
        self.faults -= 1
        if self.faults >= 0:
            raise IndexError("no such letter")
        return super().make(name, sequences=sequences or 2)


def test_a_sample_that_cannot_be_drawn_is_told_and_another_one_drawn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    batch = draw_surely(Faulty(2), "text")

    assert len(batch.tokens) == 2
    assert capsys.readouterr().err.count("IndexError: no such letter") == 2


def test_faults_without_end_are_raised() -> None:
    with pytest.raises(IndexError, match="no such letter"):
        draw_surely(Faulty(3), "text")
