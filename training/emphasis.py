"""Which tokens of an answer count more: those where reading goes on somewhere else, and those that choose.

A page of 500 tokens has one where a column ends and a dozen at gaps and ends of lines. Whoever takes the wrong turn
there loses half of the page, so these tokens must not go under among those that follow from the letter before. In a
call or a short answer the first token of each name and value decides; what follows is copied. The first token of a page
decides too: whether all of it is wanted, or a field that is not there.
"""

import math

import numpy as np
from numpy.typing import NDArray

from training.conversations import IGNORED, Sequenced
from training.sheet import Page

NEW_LINE = 2.0
NEW_LINE_OF_A_COLUMN = 3.0
NEW_BLOCK = 5.0
"""Of a line after a gap, wherever on the page there are columns or gaps: it must go on below, not beside."""
WIDE_GAP = 4.0
NEW_COLUMN = 12.0
AFTER_NEW_COLUMN = 6.0
"""Of the second token of a column; it falls to 1 over the next ones, for the eye may still slip to a lower line."""
AFTER_NEW_BLOCK = 3.0
"""The same after a gap on a page with columns: lines that stand level in both are taken for each other there."""
TOKENS_AFTER = 16
CHOICE = 3.0
SHORTEST_ANSWER = 8
"""In tokens; the answers of a batch count by the roots of their lengths, and shorter ones as if they had so many."""
MARKS_BETWEEN, MARKS_OF_A_BLOCK = 4, 2
"""Most tokens of marks between two cells or lines of Markdown, and before a block of it."""
WIDEST_SPACE = 8
"""Steps from letter to letter that may lie between two words; what is wider is a gap."""
WIDEST_PITCH = 1.25
"""Usual distances between lines that may lie between two lines of a block."""


def weigh_tokens(sequenced: Sequenced, page: Page | None) -> NDArray[np.float32]:
    """How much the token that each place is to predict counts: 1 for most.

    Args:
        sequenced: A conversation.
        page: The page that its places belong to, None without images.
    """
    choices = np.where(sequenced.choices, np.float32(CHOICE), np.float32(1))
    if page is None:
        return choices
    weights = np.maximum(choices, weigh_turns(sequenced, page))
    learnt = np.flatnonzero(sequenced.targets != IGNORED)
    # As much as if the answer were short: long ones are divided by the root of their length, see `losses`.
    weights[learnt[0]] = max(weights[learnt[0]], CHOICE * math.sqrt(max(1.0, len(learnt) / SHORTEST_ANSWER)))
    return weights


def weigh_turns(sequenced: Sequenced, page: Page) -> NDArray[np.float32]:
    """How much the token that each place is to predict counts: 1 for most, more where reading takes a turn.

    Args:
        sequenced: A conversation whose answer is read off the page, in part at least.
        page: The page that its places belong to.
    """
    weights = np.ones(len(sequenced.tokens), np.float32)
    # a place behind the last character is a fault of a task, but must not end a run of hours
    known = len(page.centres)
    seen = np.flatnonzero((sequenced.first_seen >= 0) & (sequenced.last_seen >= 0))
    seen = seen[(sequenced.first_seen[seen] < known) & (sequenced.last_seen[seen] < known)]
    before, after = seen[:-1], seen[1:]
    # between two cells in Markdown stand marks that are not on the page
    near = after - before <= MARKS_BETWEEN + 1
    before, after = before[near], after[near]
    if not len(before):
        return weights
    last = sequenced.last_seen[before]
    moves: NDArray[np.float32] = page.centres[sequenced.first_seen[after]] - page.centres[last]
    across, down = moves[:, 0], moves[:, 1]
    step = _step(page)
    found = np.ones(len(before), np.float32)
    found[across > WIDEST_SPACE * step] = WIDE_GAP
    below = down > step
    turned = (down < -2 * step) & (after - before <= MARKS_OF_A_BLOCK + 1)
    found[below] = NEW_LINE_OF_A_COLUMN if turned.any() else NEW_LINE
    if below.any():
        found[down > WIDEST_PITCH * float(np.median(down[below]))] = NEW_BLOCK
    blocks = found == NEW_BLOCK
    found[turned] = NEW_COLUMN
    weights[after] = found
    for place, end, weight in zip(before + 1, after, found, strict=True):
        weights[place:end] = min(weight, WIDE_GAP)
    # a space or the end of a line of its own has already decided where it goes on
    signs = np.array(list(page.text))[last]
    blank = (signs == " ") | (signs == "\n")
    weights[before[blank]] = np.maximum(weights[before[blank]], np.minimum(found[blank], WIDE_GAP))
    if turned.any():
        _weigh_starts(weights, after[blocks], AFTER_NEW_BLOCK)
        _weigh_starts(weights, after[turned], AFTER_NEW_COLUMN)
    return weights


def _weigh_starts(weights: NDArray[np.float32], turns: NDArray[np.int64], most: float) -> None:
    """Let the tokens after each turn count more, the first one `most`, falling to 1."""
    fading = np.linspace(most, 1, TOKENS_AFTER, dtype=np.float32)
    for turn in turns:
        after = weights[turn + 1 : turn + 1 + TOKENS_AFTER]
        np.maximum(after, fading[: len(after)], out=after)


def _step(page: Page) -> float:
    """The usual distance from letter to letter on a page, in pixels."""
    moves = page.centres[1:] - page.centres[:-1]
    across = moves[:, 0][(moves[:, 1] == 0) & (moves[:, 0] > 0)]
    return float(np.median(across)) if len(across) else 8.0
