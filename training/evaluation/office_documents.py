"""The held-out documents: ten families that were never drawn for training, nine layouts, six languages."""

import json
import random
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import cast

from training.evaluation.blocks import Block, Columns, Document, Heading, Items, Paragraph, Rows, Table
from training.font_families import HELD_OUT_FAMILIES

TEXTS = Path(__file__).with_name("texts")
_MONOSPACED = ("Courier Prime", "JetBrains Mono")
_OTHERS = ("german", "french", "spanish", "italian", "portuguese")

Labels = Mapping[str, object]


@cache
def read_paragraphs(language: str) -> tuple[str, ...]:
    """The prose of a language, a paragraph an entry."""
    text = (TEXTS / f"{language}.txt").read_text(encoding="utf-8").strip()
    return tuple(part.replace("\n", " ") for part in text.split("\n\n"))


@cache
def _read_labels() -> Mapping[str, Labels]:
    return cast("Mapping[str, Labels]", json.loads((TEXTS / "labels.json").read_text(encoding="utf-8")))


class Writer:
    """Composes the blocks of documents in one language.

    Args:
        language: English name in lower case.
        seed: Another seed takes other paragraphs and numbers.
    """

    def __init__(self, language: str, seed: int) -> None:
        self._labels = _read_labels()[language]
        self._comma = language != "english"
        self._rng = random.Random(seed)
        self._paragraphs = list(read_paragraphs(language))
        self._rng.shuffle(self._paragraphs)

    def label(self, name: str) -> str:
        """One label."""
        return str(self._labels[name])

    def labels(self, name: str) -> tuple[str, ...]:
        """A row of labels."""
        return tuple(cast("list[str]", self._labels[name]))

    def rows(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Rows of labels."""
        return tuple(tuple(row) for row in cast("list[list[str]]", self._labels[name]))

    def prose(self, count: int) -> list[Paragraph]:
        """The next `count` paragraphs, the first ones again after the last."""
        taken = [self._paragraphs[place % len(self._paragraphs)] for place in range(count)]
        self._paragraphs = self._paragraphs[count:] + self._paragraphs[:count]
        return [Paragraph((text,)) for text in taken]

    def money(self, amount: float) -> str:
        """An amount in the notation of the language, without currency."""
        text = f"{amount:,.2f}"
        return text.translate(str.maketrans(",.", ".,")) if self._comma else text

    def letter(self) -> list[Block]:
        """Sender, recipient, date, subject, prose, closing."""
        sender = (self.label("company"), self.label("street"), self.label("city"), self.label("phone"))
        people = self.labels("people")
        return [
            Paragraph(sender),
            Paragraph((people[2], *(value for _, value in self.rows("fields")[3:5]))),
            Paragraph((self.label("date"),), "right"),
            Paragraph((self.label("subject"),), "bold"),
            Paragraph((self.label("salutation"),)),
            *self.prose(5),
            Paragraph((self.label("closing"),)),
            Paragraph((self._rng.choice(people), self.label("role"))),
        ]

    def memo(self) -> list[Block]:
        """To, from, date and subject above prose."""
        people, labels = self.labels("people"), self.labels("memo_labels")
        values = (people[0], people[3], self.label("date"), self.label("subject"))
        rows = tuple((f"{label}:", value) for label, value in zip(labels, values, strict=True))
        return [
            Heading(self.label("memo")),
            Rows(rows),
            *self.prose(4),
            Items(self.labels("entries")[:3], "dash"),
        ]

    def minutes(self) -> list[Block]:
        """Numbered headings with prose and lists."""
        blocks: list[Block] = [Heading(self.label("minutes")), Paragraph((", ".join(self.labels("people")),))]
        for number, heading in enumerate(self.labels("headings"), 1):
            blocks += [Heading(f"{number}. {heading}", 2), *self.prose(2 if number == 1 else 1)]
            if number == 3:
                blocks.append(Items(self.labels("entries")[2:5]))
        return blocks

    def form(self) -> list[Block]:
        """Labels and values at a tab stop."""
        rows = tuple((f"{label}:", value) for label, value in self.rows("fields"))
        return [Heading(self.label("form")), Rows(rows), Paragraph((self.label("terms"),), "small")]

    def _positions(self, count: int) -> tuple[list[tuple[str, int, float]], float]:
        chosen = self._rng.sample(self.labels("items"), k=count)
        positions = [
            (item, self._rng.randrange(1, 25), self._rng.randrange(90, 9000) / 100) for item in chosen
        ]
        return positions, sum(count * price for _, count, price in positions)

    def _sums(self, total: float) -> tuple[tuple[str, str], ...]:
        form = self.label("currency")
        values = (total, total * 0.2, total * 1.2)
        return tuple(
            (label, form.format(self.money(value)))
            for label, value in zip(self.labels("sums"), values, strict=True)
        )

    def invoice(self, *, ruled: bool = True) -> list[Block]:
        """Parties, number and date, a table of articles, sums."""
        positions, total = self._positions(6)
        rows = (
            self.labels("columns_head"),
            *(
                (item, str(count), self.money(price), self.money(count * price))
                for item, count, price in positions
            ),
        )
        number = f"{self._rng.randrange(2029, 2033)}-{self._rng.randrange(1000, 9999)}"
        return [
            Paragraph((self.label("company"), self.label("street"), self.label("city"))),
            Heading(f"{self.label('invoice')} {number}"),
            Paragraph((self.label("date"),)),
            Table(rows, (46, 16, 18, 20), (False, True, True, True), ruled),
            Rows(self._sums(total), right=True),
            Paragraph((self.label("terms"),), "small"),
        ]

    def receipt(self) -> list[Block]:
        """A strip with articles and prices."""
        positions, total = self._positions(7)
        rows = tuple((f"{count} x {item}", self.money(count * price)) for item, count, price in positions)
        clock = f"{self._rng.randrange(8, 19)}:{self._rng.randrange(10, 59)}"
        return [
            Paragraph((self.label("company"), self.label("street")), "centre"),
            Paragraph((f"{self.label('receipt')} {self._rng.randrange(10000, 99999)}", clock)),
            Rows(rows, right=True),
            Rows(self._sums(total), right=True),
            Paragraph((self.label("thanks"),), "centre"),
        ]

    def entries(self, marks: Items) -> list[Block]:
        """A heading, a paragraph, a list."""
        return [Heading(self.label("list")), *self.prose(1), marks, *self.prose(1)]

    def table(self, *, ruled: bool) -> list[Block]:
        """A heading, a table, a paragraph."""
        rows = (self.labels("table_head"), *self.rows("table_rows"))
        table = Table(rows, (34, 33, 33), (False, False, False), ruled)
        return [Heading(self.label("table")), *self.prose(1), table, *self.prose(1)]

    def columns(self) -> list[Block]:
        """A heading above two columns of prose."""
        parts: list[Paragraph | Heading | Items] = []
        for heading in self.labels("headings")[:2]:
            parts += [Heading(heading, 2), *self.prose(3)]
        return [Heading(self.label("columns")), Columns(tuple(parts))]

    def blocks(self, layout: str) -> list[Block]:
        """The blocks of a layout; the seed decides between its forms."""
        ruled = self._rng.random() < 0.5
        marks = self._rng.choice(("bullet", "number", "letter"))
        makers: dict[str, Callable[[], list[Block]]] = {
            "letter": self.letter, "memo": self.memo, "minutes": self.minutes, "form": self.form,
            "invoice": lambda: self.invoice(ruled=ruled), "receipt": self.receipt,
            "list": lambda: self.entries(Items(self.labels("entries"), marks)),
            "table": lambda: self.table(ruled=ruled), "columns": self.columns,
        }  # fmt: skip
        return makers[layout]()


LAYOUTS = ("letter", "memo", "minutes", "form", "invoice", "receipt", "list", "columns", "table")


def make_documents() -> list[Document]:
    """All held-out documents: 30 in English, 2 in each of the other languages."""
    plan = [("english", LAYOUTS[number % len(LAYOUTS)]) for number in range(30)]
    for number, language in enumerate(_OTHERS):
        plan += [(language, "letter"), (language, LAYOUTS[1 + (number * 3 + 2) % 8])]
    return [_make(number, language, layout) for number, (language, layout) in enumerate(plan)]


def _make(number: int, language: str, layout: str) -> Document:
    family = HELD_OUT_FAMILIES[(number * 3 + number // 10) % len(HELD_OUT_FAMILIES)]
    writer = Writer(language, seed=1000 + number)
    wide = family in _MONOSPACED
    return Document(
        name=f"{number:02d}-{layout}-{language}-{family.replace(' ', '')}",
        layout=layout,
        language=language,
        family=family,
        points=(8.0 if wide else 9.0)
        if layout == "receipt"
        else 9.5
        if wide
        else (10.0, 11.0, 12.0)[number % 3],
        blocks=tuple(writer.blocks(layout)),
        foot=f"- {number % 7 + 1} -" if number % 4 == 0 and layout != "receipt" else "",
        narrow=layout == "receipt",
    )
