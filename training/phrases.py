"""Sentences with alternatives in brackets, and how people really type them."""

import random
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

_MARK = re.compile(r"[\[\]|]")
_Part: TypeAlias = "str | tuple[tuple[_Part, ...], ...]"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def expand(rng: random.Random, pattern: str) -> str:
    """Choose one alternative in each pair of brackets, from the outermost inwards.

    Examples:
        >>> expand(random.Random(0), "Read [the [whole|] page|it].")
        'Read it.'
    """
    return "".join(_pick(rng, _parse(pattern)))


def _pick(rng: random.Random, parts: Sequence[_Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        else:
            yield from _pick(rng, rng.choice(part))


@lru_cache(maxsize=2048)
def _parse(pattern: str) -> tuple[_Part, ...]:
    """The text and the choices of a pattern; a bar or a bracket outside of all choices is text."""
    parts, end = _parse_alternative(pattern, 0)
    while end < len(pattern):
        more, following = _parse_alternative(pattern, end + 1)
        parts, end = (*parts, pattern[end], *more), following
    return parts


def _parse_alternative(pattern: str, start: int) -> tuple[tuple[_Part, ...], int]:
    """The parts up to the end of an alternative, and where that is."""
    parts: list[_Part] = []
    while match := _MARK.search(pattern, start):
        if match.start() > start:
            parts.append(pattern[start : match.start()])
        start = match.start()
        if match[0] != "[":
            return tuple(parts), start
        alternatives: list[tuple[_Part, ...]] = []
        while pattern[start : start + 1] in ("[", "|"):
            alternative, start = _parse_alternative(pattern, start + 1)
            alternatives.append(alternative)
        parts.append(tuple(alternatives))
        start += 1
    return (*parts, pattern[start:]), len(pattern)


def type_carelessly(rng: random.Random, text: str) -> str:
    """Sometimes write in lower case, leave out punctuation, shout or mistype a word."""
    if rng.random() < 0.12:
        text = text.lower()
    if rng.random() < 0.10:
        text = text.rstrip(".!?")
    if rng.random() < 0.02:
        text = text.upper()
    return mistype(rng, text) if rng.random() < 0.06 else text


def mistype(rng: random.Random, text: str) -> str:
    """Drop, double, swap or replace one letter."""
    places = [place for place, sign in enumerate(text[:-1]) if sign.isalpha() and text[place + 1].isalpha()]
    if len(places) < 3:
        return text
    place = rng.choice(places)
    before, first, second, after = text[:place], text[place], text[place + 1], text[place + 2 :]
    middle = rng.choice((first, first + first + second, second + first, rng.choice(_LETTERS) + second))
    return before + middle + after
