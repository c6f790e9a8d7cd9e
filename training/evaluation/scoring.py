"""How far a text that was read is from what stands on the page."""

import unicodedata
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True, slots=True)
class Errors:
    """Character errors.

    Attributes:
        edits: Characters to insert, delete or replace.
        characters: Characters of the truth.
    """

    edits: int
    characters: int

    @property
    def rate(self) -> float:
        """The character error rate, 0 for a perfect text."""
        return self.edits / max(1, self.characters)

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(self.edits + other.edits, self.characters + other.characters)


def normalise(text: str) -> str:
    r"""Text in composed form with single spaces; line breaks count as spaces.

    Examples:
        >>> normalise(" a\nb ")
        'a b'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def count_errors(truth: str, read: str) -> Errors:
    """Count character errors by Levenshtein distance; white space is normalised, nothing else.

    Examples:
        >>> count_errors("Total: 12", "Total 12").edits
        1
    """
    wanted = normalise(truth)
    return Errors(Levenshtein.distance(wanted, normalise(read)), len(wanted))
