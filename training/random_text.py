"""Random text for training pages: words, numbers, dates, money, codes, names and punctuated prose."""

import random
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from nemotron_vl_integrations.errors import InputError
from training.characters import CHARACTERS
from training.lexicon import LEXICONS, Kind, Lexicon
from training.word_lists import LOOSE_SIGNS

DEFAULT_WORDS = Path("/usr/share/dict/words")
COMMON_WORDS = 6000
COMMON_SHARE = 0.62
ENGLISH_SHARE = 0.68
MAIN_LANGUAGE = "english"
_LONGEST_WORD = 21
_CODE_SIGNS = string.ascii_letters + string.digits + "-_./"
_MIXED_SIGNS = string.ascii_letters + string.digits
_PASSWORD_SIGNS = string.ascii_letters + string.digits + "!#$%&*+-=?@_"
_ENDINGS = (".",) * 8 + ("?", "!", ":", ";", "…")
_PAUSES = (",", ",", ",", ",", ";", ":", " –", " —")  # noqa: RUF001
_COUNTRIES = ("DE", "FR", "ES", "IT", "PT", "GB", "NL", "CH", "AT")
_TOP_DOMAINS = ("com", "org", "net", "io", "de", "co.uk", "fr", "es", "it", "pt", "eu", "com.br")


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


