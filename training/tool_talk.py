"""Conversations with tools: calls that are asked for, answers from results, and talk that needs no tool."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

from nemotron_vl_integrations.messages import Message, ToolCall
from training.conversations import Conversation, Task, assistant, system, tool_result, user, write_calls
from training.page_tasks import with_thought
from training.phrases import expand
from training.prompts import draw_system
from training.small_talk import draw_small_talk
from training.tool_offers import CHARACTERS_PER_TOKEN, LONG_ROOM, Offer, ToolOffers, spec_size
from training.tool_wordings import RESULT_ASKS
from training.tool_words import COUNT_NAMES, DATE_NAMES, TEXT_NAMES
from training.tools import ToolMaker

SECOND_CALL_SHARE = 0.08
NO_TOOL_SHARE = 0.10
CALL_AT_LAST_SHARE = 0.55
FURTHER_SHARE = 0.6
END_SHARE = 0.04
NAMED_THOUGHT_SHARE = 0.35
LONG_RATE = 1.35
"""Of the wishes that end a conversation before it is full."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asks for: the words, the calls that fulfil it, and what the tools give back.

    Attributes:
        text: The message.
        calls: The calls to make, none where the answer is plain.
        results: What each call returns.
        answer: What the assistant says in the end.
        further: Questions about the results that follow, and their answers.
    """

    text: str
    calls: tuple[ToolCall, ...]
    results: tuple[str, ...]
    answer: str
    further: tuple[tuple[str, str], ...] = ()


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
        # long conversations vary less in length
        rate = CHARACTERS_PER_TOKEN * (LONG_RATE if room > LONG_ROOM else 1.0)
        left = room * rate - 500 - sum(spec_size(spec) for spec in specs)
        while True:
            wish = self.wish(offers)
            turns.append(user(wish.text))
            left -= len(wish.text) + 3 * sum(len(call.arguments) + 50 for call in wish.calls) + 100
            left -= sum(len(result) for result in wish.results)
            left -= sum(len(question) + len(answer) + 60 for question, answer in wish.further)
            is_last = left < 400 or self._rng.random() < END_SHARE
            answer, task = self._play(turns, wish, is_last=is_last)
            if is_last:
                talk = Conversation(task=task, messages=tuple(turns), answer=answer, tools=specs)
                return with_thought(self._rng, talk, _thought(self._rng, wish, task))

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
        if kind < 0.18:
            result = self._value_result()
            return Wish(text, (call,), (result,), result)
        if kind < 0.22:
            reason = self._maker.source.words(rng.randrange(2, 5))
            return Wish(text, (call,), (json.dumps({"error": reason}),), f"The tool failed: {reason}")
        record = self._record()
        result = json.dumps(record, ensure_ascii=False, indent=rng.choice((None, None, None, 1)))
        if rng.random() < 0.15:
            result = rng.choice(("\n", "; ", " | ")).join(f"{key}: {value}" for key, value in record.items())
        wanted, *others = rng.sample(list(record), len(record))
        ask = self._ask_for(wanted)
        if not others and rng.random() < 0.5:
            ask = ""
        # many questions about one record: each of them is a key to find, and nothing is asked twice
        further = others[: rng.randrange(len(record))] if rng.random() < FURTHER_SHARE else []
        asked = tuple((self._ask_for(key).strip(), str(record[key])) for key in further)
        return Wish(text + ask, (call,), (result,), str(record[wanted]), asked)

    def _ask_for(self, key: str) -> str:
        rng = self._rng
        return rng.choice(RESULT_ASKS).format(key.replace("_", " ") if rng.random() < 0.7 else key)

    def _record(self) -> dict[str, str | int]:
        """What a tool found: one to seven values under keys of one word or several."""
        rng = self._rng
        single, textual = rng.random() < 0.45, rng.random() < 0.4
        record: dict[str, str | int] = {}
        for _ in range(rng.choice((1, 2, 3, 4, 4, 5, 6, 7))):
            words = [self._maker.word()] if single else self._maker.thing().split()
            known = rng.choice((TEXT_NAMES, COUNT_NAMES, DATE_NAMES)) if rng.random() < 0.25 else ()
            key = rng.choice(known) if known else "_".join(words)
            record[key] = self._maker.text() if textual else self._record_value()
        return record

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
        answer = wish.answer
        for question, following in wish.further:
            turns += [assistant(answer), user(question)]
            answer = following
        if not is_last:
            turns.append(assistant(answer))
        return answer, "result"


def draw_tool_thought(rng: random.Random, names: Sequence[str]) -> str:
    """A thought before a call; only some name the tools, for a name that is written twice goes wrong twice."""
    if rng.random() < NAMED_THOUGHT_SHARE:
        return f"I should call {' and '.join(names)}."
    return expand(
        rng,
        "[[I should|I will|I have to|It is best to|I can|I need to] [use|call|ask] [a tool|one of the tools|the tool|"
        "the right "
        "tool][ for this|].|[This is|That is] [a job|a case|a task|work] for a tool.|A tool [does|can do|fits|"
        "answers] this.]",
    )


def _thought(rng: random.Random, wish: Wish, task: Task) -> str:
    match task:
        case "tools":
            return draw_tool_thought(rng, [call.name for call in wish.calls])
        case "result":
            return "The tool has answered."
        case _:
            return "This needs no tool."
