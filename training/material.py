"""Gathers what pages are drawn from: fonts cut down to the characters of the pages, and word lists.

    python -m training.material --out material

The fonts come from the folders of the system, the word lists from `/usr/share/dict`. Families that are kept
for evaluation are left out.
"""

import argparse
import re
import unicodedata
from collections import Counter
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError

from training.characters import CHARACTERS
from training.font_families import TRAINED_FAMILIES

SYSTEM_FONTS = Path("/usr/share/fonts")
SYSTEM_WORDS = Path("/usr/share/dict")
WORD_LISTS = {
    "english": "american-english",
    "french": "french",
    "german": "ngerman",
    "italian": "italian",
    "portuguese": "portuguese",
    "spanish": "spanish",
}
LONGEST_WORD = 16
LONGEST_GERMAN_WORD = 20
MOST_WORDS = 60_000
MOST_FREQUENT = 6000
_STYLE = re.compile(
    r"^(10pt |12 )?(Regular|Book|Roman|Medium|Bold|Demi|Light|Italic|Oblique|Mono|Sans-Bold)?"
    r"( ?-?(Bold|Demi|Medium|Light) ?)?-?(Italic|Oblique)?$"
)
_LIGHT_IS_REGULAR = ("URW Bookman",)
_RUDE = re.compile(
    r"fuck|shit|cunt|nigg|whore|slut|bitch|faggot|rape|penis|vagina|tits|wank|twat|spastic|dyke|kike|spic\b|"
    r"jew(ed|ing)|arsch|fotze|hure|putain|merde|salope|puta\b|mierda|cazzo|stronz|merda|caralho|porra|scheiß|"
    r"puttan|troia|negr|schwuchtel|bougnoul|nazi|porn",
    re.IGNORECASE,
)


def gather_fonts(out: Path) -> int:
    """Write one small font file for each usable style of each trained family; returns how many."""
    out.mkdir(parents=True, exist_ok=True)
    written: set[str] = set()
    for path in sorted(p for p in SYSTEM_FONTS.rglob("*") if p.suffix.lower() in (".ttf", ".otf")):
        name = _name_of(path)
        if name and name not in written and _write_subset(path, out / f"{name}{path.suffix.lower()}"):
            written.add(name)
    return len(written)


def _name_of(path: Path) -> str | None:
    try:
        font = TTFont(path, lazy=True)
    except TTLibError:
        return None
    family, style = font["name"].getBestFamilyName() or "", font["name"].getBestSubFamilyName() or ""
    known = set(font.getBestCmap() or ())
    light = "Light" in style and family not in _LIGHT_IS_REGULAR
    usable = family in TRAINED_FAMILIES and _STYLE.match(style) and not light and "fvar" not in font
    if not usable or not known.issuperset(map(ord, CHARACTERS)):
        return None
    return f"{family}-{style}".replace(" ", "_")


def _write_subset(path: Path, target: Path) -> bool:
    options = subset.Options(
        layout_features=["kern", "mark", "ccmp"], name_IDs=[1, 2, 4, 6, 16, 17], notdef_outline=True
    )
    options.drop_tables += ["FFTM", "GDEF", "DSIG", "meta"]
    font = subset.load_font(str(path), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(" "), *map(ord, CHARACTERS)])
    cutter.subset(font)
    subset.save_font(font, str(target), options)
    return True


def gather_words(out: Path) -> None:
    """Write a word list for each language: words that the characters of the pages can spell."""
    out.mkdir(parents=True, exist_ok=True)
    for language in WORD_LISTS:
        words = _system_words(language)
        step = max(1, len(words) // MOST_WORDS)
        (out / language).write_text("\n".join(words[::step]) + "\n", encoding="utf-8")


def _system_words(language: str) -> list[str]:
    path = SYSTEM_WORDS / WORD_LISTS[language]
    text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
    longest = LONGEST_GERMAN_WORD if language == "german" else LONGEST_WORD
    words = sorted({word for word in text.split() if _is_usable(word, longest)})
    return [word for place, word in enumerate(words) if not word.endswith("'s") or place % 40 == 0]


def gather_frequent(texts: Path, out: Path) -> None:
    """Write the most frequent words of texts that are named by their languages, the most frequent first."""
    counts = {language: _count(texts / language, language) for language in WORD_LISTS}
    english = counts["english"]
    for language, counted in counts.items():
        # parts of many texts are not translated: a word that English has more often is English
        share = max(1, counted.total()) / max(1, english.total())
        own = [word for word, count in counted.most_common() if count >= english[word] * share]
        (out / f"{language}.frequent").write_text("\n".join(own[:MOST_FREQUENT]) + "\n", encoding="utf-8")


def _count(text: Path, language: str) -> Counter[str]:
    known = set(_system_words(language))
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text.read_text(encoding="utf-8")))
    # a capital may stem from the start of a sentence: the lower case counts where it is a word
    lowered = (word.lower() if word.lower() in known else word for word in words)
    return Counter(word for word in lowered if word in known)


def _is_usable(word: str, longest: int) -> bool:
    letters = set(word.replace("'", "").replace("-", ""))
    return (
        1 < len(word) <= longest
        and letters <= set(CHARACTERS)
        and word[0].isalpha()
        and not _RUDE.search(word)
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.material", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for `fonts` and `words`")
    parser.add_argument(
        "--texts", type=Path, help="folder of texts named `english`, `german` and so on to count words in"
    )
    arguments = parser.parse_args()
    out: Path = arguments.out
    gather_words(out / "words")
    if arguments.texts:
        gather_frequent(arguments.texts, out / "words")
    print(f"{gather_fonts(out / 'fonts')} fonts in {out / 'fonts'}")


if __name__ == "__main__":
    main()
