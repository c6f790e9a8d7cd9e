"""Finds text that goes round in circles, the usual failure of a model that reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SEED: Final = 12
"""Characters that must repeat before a distance is looked at."""

_LONGEST_PERIOD: Final = 1500
_STEP: Final = 4096

# How much of one thing a page may hold, in characters of the whole run. A page has about 70 lines of 100 characters.
_RULE_ON_A_LINE: Final = 400
_EMPTY_CELLS: Final = 4000
_FIGURES_ON_A_LINE: Final = 400
_FIGURES: Final = 5000
_WORDS_ON_A_LINE: Final = 400
_WORDS: Final = 1200
_MOST_COPIES: Final = 400
_FEWEST_COPIES: Final = 3
_COPIES_OF_WORDS: Final = 5
_SHORT_CELL: Final = 3
"""Letters of `n/a`, `yes`, `EUR`: what fills the cells of a table."""

# A model that was stopped in a loop has repeated itself this often at least, and for this many characters.
_STOPPED_COPIES: Final = 4
_STOPPED_RUN: Final = 24

_MARKUP: Final = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")


@dataclass(frozen=True, slots=True)
class _Run:
    """`text[start:end]` is made of copies of `text[start:start + period]`, the last perhaps cut."""

    start: int
    end: int
    period: int

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def copies(self) -> float:
        return self.length / self.period


def measure_repetition(text: str) -> float:
    r"""Return the share of a text that repeats what stands right before it.

    Words, lines and cells may repeat as often as they do on a real page: rules, dotted leaders, columns of zeros and
    empty rows count only far beyond that. The first copy of what repeats is not counted. Time grows with the text,
    not with its square.

    Returns:
        0 for a text without a loop, near 1 for one that is nothing else.

    Examples:
        >>> measure_repetition("| a | b |\n|---|---|\n" + "| 0 | 0 |\n" * 60)
        0.0
        >>> round(measure_repetition("Dear Ms Hale,\n" + "thank you for your letter.\n" * 99), 2)
        0.99
    """
    repeated = sum(run.length - run.period for run in _find_loops(text, stopped=False))
    return repeated / len(text) if repeated else 0.0


def cut_before_loop(text: str, *, stopped: bool = False) -> str:
    r"""Return a text up to the last good line before its first loop, with one copy of what repeats.

    Args:
        text: What the model wrote.
        stopped: Whether the model was stopped because it looped or wrote too much: then a shorter repetition at the end
            of the text is a loop as well.

    Returns:
        The text without white space at its end; all of it if there is no loop.

    Examples:
        >>> cut_before_loop("Dear Ms Hale,\nthank you.\n" + "We regret the delay.\n" * 99)
        'Dear Ms Hale,\nthank you.\nWe regret the delay.'
    """
    loop = next(_find_loops(text, stopped=stopped), None)
    return text.rstrip() if loop is None else text[: _end_of_first_copy(text, loop)].rstrip()


def _end_of_first_copy(text: str, run: _Run) -> int:
    copy = run.start + run.period
    if "\n" not in text[run.start : copy] or text[copy - 1] == "\n":
        return copy
    # The run may begin within a line: each whole line is kept once, the one where the copy ends included.
    line = text.find("\n", copy, run.end)
    return copy if line < 0 else line


def _find_loops(text: str, *, stopped: bool) -> Iterator[_Run]:
    """Yield the loops of a text from left to right, none within another.

    The nearest earlier place of the next characters gives a distance; where the text goes on to equal itself at that
    distance, it is periodic. No distance is tried twice on the same stretch, which keeps the time linear.
    """
    last: dict[str, int] = {}
    tried: dict[int, int] = {}
    position = floor = 0
    while position + _SEED <= len(text):
        seed = text[position : position + _SEED]
        earlier = last.get(seed, -1)
        last[seed] = position
        distance = position - earlier
        if earlier >= floor and distance <= _LONGEST_PERIOD and tried.get(distance, 0) <= position:
            end = tried[distance] = _extend(text, position, distance)
            run = _Run(_reach_back(text, position, distance, floor), end, distance)
            if _is_loop(text, run) or (stopped and _ends_in(text, run)):
                yield run
                position = floor = end
                continue
        position += 1


def _extend(text: str, position: int, distance: int) -> int:
    """The first place from `position` on where the text differs from itself `distance` earlier."""
    size = _SEED
    while size and position < len(text):
        if text[position : position + size] == text[position - distance : position - distance + size]:
            position = min(position + size, len(text))
            size = min(size * 2, _STEP)
        else:
            size //= 2
    return position


def _reach_back(text: str, position: int, distance: int, floor: int) -> int:
    """The start of the first copy of a run that was noticed at `position`."""
    start = position - distance
    while start > floor and text[start - 1] == text[start - 1 + distance]:
        start -= 1
    return start


def _is_loop(text: str, run: _Run) -> bool:
    if run.copies < _FEWEST_COPIES:
        return False
    unit = _MARKUP.sub("|", text[run.start : run.start + run.period])
    letters, figures = sum(map(str.isalpha, unit)), sum(map(str.isnumeric, unit))
    on_a_line = not {"\n", "|"}.intersection(unit)
    if letters > _SHORT_CELL * max(1, unit.count("|"), unit.count("\n")):
        most = _WORDS_ON_A_LINE if on_a_line else _WORDS
        return run.copies >= _COPIES_OF_WORDS and run.length > most
    if letters or figures:
        return run.length > (_FIGURES_ON_A_LINE if on_a_line else _FIGURES) or run.copies > _MOST_COPIES
    return run.length > (_RULE_ON_A_LINE if on_a_line else _EMPTY_CELLS)


def _ends_in(text: str, run: _Run) -> bool:
    at_the_end = not text[run.end :].strip()
    return at_the_end and run.copies >= _STOPPED_COPIES and run.length >= _STOPPED_RUN
