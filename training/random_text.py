"""Random text for training pages: words, numbers, dates, money, codes, names and punctuated prose."""

import random
import re
import string
from collections.abc import Callable, Iterator, Mapping

from training.lexicon import LEXICONS, Kind, Lexicon
from training.lexicon.patterns import PATTERNS
from training.vocabulary import MAIN_LANGUAGE, Vocabulary
from training.word_forms import blend, elide, made_up_name, measure, ordinal, shift_accent
from training.word_lists import LOOSE_SIGNS

COMMON_SHARE = 0.62
ENGLISH_SHARE = 0.68
SENTENCE_SHARE = 0.14
PATTERN_SHARE = 0.25
MADE_UP_NAME_SHARE = 0.25
ODD_WORD_SHARE = 0.05
ELISION_SHARE = 0.3
_CODE_SIGNS = string.ascii_letters + string.digits + "-_./"
_MIXED_SIGNS = string.ascii_letters + string.digits
_PASSWORD_SIGNS = string.ascii_letters + string.digits + "!#$%&*+-=?@_"
DASHES = ("-", "-", "-", "-", "–", "–", " - ", " – ")  # noqa: RUF001
"""Between the ends of a span; readers must look which it is, for all of them are usual."""
_WORD_PLACE = re.compile(r"\{w\}")
_ENDINGS = (".",) * 8 + ("?", "!", ":", ";", "…")
_PAUSES = (",", ",", ",", ",", ";", ":", " –", " —")  # noqa: RUF001
_COUNTRIES = ("DE", "FR", "ES", "IT", "PT", "GB", "NL", "CH", "AT")
_TOP_DOMAINS = ("com", "org", "net", "io", "de", "co.uk", "fr", "es", "it", "pt", "eu", "com.br")


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
        """`count` random digits, now and then one of them over and over, which is easily miscounted."""
        signs = self.rng.choice(string.digits) if self.rng.random() < 0.04 else string.digits
        return "".join(self.rng.choices(signs, k=count))

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
        match rng.randrange(10):
            case 0:
                return str(rng.randrange(100))
            case 7:
                return ordinal(rng.randrange(1, 120), self.language)
            case 8:
                return self.measure()
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

    def measure(self) -> str:
        """An amount with its unit, or a scale."""
        value, places = self.rng.random() * 10 ** self.rng.randrange(1, 6), self.rng.choice((0, 0, 1))
        return measure(self.rng, self.decimal(value, places))

    def percent(self) -> str:
        """A share."""
        rng = self.rng
        share = str(rng.randrange(1, 101)) if rng.random() < 0.6 else self.decimal(rng.random() * 100, 1)
        return f"{share} %" if self.lexicon.decimal_comma and rng.random() < 0.6 else f"{share}%"

    def time(self) -> str:
        """A time of day or a span."""
        rng = self.rng
        start = self._clock()
        kind = rng.random()
        if kind < 0.55:
            return start
        if kind < 0.68:
            return f"{rng.randrange(1, 13)}{rng.choice((' am', ' pm', 'am', ' a.m.', ':30 pm'))}"
        return f"{start}{rng.choice(DASHES)}{self._clock()}"

    def _clock(self) -> str:
        hour, minute = self.rng.randrange(24), self.rng.randrange(60)
        if self.rng.random() < 0.6:
            minute = self.rng.choice((0, 0, 15, 30, 45))
        return f"{hour:02d}:{minute:02d}" if self.rng.random() < 0.4 else f"{hour}:{minute:02d}"

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
        bank = self._capitals(4) if self.rng.random() < 0.3 else self.digits(4)
        digits = self.digits(self.rng.choice((12, 14, 16, 17)))
        whole = f"{self.rng.choice(_COUNTRIES)}{self.digits(2)}{bank}{digits}"
        return " ".join(whole[place : place + 4] for place in range(0, len(whole), 4))

    def _capitals(self, count: int) -> str:
        return "".join(self.rng.choices(string.ascii_uppercase, k=count))

    def last_name(self) -> str:
        """A family name, now and then one that nobody has."""
        if self.rng.random() < MADE_UP_NAME_SHARE:
            return made_up_name(self.rng)
        return self.rng.choice(self.lexicon.last_names)

    def name(self) -> str:
        """A person's name."""
        rng = self.rng
        form = rng.choice(
            ("{f} {l}", "{f} {l}", "{f} {l}", "{l}, {f}", "{f} {i}. {l}", "{i}. {l}", "{i}. {j}. {l}", "Dr. {l}",
             "Dr. {f} {l}")
        )  # fmt: skip
        first, last = rng.choice(self.lexicon.first_names), self.last_name()
        return form.format(f=first, l=last, i=self._capitals(1), j=self._capitals(1))

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
        return self.rng.choice((*local, abroad, abroad, self._grouped_phone(), self._grouped_phone()))

    def _grouped_phone(self) -> str:
        """A number in groups of any length: where a group ends is to be read, not known."""
        rng = self.rng
        start = rng.choice((f"+{rng.randrange(1, 99)}", f"+{rng.randrange(1, 99)}", f"0{self.digits(2)}", ""))
        groups = [self.digits(rng.randrange(2, 8)) for _ in range(rng.choice((1, 2, 2, 3)))]
        return rng.choice((" ", " ", " ", "-", ".", "/")).join([start, *groups] if start else groups)

    def street(self) -> str:
        """Street and number."""
        rng = self.rng
        form = rng.choice(self.lexicon.street_forms)
        return form.format(street=rng.choice(self.lexicon.streets), number=self._house())

    def _house(self) -> str:
        """The number of a house, some with a letter."""
        number = str(self.rng.randrange(1, 300))
        return (
            f"{number}{self.rng.choice(('', '', '', '/', ' '))}{self.rng.choice('abcdABC')}"
            if self.rng.random() < 0.2
            else number
        )

    def city(self) -> str:
        """Postal code and city."""
        kind = self.rng.random()
        code = self.digits(5) if kind < 0.7 else f"{self.digits(4)}-{self.digits(3)}"
        if kind > 0.85 and self.language == MAIN_LANGUAGE:
            code = f"{self._capitals(2)}{self.rng.randrange(1, 30)} {self.rng.randrange(1, 10)}{self._capitals(2)}"
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
        kind = rng.random()
        if kind < 0.1:
            width, height = rng.randrange(2, 200), rng.randrange(2, 200)
            return f"{item} {width}{rng.choice((' x ', ' x ', 'x', ' × '))}{height}{rng.choice(('', '', ' cm', ' mm'))}"  # noqa: RUF001
        return f"{item} {self.word()}" if kind < 0.35 else item

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

    def patterned(self) -> str:
        """A sentence whose small words stand where the language has them; the others are random."""
        pattern = self.rng.choice(PATTERNS[self.language])
        filled = _WORD_PLACE.sub(lambda _: self.word(), pattern).format(
            n=self.rng.randrange(2, 200), name=self.name(), date=self.date(), time=self.time()
        )
        return filled.replace("'", "’") if self.rng.random() < 0.5 else filled  # noqa: RUF001

    def prose(self) -> Iterator[str]:
        """Endless sentences, as words with their punctuation."""
        while True:
            kind = self.rng.random()
            if kind < SENTENCE_SHARE + PATTERN_SHARE:
                sentence = self.sentence() if kind < SENTENCE_SHARE else self.patterned()
                yield from sentence.split(" ")
                continue
            length = self.rng.randrange(4, 18)
            for place in range(length):
                yield from self._piece(first=place == 0, last=place == length - 1).split(" ")

    def _piece(self, *, first: bool, last: bool) -> str:
        rng = self.rng
        is_word = rng.random() < 0.87
        piece = self._odd_word() if is_word else self._insertion()
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

    def _odd_word(self) -> str:
        """A word, now and then one that can be read only by its letters; elided where the language does so."""
        word, kind = self.word(), self.rng.random()
        if kind < ODD_WORD_SHARE:
            shifted = self.language != MAIN_LANGUAGE and kind < ODD_WORD_SHARE / 2
            word = shift_accent(self.rng, word) if shifted else blend(self.rng, word, self.word())
        return elide(self.rng, word, self.language) if self.rng.random() < ELISION_SHARE else word

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
