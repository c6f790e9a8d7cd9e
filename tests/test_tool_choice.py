import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from jsonschema.validators import validator_for

from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import (
    JSON,
    ChoiceConstraint,
    JSONSchemaConstraint,
    Message,
    Reply,
    ReplyConstraint,
    Request,
    Sampling,
    TextPart,
    ToolChoice,
    ToolSpec,
)
from tests.drawn_schemas import draw_schemas
from tests.paged_script import open_script

ADD: dict[str, JSON] = {
    "type": "object",
    "properties": {"left": {"type": "integer", "minimum": 0, "maximum": 99}, "right": {"type": "integer"}},
    "required": ["left", "right"],
    "additionalProperties": False,
}
TOOLS = (ToolSpec("add", "Adds two numbers.", ADD), ToolSpec("today", "Says the date.", {"type": "object"}))
ANSWER = JSONSchemaConstraint(
    {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}
)


def assert_valid(value: JSON, schema: dict[str, JSON]) -> None:
    validator_for(schema)(schema).validate(value)


def ask(
    text: str,
    *,
    tools: tuple[ToolSpec, ...] = TOOLS,
    choice: ToolChoice | None = None,
    sampling: Sampling | None = None,
    reasoning: bool = False,
) -> Request:
    return Request(
        messages=(Message("user", (TextPart(text),)),),
        tools=tools,
        tool_choice=choice or ToolChoice(required=True),
        sampling=sampling or Sampling(max_tokens=200),
        reasoning=reasoning,
    )


def test_a_required_reply_is_a_call_that_satisfies_its_schema(engine: Engine) -> None:
    reply = engine.generate(ask("Please add 2 and 3.", choice=ToolChoice(required=True, parallel=False)))
    (call,) = reply.tool_calls
    assert (reply.finish_reason, reply.text, reply.invalid_tool_calls) == ("stop", "", ())
    assert call.name in ("add", "today")


def test_a_named_tool_is_called_once_whatever_was_asked(engine: Engine) -> None:
    reply = engine.generate(ask("What day is it today?", choice=ToolChoice(required=True, name="add")))
    (call,) = reply.tool_calls
    assert call.name == "add"
    assert_valid(json.loads(call.arguments), ADD)


def test_a_tool_without_parameters_is_called_with_none(engine: Engine) -> None:
    tool = ToolSpec("today", "Says the date.", {"type": "object", "properties": {}})
    reply = engine.generate(ask("What day is it?", tools=(tool,)))
    assert next((call.name, call.arguments) for call in reply.tool_calls) == ("today", "{}")


def test_a_required_call_may_be_thought_about_first(engine: Engine) -> None:
    request = ask("Please add 2 and 3.", choice=ToolChoice(required=True, name="add"), reasoning=True)
    reply = engine.generate(request)
    if reply.finish_reason == "stop":
        assert [call.name for call in reply.tool_calls] == ["add"]
        assert "</think>" not in reply.reasoning + reply.text
    else:
        assert reply.tool_calls == ()


def test_a_call_that_is_cut_by_its_length_is_never_half_a_call(engine: Engine) -> None:
    reply = engine.generate(ask("Please add 2 and 3.", sampling=Sampling(max_tokens=12)))
    assert (reply.finish_reason, reply.tool_calls) == ("length", ())
    assert [bool(call.reason) for call in reply.invalid_tool_calls] in ([], [True])


@pytest.mark.parametrize("text", ["Please add 2 and 3.", "Hello.", "What is the sum? It is 5."])
def test_tools_and_a_schema_give_a_call_or_the_answer(engine: Engine, text: str) -> None:
    sampling = Sampling(max_tokens=200, constraint=ANSWER)
    reply = engine.generate(ask(text, choice=ToolChoice(), sampling=sampling))
    assert reply.finish_reason == "stop"
    if reply.tool_calls:
        assert reply.text == ""
    else:
        assert isinstance(json.loads(reply.text)["sum"], int)


def test_a_constrained_answer_may_follow_thoughts(engine: Engine) -> None:
    sampling = Sampling(max_tokens=200, constraint=ChoiceConstraint(("yes", "no")))
    reply = engine.generate(
        ask("Is 2 above 1?", tools=(), choice=ToolChoice(), sampling=sampling, reasoning=True)
    )
    assert reply.finish_reason == "length" or reply.text in ("yes", "no")


