"""The form of a text in which search compares: without case, accents and the variants of a character."""

import unicodedata

_LATIN_MARKS = range(0x300, 0x370)
"""Accents of Latin, Greek and Cyrillic; the marks of Japanese and Indian scripts make other letters and stay."""


class _Folds(dict[int, str]):
    """The fold of each character, worked out when it is first met; as `str.translate` wants it."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if character == "\0":
        return " "  # The index takes it for the end of the text.
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    kept = "".join(mark for mark in apart if ord(mark) not in _LATIN_MARKS)
    return unicodedata.normalize("NFKC", kept)


_FOLDS = _Folds()


def fold_text(text: str) -> str:
    """Fold a text, character by character, after NFC.

    Examples:
        >>> fold_text("Größe, ÉTÉ, ﬁn"), fold_text("Ёлка 北京 がく 한국")
        ('grosse, ete, fin', 'елка 北京 がく 한국')
    """
    if text.isascii():
        return text.lower().replace("\0", " ")
    return unicodedata.normalize("NFC", text).translate(_FOLDS)


def measure_folds(text: str) -> list[int]:
    """Return the length of the fold of each character of a text that is in NFC.

    Examples:
        >>> measure_folds("aß")
        [1, 2]
    """
    return [len(_FOLDS[ord(character)]) for character in text]
