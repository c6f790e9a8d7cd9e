"""Random tools: names, descriptions, schemas, and values for their arguments."""

import json
import random
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nemotron_vl_integrations.messages import JSON, ToolCall, ToolSpec
from training.field_names import join_words
from training.phrases import expand
from training.random_text import TextSource
from training.tool_words import (
    CHOICE_NAMES,
    COUNT_NAMES,
    DATE_NAMES,
    FUNCTION_WORDS,
    LIST_NAMES,
    NUMBER_NAMES,
    SCRIPTS,
    SWITCH_NAMES,
    TEXT_NAMES,
    VERBS,
)
from training.word_lists import CITIES

HELD_OUT_SHARE = 16
ALIKE_SHARE = 0.15
"""Of the tools of a set: those that have the verb of another one, and as many that have its thing."""
MUCH_ALIKE_SHARE = 0.4
"""The same in some sets of training, where the right tool is then told by verb and thing together."""


def is_held_out(word: str) -> bool:
    """Whether a word is kept for evaluation: training never names a tool or an argument by it.

    Examples:
        >>> sum(is_held_out(str(number)) for number in range(1600))
        100
    """
    return zlib.crc32(word.lower().encode()) % HELD_OUT_SHARE == 0


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an argument: as people say it, and as JSON."""

    spoken: str
    written: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a tool.

    Attributes:
        name: Its name.
        words: The name in plain words.
        schema: Its JSON schema.
        required: Whether it must be given.
        draw: Draws a value.
        is_text: Whether values are free text.
    """

    name: str
    words: str
    schema: dict[str, JSON]
    required: bool
    draw: Callable[[], Value]
    is_text: bool


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, and the words that ask for it.

    Attributes:
        spec: As the model sees it.
        verb: What it does.
        thing: What it does it to.
        parameters: Its parameters in the order of the schema.
    """

    spec: ToolSpec
    verb: str
    thing: str
    parameters: tuple[Parameter, ...]


class ToolMaker:
    """Draws tools.

    Args:
        rng: Where chance comes from.
        source: Where words come from.
        held_out: Whether names are made of the words that training never uses.
    """

    def __init__(self, rng: random.Random, source: TextSource, *, held_out: bool = False) -> None:
        self.rng = rng
        self.source = source
        self._held_out = held_out

    def word(self) -> str:
        """A word that a name can hold."""
        for _ in range(400):
            rare = self.rng.random() < 0.6
            word = self.rng.choice(self.source.vocabulary.dictionary) if rare else self.source.word()
            word = word.lower()
            plain = word.isascii() and word.isalpha() and len(word) > 3 and word not in FUNCTION_WORDS
            if plain and is_held_out(word) == self._held_out:
                return word
        return "record"

    def tools(self, count: int) -> list[Tool]:
        """Draw `count` tools with names of their own; some of them resemble each other."""
        drawn: dict[str, Tool] = {}
        style = self.rng.choice(("snake", "snake", "snake", "camel", "kebab", "pascal", "dot"))
        wordy = self.rng.random() < 0.5
        verb, thing = self.rng.choice(VERBS), self.thing()
        alike = ALIKE_SHARE if self._held_out or self.rng.random() < 0.6 else MUCH_ALIKE_SHARE
        while len(drawn) < count:
            kind = self.rng.random()
            if kind < 1 - alike:
                verb = self.rng.choice(VERBS)
            if kind > alike:
                thing = self.thing()
            tool = self.tool(verb, thing, style, wordy=wordy)
            drawn.setdefault(tool.spec.name, tool)
        return list(drawn.values())

    def thing(self) -> str:
        """What a tool works on, one to three words."""
        return " ".join(self.word() for _ in range(self.rng.choices((1, 2, 3), (45, 42, 13))[0]))

    def tool(self, verb: str, thing: str, style: str, *, wordy: bool) -> Tool:
        """Draw a tool that does `verb` to `thing`."""
        count = self.rng.choices((0, 1, 2, 3, 4, 5), (5, 34, 30, 17, 9, 5))[0]
        parameters: dict[str, Parameter] = {}
        for _ in range(count):
            parameter = self.parameter(style, wordy=wordy)
            parameters.setdefault(parameter.name, parameter)
        words = [verb, *thing.split()]
        if self.rng.random() < 0.12:
            words = [*thing.split(), self.rng.choice((verb, "tool", "service", "function"))]
        chosen = tuple(parameters.values())
        spec = ToolSpec(
            join_words(style, words), self._describe(verb, thing), _object_schema(self.rng, chosen)
        )
        return Tool(spec, verb, thing, chosen)

    def _describe(self, verb: str, thing: str) -> str:
        rng = self.rng
        extra = self.source.words(rng.randrange(2, 7))
        return expand(
            rng,
            f"[{verb.capitalize()} [the|a|all|one|] {thing}.|{verb.capitalize()} {thing}|Use this to {verb} "
            f"[the|a|] {thing}."
            f"|{verb.capitalize()}s the {thing} [of|for|with] {extra}.|This tool can {verb} {thing}.|Tool "
            f"to {verb} {thing}."
            f"|{verb.capitalize()} [the|a] {thing} and return {extra}.|{verb.capitalize()} {thing}. "
            f"{extra.capitalize()}.]",
        )

    def parameter(self, style: str, *, wordy: bool) -> Parameter:
        """Draw a parameter of any type."""
        kinds = (self._text, self._count, self._number, self._switch, self._date, self._list, self._choice)
        schema, names, draw, is_text = self.rng.choices(kinds, (42, 20, 6, 9, 7, 6, 10))[0]()
        words = self.rng.choice(names).split("_") if self.rng.random() < 0.6 else self.thing().split()
        name = join_words("camel" if style in ("camel", "pascal") else "snake", words)
        if wordy and self.rng.random() < 0.85:
            schema["description"] = self._describe_parameter(" ".join(words))
        if wordy and self.rng.random() < 0.2:
            schema = {"title": " ".join(words).title(), **schema}
        return Parameter(name, " ".join(words), schema, self.rng.random() < 0.8, draw, is_text)

    def _describe_parameter(self, words: str) -> str:
        extra = self.source.words(self.rng.randrange(1, 5))
        return expand(
            self.rng,
             f"[The {words}[|.]|The {words} [of|for|to use for] the {extra}.|{words.capitalize()} [of|for] "
            f"the {extra}"
            f"|{words.capitalize()}, for example {extra}.|Which {words} to use.|{extra.capitalize()} {words}]"
        )  # fmt: skip

    def text(self) -> str:
        """A value of free text: names, codes, places, words, now and then in another script."""
        rng, source = self.rng, self.source
        kind = rng.random()
        if kind < 0.05:
            return foreign_text(rng)
        if kind < 0.30:
            return source.words(rng.randrange(1, 5))
        if kind < 0.40:
            return source.words(rng.randrange(1, 4)).title()
        if kind < 0.50:
            return rng.choice(CITIES) + rng.choice(("", "", ", CA", ", France", f", {source.word().title()}"))
        if kind < 0.56:
            return f"{source.word().lower()}.{rng.choice(('pdf', 'png', 'txt', 'csv', 'jpg'))}"
        draws = (
            source.name,
            source.code,
            source.name,
            source.code,
            source.email,
            source.phrase,
            source.address,
            source.phone,
        )
        return rng.choice(draws)()

    def _text(self) -> "_Drawn":
        return {"type": "string"}, TEXT_NAMES, lambda: _spoken_text(self.text()), True

    def _count(self) -> "_Drawn":
        def draw() -> Value:
            number = str(self.rng.randrange(10 ** self.rng.randrange(1, 5)))
            return Value(number, number)

        schema: dict[str, JSON] = {"type": "integer"}
        if self.rng.random() < 0.2:
            least, most = self.rng.choice((("minimum", "maximum"), ("exclusiveMinimum", "exclusiveMaximum")))
            schema = {most: 10000, least: -1000, **schema}
        return schema, COUNT_NAMES, draw, False

    def _number(self) -> "_Drawn":
        def draw() -> Value:
            # without a 0 at its end, which JSON would lose in the history
            tenths = self.rng.choice(("", str(self.rng.randrange(10))))
            number = f"{self.rng.randrange(-20, 2000)}.{tenths}{self.rng.randrange(1, 10)}"
            return Value(number, number)

        return {"type": "number"}, NUMBER_NAMES, draw, False

    def _switch(self) -> "_Drawn":
        def draw() -> Value:
            on = self.rng.random() < 0.5
            return Value(
                self.rng.choice(("true", "yes", "on") if on else ("false", "no", "off")), json.dumps(on)
            )

        return {"type": "boolean"}, SWITCH_NAMES, draw, False

    def _date(self) -> "_Drawn":
        def draw() -> Value:
            date = f"{self.rng.randrange(1990, 2035)}-{self.rng.randrange(1, 13):02d}-{self.rng.randrange(1, 29):02d}"
            return Value(date, f'"{date}"')

        schema: dict[str, JSON] = {"type": "string"}
        if self.rng.random() < 0.6:
            schema["format"] = "date"
        return schema, DATE_NAMES, draw, False

    def _list(self) -> "_Drawn":
        whole = self.rng.random() < 0.25

        def draw() -> Value:
            count = self.rng.randrange(1, 4)
            parts = [str(self.rng.randrange(1000)) if whole else self.source.word() for _ in range(count)]
            spoken = parts[0] if count == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
            values: list[JSON] = [int(part) if whole else part for part in parts]
            return Value(spoken, json.dumps(values, ensure_ascii=False))

        items: JSON = {"type": "integer" if whole else "string"}
        return {"type": "array", "items": items}, LIST_NAMES, draw, False

    def _choice(self) -> "_Drawn":
        choices = list(dict.fromkeys(self.word() for _ in range(self.rng.randrange(2, 5))))
        listed: list[JSON] = list(choices)

        def draw() -> Value:
            choice = self.rng.choice(choices)
            return Value(choice, f'"{choice}"')

        schema: dict[str, JSON] = {"type": "string", "enum": listed}
        return (
            (schema if self.rng.random() < 0.7 else {"enum": listed, "type": "string"}),
            CHOICE_NAMES,
            draw,
            False,
        )


_Drawn = tuple[dict[str, JSON], tuple[str, ...], Callable[[], Value], bool]


def _spoken_text(text: str) -> Value:
    return Value(text, json.dumps(text, ensure_ascii=False))


def write_call(name: str, arguments: Iterable[tuple[str, str]]) -> ToolCall:
    """A call with its arguments: names, and values as JSON."""
    written = f"{{{', '.join(f'{json.dumps(key)}: {value}' for key, value in arguments)}}}"
    # Past calls are written from a JSON value again, so an id for each text is enough to tell two of them apart.
    return ToolCall(f"{name}{written}", name, written)


def foreign_text(rng: random.Random) -> str:
    """A few random letters of another script."""
    first, last = rng.choice(SCRIPTS)
    return "".join(chr(rng.randrange(first, last)) for _ in range(rng.randrange(2, 9)))


def _object_schema(rng: random.Random, parameters: tuple[Parameter, ...]) -> dict[str, JSON]:
    """The parameters as a schema, in one of the orders that frameworks write."""
    properties: dict[str, JSON] = {parameter.name: dict(parameter.schema) for parameter in parameters}
    required: list[JSON] = [parameter.name for parameter in parameters if parameter.required]
    if rng.random() < 0.5:
        schema: dict[str, JSON] = {"properties": properties, "required": required, "type": "object"}
    else:
        schema = {"type": "object", "properties": properties, "required": required}
    if not required and rng.random() < 0.7:
        del schema["required"]
    if rng.random() < 0.1:
        schema["additionalProperties"] = False
    return schema
