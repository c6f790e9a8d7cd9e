import json
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nemotron_vl_integrations.messages import JSON, Delta, ToolCallDelta, ToolSpec
from nemotron_vl_integrations.reply_parsing.parser import (
    DeltaCollector,
    ParsedReply,
    ReplyParser,
    parse_reply,
)

ZOOM = ToolSpec(
    "zoom",
    "Looks closer.",
    {
        "type": "object",
        "properties": {
            "page": {"type": "integer"},
            "box": {"$ref": "#/$defs/box"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "unit": {"enum": ["px", "cm"]},
            "scale": {"enum": [1, 2]},
        },
        "required": ["page"],
        "additionalProperties": False,
        "$defs": {"box": {"type": "array", "items": {"type": "number"}}},
    },
)
CLOCK = ToolSpec("clock", "Tells the time.", {"type": "object", "properties": {}})
TOOLS = (ZOOM, CLOCK)
ONE = '{"name": "zoom", "arguments": {"page": 3}}'
Call = tuple[str, str]


def parse(text: str, *, reasoning: bool = False, tools: tuple[ToolSpec, ...] = TOOLS) -> ParsedReply:
    return parse_reply(text, reasoning=reasoning, tools=tools)


def without_ids(reply: ParsedReply) -> ParsedReply:
    return replace(
        reply,
        tool_calls=tuple(replace(call, id="") for call in reply.tool_calls),
        invalid_tool_calls=tuple(replace(call, id="") for call in reply.invalid_tool_calls),
    )


def parse_pieces(pieces: list[str], *, reasoning: bool, tools: tuple[ToolSpec, ...] = TOOLS) -> ParsedReply:
    parser = ReplyParser(reasoning=reasoning, tools=tools)
    return collect([*map(parser.feed, pieces), parser.finish()])


def collect(deltas: list[Delta]) -> ParsedReply:
    collector = DeltaCollector()
    for delta in deltas:
        collector.add(delta)
    return collector.parsed()


@dataclass(frozen=True, kw_only=True)
class WellFormed:
    written: str
    answer: str = ""
    thought: str = ""
    calls: tuple[Call, ...] = (("zoom", '{"page": 3}'),)
    reasoning: bool = False


@dataclass(frozen=True, kw_only=True)
class Refused:
    inside: str
    reason: str
    handed_on: str
    name: str = "zoom"


def block(inside: str) -> str:
    return f"<TOOLCALL>{inside}</TOOLCALL>"


def zoom(arguments: str) -> str:
    return f'{{"name": "zoom", "arguments": {arguments}}}'


QUOTED_TAG = '{"page": 3, "note": "</TOOLCALL> \\"]}"}'
REFERENCES = '{"page": 3.0, "box": [1, 2.5], "note": null, "unit": "cm"}'
TWO = (("zoom", '{"page": 3}'), ("zoom", '{"page": 3}'))

WELL_FORMED = {
    "answer": WellFormed(written="Total: 12 EUR", answer="Total: 12 EUR", calls=()),
    "line breaks at both ends": WellFormed(written="\n\nA\n\nB\n", answer="A\n\nB", calls=()),
    "end of turn": WellFormed(written="Done.\n<SPECIAL_12>", answer="Done.", calls=()),
    "think": WellFormed(
        written="Hm.\n</think>\n\nYes", reasoning=True, answer="Yes", thought="Hm.", calls=()
    ),
    "think opened again": WellFormed(
        written="<think>\nHm.</think>Yes", reasoning=True, answer="Yes", thought="Hm.", calls=()
    ),
    "think close cut short": WellFormed(
        written="Hm.\n</think\nYes", reasoning=True, answer="Yes", thought="Hm.", calls=()
    ),
    "think never closed": WellFormed(
        written="Hm. </thinking> <b>", reasoning=True, thought="Hm. </thinking> <b>", calls=()
    ),
    "think opened in the middle": WellFormed(
        written="A <think> b</think>C", reasoning=True, answer="C", thought="A <think> b", calls=()
    ),
    "tags as words in thought": WellFormed(
        written="put <TOOLCALL> now</think>A",
        reasoning=True,
        answer="A",
        thought="put <TOOLCALL> now",
        calls=(),
    ),
    "call without closing the thought": WellFormed(
        written="Hm.\n" + block(f"[{ONE}]"), reasoning=True, thought="Hm."
    ),
    "one call": WellFormed(written=block(f"[{ONE}]")),
    "two calls": WellFormed(
        written=block(f'[{ONE}, {{"name": "clock", "arguments": {{}}}}]'),
        calls=(("zoom", '{"page": 3}'), ("clock", "{}")),
    ),
    "text before and after": WellFormed(
        written="Look.\n\n" + block(f"[{ONE}]") + "\nSo.", answer="Look.\n\n\nSo."
    ),
    "two blocks": WellFormed(written=block(f"[{ONE}]") + "\n" + block(f"[{ONE}]"), calls=TWO),
    "no end of the first block": WellFormed(written=f"<TOOLCALL>[{ONE}]<TOOLCALL>[{ONE}]", calls=TWO),
    "white space": WellFormed(
        written=block('\n[\n {\n "name" : "zoom" ,\n "arguments" : {"page": 3}\n }\n]\n') + "\n"
    ),
    "single object": WellFormed(written=block(ONE)),
    "single object, then text": WellFormed(written=f"<TOOLCALL>{ONE}\nSo.", answer="So."),
    "no opening bracket": WellFormed(written=block(f"{ONE}, {ONE}]"), calls=TWO),
    "no closing bracket": WellFormed(written=block(f"[{ONE}")),
    "no last brace": WellFormed(written=block(f"[{ONE[:-1]}]")),
    "no brace between calls": WellFormed(written=block(f"[{ONE[:-1]}, {ONE}]"), calls=TWO),
    "a brace too many": WellFormed(written=block(f"[{ONE}}}]")),
    "doubled braces": WellFormed(written=block(f"[{{{ONE}}}]")),
    "stray quote": WellFormed(written=block(f'[{ONE}"]')),
    "no end tag": WellFormed(written=f"<TOOLCALL>[{ONE}]"),
    "no end tag, end of turn": WellFormed(written=f"<TOOLCALL>[{ONE}]\n<SPECIAL_12>"),
    "no end tag, then text": WellFormed(written=f"<TOOLCALL>[{ONE}]\n[1] So.", answer="[1] So."),
    "arguments as a string": WellFormed(written=block("[" + zoom(json.dumps('{"page": 3}')) + "]")),
    "arguments before name": WellFormed(written=block('[{"arguments": {"page": 3}, "name": "zoom"}]')),
    "parameters": WellFormed(written=block('[{"name": "zoom", "parameters": {"page": 3}}]')),
    "other keys": WellFormed(
        written=block('[{"id": 7, "name": "zoom", "x": [null], "arguments": {"page": 3}}]')
    ),
    "no arguments, none required": WellFormed(written=block('[{"name": "clock"}]'), calls=(("clock", "{}"),)),
    "end tag in a string": WellFormed(
        written=block(f"[{zoom(QUOTED_TAG)}]") + ".", answer=".", calls=(("zoom", QUOTED_TAG),)
    ),
    "schema with references": WellFormed(
        written=block(f"[{zoom(REFERENCES)}]"), calls=(("zoom", REFERENCES),)
    ),
    "empty list": WellFormed(written="A<TOOLCALL>[]</TOOLCALL>", answer="A", calls=()),
}


@pytest.mark.parametrize("name", WELL_FORMED)
def test_a_reply_is_taken_apart_and_no_call_is_refused(name: str) -> None:
    case = WELL_FORMED[name]
    reply = parse(case.written, reasoning=case.reasoning)
    assert (reply.text, reply.reasoning) == (case.answer, case.thought)
    assert tuple((call.name, call.arguments) for call in reply.tool_calls) == case.calls
    assert reply.invalid_tool_calls == ()


def refused_arguments(arguments: str, reason: str) -> Refused:
    return Refused(inside=f"[{zoom(arguments)}]", reason=reason, handed_on=arguments)


DEEP = '{"a":' * 65
TWICE = '{"name": "zoom", "arguments": {"page": 3}, "parameters": {}}'
REFUSED = {
    "unknown tool": Refused(
        inside='[{"name": "zom", "arguments": {}}]',
        reason="there is no tool 'zom'; the tools are: zoom, clock",
        name="zom",
        handed_on="{}",
    ),
    "no name": Refused(inside='[{"arguments": {}}]', reason="no name", name="", handed_on="{}"),
    "name is a number": Refused(
        inside='[{"name": 3}]', reason="not one string", name="", handed_on='{"name": 3}'
    ),
    "no arguments": Refused(
        inside='[{"name": "zoom"}]', reason="`page` is missing", handed_on='{"name": "zoom"}'
    ),
    "required missing": refused_arguments("{}", "`page` is missing"),
    "wrong type": refused_arguments('{"page": "3"}', "`page` is a string and not an integer"),
    "truth is no integer": refused_arguments('{"page": true}', "`page` is a boolean"),
    "wrong item": refused_arguments('{"page": 3, "box": [1, "a"]}', "`box[1]` is a string"),
    "none of several": refused_arguments('{"page": 3, "note": 1}', "`note` is a number"),
    "not listed": refused_arguments('{"page": 3, "unit": "m"}', '`unit` is "m" and not one of'),
    "truth is not one": refused_arguments(
        '{"page": 3, "scale": true}', "`scale` is true and not one of [1, 2]"
    ),
    "unknown argument": refused_arguments('{"page": 3, "at": 1}', "no argument `at`"),
    "a list": refused_arguments("[3]", "a JSON array and not an object"),
    "null": refused_arguments("null", "a JSON null and not an object"),
    "not JSON": refused_arguments('{"page": 3,}', "not valid JSON"),
    "not a number": refused_arguments('{"page": NaN}', "NaN is no JSON value"),
    "string is not JSON": refused_arguments('"page 3"', "not valid JSON"),
    "arguments twice": Refused(inside=f"[{TWICE}]", reason="arguments twice", handed_on=TWICE),
    "crossed brackets": Refused(
        inside="[" + zoom('{"page": [3}]') + "]",
        reason="closes nothing",
        handed_on=zoom('{"page": [3}]') + "]",
    ),
    "no colon": Refused(
        inside='[{"name" "zoom"}]', reason="colon is missing", name="", handed_on='{"name" "zoom"}]'
    ),
    "no value": Refused(
        inside='[{"name": , "x": 1}]',
        reason="value of the key 'name' is missing",
        name="",
        handed_on='{"name": , "x": 1}]',
    ),
    "words instead of a call": Refused(
        inside="[zoom in]", reason="stands where a call should", name="", handed_on="[zoom in]"
    ),
    "nothing": Refused(inside="", reason="holds no call", name="", handed_on=""),
    "cut in the arguments": Refused(
        inside='[{"name": "zoom", "arguments": {"page": 3',
        reason="before it is complete",
        handed_on='{"name": "zoom", "arguments": {"page": 3',
    ),
    "cut before the arguments": Refused(
        inside='[{"name": "clock"', reason="before its arguments", name="clock", handed_on='{"name": "clock"'
    ),
    "too deep": Refused(
        inside=f'[{{"name": "zoom", "arguments": {DEEP}',
        reason="deeper than 64",
        handed_on=f'{{"name": "zoom", "arguments": {DEEP}',
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_call_that_cannot_be_carried_out_is_handed_on_with_the_reason(name: str) -> None:
    case = REFUSED[name]
    reply = parse("A" + block(case.inside))
    assert reply.tool_calls == ()
    (call,) = reply.invalid_tool_calls
    assert case.reason in call.reason
    assert (call.name, call.arguments) == (case.name, case.handed_on)
    assert reply.text == "A"


EVERY_REPLY = [(case.written, case.reasoning) for case in WELL_FORMED.values()]
EVERY_REPLY.extend(("A" + block(case.inside) + " B", False) for case in REFUSED.values())


@pytest.mark.parametrize(("text", "reasoning"), EVERY_REPLY)
def test_every_cut_gives_the_result_of_the_whole(text: str, reasoning: bool) -> None:
    whole = without_ids(parse(text, reasoning=reasoning))
    for cut in range(len(text) + 1):
        assert without_ids(parse_pieces([text[:cut], text[cut:]], reasoning=reasoning)) == whole
    assert without_ids(parse_pieces(list(text), reasoning=reasoning)) == whole


def test_one_bad_call_leaves_the_others_of_its_list() -> None:
    reply = parse(f'<TOOLCALL>[{{"name": "zom", "arguments": {{}}}}, {ONE}, {{"name": "zoom"}}]</TOOLCALL>')
    assert [call.name for call in reply.tool_calls] == ["zoom"]
    assert [call.name for call in reply.invalid_tool_calls] == ["zom", "zoom"]


def test_a_schema_that_refers_to_itself_without_end_ends() -> None:
    again: dict[str, JSON] = {"$ref": "#/$defs/again"}
    loop: dict[str, JSON] = {"$ref": "#/$defs/again", "$defs": {"again": {"anyOf": [again, again]}}}
    reply = parse(block(f"[{ONE}]"), tools=(ToolSpec("zoom", "", loop),))
    assert "nested too deep" in reply.invalid_tool_calls[0].reason


def test_an_open_string_does_not_swallow_the_text_behind_the_end_tag() -> None:
    reply = parse('<TOOLCALL>[{"name": "zoom", "arguments": {"note": "a}}]</TOOLCALL>\nThe rest.<SPECIAL_12>')
    assert reply.text == "The rest."
    assert reply.invalid_tool_calls[0].arguments == '{"name": "zoom", "arguments": {"note": "a}}]'


def test_without_tools_a_tool_call_is_plain_text() -> None:
    text = f"<TOOLCALL>[{ONE}]</TOOLCALL>"
    assert parse(text, tools=()).text == text


def test_without_reasoning_think_tags_are_plain_text() -> None:
    assert parse("a <think>b</think> c").text == "a <think>b</think> c"


def test_the_name_comes_when_its_string_closes_and_arguments_come_raw() -> None:
    parser = ReplyParser(reasoning=False, tools=TOOLS)
    assert parser.feed('<TOOLCALL>[{"name": "zoom') == Delta()
    (named,) = parser.feed('"').tool_calls
    assert (named.index, named.name, len(named.id)) == (0, "zoom", 9)
    assert parser.feed(', "arguments": {"pa').tool_calls == (ToolCallDelta(0, arguments='{"pa'),)
    assert parser.feed('ge":  3}}').tool_calls == (ToolCallDelta(0, arguments='ge":  3}'),)


def test_text_that_may_become_a_tag_is_held_back_no_longer_than_needed() -> None:
    parser = ReplyParser(reasoning=False, tools=TOOLS)
    assert parser.feed("a <TOOL").text == "a "
    assert parser.feed("S> b").text == "<TOOLS> b"
    assert parser.feed(" <").text == " "
    assert parser.finish().text == "<"


def test_a_streamed_call_that_fails_is_withdrawn_by_its_id() -> None:
    parser = ReplyParser(reasoning=False, tools=TOOLS)
    streamed = parser.feed('<TOOLCALL>[{"name": "zoom", "arguments": {"page": "x"')
    ended = parser.feed("}}]</TOOLCALL>")
    assert streamed.tool_calls[0].id == ended.invalid_tool_calls[0].id
    assert collect([streamed, ended]).tool_calls == ()


def test_call_ids_are_unique_and_nine_letters_or_digits() -> None:
    calls = [call for _ in range(50) for call in parse(f"<TOOLCALL>[{ONE},{ONE}]</TOOLCALL>").tool_calls]
    assert len({call.id for call in calls}) == 100
    assert all(re.fullmatch("[A-Za-z0-9]{9}", call.id) for call in calls)


def test_calls_past_the_limit_are_refused_and_later_blocks_are_text() -> None:
    reply = parse(f"<TOOLCALL>[{', '.join([ONE] * 70)}]</TOOLCALL><TOOLCALL>[{ONE}]</TOOLCALL>")
    assert len(reply.tool_calls) == 64
    assert [call.reason for call in reply.invalid_tool_calls] == ["a reply holds at most 64 calls"]
    assert reply.text == f"<TOOLCALL>[{ONE}]</TOOLCALL>"


TAGS = ["<TOOLCALL>", "</TOOLCALL>", "</think>", "<think>", "<SPECIAL_12>"]
CALLS = [ONE, ONE[:-1], ONE[:20], '{"name"', ': "zoom"', ', "arguments": ', '{"page": 3}', '"{}"']
MARKS = ["[", "]", "{", "}", '"', "\\", ",", " ", "\n", "<", "/", "text", "é"]
FRAGMENTS = st.sampled_from(TAGS + CALLS + MARKS)
REPLIES = st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=14).map("".join))


@given(REPLIES, st.booleans(), st.lists(st.integers(0, 200), max_size=4))
def test_any_text_in_any_pieces_gives_the_result_of_the_whole(
    text: str, reasoning: bool, cuts: list[int]
) -> None:
    whole = parse(text, reasoning=reasoning)
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(bounds)]
    assert without_ids(parse_pieces(pieces, reasoning=reasoning)) == without_ids(whole)
    assert without_ids(parse_pieces(list(text), reasoning=reasoning)) == without_ids(whole)
    assert all(isinstance(json.loads(call.arguments), dict) for call in whole.tool_calls)


