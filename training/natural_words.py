"""What people use tools for in daily life: subjects with their verbs, and how arguments are said in a sentence.

None of the tools of `task_cases/everyday_tools.py` is among them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from training.tools import ToolMaker
from training.word_lists import CITIES

Kind = Literal["string", "integer", "number"]


@dataclass(frozen=True, slots=True)
class Role:
    """A part that an argument plays in a sentence.

    Attributes:
        names: Names of the parameter.
        kind: Its JSON type.
        phrases: How its value is said behind the subject.
        draw: Draws a value.
    """

    names: tuple[str, ...]
    kind: Kind
    phrases: tuple[str, ...]
    draw: Callable[[ToolMaker], str]


def _number(most: int) -> Callable[[ToolMaker], str]:
    return lambda maker: str(maker.rng.randrange(1, most))


def _one_of(*choices: str) -> Callable[[ToolMaker], str]:
    return lambda maker: maker.rng.choice(choices)


def _city(maker: ToolMaker) -> str:
    rng = maker.rng
    return rng.choice(CITIES) if rng.random() < 0.6 else maker.source.word().capitalize()


def _day(maker: ToolMaker) -> str:
    rng = maker.rng
    if rng.random() < 0.6:
        return f"{rng.randrange(1990, 2040)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    return rng.choice(
        ("Monday", "Friday", "tomorrow", "today", "3 May", "12 June 2027", "Sunday", maker.source.date())
    )


def _clock(maker: ToolMaker) -> str:
    return f"{maker.rng.randrange(24):02d}:{maker.rng.randrange(0, 60, 5):02d}"


def _words(maker: ToolMaker) -> str:
    return maker.source.words(maker.rng.randrange(1, 4))


def _title(maker: ToolMaker) -> str:
    text = _words(maker)
    return maker.rng.choice((text, text.capitalize(), text.title()))


def _file(maker: ToolMaker) -> str:
    return f"{maker.source.word().lower()}.{maker.rng.choice(('pdf', 'txt', 'csv', 'docx', 'png', 'md'))}"


def _measure(maker: ToolMaker) -> str:
    return f"{maker.rng.randrange(1, 400)}{maker.rng.choice(('', '', '.5', '.25'))}"


ROLES: dict[str, Role] = {
    "city": Role(("city", "location", "place", "town"), "string", ("in {}", "in {}", "at {}", "for {}"), _city),
    "from": Role(("from_city", "start", "departure", "source", "from"), "string", ("from {}", "leaving {}"), _city),
    "to": Role(("to_city", "target", "arrival", "to", "goal"), "string", ("to {}", "towards {}"), _city),
    "day": Role(("day", "date", "when", "start_date"), "string", ("on {}", "for {}", "on {}"), _day),
    "until": Role(("until", "end_date", "last_day", "to_date"), "string", ("until {}", "till {}", "up to {}"), _day),
    "clock": Role(("time", "hour", "at", "start_time"), "string", ("at {}", "at {}", "for {}"), _clock),
    "people": Role(("people", "persons", "guests", "seats"), "integer", ("for {} people", "for {} guests", "for {}"),
                   _number(12)),
    "days": Role(("days", "nights", "duration"), "integer", ("for {} days", "for the next {} days"), _number(30)),
    "length": Role(("minutes", "duration", "length"), "integer", ("for {} minutes", "of {} minutes"), _number(120)),
    "limit": Role(("limit", "max_results", "top_k", "count"), "integer",
                  ("and show at most {}", "with up to {} results", "but only {} of them"), _number(50)),
    "amount": Role(("quantity", "amount", "count", "number"), "integer", ("{} times", "in a quantity of {}", "x {}"),
                   _number(40)),
    "level": Role(("level", "percent", "value", "strength"), "integer", ("to {}", "to {} percent", "at {}"),
    _number(100)),
    "warm": Role(("temperature", "degrees", "value"), "number", ("to {} degrees", "to {}", "at {} degrees"),
    _measure),
    "room": Role(("room", "place", "area", "zone"), "string", ("in the {}", "of the {}", "for the {}"),
                 _one_of("hall", "attic", "garage", "office", "cellar", "nursery", "bathroom", "studio",
                     "garden", "porch")),
    "person": Role(("person", "name", "recipient", "owner"), "string", ("for {}", "for {}", "of {}"),
                   lambda maker: maker.source.name()),
    "mail": Role(("address", "recipient", "to", "mail"), "string", ("to {}", "to {}", "for {}"),
                 lambda maker: maker.source.email()),
    "number": Role(("number", "code", "reference", "id"), "string", ("{}", "number {}", "with the number {}",
    "no. {}"),
                   lambda maker: maker.source.code()),
    "id": Role(("id", "number", "index", "key"), "integer", ("{}", "number {}", "with the number {}", "no. {}"),
               _number(9000)),
    "title": Role(("title", "name", "heading", "caption"), "string", ("called {}", "titled {}", "with the title {}",
                  "named {}", "'{}'", '"{}"'), _title),
    "topic": Role(("topic", "query", "keyword", "theme"), "string", ("about {}", "on {}", "about {}"), _words),
    "file": Role(("file", "path", "filename", "source"), "string", ("{}", "in {}", "from {}", "of {}"), _file),
    "language": Role(("language", "lang", "target"), "string", ("in {}", "into {}"),
                     _one_of("French", "German", "Spanish", "Dutch", "Polish", "Greek", "Finnish", "Welsh")),
    "maker": Role(("author", "singer", "creator", "company"), "string", ("by {}", "from {}", "of {}"),
                  lambda maker: maker.source.name()),
    "page": Role(("page", "number", "index"), "integer", ("on page {}", "of page {}", "from page {}"), _number(400)),
    "price": Role(("price", "budget", "maximum"), "number", ("for {} euros", "under {}", "below {} dollars"),
    _measure),
    "year": Role(("year", "season"), "integer", ("in {}", "of {}", "for {}"),
    lambda maker: str(maker.rng.randrange(1900, 2040))),
    "colour": Role(("color", "colour", "shade"), "string", ("in {}", "with the color {}"),
                   _one_of("red", "dark green", "white", "sky blue", "black", "beige", "silver")),
}  # fmt: skip


SYNONYMS: dict[str, tuple[str, ...]] = {
    "book": ("reserve", "get me"), "reserve": ("book",), "find": ("look for", "search for", "look up"),
    "search": ("find", "look for"), "list": ("show", "show me"), "create": ("make", "set up", "add"),
    "make": ("create", "set up"), "add": ("create", "make"), "start": ("begin", "switch on"), "stop": ("end",
    "switch off"),
    "remove": ("delete", "drop"), "delete": ("remove", "get rid of"), "cancel": ("call off", "drop"),
    "send": ("mail", "forward"), "buy": ("order", "get"), "order": ("buy", "get me"), "check": ("look at", "inspect"),
    "call": ("phone", "ring"), "compute": ("calculate", "work out"), "calculate": ("compute", "work out"),
    "get": ("fetch", "find out", "look up"), "show": ("display", "list"), "set": ("put", "adjust"), "watch": ("see",),
    "update": ("change",), "register": ("sign up", "enter"), "rename": ("give a new name to",), "close": ("shut",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Domain:
    """Subjects that the same is done to.

    Attributes:
        subjects: What it is done to.
        verbs: What is done.
        roles: Arguments that may come with it, as keys of `ROLES`.
        asked: Whether people rather ask for the subject as a question.
    """

    subjects: tuple[str, ...]
    verbs: tuple[str, ...]
    roles: tuple[str, ...]
    asked: bool = False


def _domain(subjects: str, verbs: str, roles: str, *, asked: bool = False) -> Domain:
    return Domain(tuple(subjects.split("|")), tuple(verbs.split("|")), tuple(roles.split()), asked)


DOMAINS = (
    _domain("train|ferry|bus seat|taxi|shuttle|rental car|sleeping car", "book|reserve|find|order|get",
        "from to day clock people"),
    _domain("hotel|cabin|table|hotel room|campsite|tennis court|conference room", "book|reserve|find|cancel|check",
            "city day until people clock days"),
    _domain("movie|podcast|radio station|playlist|album|concert|lecture|film",
        "find|start|record|stop|watch|recommend",
            "title maker topic year clock"),
    _domain("heating|oven|radiator|boiler|air conditioning", "set|turn up|adjust|regulate", "room warm clock"),
    _domain("blinds|fan|door|gate|camera|garage door|sprinkler|humidifier", "open|close|start|stop|lock|move",
            "room level clock length"),
    _domain("report|contract|letter|memo|spreadsheet|drawing|manual|form",
        "open|print|send|sign|translate|share|rename",
            "file mail title language page"),
    _domain("task|note|event|appointment|poll|invitation|shift", "create|add|make|plan|cancel|move",
            "title day clock length person"),
    _domain("coupon|basket|voucher|subscription|gift card|claim|loan", "cancel|check|pay|extend|renew|find",
            "number person price day"),
    _domain("patient|employee|student|member|supplier|visitor|driver|tenant",
        "find|register|update|remove|invite|call",
            "person id mail number"),
    _domain("bolts|roses|pizza|groceries|paint|bread|curtains|envelopes", "order|buy|deliver|reserve",
        "amount city colour price day"),
    _domain("population|air pressure|water level|pollen count|sunrise|tide|humidity|postal code|dialing code|council",
            "get|look up|tell", "city day year", asked=True),
    _domain("definition|synonyms|spelling|origin|translation|meaning|rhymes", "get|find|show", "topic language",
        asked=True),
    _domain("score|winner|standings|line-up|kick-off", "get|show|find", "topic year day", asked=True),
    _domain("balance|address|age|phone number|job title|manager|salary", "get|look up|show|read", "person number",
            asked=True),
    _domain("opening hours|route|bus route|distance|travel time|toll", "get|find|compute|estimate",
            "from to city day", asked=True),
    _domain("recipes|articles|jobs|houses|photos|laws|patents|books|shops|courses", "find|search|list|show",
            "topic city maker limit price year"),
    _domain("summary|title|word count|author|language|table of contents|checksum", "get|extract|read|compute",
        "file page",
            asked=True),
    _domain("server|database|printer|backup|printer queue|router|build|container", "start|stop|restart|check|delete",
            "id title clock number"),
    _domain("invoice total|tax|interest|discount|tip|area|volume|average speed", "compute|calculate|work out",
        "price year amount",
            asked=True),
)  # fmt: skip
