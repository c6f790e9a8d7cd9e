"""Runs of ink along rows and columns, from which text lines are told from rules, pictures and specks.

Imports NumPy, so `orientation` loads it only when a page is looked at.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Mask = npt.NDArray[np.bool_]
Lengths = npt.NDArray[np.int32]

_LONG_SIDE = 680
_BLOCK = 16
# Grey levels below the surroundings: scanner noise stays under it, pale print on grey paper does not.
_CONTRAST = 22
_RULE = 24
_RULE_THICKNESS = 2
_ELONGATION = 2.5
_THINNEST, _THICKEST = 4, 22
_POOLS = (1, 2, 4)
# Pixels: about three words of ordinary type; and the largest letter of it.
_ENOUGH = 300
_SMALL = 12
# Share of one direction beyond the other at which no coarser look is taken.
_DECISIVE = 0.7


@dataclass(frozen=True, slots=True)
class TextRuns:
    """Ink that lies in rows of text or in columns of text, on a reduced page.

    Attributes:
        factor: Pixels of the page for one of the masks, along each side.
        rows: Ink of horizontal lines.
        columns: Ink of vertical lines.
    """

    factor: int
    rows: Mask
    columns: Mask

    @property
    def majority(self) -> float:
        """From 1, all lines are horizontal, to -1, all are vertical; 0 if there is too little to tell."""
        rows, columns = int(self.rows.sum()), int(self.columns.sum())
        return (rows - columns) / (rows + columns) if rows + columns >= _ENOUGH else 0.0


def find_text_runs(image: Image.Image) -> TextRuns:
    """Find the ink that stands in lines, at three sizes of type."""
    factor = max(1, round(max(image.size) / _LONG_SIDE))
    ink = remove_rules(find_ink(image, factor))
    first: TextRuns | None = None
    for pool in _POOLS:
        smeared = _smear(_pool(ink, pool))
        across, down = _measure_runs(smeared), _measure_runs(smeared.T).T
        rows = _enlarge(_is_line(across, down), pool, ink.shape) & ink
        columns = _enlarge(_is_line(down, across), pool, ink.shape) & ink
        runs = TextRuns(factor, rows, columns)
        if abs(runs.majority) >= _DECISIVE:
            return runs
        first = first or runs
        # Only large letters go on to the coarser look, where the figures of a column would grow together to a bar.
        ink &= _enlarge((across > _SMALL) | (down > _SMALL), pool, ink.shape)
    assert first is not None
    return first


def find_ink(image: Image.Image, factor: int) -> Mask:
    """Find what is darker than its surroundings on the page, reduced by `factor`."""
    grey = image.convert("L").reduce(factor)
    surroundings = grey.reduce(_BLOCK).resize(grey.size, Image.Resampling.BILINEAR)
    levels = np.asarray(grey).astype(np.int16)
    return np.asarray(surroundings).astype(np.int16) - levels > _CONTRAST


def remove_rules(ink: Mask) -> Mask:
    """Remove thin straight lines, such as those of tables."""
    across, down = _measure_runs(ink), _measure_runs(ink.T).T
    level = (across >= _RULE) & (down <= _RULE_THICKNESS)
    upright = (down >= _RULE) & (across <= _RULE_THICKNESS)
    return ink & ~level & ~upright


def _measure_runs(mask: Mask) -> Lengths:
    """For each pixel of ink the length of its run along the row; 0 elsewhere."""
    height, width = mask.shape
    framed = np.zeros((height, width + 1), dtype=np.int8)
    framed[:, :-1] = mask
    flat = framed.ravel()
    edges = np.flatnonzero(np.diff(flat, prepend=np.int8(0)))
    starts, ends = edges[::2], edges[1::2]
    lengths = np.zeros(flat.size, dtype=np.int32)
    lengths[flat.astype(np.bool_)] = np.repeat(ends - starts, ends - starts)
    return lengths.reshape(height, width + 1)[:, :-1]


def _is_line(along: Lengths, across: Lengths) -> Mask:
    return (across >= _THINNEST) & (across <= _THICKEST) & (along >= _ELONGATION * across)


def _smear(mask: Mask) -> Mask:
    """Widen ink by a pixel on every side, which joins letters to words and leaves lines apart."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    tall = wide.copy()
    tall[1:] |= wide[:-1]
    tall[:-1] |= wide[1:]
    return tall


def _pool(mask: Mask, pool: int) -> Mask:
    if pool == 1:
        return mask
    height, width = mask.shape[0] // pool * pool, mask.shape[1] // pool * pool
    blocks = mask[:height, :width].reshape(height // pool, pool, width // pool, pool)
    # A quarter of a block: lower, and the lines of small type grow together.
    return blocks.sum(axis=(1, 3), dtype=np.int32) * 4 >= pool * pool


def _enlarge(mask: Mask, pool: int, shape: tuple[int, ...]) -> Mask:
    if pool == 1:
        return mask
    large = np.zeros(shape, dtype=np.bool_)
    repeated = mask.repeat(pool, axis=0).repeat(pool, axis=1)
    large[: repeated.shape[0], : repeated.shape[1]] = repeated[: shape[0], : shape[1]]
    return large


def find_densest_window(image: Image.Image, side: int) -> tuple[int, int]:
    """Find the left and top edge of the square with the most text and the least else in it."""
    runs = find_text_runs(image)
    ink = find_ink(image, runs.factor)
    lines = (
        runs.rows if runs.majority > 0 else runs.columns if runs.majority < 0 else runs.rows | runs.columns
    )
    # Twice, because half of the ink of a line is in the parts of letters that belong to no run.
    weight = 2 * lines.astype(np.int64) - (ink & ~lines) if lines.any() else ink.astype(np.int64)
    sums = np.zeros((ink.shape[0] + 1, ink.shape[1] + 1), dtype=np.int64)
    sums[1:, 1:] = weight.cumsum(axis=0).cumsum(axis=1)
    height, width = (min(side // runs.factor, extent) for extent in ink.shape)
    windows = (
        sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    )
    top, left = divmod(int(windows.argmax()), windows.shape[1])
    return (
        max(0, min(left * runs.factor, image.width - side)),
        max(0, min(top * runs.factor, image.height - side)),
    )
