"""Cases with tools that training never saw: calls, the choice among eight, answers from results."""

import json
from collections.abc import Iterator

from nemotron_vl_integrations.messages import JSON, ImagePart, Message, TextPart, ToolCall, ToolSpec
from training.conversations import assistant, tool_result, user
from training.random_text import TextSource
from training.task_cases.cases import Case, ask, calls_are, text_is
from training.task_cases.forms import A4, NEW_ENTRIES, TILE, FormMaker
from training.tool_requests import ToolRequests
from training.tools import Tool, ToolMaker

OPENINGS = (
    "I'd like to {verb} the {thing} now", "Time to {verb} some {thing}", "We have to {verb} the {thing} today",
    "Make {name} do its work",
    "Let {name} handle this", "Start {name} for me", "It would be nice if you could {verb} our {thing}",
    "Go ahead with {name}",
)  # fmt: skip
PAIRS = (
    "{name} must be {value}",
    "take {value} as {name}",
    "{name} should be {value}",
    "set {name} to {value}",
    "the {name}: {value}",
)
ASKS = ("What {} does it give?", "I only need the {}.", "Report the {} to me.")


class ToolCases:
    """Draws cases with tools whose names and parameters are made of words that training never uses.

    Args:
        forms: Draws pages.
        source: Where words come from.
    """

    def __init__(self, forms: FormMaker, source: TextSource) -> None:
        self._forms = forms
        self._rng = forms.rng
        self._maker = ToolMaker(forms.rng, source, held_out=True)
        self._requests = ToolRequests(self._maker)

    def calls(self, count: int) -> Iterator[Case]:
        """One to four tools; the message in the wordings of training, then in others."""
        for _ in range(count):
            tools = self._maker.tools(self._rng.randrange(1, 5))
            tool = self._rng.choice(tools)
            yield self._case("call, trained wording", tools, *self._requests.draw(tool))
            yield self._case("call, new wording", tools, *self._request(tool))

    def choices(self, count: int) -> Iterator[Case]:
        """Eight tools, about 1,000 to 2,000 tokens of schemas, alone and beside a page."""
        for number in range(count):
            tools = self._maker.tools(8)
            tool = self._rng.choice(tools)
            yield self._case("choice of 8", tools, *self._requests.draw(tool))
            text, call = self._requests.draw(tool)
            form = self._forms.draw(self._rng.sample(NEW_ENTRIES, 6), A4 if number % 3 == 2 else TILE)
            message = Message("user", (ImagePart(form.image), TextPart(text)))
            request = ask((message,), tools=_specs(tools))
            yield Case(
                task="choice of 8 beside a page", request=request, wanted=str(call), score=calls_are((call,))
            )

    def results(self, count: int) -> Iterator[Case]:
        """An answer that a tool's result holds: a plain one, and one of several values."""
        for number in range(count):
            tools = self._maker.tools(self._rng.randrange(1, 4))
            text, call = self._requests.draw(self._rng.choice(tools))
            if number % 2:
                value = self._maker.text()
                result = answer = value
            else:
                record = {self._maker.word(): self._maker.text() for _ in range(4)}
                wanted = self._rng.choice(list(record))
                text = f"{text} {self._rng.choice(ASKS).format(wanted)}"
                result, answer = json.dumps(record, ensure_ascii=False), record[wanted]
            turns = (user(text), assistant("", (call,)), tool_result(call, result))
            request = ask(turns, tools=_specs(tools))
            yield Case(task="answer from a result", request=request, wanted=answer, score=text_is(answer))

    def page_values(self, count: int) -> Iterator[Case]:
        """A call that takes a value from the page."""
        for _ in range(count):
            form = self._forms.draw(self._rng.sample(NEW_ENTRIES, 6), TILE)
            label, value = self._rng.choice(list(form.fields.items()))
            argument = self._maker.word()
            schema: dict[str, JSON] = {
                "type": "object",
                "properties": {argument: {"type": "string"}},
                "required": [argument],
            }
            spec = ToolSpec(f"store_{self._maker.word()}", f"Store the {argument}.", schema)
            call = ToolCall("1", spec.name, json.dumps({argument: value}))
            text = f"Call {spec.name} with the {label.lower()} from the page."
            message = Message("user", (ImagePart(form.image), TextPart(text)))
            yield Case(
                task="call with a value of the page",
                request=ask((message,), tools=(spec,)),
                wanted=str(call),
                score=calls_are((call,)),
            )

    def _case(self, task: str, tools: list[Tool], text: str, call: ToolCall) -> Case:
        request = ask((user(text),), tools=_specs(tools))
        return Case(task=task, request=request, wanted=f"{text} -> {call}", score=calls_are((call,)))

    def _request(self, tool: Tool) -> tuple[str, ToolCall]:
        """A message in words that training does not use, and the call."""
        given = [(item, item.draw()) for item in tool.parameters if item.required]
        opening = self._rng.choice(OPENINGS)
        start = opening.format(verb=tool.verb, thing=tool.thing, name=tool.spec.name)
        parts = [self._rng.choice(PAIRS).format(name=item.words, value=value.spoken) for item, value in given]
        arguments = ", ".join(f"{json.dumps(item.name)}: {value.written}" for item, value in given)
        text = f"{start}; {', '.join(parts)}." if parts else f"{start}."
        return text, ToolCall("1", tool.spec.name, f"{{{arguments}}}")


def _specs(tools: list[Tool]) -> list[ToolSpec]:
    return [tool.spec for tool in tools]
