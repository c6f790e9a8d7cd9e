"""Whether rows of Latin text stand on their feet: more ink rises above the small letters than hangs below.

Imports NumPy, so `orientation` loads it only when a page is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from nemotron_vl_integrations.orientation.text_runs import find_ink, remove_rules

Profile = npt.NDArray[np.float64]

_LONG_SIDE = 1024
# Narrow enough that a line that leans by 2 degrees stays on its rows, wide enough for three letters.
_STRIP = 32
_CORE = 0.4
_LEAST_INK = 0.08
_CORE_HEIGHTS = range(3, 25)
_REACH = 0.6


@dataclass(frozen=True, slots=True)
class LetterBalance:
    """Ink above and below the cores of lines, and the pieces of lines in which one outweighs the other.

    Attributes:
        above: Ink above the cores, as a share of the ink in them.
        below: Ink below them.
        rising: Pieces with clearly more above.
        hanging: Pieces with clearly more below.
        pieces: All pieces of lines.
    """

    above: float
    below: float
    rising: int
    hanging: int
    pieces: int


def weigh_letters(image: Image.Image) -> LetterBalance:
    """Weigh the ink above and below the small letters of a page with horizontal lines."""
    ink = remove_rules(find_ink(image, max(1, round(max(image.size) / _LONG_SIDE))))
    height, width = ink.shape
    strips = width // _STRIP
    if strips == 0:
        return LetterBalance(0.0, 0.0, 0, 0, 0)
    profiles = ink[:, : strips * _STRIP].reshape(height, strips, _STRIP).mean(axis=2).T
    weights = [piece for profile in profiles for piece in _weigh_pieces(profile)]
    core = sum(piece[1] for piece in weights)
    above, below = sum(piece[0] for piece in weights), sum(piece[2] for piece in weights)
    return LetterBalance(
        above / core if core else 0.0,
        below / core if core else 0.0,
        sum(a > 2 * d + 0.04 * c for a, c, d in weights),
        sum(d > 2 * a + 0.04 * c for a, c, d in weights),
        len(weights),
    )


def _weigh_pieces(profile: Profile) -> Iterator[tuple[float, float, float]]:
    """Ink above, in and below the core of each piece of a line in a strip."""
    peak = float(np.quantile(profile, 0.98))
    if peak < _LEAST_INK:
        return
    edges = np.flatnonzero(np.diff(profile >= _CORE * peak, prepend=False, append=False))
    starts, ends = edges[::2].tolist(), edges[1::2].tolist()
    total = np.concatenate(([0.0], np.cumsum(profile)))
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        size = end - start
        if size not in _CORE_HEIGHTS:
            continue
        reach = max(2, round(_REACH * size))
        top, bottom = max(0, start - reach), min(len(profile), end + reach)
        if (number and ends[number - 1] >= top) or (
            number + 1 < len(starts) and starts[number + 1] <= bottom
        ):
            continue
        yield (
            float(total[start] - total[top]),
            float(total[end] - total[start]),
            float(total[bottom] - total[end]),
        )
