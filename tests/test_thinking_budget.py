from dataclasses import replace

import pytest

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import RequestTimeoutError
from nemotron_vl_integrations.messages import (
    ChoiceConstraint,
    Message,
    ReplyConstraint,
    Request,
    Sampling,
    TextPart,
    ToolChoice,
    ToolSpec,
)
from tests.paged_script import open_script

THINK = Request(
    messages=(Message("user", (TextPart("What is 2 and 2?"),)),), reasoning=True, thinking_budget=8
)
LOOK = ToolSpec("look", "Looks.", {"type": "object", "properties": {}})


def test_thoughts_that_end_in_time_are_left_alone() -> None:
    backend = ScriptedBackend([ScriptedReply(pieces=("Easy", ".", "</think>", "Four", "."))])
    with open_script(backend) as engine:
        reply = engine.generate(THINK)
    assert (reply.reasoning, reply.text, len(backend.prompts)) == ("Easy.", "Four.", 1)
    assert (reply.usage.completion_tokens, reply.usage.reasoning_tokens) == (5, 3)


def test_thoughts_that_use_up_their_tokens_are_ended_and_the_answer_follows() -> None:
    thoughts = tuple(f"step {number} " for number in range(20))
    backend = ScriptedBackend([ScriptedReply(pieces=thoughts), ScriptedReply(pieces=("Four", "."))])
    with open_script(backend) as engine:
        reply = engine.generate(replace(THINK, sampling=Sampling(max_tokens=50)))
    assert reply.reasoning == "".join(thoughts[:8])
    assert (reply.text, reply.finish_reason) == ("Four.", "stop")
    assert (reply.usage.completion_tokens, reply.usage.reasoning_tokens) == (10, 8)
    first, second = backend.prompts
    assert second.text == first.text + "".join(thoughts[:8]) + "\n</think>\n\n"
    assert backend.samplings[1].max_tokens == 42


def test_thoughts_that_loop_are_ended_before_their_tokens_are_used_up() -> None:
    loop = ScriptedReply(pieces=("Hm, ", "hm, "), finish_reason="repetition")
    with open_script(ScriptedBackend([loop, "Four."])) as engine:
        reply = engine.generate(THINK)
    assert (reply.reasoning, reply.text, reply.finish_reason) == ("Hm, hm, ", "Four.", "stop")


def test_a_reply_that_is_cut_while_it_thinks_stays_cut() -> None:
    cut = ScriptedReply(pieces=("Hm.", " Well."), finish_reason="length")
    with open_script(ScriptedBackend([cut])) as engine:
        reply = engine.generate(THINK)
    assert (reply.reasoning, reply.text, reply.finish_reason) == ("Hm. Well.", "", "length")


def test_what_the_answer_must_satisfy_begins_behind_the_thoughts() -> None:
    thoughts = ScriptedReply(pieces=("so ",) * 20)
    backend = ScriptedBackend(
        [thoughts, '<TOOLCALL>[{"name": "look", "arguments": {}}]</TOOLCALL>', thoughts, "yes"]
    )
    call = replace(THINK, tools=(LOOK,), tool_choice=ToolChoice(required=True))
    answer = replace(THINK, sampling=Sampling(constraint=ChoiceConstraint(("yes", "no"))))
    with open_script(backend) as engine:
        called, answered = engine.generate(call), engine.generate(answer)
    assert ([made.name for made in called.tool_calls], answered.text) == (["look"], "yes")
    constraints = [sampling.constraint for sampling in backend.samplings]
    assert [isinstance(one, ReplyConstraint) and one.reasoning for one in constraints] == [True, False] * 2


def test_control_texts_in_thoughts_do_not_act_behind_them() -> None:
    backend = ScriptedBackend([ScriptedReply(pieces=("<image>",) * 9), "Four."])
    with open_script(backend) as engine:
        engine.generate(THINK)
    assert backend.prompts[1].text.count("<image>") == 0


def test_a_call_in_the_thoughts_ends_them() -> None:
    call = '<TOOLCALL>[{"name": "look", "arguments": {}}]</TOOLCALL>'
    with open_script(ScriptedBackend([call])) as engine:
        reply = engine.generate(replace(THINK, thinking_budget=30, tools=(LOOK,)))
    assert [made.name for made in reply.tool_calls] == ["look"]


def test_a_full_context_leaves_no_room_for_an_answer() -> None:
    backend = ScriptedBackend([ScriptedReply(pieces=("so ",) * 20)], context_length=50)
    with open_script(backend) as engine:
        engine.start()
        reply = engine.generate(replace(THINK, thinking_budget=15))
    assert (reply.text, reply.finish_reason, len(backend.prompts)) == ("", "length", 1)


def test_the_time_limit_counts_thoughts_and_answer_together() -> None:
    endless = ScriptedReply(pieces=("so ",) * 2_000_000)
    backend = ScriptedBackend([ScriptedReply(pieces=("so ",) * 9), endless])
    with open_script(backend) as engine:
        with pytest.raises(RequestTimeoutError):
            engine.generate(replace(THINK, timeout=0.2))
        assert (len(backend.prompts), engine.running) == (2, 0)


def test_a_stream_that_is_closed_among_its_thoughts_or_behind_them_is_aborted() -> None:
    for taken in (3, 12):
        backend = ScriptedBackend([ScriptedReply(pieces=("so ",) * 9), ScriptedReply(pieces=("a ",) * 99)])
        with open_script(backend) as engine:
            stream = engine.stream(THINK)
            for _ in range(taken):
                next(stream)
            assert engine.running == 1
            stream.close()
            assert engine.running == 0


def test_the_engine_ends_thoughts_at_their_budget(engine: Engine) -> None:
    request = replace(THINK, thinking_budget=5, sampling=Sampling(max_tokens=60))
    reply = engine.generate(request)
    assert 0 < reply.usage.reasoning_tokens <= 5
    assert reply.usage.prompt_tokens == engine.count_tokens(request).total
    assert reply.text
    constrained = replace(
        request, sampling=Sampling(max_tokens=60, constraint=ChoiceConstraint(("yes", "no")))
    )
    assert engine.generate(constrained).text in ("yes", "no")
