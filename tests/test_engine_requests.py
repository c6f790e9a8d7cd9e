"""Unusual values in a request, as far as the engine's process."""

import os
from dataclasses import replace

import numpy as np
import pytest

from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import (
    ChoiceConstraint,
    JSONSchemaConstraint,
    Message,
    Request,
    Sampling,
    TextPart,
)
from tests.drawn_pages import ask_to_read, draw_page

HELLO = Request(messages=(Message("user", (TextPart("Hello"),)),), sampling=Sampling(max_tokens=8))
READ_PAGE = ask_to_read(draw_page("Meeting notes", "The budget was approved."))

WRONG: list[dict[str, object]] = [{"max_tokens": 40.0}, {"logprobs": True}, {"seed": 1.5}, {"top_k": "5"}]


@pytest.mark.parametrize("change", WRONG)
def test_a_number_of_a_wrong_type_does_not_end_the_engine(engine: Engine, change: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError):
        engine.generate(replace(HELLO, sampling=replace(HELLO.sampling, **change)))
    assert engine.generate(replace(HELLO, timeout=60.0)).usage.completion_tokens > 0


def test_numpys_numbers_and_whole_numbers_for_floats_reach_the_engine(engine: Engine) -> None:
    numbers: dict[str, object] = {
        "max_tokens": np.int64(5),
        "temperature": 0,
        "top_p": np.float32(1),
        "seed": np.uint8(3),
        "logprobs": np.int32(0),
    }
    rest: dict[str, object] = {"priority": np.int16(-2), "timeout": 60}
    reply = engine.generate(replace(READ_PAGE, sampling=replace(Sampling(), **numbers), **rest))
    assert (reply.usage.completion_tokens, len(reply.logprobs)) == (5, 5)


def test_numbers_beyond_64_bits_may_stand_in_a_schema(engine: Engine) -> None:
    schema = JSONSchemaConstraint({"enum": ["a", "b"], "maximum": 2**70})
    reply = engine.generate(replace(HELLO, sampling=Sampling(constraint=schema, max_tokens=30)))
    assert reply.text in ('"a"', '"b"')


def test_text_that_is_not_whole_reaches_the_engine(engine: Engine) -> None:
    request = replace(HELLO, messages=(Message("user", (TextPart(os.fsdecode(b"caf\xe9.pdf")),)),))
    assert engine.generate(request).usage.prompt_tokens == engine.count_tokens(request).total


def test_a_reply_that_is_all_constraint_is_not_trimmed() -> None:
    backend = ScriptedBackend(["\nyes\n", "\nyes\n"])
    with Engine(backend=backend) as engine:
        constrained = replace(HELLO, sampling=Sampling(constraint=ChoiceConstraint(("\nyes\n", "no"))))
        assert engine.generate(constrained).text == "\nyes\n"
        assert engine.generate(HELLO).text == "yes"


def test_a_reply_in_one_piece_is_the_reply_in_pieces(engine: Engine) -> None:
    request = replace(READ_PAGE, sampling=Sampling(max_tokens=30, logprobs=1))
    pieces = [*engine.stream(request)]
    (*whole, last) = engine.stream(replace(request, sampling=replace(request.sampling, whole=True)))
    reply = engine.generate(request)
    assert len(pieces) > 2
    assert len(whole) <= 1
    assert (
        reply.text == "".join(piece.text for piece in pieces) == "".join(one.text for one in (*whole, last))
    )
    assert reply.usage == pieces[-1].usage == last.usage
    assert reply.finish_reason == pieces[-1].finish_reason == last.finish_reason
    tokens = [entry for piece in pieces for entry in piece.logprobs]
    assert [entry.token for entry in reply.logprobs] == [entry.token for entry in tokens]
    assert [entry.logprob for entry in reply.logprobs] == pytest.approx(
        [entry.logprob for entry in tokens], abs=0.1
    )


def test_one_piece_is_asked_for_where_nobody_reads_pieces_and_no_thoughts_are_counted() -> None:
    backend = ScriptedBackend(["yes", "yes", "hm</think>yes", "hm</think>yes"])
    with Engine(backend=backend) as engine:
        engine.generate(HELLO)
        assert [*engine.stream(HELLO)]
        thinking = replace(HELLO, reasoning=True)
        assert engine.generate(thinking).usage.reasoning_tokens > 0
        assert [*engine.stream(replace(thinking, sampling=Sampling(whole=True)))]
    assert [sampling.whole for sampling in backend.samplings] == [True, False, False, False]
