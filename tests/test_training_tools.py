"""Tools, requests and facts that training draws, and the wordings that are kept for evaluation."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from nemotron_vl_integrations.messages import JSON, ToolCall, ToolSpec
from training.facts import draw_fact, draw_thing
from training.natural_tools import ask_naturally, draw_natural_tool
from training.natural_words import DOMAINS, ROLES
from training.phrases import expand
from training.random_text import TextSource
from training.task_cases import text_cases, tool_cases
from training.task_cases.everyday_tools import EVERYDAY_TOOLS
from training.tool_clauses import CLAUSES, OPEN_CLAUSES
from training.tool_offers import ToolOffers, spec_size
from training.tool_requests import ToolRequests
from training.tool_wordings import BY_NAME, BY_NAME_INSIDE, BY_WORDS, PAIRS, RESULT_ASKS, WORDY_PAIRS
from training.tools import Parameter, Tool, ToolMaker, Value, is_held_out
from training.vocabulary import make_vocabulary
from training.word_lists import MONTHS

WORDS = (
    "apple bridge candle delta ember forest garden harbour island jungle kettle ladder meadow needle orange"
)
VOCABULARY = make_vocabulary(WORDS.split())


def make_maker(seed: int = 1) -> ToolMaker:
    rng = random.Random(seed)
    return ToolMaker(rng, TextSource(rng, VOCABULARY))


def arguments_of(call: ToolCall) -> dict[str, object]:
    return json.loads(call.arguments)


def draw_requests(count: int) -> Iterator[tuple[str, ToolCall]]:
    maker = make_maker()
    requests = ToolRequests(maker)
    for _ in range(count):
        yield requests.draw(maker.tools(1)[0])


def spoken_forms(value: object) -> set[str]:
    """How a message may give a value: as it is, a choice in capitals, a date with the name of its month."""
    text = str(value)
    forms = {text, text.upper(), text.capitalize()}
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
        year, month, day = found[1], MONTHS[int(found[2]) - 1], int(found[3])
        forms |= {f"{day} {month} {year}", f"{month} {day}, {year}"}
    return forms


def test_a_message_holds_every_value_that_the_call_is_to_copy() -> None:
    values = 0
    for text, call in draw_requests(1000):
        for value in arguments_of(call).values():
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                values += 1
                assert any(form in text for form in spoken_forms(value)), (text, call)
    assert values > 1000


def one_text_tool() -> Tool:
    schema: dict[str, JSON] = {"type": "string"}
    parameter = Parameter("zzz", "zzz", schema, True, lambda: Value("Oslo", '"Oslo"'), True)
    spec = ToolSpec(
        "do_it", "Does it.", {"type": "object", "properties": {"zzz": schema}, "required": ["zzz"]}
    )
    return Tool(spec, "fetch", "thing", (parameter,))


def test_messages_for_one_tool_hardly_repeat() -> None:
    requests, tool = ToolRequests(make_maker()), one_text_tool()

    texts = Counter(requests.draw(tool)[0] for _ in range(10_000))

    assert len(texts) > 8_000
    assert not [text for text in texts if re.search(r"[{}|\[\]]|  ", text)]


def test_a_value_that_begins_like_a_clause_stands_in_quotes() -> None:
    requests, tool = ToolRequests(make_maker()), one_text_tool()
    unclear = replace(tool.parameters[0], draw=lambda: Value("to be paid", '"to be paid"'))

    texts = [requests.draw(replace(tool, parameters=(unclear,)))[0] for _ in range(600)]

    assert sum(bool(re.search("[\"']to be paid[\"']", text)) for text in texts) > 0.8 * len(texts)


def test_no_message_of_training_is_built_like_one_of_the_evaluation() -> None:
    # the words that the evaluation's forms are made of, where training puts any word
    words = [
        "take",
        "must",
        "should",
        "set",
        "let",
        "handle",
        "this",
        "start",
        "make",
        "go",
        "ahead",
        "with",
        "do",
        "its",
        "work",
        "for",
        "me",
        "time",
        "some",
        "nice",
    ]
    rng = random.Random(8)
    requests = ToolRequests(ToolMaker(rng, TextSource(rng, make_vocabulary(words))))
    tool = one_text_tool()
    pairs = [re.escape(pair.format(name="zzz", value="Oslo")) for pair in tool_cases.PAIRS]
    openings = [opening.format(name="do_it", verb="fetch", thing="thing") for opening in tool_cases.OPENINGS]

    texts = {requests.draw(tool)[0] for _ in range(10_000)}

    assert not [text for text in texts if re.search(rf"[;,.] (?:{'|'.join(pairs)})[.,;]", text)]
    assert not [text for text in texts if re.split(r"[;,.:]", text)[0] in openings]


def test_requests_come_in_many_forms() -> None:
    texts = [text for text, _ in draw_requests(600)]
    openings = Counter(" ".join(text.split()[:2]).lower() for text in texts)

    assert len(openings) > 150
    assert not any(re.search(r"[{}|]|  ", text) for text in texts)


def test_wordings_of_the_evaluation_are_not_trained() -> None:
    rng = random.Random(4)
    openings = {expand(rng, form) for form in (BY_NAME, f"[{BY_NAME_INSIDE}]", BY_WORDS) for _ in range(3000)}

    assert len(openings) > 120
    assert not openings & set(tool_cases.OPENINGS)
    pairs = {
        expand(rng, form).replace("  ", " ").strip() for form in (*PAIRS, *WORDY_PAIRS) for _ in range(800)
    }
    assert len(pairs) > 300
    kept = {pair.format(name="{n}", value="{v}") for pair in tool_cases.PAIRS}
    clauses = {
        expand(rng, form).replace("  ", " ").strip()
        for form in (*CLAUSES, *OPEN_CLAUSES)
        for _ in range(4000)
    }
    assert len(clauses) > 25_000
    assert not kept & (pairs | clauses)
    assert not {ask.strip() for ask in RESULT_ASKS} & set(tool_cases.ASKS)


def test_tools_of_daily_life_are_asked_for_with_all_their_values() -> None:
    maker = make_maker()
    for _ in range(300):
        tool = draw_natural_tool(maker.rng)
        text, call = ask_naturally(maker, tool)
        properties = tool.spec.parameters["properties"]
        assert isinstance(properties, dict)
        assert list(properties) == list(arguments_of(call))
        assert all(str(value) in text for value in arguments_of(call).values()), (text, call)


def test_tools_of_daily_life_are_none_of_those_that_are_measured() -> None:
    rng = random.Random(3)
    drawn = {draw_natural_tool(rng).spec.name.replace("-", "_").lower() for _ in range(3000)}
    nouns = {word for domain in DOMAINS for subject in domain.subjects for word in subject.split()}

    assert not drawn & {tool.name for tool in EVERYDAY_TOOLS}
    assert not any(is_held_out(word) for word in nouns)
    assert all(role in ROLES for domain in DOMAINS for role in domain.roles)


def test_offered_tools_differ_in_name_and_fit_into_their_room() -> None:
    offers = ToolOffers(make_maker())
    counts: list[int] = []
    for _ in range(60):
        drawn = offers.draw(768)
        counts.append(len(drawn))
        assert len({offer.spec.name for offer in drawn}) == len(drawn)
        assert len(drawn) == 1 or sum(spec_size(offer.spec) for offer in drawn) < 768 * 1.75
    assert max(counts) > 2
    assert len(offers.draw(2600, 8)) > 5


def test_a_fact_is_stated_with_its_value_and_asked_for_by_its_thing() -> None:
    maker = make_maker()
    for _ in range(400):
        thing = draw_thing(maker.rng, maker.thing())
        fact = draw_fact(maker.rng, maker.source, thing)
        assert fact.value in fact.sentence
        assert thing in fact.sentence.lower()
        assert all(thing in question for question in fact.questions)


def test_facts_of_the_evaluation_are_not_trained() -> None:
    maker = make_maker()
    things = {draw_thing(maker.rng, maker.thing()) for _ in range(2000)}
    asked = {
        question.replace("library", "{t}")
        for _ in range(3000)
        for question in draw_fact(maker.rng, maker.source, "library").questions
    }

    assert not things & set(text_cases.THINGS)
    # the label of a thing is asked for in these words in training as well
    assert asked & {question for _, question, _ in text_cases.FACTS} == {"What is the code of the {t}?"}


def test_brackets_choose_from_the_outermost_inwards() -> None:
    rng = random.Random(2)

    drawn = Counter(expand(rng, "[a [b|c]|d]") for _ in range(3000))

    assert set(drawn) == {"a b", "a c", "d"}
    assert 0.45 < drawn["d"] / 3000 < 0.55
    assert expand(rng, "x|y] [z") == "x|y] z"
