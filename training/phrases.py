"""Sentences with alternatives in brackets, and how people really type them."""

import random
import re

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def expand(rng: random.Random, pattern: str) -> str:
    """Choose one alternative in each pair of brackets, the innermost first.

    Examples:
        >>> expand(random.Random(0), "Read [the [whole|] page|it].")
        'Read it.'
    """
    while match := _CHOICE.search(pattern):
        pattern = pattern[: match.start()] + rng.choice(match[1].split("|")) + pattern[match.end() :]
    return pattern


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
