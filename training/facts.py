"""Facts as prose states them, and questions after them in words of their own."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from training.random_text import TextSource
from training.relations import RELATIONS

PLAIN_SHARE = 0.3
FEW_VALUES = 3
_SUBJECTS = (
    "price", "owner", "color", "weight", "date", "code", "number", "address", "manager", "total", "phone number",
    "name", "author", "limit", "deadline", "version", "start", "end", "location", "capacity", "length",
    "height", "fee",
    "budget", "status", "supplier", "contact", "area", "depth", "rent", "title", "model", "serial number",
    "insurance",
)  # fmt: skip
_STATED = (
    "The {s} of the {t} is {v}.", "The {t} has the {s} {v}.", "{v} is the {s} of the {t}.",
    "For the {t} the {s} is {v}.",
    "As {s} of the {t} we give {v}.", "{S} of the {t}: {v}.", "The {t} {s} is {v}.",
    "The {t} comes with the {s} {v}.",
    "We know that the {s} of the {t} is {v}.", "{S} {v} belongs to the {t}.",
    "According to the list, the {s} of the {t} was {v}.",
)  # fmt: skip
_ASKED = (
    "What is the {s} of the {t}?", "What is the {t} {s}?", "Tell me the {s} of the {t}.", "{s} of the {t}?",
    "Find the {s} of the {t}.", "Which {s} does the {t} have?", "What {s} has the {t}?",
    "What does it say about the {s} of the {t}?", "What's the {s} of the {t}?", "I need the {s} of the {t}.",
    "Do you know the {s} of the {t}?", "{t}: {s}?", "Name the {s} of the {t}.", "Look up the {t}'s {s}.",
)  # fmt: skip
_THINGS = (
    "library", "bridge", "museum", "ferry", "bakery", "chapel", "harbour", "stadium", "mine", "school",
    "railway", "castle",
    "brewery", "hospital", "garden", "tower", "swimming pool", "cinema", "power station", "dam", "tunnel", "vineyard",
    "theatre", "hotel", "airport", "farm", "archive", "workshop", "cable car", "town hall", "warehouse",
    "bus station",
    "shipyard", "quarry", "windmill", "monastery", "zoo", "laboratory", "bank", "prison", "engine", "painting",
    "novel",
    "statue", "festival", "conference", "project", "survey", "contract", "expedition", "collection", "fountain",
)  # fmt: skip


_LENGTHS = ("m", "metres", "feet", "km", "cm")
_WEIGHTS = ("kg", "tons", "pounds", "g")
_COLOURS = (
    "dark green",
    "white",
    "red and gold",
    "sky blue",
    "black",
    "ochre",
    "silver grey",
    "yellow",
    "brown",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact.

    Attributes:
        thing: What it is about.
        sentence: How it is stated.
        questions: Ways to ask after it.
        value: The answer.
    """

    thing: str
    sentence: str
    questions: tuple[str, ...]
    value: str


class FactMaker:
    """Draws the facts of one set of passages.

    Args:
        rng: Where chance comes from.
        source: Where values come from.
        kinds: How many kinds of facts there are, each with few values: things are then told apart by nothing else.
            0 draws each fact anew.
    """

    def __init__(self, rng: random.Random, source: TextSource, kinds: int = 0) -> None:
        self._rng = rng
        self._source = source
        self._forms = [_draw_form(rng) for _ in range(kinds)]
        self._values: dict[str, list[str]] = {}

    def draw(self, thing: str) -> Fact:
        """Draw a fact about a thing."""
        rng = self._rng
        if not self._forms:
            return draw_fact(rng, self._source, thing)
        form = rng.choice(self._forms)
        values = self._values.setdefault(form.stated, [])
        if len(values) < FEW_VALUES and (not values or rng.random() < 0.7):
            values.append(form.value(rng, self._source))
        return form.state(thing, rng.choice(values))


def draw_fact(rng: random.Random, source: TextSource, thing: str) -> Fact:
    """Draw a fact about a thing: `LABEL of the THING is VALUE`, or a sentence in words of its own."""
    form = _draw_form(rng)
    return form.state(thing, form.value(rng, source))


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to state a fact, with `{t}` for the thing and `{v}` for the value, and ways to ask after it."""

    stated: str
    asked: tuple[str, ...]
    kind: str

    def value(self, rng: random.Random, source: TextSource) -> str:
        """Draw a value."""
        return _value(rng, source, self.kind)

    def state(self, thing: str, value: str) -> Fact:
        """The fact."""
        words = {"t": thing, "v": value}
        return Fact(
            thing, self.stated.format(**words), tuple(form.format(**words) for form in self.asked), value
        )


def _draw_form(rng: random.Random) -> _Form:
    if rng.random() < PLAIN_SHARE:
        subject = rng.choice(_SUBJECTS)
        words = {"s": subject, "S": subject.capitalize(), "t": "{t}", "v": "{v}"}
        asked = tuple(form.format(**words) for form in _ASKED)
        return _Form(rng.choice(_STATED).format(**words), asked, "any")
    relation = rng.choice(RELATIONS)
    place = rng.randrange(len(relation.stated))
    asked = relation.asked
    if relation.kind in ("count", "year"):
        # these sentences say different things, each has its own question
        asked = asked[place : place + 1] or asked[-1:]
    return _Form(relation.stated[place], asked, relation.kind)


def draw_thing(rng: random.Random, words: str) -> str:
    """A thing to state facts about: a common one, one with random words before it, or the words alone."""
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(_THINGS)
    return f"{words.split()[0]} {rng.choice(_THINGS)}" if kind < 0.6 else words


def _value(rng: random.Random, source: TextSource, kind: str) -> str:
    draws: dict[str, Callable[[], str]] = {
        "any": rng.choice(
            (source.number, source.money, source.date, source.code, source.name, source.word, source.phrase)
        ),
        "person": source.name if rng.random() < 0.7 else source.company,
        "money": source.money,
        "date": source.date,
        "year": lambda: str(rng.randrange(1500, 2030)),
        "place": lambda: (
            rng.choice(source.lexicon.cities) if rng.random() < 0.5 else source.word().capitalize()
        ),
        "count": lambda: str(rng.randrange(2, 10 ** rng.randrange(1, 5) + 2)),
        "measure": lambda: f"{rng.randrange(2, 900)} {rng.choice(_LENGTHS)}",
        "weight": lambda: f"{rng.randrange(2, 900)} {rng.choice(_WEIGHTS)}",
        "phone": source.phone,
        "email": source.email,
        "code": source.code,
        "colour": lambda: rng.choice(_COLOURS),
        "time": source.time,
    }
    return draws[kind]()
