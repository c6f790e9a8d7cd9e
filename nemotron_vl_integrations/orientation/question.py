"""The question which way a page lies, put to the model that reads: the same lines at each turn, which reads best?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nemotron_vl_integrations.orientation.turning import Rotation, turn_image

if TYPE_CHECKING:
    from PIL.Image import Image

TILE: Final = 512
"""Side of a crop in pixels: one tile."""

QUESTION_TOKENS: Final = 24
"""Tokens of an answer that are enough to compare; a request for more only costs time."""


# Chosen on 1,280 answers of the demo checkpoint to crops of 80 drawn pages. Right ones have a mean log probability of
# -0.1, nine of ten above -0.35; a model that sees no letters invents some, at -0.6 and below. A word or two is too
# little: some words are read upside down as well.
_LEAST_LOGPROB: Final = -0.55
_MARGIN: Final = 0.2
_WEIGHT_OF_WORDS: Final = 0.5
_LEAST_WORDLIKE: Final = 0.5
_LEAST_LETTERS: Final = 20
_NO_ANSWER: Final = -2.0

_FRAME: Final = ".,;:!?()[]{}\"'`*_|-+=/$€£¥&%#"
# Spaces, and the full stops, commas and brackets of Chinese and Japanese, which stand between words without one.
_BREAK: Final = re.compile(r"[\s\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff1f]+")
_EAST_ASIAN: Final = "\u2e80"
# Letters of one case, or with a capital in front; a number of several figures. `dn` is no word, and passes: the
# log probability has to tell.
_WORD: Final = re.compile(r"[^\W\d_]{2,}(?:['\u2019-][^\W\d_]+)*")
_NUMBER: Final = re.compile(r"\d[\d.,:/-]+\d")


@dataclass(frozen=True, slots=True)
class RotationAnswer:
    """What the model read on a crop.

    Attributes:
        rotation: By how much the crop was turned.
        text: What was read.
        logprob: Mean natural log probability of its tokens; None without tokens.
    """

    rotation: Rotation
    text: str
    logprob: float | None


def crops_for_question(image: "Image", rotations: Sequence[Rotation]) -> dict[Rotation, "Image"]:
    """Cut the square tile with the most text out of a page, and turn it by each rotation.

    The tile is not scaled, so lines keep the size in which the model would read them. Of a page that is smaller than a
    tile it is the whole page.

    Examples:
        >>> from PIL import Image
        >>> crops = crops_for_question(Image.new("RGB", (1536, 2048), "white"), (0, 90))
        >>> [(rotation, crop.size) for rotation, crop in crops.items()]
        [(0, (512, 512)), (90, (512, 512))]
    """
    # NumPy is loaded with the first question, not with the package.
    from nemotron_vl_integrations.orientation.text_runs import find_densest_window

    left, top = find_densest_window(image, TILE)
    crop = image.crop((left, top, min(image.width, left + TILE), min(image.height, top + TILE)))
    return {rotation: turn_image(crop, rotation) for rotation in rotations}


def choose_rotation(answers: Sequence[RotationAnswer]) -> Rotation | None:
    """Return the turn at which the page was read best; None unless it is clearly better than every other.

    An answer counts by how sure the model was of it, and by how much of it looks like words and numbers: letters upside
    down read as a mix of figures, signs and capitals.

    Args:
        answers: One for each turn that was tried.

    Examples:
        >>> upright = RotationAnswer(90, "Dear Ms Hale, thank you for your", -0.1)
        >>> choose_rotation([upright, RotationAnswer(270, "no^ yu3ht '3l3H sW", -0.7)])
        90
        >>> choose_rotation([upright, RotationAnswer(270, "Total amount payable in May", -0.2)]) is None
        True
    """
    ranked = sorted(answers, key=_score, reverse=True)
    if not ranked or not _is_credible(ranked[0]):
        return None
    runner_up = _score(ranked[1]) if len(ranked) > 1 else _NO_ANSWER
    return ranked[0].rotation if _score(ranked[0]) - runner_up >= _MARGIN else None


def _score(answer: RotationAnswer) -> float:
    if answer.logprob is None or not answer.text.strip():
        return _NO_ANSWER
    return max(_NO_ANSWER, answer.logprob + _WEIGHT_OF_WORDS * _measure_words(answer.text))


def _is_credible(answer: RotationAnswer) -> bool:
    return (
        answer.logprob is not None
        and answer.logprob >= _LEAST_LOGPROB
        and sum(map(str.isalpha, answer.text)) >= _LEAST_LETTERS
        and _measure_words(answer.text) >= _LEAST_WORDLIKE
    )


def _measure_words(text: str) -> float:
    """Share of the visible characters that stand in words and numbers."""
    pieces = [piece for piece in _BREAK.split(text) if piece]
    visible = sum(map(len, pieces))
    return sum(len(piece) for piece in pieces if _is_word(piece.strip(_FRAME))) / visible if visible else 0.0


def _is_word(word: str) -> bool:
    if _NUMBER.fullmatch(word) or (word.isalnum() and max(word) >= _EAST_ASIAN):
        return True
    # Scripts without case are equal to both.
    return _WORD.fullmatch(word) is not None and word in {
        word.lower(),
        word.upper(),
        word.title(),
        word.capitalize(),
    }
