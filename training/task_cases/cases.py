"""A request with what its reply should be, and how near a reply comes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from nemotron_vl_integrations.messages import (
    JSON,
    Constraint,
    Message,
    Reply,
    Request,
    Sampling,
    ToolCall,
    ToolSpec,
)

MAX_TOKENS = 160

Score = Callable[[Reply], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request of a task.

    Attributes:
        task: The row of the table that it counts for.
        request: What the engine is asked.
        wanted: What it should say, for people to read.
        score: How much of that a reply is, 0 to 1.
    """

    task: str
    request: Request
    wanted: str
    score: Score


def ask(
    messages: Sequence[Message],
    *,
    tools: Sequence[ToolSpec] = (),
    reasoning: bool = False,
    constraint: Constraint | None = None,
    max_tokens: int = MAX_TOKENS,
) -> Request:
    """A greedy request."""
    sampling = Sampling(max_tokens=max_tokens, constraint=constraint)
    return Request(
        messages=tuple(messages), tools=tuple(tools), reasoning=reasoning, sampling=sampling, max_images=4
    )


def text_is(wanted: str) -> Score:
    """The reply is this text, but for white space at its ends."""
    return lambda reply: float(reply.text.strip() == wanted.strip() and not reply.tool_calls)


def calls_are(wanted: Sequence[ToolCall]) -> Score:
    """The reply is these calls, in this order, with equal arguments, and nothing else."""

    def score(reply: Reply) -> float:
        made = [(call.name, _read(call.arguments)) for call in reply.tool_calls]
        meant = [(call.name, _read(call.arguments)) for call in wanted]
        return float(made == meant and not reply.invalid_tool_calls)

    return score


def fields_are(wanted: Mapping[str, JSON]) -> Score:
    """The share of the fields of a JSON object that are right."""

    def score(reply: Reply) -> float:
        found = _read(reply.text)
        if not isinstance(found, dict):
            return 0.0
        return sum(name in found and found[name] == value for name, value in wanted.items()) / len(wanted)

    return score


def has_keys(keys: Sequence[str]) -> Score:
    """The reply is a JSON object with exactly these keys."""

    def score(reply: Reply) -> float:
        found = _read(reply.text)
        return float(isinstance(found, dict) and sorted(found) == sorted(keys))

    return score


def thinks_first(reply: Reply) -> float:
    """The reply has a thought that ends, and then an answer or a call."""
    answered = bool(reply.text.strip() or reply.tool_calls)
    tagged = "think>" in reply.text or "think>" in reply.reasoning
    return float(bool(reply.reasoning) and answered and not tagged and reply.finish_reason == "stop")


def _read(text: str) -> JSON:
    try:
        return cast("JSON", json.loads(text))
    except ValueError:
        return None
