"""Tools that people try first, with natural questions that no name or schema repeats word by word."""

import json
import random

from nemotron_vl_integrations.messages import JSON, ToolCall, ToolSpec
from training.tools import ToolMaker, foreign_text, write_call

Ask = tuple[tuple[str, ...], tuple[str, ...]]
"""Wordings with `{argument}`, and results that such a tool gives."""


def _spec(name: str, description: str, /, **kinds: str) -> ToolSpec:
    properties: dict[str, JSON] = {argument: {"type": kind} for argument, kind in kinds.items()}
    required: list[JSON] = list(properties)
    return ToolSpec(name, description, {"properties": properties, "required": required, "type": "object"})


_PLACE_QUESTIONS = (
    "What is the weather in {location}?", "How is the weather in {location}?",
    "What's the weather like in {location}?",
    "Is it raining in {location}?", "weather in {location}", "Do I need an umbrella in {location}?",
    "How warm is it in {location}?",
)  # fmt: skip
_SUNNY = ("It's sunny.", "It's {} degrees.", "Cloudy with a little rain", "{} C and windy", "rain")

KNOWN: tuple[tuple[ToolSpec, Ask], ...] = (
    (_spec("get_weather", "Get the weather at a location.", location="string"), (_PLACE_QUESTIONS, _SUNNY)),
    (_spec("weather", "Returns the weather of a city", location="string"), (_PLACE_QUESTIONS, _SUNNY)),
    (
        _spec("magic_function", "Apply a magic function to an input.", input="integer"),
        (("What is the value of magic_function({input})? Use the tool.",
        "What is the value of magic_function({input})?",
          "Apply the magic function to {input}.", "magic_function({input})"), ("{}",)),
    ),
    (
        _spec("add", "Add two numbers.", a="integer", b="integer"),
        (("What is {a} + {b}?", "What is {a} plus {b}?", "Add {a} and {b}.", "How much is {a} plus {b}?",
        "{a} + {b} = ?"), ("{}",)),
    ),
    (
        _spec("multiply", "Multiply two numbers.", a="integer", b="integer"),
        (("What is {a} times {b}?", "What is {a} * {b}?", "Multiply {a} by {b}.", "Multiply {a} and {b}."), (
        "{}",)),
    ),
    (
        _spec("my_adder_tool", "Tool that adds two integers.", a="integer", b="integer"),
        (("What is {a} + {b}", "What is {a} + {b}?", "Add {a} and {b}."), ("{}",)),
    ),
    (
        _spec("calculator", "Computes an arithmetic expression.", expression="string"),
        (("Compute {expression}.", "What is {expression}?", "How much is {expression}?", "{expression} = ?"),
        ("{}",)),
    ),
    (
        _spec("search", "Search the web.", query="string"),
        (("Search for {query}.", "Search the web for {query}.", "Find pages about {query}.",
        "Look up {query} on the web.",
          "What can you find about {query}?"), ("{} pages found", "No results", "See example.org")),
    ),
    (
        _spec("unicode_customer", "Tool for creating a customer with Unicode name.", customer_name="string",
        description="string"),
        (("Create a customer named '{customer_name}' ({other}) - {description}",
                "Create a customer named '{customer_name}' ({other}), {description}.",
                "Create a customer named '{customer_name}' - {description}",
        "Create a customer named '{customer_name}', {description}.",
          "Create a customer with the name {customer_name} and the description {description}."),
         ("Created customer: {}", "Customer {} created")),
    ),
    (
        _spec("translate", "Translate a text into another language.", text="string", language="string"),
        (("Translate '{text}' into {language}.", "What is '{text}' in {language}?",
        "How do you say '{text}' in {language}?"), ("bonjour", "{}")),
    ),
    (
        _spec("send_email", "Send an e-mail.", to="string", subject="string"),
        (("Send an email to {to} about {subject}.", "Write to {to} about {subject}.", "Email {to}: {subject}"),
        ("sent", "ok {}")),
    ),
    (
        _spec("get_time", "Current time in a time zone.", timezone="string"),
        (("What time is it in {timezone}?", "What is the time in {timezone}?", "How late is it in {timezone}?"),
        ("{}:30", "12:{}")),
    ),
    (
        _spec("convert_currency", "Convert an amount of money.", amount="number", source="string", target=
        "string"),
        (("Convert {amount} {source} to {target}.", "How much is {amount} {source} in {target}?"), ("{}",)),
    ),
    (
        _spec("read_page", "Read the text of a page.", page="integer"),
        (("Read page {page}.", "What does page {page} say?", "Show me the text of page {page}."), ("Total: {}",
        "Dear customer")),
    ),
    (
        _spec("zoom", "Zoom into a part of the image.", image="string", region="string"),
        (("Zoom into the {region} of {image}.", "Show the {region} of {image} larger."), ("done",
        "The text is {}")),
    ),
)  # fmt: skip

_LANGUAGES = (
    "French",
    "German",
    "Spanish",
    "Italian",
    "Portuguese",
    "Dutch",
    "Polish",
    "Japanese",
    "Turkish",
)
_CURRENCIES = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "SEK")
_ZONES = ("Paris", "Tokyo", "New York", "Europe/Berlin", "UTC", "London", "Sydney", "Asia/Tokyo", "Madrid")
_REGIONS = (
    "top",
    "bottom",
    "upper left corner",
    "lower right corner",
    "table",
    "header",
    "signature",
    "first line",
)


def ask_known(maker: ToolMaker, spec: ToolSpec, questions: tuple[str, ...]) -> tuple[str, ToolCall]:
    """Draw a question that a known tool answers, and the call."""
    rng = maker.rng
    properties = spec.parameters["properties"]
    names = list(properties) if isinstance(properties, dict) else []
    drawn = {name: draw_argument(rng, maker, spec, name) for name in names}
    spoken = {name: words for name, (words, _) in drawn.items()}
    text = rng.choice(questions).format(**spoken, other=maker.source.words(2).title())
    return text, write_call(spec.name, ((name, written) for name, (_, written) in drawn.items()))


def draw_argument(rng: random.Random, maker: ToolMaker, spec: ToolSpec, name: str) -> tuple[str, str]:
    """A value for an argument of a known tool: as it is said, and as JSON."""
    properties = spec.parameters["properties"]
    schema = properties[name] if isinstance(properties, dict) else None
    if isinstance(schema, dict) and schema.get("type") in ("integer", "number"):
        number = str(rng.randrange(10 ** rng.randrange(1, 4)))
        return number, number
    choices = {
        "language": _LANGUAGES,
        "source": _CURRENCIES,
        "target": _CURRENCIES,
        "timezone": _ZONES,
        "region": _REGIONS,
    }
    if name == "expression":
        text = f"{rng.randrange(100)} {rng.choice('+-*/')} {rng.randrange(100)}"
    elif name == "customer_name":
        text = maker.text() if rng.random() < 0.4 else foreign_text(rng)
    else:
        text = rng.choice(choices[name]) if name in choices else maker.text()
    return text, json.dumps(text, ensure_ascii=False)
