"""Conversations that ask for fields of a page as JSON, in the words of `extract_fields`."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

from nemotron_vl_integrations.messages import JSON
from training.conversations import Conversation, user
from training.copied import Copied
from training.field_names import draw_description, draw_key
from training.lexicon import Kind as LabelKind
from training.page_tasks import draw_absent, is_unmistakable
from training.random_text import TextSource
from training.sheet import Field, Page
from training.values import as_boolean, as_date, as_number

# The words of `nemotron_vl_integrations.extraction.prompt`; importing that package would load the engine.
INTRODUCTION = """Extract these fields from the page. Answer with one JSON object and nothing else.
Copy values as they are printed. Where null is allowed it means that the page does not show the value."""

MOST_FIELDS = 6
NULL_SHARE = 0.12
NULLABLE_SHARE = 0.3
DESCRIBED_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a schema and what the answer gives for it.

    Attributes:
        key: Its name.
        schema: Its JSON schema.
        value: What is written for it, JSON.
    """

    key: str
    schema: dict[str, JSON]
    value: Copied


def extract_fields(rng: random.Random, source: TextSource, page: Page) -> Conversation | None:
    """Ask for one to six fields of the page; None when the page has none."""
    properties = draw_properties(rng, source, page)
    if not properties:
        return None
    answer = write_object(properties)
    messages = (user(write_instruction(properties), images=1),)
    return Conversation(task="extract", messages=messages, answer=answer.text, places=answer.places)


def draw_properties(rng: random.Random, source: TextSource, page: Page) -> list[Property]:
    """Draw properties with keys of their own for fields that the page has, and for some that it lacks."""
    labels = [label for label in page.fields if is_unmistakable(label, page.fields)]
    rng.shuffle(labels)
    found: dict[str, Property] = {}
    for label in labels[: rng.randrange(1, MOST_FIELDS + 1)]:
        drawn = _present(rng, source, label, page.fields[label])
        found.setdefault(drawn.key, drawn)
        if rng.random() < NULL_SHARE:
            absent = _absent(rng, draw_absent(rng, source, page))
            found.setdefault(absent.key, absent)
    return list(found.values())[:MOST_FIELDS]


def _present(rng: random.Random, source: TextSource, label: str, field: Field) -> Property:
    schema, value = _typed(rng, source, label, field)
    if rng.random() < NULLABLE_SHARE:
        schema = _nullable(schema)
    return Property(draw_key(rng, label), _described(rng, label, schema), value)


def _absent(rng: random.Random, label: str) -> Property:
    schema: dict[str, JSON] = {"type": rng.choice(("string", "string", "number", "integer", "boolean"))}
    if rng.random() < 0.15:
        schema = _date_schema()
    nullable = _described(rng, label, _nullable(schema))
    return Property(draw_key(rng, label), nullable, Copied().write("null"))


def _nullable(schema: dict[str, JSON]) -> dict[str, JSON]:
    return {"anyOf": [schema, {"type": "null"}]}


def _date_schema() -> dict[str, JSON]:
    return {"type": "string", "format": "date"}


def _described(rng: random.Random, label: str, schema: dict[str, JSON]) -> dict[str, JSON]:
    if rng.random() < DESCRIBED_SHARE:
        return {**schema, "description": draw_description(rng, label)}
    return schema


def _typed(
    rng: random.Random, source: TextSource, label: str, field: Field
) -> tuple[dict[str, JSON], Copied]:
    """The narrowest type that the value has, or a string."""
    value, start = field.value, field.start
    as_it_stands = Copied().quote(value, start)
    if rng.random() < 0.2:
        return {"type": "string"}, as_it_stands
    if number := as_number(value):
        written, places = number
        whole = "." not in written and rng.random() < 0.6
        copied = Copied().pick(written, [start + place for place in places])
        return {"type": "integer" if whole else "number"}, copied
    if date := as_date(value):
        return _date_schema(), Copied().write(f'"{date}"')
    if boolean := as_boolean(value):
        return {"type": "boolean"}, Copied().write(boolean)
    if len(value) < 24 and rng.random() < 0.3:
        return {"type": "string", "enum": _choices(rng, source, label, value)}, as_it_stands
    return {"type": "string"}, as_it_stands


def _choices(rng: random.Random, source: TextSource, label: str, value: str) -> list[JSON]:
    kinds: list[LabelKind] = [known.kind for known in source.lexicon.fields if known.text == label]
    others = (source.value(kinds[0]) if kinds else source.anything() for _ in range(rng.randrange(1, 4)))
    choices = [value, *others]
    rng.shuffle(choices)
    return list(dict.fromkeys(choices))


def write_schema(properties: Sequence[Property]) -> dict[str, JSON]:
    """The schema that a caller of `extract_fields` has for these properties."""
    return {
        "type": "object",
        "properties": {item.key: item.schema for item in properties},
        "required": [item.key for item in properties],
    }


def write_instruction(properties: Sequence[Property]) -> str:
    """The instruction that `extract_fields` sends for these properties."""
    return "\n".join([INTRODUCTION, "", *(_line(item) for item in properties)])


def _line(item: Property) -> str:
    description = item.schema.get("description")
    words = f": {description}" if isinstance(description, str) else ""
    return f"- {item.key} ({_describe(item.schema)}){words}"


def _describe(schema: JSON) -> str:
    match schema:
        case {"enum": list() as choices}:
            return " or ".join(repr(choice) for choice in choices)
        case {"anyOf": list() as options}:
            return " or ".join(_describe(option) for option in options)
        case {"format": str() as name} | {"type": str() as name}:
            return name
        case _:
            return "any value"


def write_object(properties: Sequence[Property]) -> Copied:
    """The answer as the engine's grammar allows it: no white space, properties in the schema's order."""
    answer = Copied().write("{")
    for number, item in enumerate(properties):
        answer.write(f"{',' if number else ''}{json.dumps(item.key)}:")
        answer.pick(item.value.text, item.value.places.tolist())
    return answer.write("}")
