"""The words that pages are written with: frequent ones and whole dictionaries, in several languages."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from nemotron_vl_integrations.errors import InputError
from training.characters import CHARACTERS
from training.lexicon import LEXICONS

DEFAULT_WORDS = Path("/usr/share/dict/words")
MAIN_LANGUAGE = "english"
COMMON_WORDS = 6000
_LONGEST_WORD = 21


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words to write with.

    Attributes:
        common: Frequent words, the most frequent first.
        weights: Their cumulated weights, a flattened Zipf law.
        dictionary: Every word, drawn evenly.
        others: Vocabularies of other languages by their names.
    """

    common: tuple[str, ...]
    weights: tuple[float, ...]
    dictionary: tuple[str, ...]
    others: Mapping[str, "Vocabulary"] = field(default_factory=dict[str, "Vocabulary"])


def make_vocabulary(
    dictionary: Iterable[str],
    prose: str = "",
    language: str = MAIN_LANGUAGE,
    others: Mapping[str, Vocabulary] | None = None,
    frequent: Iterable[str] = (),
) -> Vocabulary:
    """Sort words by how often they stand in `prose`; the language's own frequent words count as well.

    Examples:
        >>> make_vocabulary(["a", "bee", "sea"], "The sea, the sea and a bee.").common[0]
        'sea'
    """
    drawable = set(CHARACTERS)
    words = sorted({word for word in dictionary if len(word) < _LONGEST_WORD and drawable.issuperset(word)})
    known = {word.lower() for word in words}
    counts = Counter(word for word in re.findall(r"\b[^\W\d_]+\b", prose.lower()) if word in known)
    counted = [*frequent, *(word for word, _ in counts.most_common(COMMON_WORDS))]
    common = tuple(dict.fromkeys([*counted[:300], *LEXICONS[language].frequent, *counted[300:]]))
    weights = accumulate(1.0 / (rank + 12) ** 0.85 for rank in range(len(common)))
    return Vocabulary(common, tuple(weights), tuple(words) or common, others or {})


def read_vocabulary(words: Path, prose: Iterable[Path]) -> Vocabulary:
    """Read words, and English prose to count words in.

    Args:
        words: A list of English words, one a line, or a folder with a list for each language and, where there
            is one, a file such as `english.frequent` with frequent words, the most frequent first.
        prose: English texts.

    Raises:
        InputError: A word list cannot be read.
    """
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in prose)
    if not words.is_dir():
        return make_vocabulary(_read_words(words), text)
    others = {
        language: make_vocabulary(
            _read_words(words / language), language=language, frequent=_read_frequent(words, language)
        )
        for language in LEXICONS
        if language != MAIN_LANGUAGE and (words / language).exists()
    }
    frequent = _read_frequent(words, MAIN_LANGUAGE)
    return make_vocabulary(_read_words(words / MAIN_LANGUAGE), text, others=others, frequent=frequent)


def _read_frequent(folder: Path, language: str) -> list[str]:
    path = folder / f"{language}.frequent"
    return _read_words(path) if path.exists() else []


def _read_words(path: Path) -> list[str]:
    try:
        return [word for word in path.read_text(encoding="utf-8").split("\n") if word]
    except OSError as exc:
        raise InputError(
            f"No word list at {str(path)!r}.",
            hint="Install one (Debian: `apt-get install wamerican`) or name one with --words.",
        ) from exc
