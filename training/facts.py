"""Facts as prose states them, and questions after them in words of their own."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from training.random_text import TextSource

PLAIN_SHARE = 0.45
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


@dataclass(frozen=True, slots=True)
class _Relation:
    """What can be said of a thing.

    Attributes:
        kind: What its values are.
        stated: Sentences, with `{t}` for the thing and `{v}` for the value.
        asked: Questions.
    """

    kind: str
    stated: tuple[str, ...]
    asked: tuple[str, ...]


def _relation(kind: str, stated: str, asked: str) -> _Relation:
    return _Relation(kind, tuple(stated.split(" | ")), tuple(asked.split(" | ")))


_RELATIONS = (
    _relation("person", "The {t} was designed by {v}. | {v} designed the {t} in only two years.",
              "Who designed the {t}? | By whom was the {t} designed? | Who drew the plans of the {t}?"),
    _relation("person", "The {t} was founded by {v} and a friend. | It was {v} who founded the {t}.",
              "Who founded the {t}? | Who was the founder of the {t}?"),
    _relation("person", "{v} owns the {t} since last year. | The {t} belongs to {v}.",
              "Who owns the {t}? | To whom does the {t} belong? | Who is the owner of the {t}?"),
    _relation("person", "The {t} is run by {v}. | {v} runs the {t} with great care.",
              "Who runs the {t}? | Who is in charge of the {t}? | Who leads the {t}?"),
    _relation("person", "{v} inspected the {t} twice. | The {t} was last inspected by {v}.",
              "Who inspected the {t}? | Who checked the {t}?"),
    _relation("person", "The {t} was sold to {v} for a small sum. | {v} bought the {t} at an auction.",
              "Who bought the {t}? | To whom was the {t} sold?"),
    _relation("person", "The roof of the {t} was repaired by {v}. | {v} repaired the {t} after the storm.",
              "Who repaired the {t}? | Who mended the {t}?"),
    _relation("person", "The {t} is named after {v}. | {v} gave the {t} its name.",
              "After whom is the {t} named? | Who gave the {t} its name?"),
    _relation("money", "A ticket for the {t} is {v}. | Tickets for the {t} are sold at {v} each.",
              "What is the price of a ticket for the {t}? | How much is a ticket for the {t}?"),
    _relation("money", "The repair of the {t} took {v}. | They spent {v} on the {t}.",
              "How much was spent on the {t}? | How much did the repair of the {t} take?"),
    _relation("money", "The {t} was bought for {v}. | The {t} was worth {v} at that time.",
              "For how much was the {t} bought? | What was the {t} worth? | How much was paid for the {t}?"),
    _relation("money", "The {t} earns {v} a month. | Every month the {t} brings in {v}.",
              "How much does the {t} earn? | What does the {t} bring in?"),
    _relation("date", "The {t} will close on {v}. | On {v} the {t} closes for good.",
              "When does the {t} close? | On which day will the {t} close? | When will the {t} shut?"),
    _relation("date", "The {t} was finished on {v}. | Work on the {t} ended on {v}.",
              "When was the {t} finished? | On what date was the {t} completed?"),
    _relation("date", "The {t} was first mentioned on {v}. | A letter of {v} mentions the {t}.",
              "When was the {t} first mentioned? | What is the date of the letter about the {t}?"),
    _relation("date", "The {t} must be paid by {v}. | Payment for the {t} is due on {v}.",
              "By when must the {t} be paid? | When is the payment for the {t} due?"),
    _relation("date", "The next visit to the {t} is planned for {v}. | We will visit the {t} on {v}.",
              "When is the next visit to the {t}? | When will the {t} be visited?"),
    _relation("year", "The {t} dates from {v}. | Since {v} the {t} has been in use. | The {t} was moved in {v}.",
              "From which year is the {t}? | Since when has the {t} been in use? | In which year was the {t} moved?"),
    _relation("place", "The {t} stands in {v}. | The {t} is a short walk from {v}. | You find the {t} near {v}.",
              "Where is the {t}? | Where does the {t} stand? | Where can I find the {t}?"),
    _relation("place", "The {t} was brought here from {v}. | Its makers shipped the {t} from {v}.",
              "Where does the {t} come from? | From where was the {t} brought?"),
    _relation("count", "The {t} has {v} windows. | The {t} holds {v} people. | The {t} employs {v} people.",
              "How many windows does the {t} have? | How many people does the {t} hold? | "
              "How many people work at the {t}?"),
    _relation("count", "Last year {v} visitors came to the {t}. | The {t} counted {v} visitors.",
              "How many visitors did the {t} have? | How many people came to the {t}?"),
    _relation("measure", "The {t} is {v} long. | The {t} measures {v} from end to end.",
              "How long is the {t}? | What is the length of the {t}?"),
    _relation("measure", "The {t} is {v} high. | The {t} rises {v} above the street.",
              "How high is the {t}? | How tall is the {t}?"),
    _relation("weight", "The {t} weighs {v}. | All in all the {t} has a weight of {v}.",
              "How heavy is the {t}? | How much does the {t} weigh?"),
    _relation("phone", "Call {v} to book the {t}. | The office of the {t} answers at {v}.",
              "What is the phone number of the {t}? | Which number do I call for the {t}?"),
    _relation("email", "Questions about the {t} go to {v}. | Write to {v} about the {t}.",
              "Where do I send questions about the {t}? | What is the email address of the {t}?"),
    _relation("code", "The {t} is filed under {v}. | Quote {v} in all letters about the {t}.",
              "Under which number is the {t} filed? | What do I quote in letters about the {t}?"),
    _relation("colour", "The {t} was painted {v}. | The doors of the {t} are {v}.",
              "What colour is the {t}? | Which colour was the {t} painted?"),
    _relation("time", "The {t} lets people in at {v}. | Tours of the {t} begin at {v}.",
              "At what time do tours of the {t} begin? | From what time does the {t} let people in?"),
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


def draw_fact(rng: random.Random, source: TextSource, thing: str) -> Fact:
    """Draw a fact about a thing: `LABEL of the THING is VALUE`, or a sentence in words of its own."""
    if rng.random() < PLAIN_SHARE:
        subject = rng.choice(_SUBJECTS)
        draw = rng.choice(
            (source.number, source.money, source.date, source.code, source.name, source.word, source.phrase)
        )
        value = draw()
        words = {"s": subject, "S": subject.capitalize(), "t": thing, "v": value}
        return Fact(
            thing, rng.choice(_STATED).format(**words), tuple(form.format(**words) for form in _ASKED), value
        )
    relation = rng.choice(_RELATIONS)
    place = rng.randrange(len(relation.stated))
    value = _value(rng, source, relation.kind)
    asked = relation.asked
    if relation.kind in ("count", "year"):
        # these sentences say different things, each has its own question
        asked = asked[place : place + 1] or asked[-1:]
    return Fact(
        thing,
        relation.stated[place].format(t=thing, v=value),
        tuple(form.format(t=thing) for form in asked),
        value,
    )


def draw_thing(rng: random.Random, words: str) -> str:
    """A thing to state facts about: a common one, one with random words before it, or the words alone."""
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(_THINGS)
    return f"{words.split()[0]} {rng.choice(_THINGS)}" if kind < 0.6 else words


def _value(rng: random.Random, source: TextSource, kind: str) -> str:
    draws: dict[str, Callable[[], str]] = {
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
