"""What the pages of one document agree on, for those that do not know."""

from collections import Counter
from typing import Final

from nemotron_vl_integrations.orientation.turning import Rotation

_LEAST_VOTES: Final = 2
_MAJORITY: Final = 0.75


class DocumentVote:
    """Remembers how the pages of a document lie.

    Pages that were sure vote; a page that is not takes what three of four of them have, for a stack of paper is
    laid into a scanner in one piece. Not for several threads at once.

    Examples:
        >>> vote = DocumentVote()
        >>> vote.settle(None), vote.settle(90), vote.settle(90), vote.settle(None)
        (0, 90, 90, 90)
    """

    def __init__(self) -> None:
        self._votes: Counter[Rotation] = Counter()

    def settle(self, rotation: Rotation | None) -> Rotation:
        """Count a page's own decision and return it; for None what the document agrees on, else 0: as it came."""
        if rotation is None:
            return self.majority or 0
        self._votes[rotation] += 1
        return rotation

    @property
    def majority(self) -> Rotation | None:
        """What the pages so far agree on; None if they are too few or do not agree."""
        total = self._votes.total()
        if total < _LEAST_VOTES:
            return None
        rotation, votes = self._votes.most_common(1)[0]
        return rotation if votes >= _MAJORITY * total else None
