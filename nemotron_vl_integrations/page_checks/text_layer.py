"""Whether the text that a PDF holds for a page can be trusted in place of reading the page."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

from nemotron_vl_integrations.page_checks.garbled_text import describe_garbling
from nemotron_vl_integrations.page_checks.text_repetition import measure_repetition

_LEAST_CHARACTERS: Final = 50
"""A scan often carries a stamp or a page number as its only text."""

_STRAY_SHARE: Final = 0.005

# Of Latin letters, accents left out, eight make up 0.5 (Polish, Czech) to 0.67 (French, Italian) of a text; of letters
# that are one off in the alphabet 0.3.
_FREQUENT: Final = frozenset("aeinorst")
_LEAST_FREQUENT, _LEAST_LETTERS = 0.42, 100

_LEAST_WORDS: Final = 20
_LONG_MEAN: Final = 16.0
_SINGLE_SHARE: Final = 0.5
_BROKEN_SHARE: Final = 0.15
_SCRIPT_SHARE: Final = 0.03
_MOST_SCRIPTS: Final = 3

_SAMPLE: Final = 100_000
_WORD: Final = re.compile(r"[^\W\d_]+")
# What bad OCR makes of words: figures and signs among small letters, capitals within them, words without a vowel.
_BROKEN: Final = re.compile(
    r"[a-z][0-9|~^{}<>\\*#$\u20ac\u00a3\u00a7\u00a5\u00ac;:!?][a-z]|[a-z][A-Z]+[a-z]+[A-Z]|\b[bcdfghjklmnpqrstvwxz]{5,}\b"
)
_ADDRESS: Final = re.compile(r"://|www\.|@")


@dataclass(frozen=True, slots=True)
class LayerVerdict:
    """Whether a text layer can be used, and what speaks against it in a few words."""

    trusted: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.trusted


def judge_text_layer(text: str, *, inked: bool = True) -> LayerVerdict:
    r"""Judge a text layer by its text alone.

    In doubt it is not trusted: then the page is read, which costs time and loses nothing. Right words in a wrong
    order, or words of another page, cannot be seen from here.

    Args:
        text: See `PageImage.text_layer`.
        inked: Whether the page shows anything.

    Examples:
        >>> page = "Dear Ms Hale,\nthank you for your letter of 4 May, which reached us this morning."
        >>> judge_text_layer(page).trusted
        True
        >>> judge_text_layer("Page 3 of 12").reason
        'it has 9 characters'
    """
    if not inked:
        return LayerVerdict(not text.strip(), "there is nothing on the page" if text.strip() else "")
    sample = text[:_SAMPLE]
    visible = sum(not character.isspace() for character in sample)
    if visible < _LEAST_CHARACTERS:
        return LayerVerdict(False, f"it has {visible} characters")
    reason = (
        _judge_code_points(sample, visible)
        or describe_garbling(sample)
        or _judge_scripts(sample, visible)
        or _judge_words(sample)
        or _judge_letters(sample)
        or ("it repeats itself" if measure_repetition(sample) else "")
    )
    return LayerVerdict(not reason, reason)


def _judge_code_points(text: str, visible: int) -> str:
    stray = sum(
        character == "\ufffd" or (unicodedata.category(character)[0] == "C" and not character.isspace())
        for character in text
        # Soft hyphens and joiners are format characters of ordinary text.
        if unicodedata.category(character) != "Cf"
    )
    # One strange bullet of a symbol font does not spoil a page.
    return (
        f"{stray} of {visible} characters stand for no character"
        if stray > max(2, _STRAY_SHARE * visible)
        else ""
    )


def _judge_scripts(text: str, visible: int) -> str:
    scripts: Counter[str] = Counter()
    for character, number in Counter(text).items():
        if character.isalpha():
            scripts[_family(character)] += number
    found = [script for script, number in scripts.items() if number >= _SCRIPT_SHARE * visible]
    return f"it mixes {len(found)} scripts" if len(found) > _MOST_SCRIPTS else ""


def _family(character: str) -> str:
    name = unicodedata.name(character, "").partition(" ")[0]
    return "EAST ASIAN" if name in {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL"} else name


def _judge_words(text: str) -> str:
    words = [word for word in _WORD.findall(text) if _is_spaced(word[0])]
    if len(words) >= _LEAST_WORDS:
        single = sum(len(word) == 1 for word in words)
        if single >= _SINGLE_SHARE * len(words):
            return f"{single} of {len(words)} words are single letters"
        plain = " ".join(piece for piece in text.split() if not _ADDRESS.search(piece))
        broken = len(_BROKEN.findall(plain))
        if broken >= _BROKEN_SHARE * len(words):
            return f"about {broken} of {len(words)} words are broken"
    mean = sum(map(len, words)) / max(1, len(words))
    return f"its words have {mean:.0f} letters on average" if words and mean >= _LONG_MEAN else ""


def _is_spaced(character: str) -> bool:
    # Alphabets that set spaces between words, up to Arabic and Indian ones.
    return character < "\u0e00"


def _judge_letters(text: str) -> str:
    folded = unicodedata.normalize("NFD", text.casefold())
    letters = Counter(character for character in folded if "a" <= character <= "z")
    total, frequent = sum(letters.values()), sum(letters[character] for character in _FREQUENT)
    if total >= _LEAST_LETTERS and frequent < _LEAST_FREQUENT * total:
        return f"only {frequent / total:.0%} of its letters are frequent ones"
    return ""