@given(REPLIES, st.booleans())
def test_nothing_that_the_model_wrote_is_lost(text: str, reasoning: bool) -> None:
    reply = parse(text, reasoning=reasoning)
    invalid = "".join(call.name + call.arguments for call in reply.invalid_tool_calls)
    valid = "".join(call.name + call.arguments for call in reply.tool_calls)
    kept = reply.text + reply.reasoning + invalid + valid
    for word in ("text", "é"):
        assert kept.count(word) >= text.count(word)


@given(st.text(st.characters(exclude_characters="<"), max_size=60))
@settings(max_examples=50)
def test_plain_text_comes_through_but_for_line_breaks_at_its_ends(text: str) -> None:
    assert parse(text).text == text.strip("\r\n")
    assert parse(text, reasoning=True).reasoning == text.strip("\r\n")


def test_long_hostile_replies_do_not_stall_the_parser() -> None:
    text = '<TOOLCALL>[{"name": "zoom", "arguments": {"note": "' * 3_000 + "<" * 50_000
    text += "<TOOLCALL>" + " " * 50_000
    pieces = [text[start : start + 7] for start in range(0, len(text), 7)]
    started = process_time()
    assert parse_pieces(pieces, reasoning=True).invalid_tool_calls
    assert process_time() - started < 10
