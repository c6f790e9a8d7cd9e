"""Tells text from what looks like text: wrong code points, broken encodings, scripts that never stand in one word."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Final

# What a page may hold of each without being garbled: a share, and a number below which a share means nothing.
_STRAY_SHARE, _STRAY_COUNT = 0.02, 3
_MOJIBAKE_SHARE, _MOJIBAKE_COUNT = 0.03, 3
_MIXED_SHARE, _MIXED_COUNT = 0.1, 4
_GLUED_SHARE, _GLUED_LETTERS = 0.3, 120
_SYMBOL_SHARE, _SYMBOL_COUNT = 0.7, 60

_GLYPH_NAMES: Final = 40
_LONGEST_WORD: Final = 65
"""Letters; German law has a word of sixty-three."""

_SAMPLE: Final = 200_000
"""Characters that are looked at; what comes after them is like them."""

# Kept from the judgement: they look like noise and are none.
_CODE_LIKE: Final = re.compile(r"\S*(?:://|www\.|[\\/@_=+&%#~]|\d)\S*")
_CID: Final = re.compile(r"\(cid:\d+\)|/?\bG[0-9A-F]{2}\b(?:\s*/?G[0-9A-F]{2}\b)+")
_RUNS: Final = re.compile(r"(\W)\1+")
_TABLE_SIGNS: Final = re.compile(r"[|+\-=_.:*#~•·…]+")
# The first byte of a UTF-8 character read as Windows-1252, and one of the bytes that follow.
_MOJIBAKE: Final = re.compile(
    "[\u00c2-\u00c5\u00ce-\u00d1\u00d8\u00d9][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
    "|[\u00e2-\u00ef](?:[\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]){2}"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_SCRIPTS: Final = (
    "LATIN",
    "CYRILLIC",
    "GREEK",
    "ARABIC",
    "HEBREW",
    "DEVANAGARI",
    "THAI",
    "ARMENIAN",
    "GEORGIAN",
)
_EAST_ASIAN: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def describe_garbling(text: str) -> str:
    r"""Say in a few words what shows that a text is garbled; empty if nothing does.

    Every living script passes, and so do code, figures, formulas, addresses and tables. A text with less than a line of
    characters is judged by its code points alone.

    Examples:
        >>> describe_garbling("請求金額 ¥12,000\nfor (i = 0; i < n; i++) { f(i); }")
        ''
        >>> describe_garbling("Re\ufffd: y\ufffdur l\ufffdtter")
        '3 of 14 characters are no characters of a text'
    """
    sample = text[:_SAMPLE]
    judges: Iterable[Callable[[str], str]] = (
        _judge_code_points,
        _judge_encoding,
        _judge_scripts,
        _judge_spaces,
        _judge_symbols,
    )
    return next((finding for judge in judges if (finding := judge(sample))), "")


def _judge_code_points(text: str) -> str:
    counts = Counter(text)
    visible = sum(number for character, number in counts.items() if not character.isspace())
    stray = sum(number for character, number in counts.items() if _is_stray(character))
    glyphs = sum(len(name) for name in _CID.findall(text))
    if stray >= _STRAY_COUNT and stray >= _STRAY_SHARE * visible:
        return f"{stray:,} of {visible:,} characters are no characters of a text"
    if glyphs >= _STRAY_SHARE * visible and glyphs > _GLYPH_NAMES:
        return "it holds numbers of glyphs instead of characters"
    return ""


def _is_stray(character: str) -> bool:
    if character == "\ufffd":
        return True
    # Control characters, surrogates, private and unassigned code points.
    return unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} and not character.isspace()


def _judge_encoding(text: str) -> str:
    found = len(_MOJIBAKE.findall(text))
    words = len(text.split())
    if found >= _MOJIBAKE_COUNT and found >= _MOJIBAKE_SHARE * words:
        return f"{found:,} characters are in a wrong encoding, such as {_MOJIBAKE.findall(text)[0]!r}"
    return ""


def _judge_scripts(text: str) -> str:
    words = Counter(word for word in _WORD.findall(text) if len(word) > 1)
    mixed = {word: number for word, number in words.items() if not word.isascii() and _is_mixed(word)}
    total, wrong = sum(words.values()), sum(mixed.values())
    if wrong >= _MIXED_COUNT and wrong >= _MIXED_SHARE * total:
        return f"{wrong:,} of {total:,} words mix scripts, such as {next(iter(mixed))[:_LONGEST_WORD]!r}"
    return ""


def _is_mixed(word: str) -> bool:
    scripts = Counter(map(_script, word[: 4 * _LONGEST_WORD]))
    alphabets = [script for script in _SCRIPTS if scripts[script]]
    if len(alphabets) > 2:
        return True
    # `μm` and `Δx` are words, and Chinese takes in `GPU` without a space; Korean never runs into kana.
    mixed_alphabets = len(alphabets) == 2 and sum(scripts[script] for script in alphabets) > 3
    mixed_korean = scripts["HANGUL"] > 0 and scripts["HIRAGANA"] + scripts["KATAKANA"] > 0
    foreign = len(set(alphabets) - {"LATIN", "GREEK"}) > 0 and any(scripts[name] for name in _EAST_ASIAN)
    return mixed_alphabets or mixed_korean or foreign


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _judge_spaces(text: str) -> str:
    letters = glued = 0
    longest = ""
    for word in text.split():
        if _CODE_LIKE.fullmatch(word):
            continue
        run = max(_WORD.findall(word), key=len, default="")
        count = sum(map(_is_alphabetic, word))
        letters += count
        if len(run) > _LONGEST_WORD and count > _LONGEST_WORD and not _is_sequence(run):
            glued += count
            longest = max(longest, run, key=len)
    if glued >= _GLUED_LETTERS and glued >= _GLUED_SHARE * letters:
        return f"words run together, such as {longest[:_LONGEST_WORD]!r}"
    return ""


def _is_alphabetic(character: str) -> bool:
    # Up to Georgian, without the scripts from Thai to Tibetan, which set no spaces between words.
    return character.isalpha() and (character < "\u0e00" or "\u10a0" <= character < "\u1100")


def _is_sequence(run: str) -> bool:
    """Whether it is a sequence of genes or amino acids, or base64, rather than words."""
    changes = sum(a.islower() != b.islower() for a, b in pairwise(run))
    return run.isupper() or len(set(run)) < 8 or changes > len(run) / 4


def _judge_symbols(text: str) -> str:
    bare = _RUNS.sub(r"\1", _TABLE_SIGNS.sub("", text))
    visible = [character for character in bare if not character.isspace()]
    # Marks belong to their letters in Indian scripts and in decomposed text.
    symbols = sum(
        not character.isalnum() and unicodedata.category(character)[0] != "M" for character in visible
    )
    if len(visible) >= _SYMBOL_COUNT and symbols >= _SYMBOL_SHARE * len(visible):
        return f"{symbols:,} of {len(visible):,} characters are neither letters nor figures"
    return ""