class TextSource:
    """Draws text in one language at a time.

    Args:
        rng: Where chance comes from.
        vocabulary: Words to write with.

    Attributes:
        language: The language spoken now.
        lexicon: Its labels, names and notations.
    """

    def __init__(self, rng: random.Random, vocabulary: Vocabulary) -> None:
        self.rng = rng
        self.vocabulary = vocabulary
        self.language = MAIN_LANGUAGE
        self.lexicon: Lexicon = LEXICONS[MAIN_LANGUAGE]
        self._spoken = vocabulary
        self._kinds: Mapping[Kind, Callable[[], str]] = {
            "address": self.address, "code": self.code, "company": self.company, "date": self.date,
            "email": self.email, "iban": self.iban, "money": self.money, "name": self.name, "number": self.number,
            "percent": self.percent, "phone": self.phone, "phrase": self.phrase, "time": self.time, "web": self.web,
        }  # fmt: skip

    def pick_language(self) -> None:
        """Draw the language of the next page: English, or one of those that there are words for."""
        others = list(self.vocabulary.others)
        if others and self.rng.random() >= ENGLISH_SHARE:
            self.speak(self.rng.choice(others))
        else:
            self.speak(MAIN_LANGUAGE)

    def speak(self, language: str) -> None:
        """Write in `language` from now on."""
        self.language = language
        self.lexicon = LEXICONS[language]
        self._spoken = self.vocabulary.others.get(language, self.vocabulary)

    def digits(self, count: int) -> str:
        """`count` random digits."""
        return "".join(self.rng.choices(string.digits, k=count))

    def word(self) -> str:
        """A word, frequent in 62 % of all cases."""
        if self.rng.random() < COMMON_SHARE:
            return self.rng.choices(self._spoken.common, cum_weights=self._spoken.weights)[0]
        return self.rng.choice(self._spoken.dictionary)

    def words(self, count: int) -> str:
        """`count` words with spaces between."""
        return " ".join(self.word() for _ in range(count))

    def decimal(self, value: float, places: int) -> str:
        """A number with its thousands parted, in the notation of the language."""
        text = f"{value:,.{places}f}"
        if not self.lexicon.decimal_comma:
            return text
        thousands = " " if self.lexicon.spaced_thousands and self.rng.random() < 0.6 else "."
        return text.replace(",", "\0").replace(".", ",").replace("\0", thousands)

    def number(self) -> str:
        """A number as documents write it: count, amount, share, year, time, or a run of digits."""
        rng = self.rng
        match rng.randrange(8):
            case 0:
                return str(rng.randrange(100))
            case 1:
                return str(rng.randrange(100_000))
            case 2:
                return self.decimal(rng.randrange(1, 10 ** rng.randrange(3, 8)), 0)
            case 3:
                return self.decimal(rng.random() * 10 ** rng.randrange(1, 5), rng.randrange(1, 4))
            case 4:
                return self.percent()
            case 5:
                return str(rng.randrange(1900, 2031))
            case 6:
                return self.time()
            case _:
                return self.digits(rng.randrange(3, 11))

    def percent(self) -> str:
        """A share."""
        rng = self.rng
        share = str(rng.randrange(1, 101)) if rng.random() < 0.6 else self.decimal(rng.random() * 100, 1)
        return f"{share} %" if self.lexicon.decimal_comma and rng.random() < 0.6 else f"{share}%"

    def time(self) -> str:
        """A time of day or a span."""
        rng = self.rng
        start = f"{rng.randrange(24)}:{rng.randrange(60):02d}"
        return rng.choice((start, start, f"{rng.randrange(24):02d}:{rng.choice(('00', '15', '30', '45'))}",
                           f"{start}–{rng.randrange(24)}:00", f"{rng.randrange(1, 13)} am"))  # fmt: skip  # noqa: RUF001

    def amount(self, digits: int | None = None) -> str:
        """An amount of money without its currency."""
        return self.decimal(self.rng.random() * 10 ** (digits or self.rng.randrange(1, 6)), 2)

    def money(self) -> str:
        """An amount of money."""
        return self.rng.choice(self.lexicon.money_forms).format(amount=self.amount())

    def date(self) -> str:
        """A date in one of the usual notations."""
        rng = self.rng
        month, day = rng.randrange(1, 13), rng.randrange(1, 32)
        name = self.lexicon.months[month - 1]
        return rng.choice(self.lexicon.date_forms).format(
            day=day,
            days=f"{day:02d}",
            month=name,
            short=name[:3],
            two=f"{month:02d}",
            year=rng.randrange(1950, 2036),
        )

    def code(self) -> str:
        """A reference such as `AB-1234`, `#773`, a serial number or a random mixture of signs."""
        rng = self.rng
        match rng.randrange(9):
            case 0 | 1:
                return f"{self._capitals(rng.randrange(1, 4))}-{self.digits(rng.randrange(3, 8))}"
            case 2:
                return self._capitals(2) + self.digits(rng.randrange(4, 9))
            case 3:
                return f"#{self.digits(rng.randrange(3, 8))}"
            case 4:
                return "".join(rng.choices(string.ascii_uppercase + string.digits, k=rng.randrange(4, 11)))
            case 5:
                return f"{rng.randrange(2015, 2035)}{rng.choice('-/')}{self.digits(rng.randrange(2, 6))}"
            case 6:
                return "".join(rng.choices(_MIXED_SIGNS, k=rng.randrange(6, 15)))
            case 7:
                signs = rng.choice((_CODE_SIGNS, _PASSWORD_SIGNS))
                return "".join(rng.choices(signs, k=rng.randrange(5, 13)))
            case _:
                groups = (
                    rng.choices(string.ascii_uppercase + string.digits, k=4)
                    for _ in range(rng.randrange(2, 5))
                )
                return "-".join("".join(group) for group in groups)

    def iban(self) -> str:
        """An account number in groups of four."""
        digits = self.digits(self.rng.choice((18, 20, 22, 23)))
        whole = f"{self.rng.choice(_COUNTRIES)}{digits}"
        return " ".join(whole[place : place + 4] for place in range(0, len(whole), 4))

    def _capitals(self, count: int) -> str:
        return "".join(self.rng.choices(string.ascii_uppercase, k=count))

    def last_name(self) -> str:
        """A family name."""
        return self.rng.choice(self.lexicon.last_names)

    def name(self) -> str:
        """A person's name."""
        rng = self.rng
        form = rng.choice(
            ("{f} {l}", "{f} {l}", "{f} {l}", "{l}, {f}", "{f} {i}. {l}", "Dr. {l}", "Dr. {f} {l}")
        )
        return form.format(f=rng.choice(self.lexicon.first_names), l=self.last_name(), i=self._capitals(1))

    def company(self) -> str:
        """A company's name."""
        name = self.last_name() if self.rng.random() < 0.6 else self.word().capitalize()
        return self.rng.choice(self.lexicon.company_forms).format(name=name)

    def email(self) -> str:
        """An e-mail address."""
        rng = self.rng
        person = f"{rng.choice(self.lexicon.first_names)}{rng.choice(('.', '_', '-', ''))}{self.last_name()}"
        plain = "".join(sign for sign in person.lower() if sign.isascii() and sign != " ")
        return f"{plain}@{self._host()}"

    def web(self) -> str:
        """An address of the web."""
        rng = self.rng
        start = rng.choice(("www.", "www.", "https://", "https://www.", "http://"))
        path = rng.choice(
            ("", "", "/", f"/{self._plain_word()}", f"/{self._plain_word()}/{self.digits(3)}.html")
        )
        return f"{start}{self._host()}{path}"

    def _host(self) -> str:
        return f"{self._plain_word()}.{self.rng.choice(_TOP_DOMAINS)}"

    def _plain_word(self) -> str:
        return "".join(c for c in self.word().lower() if c.isascii() and c.isalpha()) or "post"

    def phone(self) -> str:
        """A telephone number."""
        area, first, last = self.digits(3), self.digits(3), self.digits(4)
        abroad = f"+{self.rng.randrange(1, 99)} {area} {last} {first}"
        local = (f"({area}) {first}-{last}", f"{first}-{last}", f"{area}.{first}.{last}", f"0{area} {first}{last}",
                 f"0{area}/{first} {last}", f"0{area[0]} {first[:2]} {last[:2]} {last[2:]} {area[1:]}")  # fmt: skip
        return self.rng.choice((*local, abroad, abroad))

    def street(self) -> str:
        """Street and number."""
        rng = self.rng
        form = rng.choice(self.lexicon.street_forms)
        return form.format(street=rng.choice(self.lexicon.streets), number=rng.randrange(1, 300))

    def city(self) -> str:
        """Postal code and city."""
        code = self.digits(5) if self.rng.random() < 0.8 else f"{self.digits(4)}-{self.digits(3)}"
        return self.lexicon.city_form.format(code=code, city=self.rng.choice(self.lexicon.cities))

    def address(self) -> str:
        """A street address, with or without the city."""
        return self.street() if self.rng.random() < 0.4 else f"{self.street()}, {self.city()}"

    def phrase(self) -> str:
        """One to four words, the first with a capital."""
        words = self.words(self.rng.randrange(1, 5))
        return words[:1].upper() + words[1:]

    def item(self) -> str:
        """Something that is sold."""
        rng = self.rng
        item = rng.choice(self.lexicon.items)
        return f"{item} {self.word()}" if rng.random() < 0.3 else item

    def heading(self) -> str:
        """The title of a document or of a part of one."""
        return self.rng.choice(self.lexicon.headings) if self.rng.random() < 0.55 else self.phrase()

    def anything(self) -> str:
        """A short value of any kind."""
        return self.rng.choice(list(self._kinds.values()))()

    def value(self, kind: Kind) -> str:
        """A value of a kind, and in one case of ten of any other."""
        return self.anything() if self.rng.random() < 0.1 else self._kinds[kind]()

    def sentence(self) -> str:
        """A whole sentence as letters have it."""
        return self.rng.choice(self.lexicon.sentences).format(
            date=self.date(), money=self.money(), code=self.code(), name=self.name(), number=self.rng.randrange(2, 90),
            email=self.email(), phone=self.phone(), percent=self.percent(),
        )  # fmt: skip

    def prose(self) -> Iterator[str]:
        """Endless sentences, as words with their punctuation."""
        while True:
            if self.rng.random() < 0.14:
                yield from self.sentence().split(" ")
                continue
            length = self.rng.randrange(4, 18)
            for place in range(length):
                yield from self._piece(first=place == 0, last=place == length - 1).split(" ")

    def _piece(self, *, first: bool, last: bool) -> str:
        rng = self.rng
        is_word = rng.random() < 0.87
        piece = self.word() if is_word else self._insertion()
        if first:
            piece = piece[:1].upper() + piece[1:]
        elif is_word:
            kind = rng.random()
            piece = piece.upper() if kind > 0.975 else piece[:1].upper() + piece[1:] if kind > 0.92 else piece
        piece = self._wrap(piece)
        if last:
            ending = rng.choice(_ENDINGS)
            if ending in "?!" and self.language == "spanish":
                piece = f"{'¿' if ending == '?' else '¡'}{piece}"
            return piece + (f" {ending}" if self.language == "french" and ending in "?!:;" else ending)
        return piece + rng.choice(_PAUSES) if rng.random() < 0.09 else piece

    def _insertion(self) -> str:
        kinds: tuple[Callable[[], str], ...] = (
            self.number, self.money, self.date, self.name, self.code, self.email, self.web, self.loose_sign,
            self.company,
        )  # fmt: skip
        return self.rng.choices(kinds, (12, 4, 4, 4, 3, 1, 1, 4, 1))[0]()

    def loose_sign(self) -> str:
        """A sign that stands alone."""
        return self.rng.choice(LOOSE_SIGNS)

    def _wrap(self, piece: str) -> str:
        kind = self.rng.random()
        if kind < 0.02:
            return f"({piece})"
        if kind < 0.045:
            opened, closed = self.rng.choice(self.lexicon.quotes)
            return f"{opened}{piece}{closed}"
        return f"{piece}-{self.word()}" if kind < 0.055 else piece
