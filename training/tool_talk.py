"""Conversations with tools: calls that are asked for, answers from results, and talk that needs no tool."""

import json
import random
from dataclasses import dataclass

from nemotron_vl_integrations.messages import Message, ToolCall, ToolSpec
from training.conversations import Conversation, Task, assistant, system, tool_result, user, write_calls
from training.known_tools import KNOWN, draw_argument
from training.page_tasks import with_thought
from training.phrases import expand
from training.prompts import draw_system
from training.small_talk import draw_small_talk
from training.tools import Parameter, Tool, ToolMaker, Value

MOST_TOOLS = 8
KNOWN_SHARE = 0.12
SECOND_CALL_SHARE = 0.08
NO_TOOL_SHARE = 0.10
CHARACTERS_PER_TOKEN = 1.75


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asks for: the words, the calls that fulfil it, and what the tools give back.

    Attributes:
        text: The message.
        calls: The calls to make, none where the answer is plain.
        results: What each call returns.
        answer: What the assistant says in the end.
    """

    text: str
    calls: tuple[ToolCall, ...]
    results: tuple[str, ...]
    answer: str


class ToolTalk:
    """Draws conversations with tools.

    Args:
        maker: Where tools come from.
    """

    def __init__(self, maker: ToolMaker) -> None:
        self._maker = maker
        self._rng = maker.rng

    def draw(self, room: int) -> Conversation:
        """Draw a conversation of about `room` tokens at most."""
        tools, known = self.draw_tools(room)
        specs = _shuffled(self._rng, [tool.spec for tool in tools] + known)
        turns: list[Message] = list(system(draw_system(self._rng, 0.25)))
        left = room * CHARACTERS_PER_TOKEN - 500 - sum(spec_size(spec) for spec in specs)
        while True:
            wish = self.wish(tools, known)
            turns.append(user(wish.text))
            left -= len(wish.text) + 3 * sum(len(call.arguments) + 50 for call in wish.calls) + 100
            is_last = left < 400 or self._rng.random() < 0.12
            answer, task = self._play(turns, wish, is_last=is_last)
            if is_last:
                talk = Conversation(task=task, messages=tuple(turns), answer=answer, tools=tuple(specs))
                return with_thought(self._rng, talk, _thought(wish, task))

    def draw_tools(self, room: int, count: int | None = None) -> tuple[list[Tool], list[ToolSpec]]:
        """Draw random tools, and known ones, whose schemas fit into the room."""
        rng = self._rng
        wanted = count or rng.randrange(1, MOST_TOOLS + 1)
        known = [rng.choice(KNOWN)[0]] if rng.random() < KNOWN_SHARE else []
        share = 1.0 if count else rng.uniform(0.2, 0.8)
        left = (room * CHARACTERS_PER_TOKEN - 800) * share
        tools: list[Tool] = []
        for tool in self._maker.tools(wanted):
            left -= spec_size(tool.spec)
            if left > 0 or not tools:
                tools.append(tool)
        if left < 0 and not count:
            # Next to nothing fits: one small tool alone.
            tools, known = [min((*tools, *self._maker.tools(4)), key=lambda tool: spec_size(tool.spec))], []
        names = {tool.spec.name for tool in tools}
        return tools, [spec for spec in known if spec.name not in names]

    def wish(self, tools: list[Tool], known: list[ToolSpec]) -> Wish:
        """Draw what the user asks for."""
        rng = self._rng
        if rng.random() < NO_TOOL_SHARE:
            text, answer = draw_small_talk(rng, self._maker.source)
            return Wish(text, (), (), answer)
        if known and rng.random() < 0.7:
            return self._known_wish(known[0])
        tool = rng.choice(tools)
        text, call = self.request(tool)
        if len(tools) > 1 and rng.random() < SECOND_CALL_SHARE:
            other, second = self.request(rng.choice([item for item in tools if item is not tool]))
            joint = expand(rng, "[ And | Then | After that, | Also: ]")
            calls = (call, second)
            results = tuple(self._value_result() for _ in calls)
            return Wish(f"{text}{joint}{other}", calls, results, ", ".join(results))
        return self._with_result(text, call)

    def _known_wish(self, spec: ToolSpec) -> Wish:
        rng = self._rng
        questions, results = next(ask for known, ask in KNOWN if known.name == spec.name)
        properties = spec.parameters["properties"]
        names = list(properties) if isinstance(properties, dict) else []
        drawn = {name: draw_argument(rng, self._maker, spec, name) for name in names}
        spoken = {name: words for name, (words, _) in drawn.items()}
        other = self._maker.source.words(2).title()
        text = rng.choice(questions).format(**spoken, other=other)
        arguments = ", ".join(f"{json.dumps(name)}: {written}" for name, (_, written) in drawn.items())
        result = rng.choice(results).format(rng.randrange(60))
        return Wish(text, (_call(spec.name, f"{{{arguments}}}"),), (result,), result)

    def request(self, tool: Tool) -> tuple[str, ToolCall]:
        """Draw a message that asks for a tool with arguments, and the call."""
        rng = self._rng
        given = [item for item in tool.parameters if item.required or rng.random() < 0.4]
        values = [item.draw() for item in given]
        arguments = ", ".join(
            f"{json.dumps(item.name)}: {value.written}" for item, value in zip(given, values, strict=True)
        )
        call = _call(tool.spec.name, f"{{{arguments}}}")
        if rng.random() < 0.45:
            return self._by_name(tool, given, values), call
        return self._by_words(tool, given, values), call

    def _by_name(self, tool: Tool, given: list[Parameter], values: list[Value]) -> str:
        rng, name = self._rng, tool.spec.name
        if values and rng.random() < 0.15:
            listed = ", ".join(self._say(item, value) for item, value in zip(given, values, strict=True))
            return (
                expand(rng, f"[Call|Run|Execute|What is the value of|What is] {name}(")
                + f"{listed})"
                + expand(rng, "[.|?|. Use the tool.|? Use the tool.]")
            )
        start = expand(
            rng,
             "[Call|Use|Run|Please call|Please use|Invoke|Execute|Use the tool|Call the tool|I want you to "
            f"call|Can you call|Now call] {name}"
        )  # fmt: skip
        return start + self._with_arguments(given, values) + rng.choice((".", ".", "", "!"))

    def _by_words(self, tool: Tool, given: list[Parameter], values: list[Value]) -> str:
        rng = self._rng
        if len(values) == 1 and given[0].is_text and rng.random() < 0.35:
            return (
                expand(rng,
                 f"[What is the {tool.thing}|What's the {tool.thing}|{tool.verb.capitalize()} the "
                f"{tool.thing}|I need the {tool.thing}"
                f"|{tool.verb} {tool.thing}] [of|in|for|for] ") + self._say(given[0], values[0]) + rng.choice(
                ("?", ".", ""))
            )  # fmt: skip
        start = expand(
            rng,
             f"[{tool.verb.capitalize()} [the|a|my|] {tool.thing}|{tool.verb.capitalize()} {tool.thing}|"
            f"Please {tool.verb} [the|a|] {tool.thing}"
            f"|Can you {tool.verb} [the|a|] {tool.thing}|I want to {tool.verb} [the|a|] {tool.thing}|I need "
            f"to {tool.verb} {tool.thing}"
            f"|Use the tool to {tool.verb} {tool.thing}|Use the {tool.thing} tool|{tool.verb} {tool.thing}]"
        )  # fmt: skip
        return start + self._with_arguments(given, values) + rng.choice((".", ".", "", "?"))

    def _with_arguments(self, given: list[Parameter], values: list[Value]) -> str:
        """Name each argument and its value, in an order of their own."""
        rng = self._rng
        if not given:
            return ""
        style = rng.randrange(5)
        pairs = [
            ((item.name if rng.random() < 0.5 else item.words), self._say(item, value))
            for item, value in zip(given, values, strict=True)
        ]
        rng.shuffle(pairs)
        match style:
            case 0:
                return expand(rng, "[ with | for | using |: ]") + ", ".join(
                    f"{name}={value}" for name, value in pairs
                )
            case 1:
                return ": " + ", ".join(f"{name}: {value}" for name, value in pairs)
            case 2:
                return ". " + ". ".join(
                    f"{rng.choice(('The ', ''))}{name} is {value}" for name, value in pairs
                )
            case _:
                joint = rng.choice((" and ", ", ", " and with "))
                return expand(rng, "[ with | for | where the | with the ]") + joint.join(
                    f"{n} {v}" for n, v in pairs
                )

    def _say(self, item: Parameter, value: Value) -> str:
        if not item.is_text:
            return value.spoken
        quote = self._rng.choice(("", "", "'", '"'))
        return f"{quote}{value.spoken}{quote}" if quote not in value.spoken else value.spoken

    def _with_result(self, text: str, call: ToolCall) -> Wish:
        """Choose what the tool returns and what is then to be said."""
        rng = self._rng
        kind = rng.random()
        if kind < 0.45:
            result = self._value_result()
            return Wish(text, (call,), (result,), result)
        if kind < 0.52:
            reason = self._maker.source.words(rng.randrange(2, 5))
            return Wish(text, (call,), (json.dumps({"error": reason}),), f"The tool failed: {reason}")
        count = rng.randrange(1, 6)
        record = {"_".join(self._maker.thing().split()): self._record_value() for _ in range(count)}
        result = json.dumps(record, ensure_ascii=False)
        wanted = rng.choice(list(record))
        ask = expand(
            rng,
             "[ Tell me the {0}.| What is the {0}?| I want to know the {0}.| Answer with the {0}.| Give me "
            "the {0}.| {0}?]"
        ).format(wanted.replace("_", " ") if rng.random() < 0.7 else wanted)  # fmt: skip
        if len(record) == 1 and rng.random() < 0.5:
            ask = ""
        return Wish(text + ask, (call,), (result,), str(record[wanted]))

    def _value_result(self) -> str:
        rng, source = self._rng, self._maker.source
        draws = (source.number, source.money, source.date, source.code, source.name, source.phrase)
        return rng.choice(draws)() if rng.random() < 0.75 else f"{source.phrase()}."

    def _record_value(self) -> str | int:
        rng, source = self._rng, self._maker.source
        if rng.random() < 0.35:
            return rng.randrange(10 ** rng.randrange(1, 5))
        return rng.choice(
            (source.code, source.name, source.date, source.phrase, source.word, self._maker.text)
        )()

    def _play(self, turns: list[Message], wish: Wish, *, is_last: bool) -> tuple[str, Task]:
        """Add the assistant's turns to the conversation, all of them unless it is the last wish."""
        if not wish.calls:
            if not is_last:
                turns.append(assistant(wish.answer))
            return wish.answer, "no tool"
        if is_last and self._rng.random() < 0.6:
            return write_calls(wish.calls), "tools"
        turns.append(assistant("", wish.calls))
        turns.extend(tool_result(call, result) for call, result in zip(wish.calls, wish.results, strict=True))
        if not is_last:
            turns.append(assistant(wish.answer))
        return wish.answer, "result"


def spec_size(spec: ToolSpec) -> int:
    """Characters of a tool in the prompt."""
    return len(json.dumps(spec.parameters)) + len(spec.name) + len(spec.description) + 50


def _call(name: str, arguments: str) -> ToolCall:
    # Past calls are written from a JSON value again, so an id per text is enough to tell two of them apart.
    return ToolCall(f"{name}{arguments}", name, arguments)


def _shuffled(rng: random.Random, specs: list[ToolSpec]) -> list[ToolSpec]:
    rng.shuffle(specs)
    return specs


def _thought(wish: Wish, task: Task) -> str:
    match task:
        case "tools":
            return "I should call " + " and ".join(call.name for call in wish.calls) + "."
        case "result":
            return "The tool has answered."
        case _:
            return "This needs no tool."
