"""What a language brings to a page."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "address", "code", "company", "date", "email", "iban", "money", "name", "number", "percent", "phone", "phrase",
    "time", "web",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "address", "code", "company", "date", "email", "iban", "money", "name", "number", "percent", "phone", "phrase",
    "time", "web",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a form and the kind of value that belongs to it."""

    text: str
    kind: Kind


def labels(**texts: str) -> tuple[Label, ...]:
    """Labels by the kind of their values, separated by `|`.

    Examples:
        >>> labels(date="Date|Due date")[1]
        Label(text='Due date', kind='date')
    """
    return tuple(
        Label(text.strip(), kind) for kind in KINDS for text in texts.get(kind, "").split("|") if text
    )


def words(text: str) -> tuple[str, ...]:
    """Words with spaces between.

    Examples:
        >>> words(" one two ")
        ('one', 'two')
    """
    return tuple(text.split())


def phrases(text: str) -> tuple[str, ...]:
    r"""Phrases, one a line.

    Examples:
        >>> phrases(" one two\n three")
        ('one two', 'three')
    """
    return tuple(line.strip() for line in text.strip().split("\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Words, labels and notations of one language.

    Attributes:
        language: Its English name, in lower case; the name of its word list.
        frequent: Function words and words of the office, the most frequent first.
        months: Their names.
        first_names: Of persons.
        last_names: Of persons.
        cities: Their names.
        street_forms: With `{street}` for a name and `{number}`.
        streets: Names that the forms take.
        city_form: With `{code}` and `{city}`.
        company_forms: With `{name}`.
        salutations: How letters begin, with `{last}`.
        closings: How letters end.
        sentences: Whole sentences of letters, with `{date}`, `{money}`, `{code}`, `{name}`, `{number}`, `{email}`,
            `{phone}` and `{percent}`.
        headings: Of documents and their parts.
        fields: Labels of forms.
        memo: Labels of a memo: to, from, date, subject.
        items: Goods and services.
        columns: Heads of table columns.
        sums: Labels below an invoice or a receipt: subtotal, tax, total, then paid amounts.
        thanks: Last lines of receipts.
        page: With `{page}` and `{pages}`.
        quotes: Opening and closing marks.
        date_forms: With `{day}`, `{month}`, `{short}`, `{two}` (month in two digits), `{days}` (day in two
            digits), `{year}`.
        money_forms: With `{amount}`.
        decimal_comma: Whether 1,234.56 is written 1.234,56.
        spaced_thousands: Whether thousands may be parted by a space.
    """

    language: str
    frequent: tuple[str, ...]
    months: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    cities: tuple[str, ...]
    street_forms: tuple[str, ...]
    streets: tuple[str, ...]
    city_form: str
    company_forms: tuple[str, ...]
    salutations: tuple[str, ...]
    closings: tuple[str, ...]
    sentences: tuple[str, ...]
    headings: tuple[str, ...]
    fields: tuple[Label, ...]
    memo: tuple[str, str, str, str]
    items: tuple[str, ...]
    columns: tuple[Label, ...]
    sums: tuple[str, ...]
    thanks: tuple[str, ...]
    page: tuple[str, ...]
    quotes: tuple[tuple[str, str], ...]
    date_forms: tuple[str, ...]
    money_forms: tuple[str, ...]
    decimal_comma: bool = True
    spaced_thousands: bool = False
