"""Conversations with tools: calls that are asked for, answers from results, and talk that needs no tool."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from nemotron_vl_integrations.messages import Message, ToolCall
from training.conversations import Conversation, Task, assistant, system, tool_result, user, write_calls
from training.page_tasks import with_thought
from training.phrases import expand
from training.prompts import draw_system
from training.small_talk import draw_small_talk
from training.tool_offers import CHARACTERS_PER_TOKEN, Offer, ToolOffers, spec_size
from training.tool_wordings import RESULT_ASKS
from training.tools import ToolMaker

SECOND_CALL_SHARE = 0.08
NO_TOOL_SHARE = 0.10
CALL_AT_LAST_SHARE = 0.6


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
        self.offers = ToolOffers(maker)

    def draw(self, room: int) -> Conversation:
        """Draw a conversation of about `room` tokens at most."""
        offers = self.offers.draw(room)
        specs = tuple(offer.spec for offer in offers)
        turns: list[Message] = list(system(draw_system(self._rng, 0.25)))
        left = room * CHARACTERS_PER_TOKEN - 500 - sum(spec_size(spec) for spec in specs)
        while True:
            wish = self.wish(offers)
            turns.append(user(wish.text))
            left -= len(wish.text) + 3 * sum(len(call.arguments) + 50 for call in wish.calls) + 100
            is_last = left < 400 or self._rng.random() < 0.12
            answer, task = self._play(turns, wish, is_last=is_last)
            if is_last:
                talk = Conversation(task=task, messages=tuple(turns), answer=answer, tools=specs)
                return with_thought(self._rng, talk, _thought(wish, task))

    def wish(self, offers: Sequence[Offer]) -> Wish:
        """Draw what the user asks for."""
        rng = self._rng
        if rng.random() < NO_TOOL_SHARE:
            text, answer = draw_small_talk(rng, self._maker.source)
            return Wish(text, (), (), answer)
        offer = rng.choice(offers)
        text, call = offer.ask()
        if offer.results:
            result = rng.choice(offer.results).format(rng.randrange(60))
            return Wish(text, (call,), (result,), result)
        if len(offers) > 1 and rng.random() < SECOND_CALL_SHARE:
            other, second = rng.choice([item for item in offers if item is not offer]).ask()
            joint = expand(rng, "[ And | Then | After that, | Also: ]")
            calls = (call, second)
            results = tuple(self._value_result() for _ in calls)
            return Wish(f"{text}{joint}{other}", calls, results, ", ".join(results))
        return self._with_result(text, call)

    def _with_result(self, text: str, call: ToolCall) -> Wish:
        """Choose what the tool returns and what is then to be said."""
        rng = self._rng
        kind = rng.random()
        if kind < 0.35:
            result = self._value_result()
            return Wish(text, (call,), (result,), result)
        if kind < 0.40:
            reason = self._maker.source.words(rng.randrange(2, 5))
            return Wish(text, (call,), (json.dumps({"error": reason}),), f"The tool failed: {reason}")
        count = rng.randrange(1, 7)
        record = {"_".join(self._maker.thing().split()): self._record_value() for _ in range(count)}
        result = json.dumps(record, ensure_ascii=False, indent=rng.choice((None, None, None, 1)))
        wanted = rng.choice(list(record))
        ask = rng.choice(RESULT_ASKS).format(wanted.replace("_", " ") if rng.random() < 0.7 else wanted)
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
        if is_last and self._rng.random() < CALL_AT_LAST_SHARE:
            return write_calls(wish.calls), "tools"
        turns.append(assistant("", wish.calls))
        turns.extend(tool_result(call, result) for call, result in zip(wish.calls, wish.results, strict=True))
        if not is_last:
            turns.append(assistant(wish.answer))
        return wish.answer, "result"


def _thought(wish: Wish, task: Task) -> str:
    match task:
        case "tools":
            return "I should call " + " and ".join(call.name for call in wish.calls) + "."
        case "result":
            return "The tool has answered."
        case _:
            return "This needs no tool."
