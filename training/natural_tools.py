"""Tools for daily life, asked for as people speak: where, when and for whom stand in the sentence, not by name."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from nemotron_vl_integrations.messages import JSON, ToolCall, ToolSpec
from training.field_names import join_words
from training.natural_words import DOMAINS, ROLES, SYNONYMS, Domain, Role
from training.phrases import expand
from training.tools import ToolMaker, is_held_out, write_call

MOST_ARGUMENTS = 3
SYNONYM_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a tool: its name in the schema and its part in a sentence."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class NaturalTool:
    """A tool with what can be said about it.

    Attributes:
        spec: As the model sees it.
        verb: What it does.
        subject: What it does it to.
        arguments: All of them are required.
        asked: Whether people rather ask a question.
    """

    spec: ToolSpec
    verb: str
    subject: str
    arguments: tuple[Argument, ...]
    asked: bool


def draw_natural_tool(rng: random.Random) -> NaturalTool:
    """Draw a tool of daily life."""
    domain = rng.choice(DOMAINS)
    verb, subject = rng.choice(domain.verbs), rng.choice(domain.subjects)
    arguments = tuple(_draw_arguments(rng, domain))
    style = rng.choice(("snake", "snake", "snake", "camel", "kebab"))
    words = [*verb.split(), *subject.replace("-", " ").split()]
    properties = {item.name: _schema(rng, item, subject) for item in arguments}
    required: list[JSON] = [item.name for item in arguments]
    schema: dict[str, JSON] = {"type": "object", "properties": dict(properties), "required": required}
    name = join_words(style, [word for word in words if word not in ("of", "the")])
    return NaturalTool(
        ToolSpec(name, _describe(rng, verb, subject), schema), verb, subject, arguments, domain.asked
    )


def _draw_arguments(rng: random.Random, domain: Domain) -> Iterator[Argument]:
    count = min(len(domain.roles), rng.randrange(1, MOST_ARGUMENTS + 1))
    taken: set[str] = set()
    for key in rng.sample(domain.roles, count):
        role = ROLES[key]
        free = [name for name in role.names if name not in taken and not _is_kept(name)]
        if free:
            name = rng.choice(free)
            taken.add(name)
            yield Argument(name, role)


def _is_kept(name: str) -> bool:
    return any(is_held_out(word) for word in name.split("_"))


def _schema(rng: random.Random, argument: Argument, subject: str) -> dict[str, JSON]:
    schema: dict[str, JSON] = {"type": argument.role.kind}
    if rng.random() < 0.3:
        words = argument.name.replace("_", " ")
        schema["description"] = expand(
            rng, f"[The {words}|{words.capitalize()}|The {words} of the {subject}][.|]"
        )
    return schema


def _describe(rng: random.Random, verb: str, subject: str) -> str:
    start = verb.capitalize()
    return expand(
        rng,
        f"[{start} [a|the|] {subject}|{start}s the {subject}|Use this to {verb} the {subject}|{start} {subject}][.|]",
    )


def ask_naturally(maker: ToolMaker, tool: NaturalTool) -> tuple[str, ToolCall]:
    """Draw a message that asks for a tool of daily life, and the call."""
    rng = maker.rng
    values = [item.role.draw(maker) for item in tool.arguments]
    phrases = [_say(rng, item, value) for item, value in zip(tool.arguments, values, strict=True)]
    written = [
        value if item.role.kind != "string" else json.dumps(value, ensure_ascii=False)
        for item, value in zip(tool.arguments, values, strict=True)
    ]
    call = write_call(
        tool.spec.name, [(item.name, text) for item, text in zip(tool.arguments, written, strict=True)]
    )
    rng.shuffle(phrases)
    return (
        f"{_opening(rng, tool).replace('  ', ' ')} {' '.join(phrases)}{rng.choice(('.', '.', '', '?', ', please.'))}",
        call,
    )


def _say(rng: random.Random, argument: Argument, value: str) -> str:
    """The argument as a phrase, now and then by the name of its parameter."""
    if rng.random() < 0.25:
        words = argument.name.replace("_", " ")
        return rng.choice(("with the {} {}", "with {} {}", "where the {} is {}", "({} {})")).format(
            words, value
        )
    return rng.choice(argument.role.phrases).format(value)


def _opening(rng: random.Random, tool: NaturalTool) -> str:
    verb, subject = tool.verb, tool.subject
    if rng.random() < SYNONYM_SHARE:
        verb = rng.choice(SYNONYMS.get(verb, (verb,)))
    start = verb.capitalize()
    if tool.asked and rng.random() < 0.7:
        return expand(
            rng,
            f"[What is the {subject}|What's the {subject}|Tell me the {subject}|Do you know the {subject}|"
            f"I need the {subject}|Find out the {subject}|Which {subject} do we have|{subject}|"
            f"Please look up the {subject}]",
        )
    return expand(
        rng,
        f"[{start} [a|the|my|] {subject}|{start} {subject}|Please {verb} [a|the|] {subject}|Can you {verb} [a|"
        f"the|] {subject}|"
        f"I want to {verb} [a|the|] {subject}|Could you {verb} the {subject} for me|We need to {verb} [a|the|"
        f"] {subject}|"
        f"{verb} {subject}|Now {verb} the {subject}|Use {tool.spec.name} for [a|the] {subject}|"
        f"Call {tool.spec.name}]",
    )
