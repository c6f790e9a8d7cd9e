"""Which tokens of an answer count more: those where reading goes on somewhere else than beside the last letter.

A page of 500 tokens has one where a column ends and a dozen at gaps and ends of lines. Whoever takes the wrong turn
there loses half of the page, so these tokens must not go under among those that follow from the letter before.
"""

import numpy as np
from numpy.typing import NDArray

from training.conversations import Sequenced
from training.sheet import Page

NEW_LINE = 2.0
WIDE_GAP = 4.0
NEW_COLUMN = 12.0
WIDEST_SPACE = 8
"""Steps from letter to letter that may lie between two words; what is wider is a gap."""


def weigh_turns(sequenced: Sequenced, page: Page) -> NDArray[np.float32]:
    """How much the token that each place is to predict counts: 1 for most, more where reading takes a turn.

    Args:
        sequenced: A conversation whose answer is read off the page, in part at least.
        page: The page that its places belong to.
    """
    weights = np.ones(len(sequenced.tokens), np.float32)
    first, last = sequenced.first_seen[1:], sequenced.last_seen[:-1]
    # a rare sample names a place behind the last character, and must not end a run of hours
    known = len(page.centres)
    places = np.flatnonzero((first >= 0) & (last >= 0) & (first < known) & (last < known))
    if not len(places):
        return weights
    across, down = (page.centres[first[places]] - page.centres[last[places]]).T
    step = _step(page)
    found = np.ones(len(places), np.float32)
    found[across > WIDEST_SPACE * step] = WIDE_GAP
    found[down > step] = NEW_LINE
    found[down < -2 * step] = NEW_COLUMN
    weights[places + 1] = found
    # a space or the end of a line of its own has already decided where it goes on
    blank = np.array([page.text[int(place)].isspace() for place in last[places]])
    weights[places[blank]] = np.maximum(weights[places[blank]], np.minimum(found[blank], WIDE_GAP))
    return weights


def _step(page: Page) -> float:
    """The usual distance from letter to letter on a page, in pixels."""
    moves = page.centres[1:] - page.centres[:-1]
    across = moves[:, 0][(moves[:, 1] == 0) & (moves[:, 0] > 0)]
    return float(np.median(across)) if len(across) else 8.0