def test_a_strict_call_that_the_model_chose_satisfies_its_schema(engine: Engine) -> None:
    request = ask("Please add 2 and 3.", choice=ToolChoice(strict=True))
    reply = engine.generate(request)
    assert reply.finish_reason == "stop"
    assert reply.tool_calls or reply.text
    for call in reply.tool_calls:
        assert_valid(json.loads(call.arguments), ADD if call.name == "add" else TOOLS[1].parameters)


def test_a_reply_that_may_hold_one_call_holds_no_second(engine: Engine) -> None:
    odd = ToolSpec("add", "Adds two numbers.", {**ADD, "not": {"required": ["sum"]}})
    request = ask("Please add 2 and 3. Then add 4 and 5.", tools=(odd,), choice=ToolChoice(parallel=False))
    reply = engine.generate(request)
    assert reply.finish_reason == "stop"
    assert len(reply.tool_calls) + len(reply.invalid_tool_calls) <= 1


@pytest.mark.parametrize(
    ("choice", "free"),
    [
        (ToolChoice(), None),
        (ToolChoice(strict=True), True),
        (ToolChoice(parallel=False), True),
        (ToolChoice(required=True, strict=True), False),
    ],
)
def test_a_free_choice_is_constrained_only_where_it_must_be(choice: ToolChoice, free: bool | None) -> None:
    backend = ScriptedBackend(["Hello."])
    with open_script(backend) as engine:
        engine.generate(ask("Hello.", choice=choice))
    constraint = backend.samplings[0].constraint
    assert (constraint.free_text if isinstance(constraint, ReplyConstraint) else None) == free


@pytest.mark.parametrize(
    "count", [30, pytest.param(200, marks=[pytest.mark.proof, pytest.mark.timeout(1200)])]
)
def test_every_forced_call_that_ends_satisfies_its_schema(engine: Engine, count: int) -> None:
    drawn = draw_schemas(count)

    def call(schema: dict[str, JSON]) -> Reply:
        tool = ToolSpec("record", "Keeps values.", schema)
        sampling = Sampling(max_tokens=300, temperature=1.0, repetition=None)
        return engine.generate(
            ask(
                "Record something.",
                tools=(tool,),
                sampling=sampling,
                choice=ToolChoice(required=True, name="record"),
            )
        )

    with ThreadPoolExecutor(16) as threads:
        replies = list(threads.map(call, drawn))
    ended = 0
    for schema, reply in zip(drawn, replies, strict=True):
        if reply.finish_reason == "length":
            assert reply.tool_calls == ()
            continue
        ended += 1
        (made,) = reply.tool_calls
        assert_valid(json.loads(made.arguments), schema)
    print(f"{ended} of {count} calls ended by themselves")
    assert ended > 0.9 * count


@pytest.mark.parametrize(
    ("tools", "name", "named"), [(TOOLS, "subtract", "'add', 'today'"), ((), "", "none"), ((), "add", "none")]
)
def test_a_tool_that_is_not_there_cannot_be_required(
    tools: tuple[ToolSpec, ...], name: str, named: str
) -> None:
    request = ask("Hello.", tools=tools, choice=ToolChoice(required=True, name=name))
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match=named):
        engine.generate(request)


@pytest.mark.parametrize(
    ("keyword", "schema"),
    [
        ("multipleOf", {"type": "integer", "multipleOf": 3}),
        ("uniqueItems", {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}),
        ("not", {"not": {"type": "string"}}),
        ("format", {"type": "string", "format": "iban"}),
        ("maxLength", {"type": "string", "pattern": "[ab]+", "maxLength": 4}),
        ("allOf", {"allOf": [{"type": "string"}, {"enum": ["a"]}]}),
    ],
)
def test_a_keyword_that_cannot_be_enforced_is_refused_by_name(keyword: str, schema: dict[str, JSON]) -> None:
    tool = ToolSpec("record", "", {"type": "object", "properties": {"value": schema}})
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match=repr(keyword)):
        engine.generate(ask("Hello.", tools=(tool,)))
