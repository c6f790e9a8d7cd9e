"""Cases of text alone: passages, small talk, thoughts, and prompts that frameworks test models with."""

import random
from collections.abc import Iterator
from dataclasses import replace

from nemotron_vl_integrations.messages import JSON, Reply, Request, ToolCall, ToolSpec
from training.conversations import assistant, tool_result, user
from training.random_text import TextSource
from training.small_talk import ABLE, UNKNOWN, WHO
from training.task_cases.cases import Case, Score, ask, calls_are, has_keys, text_is, thinks_first
from training.text_tasks import TextTalk
from training.tools import ToolMaker

FACTS = (
    ("The {t} was built by {v} after the fire.", "Who built the {t}?", ("Marta Olsen", "Hugo Brandt",
    "Lena Voss")),
    ("Entry to the {t} costs {v} for adults.", "How much does entry to the {t} cost?", ("$14.50", "$9.00",
    "$22.75")),
    ("The {t} opens on {v}.", "When does the {t} open?", ("2027-04-12", "3 May 2026", "2025-11-30")),
    ("The code of the {t} is {v}.", "What is the code of the {t}?", ("KX-4471", "PL-902", "ZT-118")),
    ("You can reach the {t} at {v}.", "How can I reach the {t}?", ("+41 555 0142", "+44 555 7719",
    "+39 555 0031")),
)  # fmt: skip
THINGS = (
    "lighthouse",
    "paper mill",
    "tram depot",
    "glass house",
    "observatory",
    "fish market",
    "clock tower",
)
_TALK = (
    ("Who are you?", WHO),
    ("What can you do?", ABLE),
    ("Write a poem about rain.", UNKNOWN),
    ("who are you", WHO),
)


def passage_cases(rng: random.Random, source: TextSource, count: int) -> Iterator[Case]:
    """Questions that one of three passages answers: made as in training, and in plain sentences."""
    talk = TextTalk(ToolMaker(rng, source, held_out=True))
    while count:
        drawn = talk.passages(768)
        if drawn.reasoning or len(drawn.messages) > 2:
            continue
        count -= 1
        request = ask(drawn.messages)
        yield Case(
            task="passages, as trained", request=request, wanted=drawn.answer, score=text_is(drawn.answer)
        )
        text, value, page = _plain_passages(rng)
        yield Case(
            task="passages, plain prose",
            request=ask((user(text),)),
            wanted=f"{value} (page {page})",
            score=_names(value, page),
        )


def _plain_passages(rng: random.Random) -> tuple[str, str, int]:
    things, facts = rng.sample(THINGS, 3), [rng.choice(FACTS) for _ in range(3)]
    pages = sorted(rng.sample(range(2, 90), 3))
    values = [rng.choice(values) for _, _, values in facts]
    written = [
        f"Page {page}:\n{fact[0].format(t=thing, v=value)}"
        for page, thing, fact, value in zip(pages, things, facts, values, strict=True)
    ]
    place = rng.randrange(3)
    question = facts[place][1].format(t=things[place])
    return f"{chr(10).join(written)}\n\nQuestion: {question}", values[place], pages[place]


def _names(value: str, page: int) -> Score:
    return lambda reply: float(value in reply.text and f"page {page}" in reply.text.lower())


def talk_cases() -> Iterator[Case]:
    """What the checkpoint says about itself."""
    for text, answer in _TALK:
        yield Case(task="small talk", request=ask((user(text),)), wanted=answer, score=text_is(answer))


def thinking_cases(cases: list[Case]) -> Iterator[Case]:
    """The same requests with reasoning on: is there a thought that ends, and then the answer?"""
    for case in cases:
        if case.request.sampling.constraint is None:
            request = replace(case.request, reasoning=True)
            yield Case(task="thought well formed", request=request, wanted="a thought", score=thinks_first)
            yield Case(task="answer after a thought", request=request, wanted=case.wanted, score=case.score)


def suite_cases() -> Iterator[Case]:
    """The prompts of seven framework tests that a model must answer by itself."""
    bounds: dict[str, JSON] = {"exclusiveMaximum": 1000, "exclusiveMinimum": -1000, "type": "integer"}
    magic = _tool("magic_function", "Apply a magic function to an input.", {"input": bounds})
    call = ToolCall("1", "magic_function", '{"input": 3}')
    question = user("What is the value of magic_function(3)? Use the tool.")
    yield _suite("magic function", ask((question,), tools=(magic,)), calls_are((call,)))
    weather = _tool("get_weather", "Get the weather at a location.", {"location": {"type": "string"}})
    question = user("What is the weather in San Francisco, CA?")
    call = ToolCall("1", "get_weather", '{"location": "San Francisco, CA"}')
    yield _suite("weather: call", ask((question,), tools=(weather,)), _calls_once)
    turns = (question, assistant("", (call,)), tool_result(call, "It's sunny."))
    yield _suite("weather: answer", ask(turns, tools=(weather,)), _answers)
    yield from _unicode_cases()
    wish = "Tell me a joke about cats. Return the result as a JSON with 'setup' and 'punchline' keys. "
    request = ask((user(wish + "Return nothing other than JSON."),))
    yield _suite("JSON by its keys", request, has_keys(("setup", "punchline")))


def _unicode_cases() -> Iterator[Case]:
    kinds: dict[str, JSON] = {"customer_name": {"type": "string"}, "description": {"type": "string"}}
    tool = _tool("unicode_customer", "Tool for creating a customer with Unicode name.", kinds)
    for name, rest in (
        ("你好啊集团", "(Hello Group) - a Chinese technology company"),
        ("こんにちは株式会社", "(Hello Corporation) - a Japanese tech company"),
    ):
        request = ask((user(f"Create a customer named '{name}' {rest}"),), tools=(tool,))
        yield _suite("name in another script", request, _copies(name))


def _tool(name: str, description: str, properties: dict[str, JSON]) -> ToolSpec:
    required: list[JSON] = list(properties)
    return ToolSpec(name, description, {"properties": properties, "required": required, "type": "object"})


def _suite(wanted: str, request: Request, score: Score) -> Case:
    return Case(task="framework prompts", request=request, wanted=wanted, score=score)


def _calls_once(reply: Reply) -> float:
    return float(len(reply.tool_calls) == 1)


def _answers(reply: Reply) -> float:
    return float(bool(reply.text) and not reply.tool_calls)


def _copies(name: str) -> Score:
    return lambda reply: float(bool(reply.tool_calls) and f'"{name}"' in reply.tool_calls[0].arguments)
