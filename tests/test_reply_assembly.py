"""A streamed reply and a whole one are the same reply."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.engine.reply_assembly import ReplyCollector
from nemotron_vl_integrations.messages import Message, Reply, Request, TextPart, ToolSpec

HELLO = Request(messages=(Message("user", (TextPart("Hello"),)),))
WEATHER = ToolSpec(
    "weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}}
)
TEXTS = (
    "plain text",
    '<think>why</think>answer<TOOLCALL>[{"name": "weather", "arguments": {"city": "Bern"}}]</TOOLCALL>',
    '<TOOLCALL>[{"name": "weather", "arguments": {"city": "Bern"}}, {"name": "none", "arguments": {}}]</TOOLCALL>',
    "cut <TOOLCALL>[{",
)


@settings(max_examples=60)
@given(text=st.sampled_from(TEXTS), cuts=st.sets(st.integers(0, 120)), reasoning=st.booleans())
def test_deltas_add_up_to_the_reply_however_the_text_is_cut(
    text: str, cuts: set[int], reasoning: bool
) -> None:
    edges = [0, *sorted(cut for cut in cuts if 0 < cut < len(text)), len(text)]
    pieces = tuple(text[start:end] for start, end in pairwise(edges))
    request = replace(HELLO, tools=(WEATHER,), reasoning=reasoning)
    backend = ScriptedBackend([text, ScriptedReply(pieces=pieces), ScriptedReply(pieces=pieces)])
    with Engine(backend=backend) as engine:
        whole, cut = engine.generate(request), engine.generate(request)
        deltas = list(engine.stream(request))
    collector = ReplyCollector()
    for delta in deltas:
        collector.add(delta)
    streamed = collector.reply(model=whole.model, seconds=0.0)
    assert blank(cut) == blank(whole) == blank(streamed)
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["stop"]


def blank(reply: Reply) -> Reply:
    """The same reply without what differs from run to run."""
    calls = tuple(replace(call, id="") for call in reply.tool_calls)
    invalid = tuple(replace(call, id="") for call in reply.invalid_tool_calls)
    usage = replace(reply.usage, completion_tokens=0, reasoning_tokens=0)
    return replace(reply, tool_calls=calls, invalid_tool_calls=invalid, usage=usage, seconds=0.0)
