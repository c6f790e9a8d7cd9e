"""Cuts a page into parts that are read on their own, and joins what was read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from PIL.Image import Resampling

if TYPE_CHECKING:
    from PIL.Image import Image

_OVERLAP: Final = 0.08
"""Share of the page's height that two parts have in common where no white row parts them."""

_SEARCH: Final = 0.15
"""How far from its due place a cut may lie, as a share of the page's height."""

_LEAST_GAP: Final = 4
"""Rows of pixels in a gap that is wide enough to cut."""

# Rows are looked at in so many cells, each of which averages the noise of a scan away; one stroke of a letter moves its
# cell by ten levels or more.
_BOX: Final = Resampling.BOX
_CELLS: Final = 24
_INK_LEVELS: Final = 6

_ALIKE: Final = 0.8
_LEAST_FRAGMENT: Final = 6
_MOST_COMMON_LINES: Final = 24
_SURE_CHARACTERS: Final = 6
_LONGEST_LINE: Final = 300
_DIGITS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class PageParts:
    """The parts of a page from top to bottom.

    Attributes:
        images: The parts, as wide as the page.
        overlaps: For each two neighbours, whether they have rows of the page in common.
    """

    images: tuple["Image", ...]
    overlaps: tuple[bool, ...]


def split_page(image: "Image", count: int = 2) -> PageParts:
    """Cut a page across, through its widest white gaps near the even places.

    Where there is no white row, the parts overlap, so that each line is whole in one of them.

    Args:
        image: An upright page.
        count: Number of parts, 1 or more.

    Examples:
        >>> from PIL import Image
        >>> parts = split_page(Image.new("RGB", (600, 800), "white"))
        >>> [part.size for part in parts.images], parts.overlaps
        ([(600, 400), (600, 400)], (False,))
    """
    width, height = image.size
    half = round(_OVERLAP * height / 2)
    reach = min(round(_SEARCH * height), height // (2 * count))
    tops, bottoms = [0], list[int]()
    for number in range(1, count):
        due = height * number // count
        row = _find_white_row(image, due, reach)
        tops.append(max(0, due - half) if row is None else row)
        bottoms.append(min(height, due + half) if row is None else row)
    boxes = zip(tops, [*bottoms, height], strict=True)
    images = tuple(image.crop((0, top, width, bottom)) for top, bottom in boxes)
    return PageParts(images, tuple(bottom > top for top, bottom in zip(tops[1:], bottoms, strict=True)))


def _find_white_row(image: "Image", due: int, reach: int) -> int | None:
    """The middle of the best white gap within `reach` of the row `due`: wide, and not far away."""
    first = due - reach
    white = _find_white(image.crop((0, first, image.width, due + reach)))
    best, best_score = None, 0.0
    start = 0
    for row in range(len(white) + 1):
        if row < len(white) and white[row]:
            continue
        gap = row - start
        middle = (start + row) // 2
        score = min(gap, reach / 4) - abs(first + middle - due) / 8
        if gap >= _LEAST_GAP and (best is None or score > best_score):
            # In the wide gap of an empty page the due place itself.
            nearest = min(max(due - first, start + _LEAST_GAP // 2), row - _LEAST_GAP // 2)
            best, best_score = first + (nearest if gap > reach / 4 else middle), score
        start = row + 1
    return best


def _find_white(band: "Image") -> list[bool]:
    if band.height == 0:
        return []
    # Each cell is compared with its own paper, so shadows and the upright rules of a table do not count as ink.
    cells = band.convert("L").resize((min(_CELLS, band.width), band.height), _BOX)
    width = cells.width
    levels = cells.tobytes()
    paper = [sorted(levels[column::width])[band.height * 9 // 10] for column in range(width)]
    return [
        all(paper[column] - levels[row * width + column] <= _INK_LEVELS for column in range(width))
        for row in range(band.height)
    ]


def join_parts(texts: Sequence[str], overlaps: Sequence[bool]) -> str:
    r"""Join the texts of the parts; a line that was read in two parts stands once.

    Lines at the end of one part and at the beginning of the next are laid side by side where most of them agree to the
    letter. Of two readings of one line the longer stays; a line that only one part has stays where it is.

    Args:
        texts: One for each part, from top to bottom.
        overlaps: See `PageParts.overlaps`.

    Examples:
        >>> join_parts(["one\ntwo\nthree", "two\nthree.\nfour"], [True])
        'one\ntwo\nthree.\nfour'
        >>> join_parts(["one\ntwo", "two\nthree"], [False])
        'one\ntwo\ntwo\nthree'
    """
    joined = texts[0].strip("\n").split("\n") if texts else []
    for text, overlapped in zip(texts[1:], overlaps, strict=True):
        lines = text.strip("\n").split("\n")
        common = _count_common(joined, lines) if overlapped else 0
        if common:
            start, end = _written(joined)[-common], _written(lines)[common - 1] + 1
            joined[start:] = _merge(_pick(joined[start:]), _pick(lines[:end]))
            lines = lines[end:]
        joined += lines
    return "\n".join(joined).strip("\n")


def _count_common(before: Sequence[str], after: Sequence[str]) -> int:
    """Number of written lines by which two texts overlap; 0 if nothing agrees to the letter."""
    tail, head = _pick(before)[-_MOST_COMMON_LINES:], _pick(after)[:_MOST_COMMON_LINES]
    best = best_weight = 0
    for count in range(1, min(len(tail), len(head)) + 1):
        pairs = list(zip(tail[-count:], head, strict=False))
        weight = sum(len(_plain(first)) for first, second in pairs if _plain(first) == _plain(second))
        sure = weight >= _SURE_CHARACTERS or all(_are_alike(*pair) for pair in pairs)
        if weight > best_weight and sure:
            best, best_weight = count, weight
    return best


def _merge(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Two readings of the same lines as one; a line without its like stands in the order of its part."""
    merged: list[str] = []
    apart: list[str] = []
    last = len(before) - 1
    for number, (first, second) in enumerate(zip(before, after, strict=True)):
        # The edge of a part may cut a line through.
        if _are_alike(first, second) or (number in {0, last} and _is_fragment(first, second)):
            merged += [*apart, max(first, second, key=len)]
            apart = []
        else:
            merged.append(first)
            apart.append(second)
    return merged + apart


def _written(lines: Sequence[str]) -> list[int]:
    return [number for number, line in enumerate(lines) if line.strip()]


def _pick(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.strip()]


def _plain(line: str) -> str:
    return "".join(line.split()).casefold()


def _are_alike(first: str, second: str) -> bool:
    one, two = _plain(first), _plain(second)
    if one == two:
        return True
    # `Item 10` and `Item 11` are two lines, however alike they look.
    if max(len(one), len(two)) > _LONGEST_LINE or _DIGITS.findall(one) != _DIGITS.findall(two):
        return False
    return SequenceMatcher(None, one, two, autojunk=False).ratio() >= _ALIKE


def _is_fragment(first: str, second: str) -> bool:
    """Whether nearly all of the shorter line is found in the longer one."""
    short, long = sorted((_plain(first), _plain(second)), key=len)
    if not _LEAST_FRAGMENT <= len(short) <= len(long) <= _LONGEST_LINE:
        return False
    blocks = SequenceMatcher(None, short, long, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size > 1) >= _ALIKE * len(short)
