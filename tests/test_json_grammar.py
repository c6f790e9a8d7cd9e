"""What the grammar of a JSON schema lets a model write: texts that can be read, stored and sent."""

import json

import pytest
from xgrammar import Grammar, GrammarCompiler, GrammarMatcher, TokenizerInfo

from nemotron_vl_integrations.backends.vllm_reply_grammar import to_json_grammar
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.messages import JSON, JSONSchemaConstraint, Message, Request, Sampling, TextPart

BYTES = TokenizerInfo([bytes([byte]) for byte in range(256)], stop_token_ids=[])
STRINGS: list[dict[str, JSON]] = [
    {"type": "string"},
    {"type": "string", "maxLength": 8},
    {"type": "string", "minLength": 1},
    {"type": "string", "minLength": 2, "maxLength": 12},
    {"type": ["string", "null"], "maxLength": 8},
    {"type": "string", "pattern": "^[^a]{1,8}$"},
]


def accepts(schema: dict[str, JSON], text: str) -> bool:
    grammar = GrammarCompiler(BYTES).compile_grammar(Grammar.from_ebnf(to_json_grammar(schema)))
    matcher = GrammarMatcher(grammar, terminate_without_stop_token=True)
    return matcher.accept_string(text) and matcher.is_terminated()


@pytest.mark.parametrize("schema", STRINGS, ids=str)
def test_a_string_holds_no_control_characters_whatever_bounds_it(schema: dict[str, JSON]) -> None:
    assert accepts(schema, '"bcd"')
    assert [code for code in range(32) if accepts(schema, f'"b{chr(code)}c"')] == []


@pytest.mark.parametrize("schema", STRINGS, ids=str)
def test_no_escape_is_half_a_character(schema: dict[str, JSON]) -> None:
    wrong = [escape for escape in ("d800", "DBFF", "dC00", "Dfff") if accepts(schema, f'"\\u{escape}"')]
    assert wrong == []


def test_escapes_of_whole_characters_are_kept() -> None:
    escapes = ["0041", "00e9", "1F60", "d7ff", "D000", "e000", "ffff"]
    assert [escape for escape in escapes if not accepts({"type": "string"}, f'"\\u{escape}"')] == []
    assert accepts({"type": "string"}, '"\\n\\"\\\\"')


def test_names_of_properties_hold_no_control_characters_either() -> None:
    schema: dict[str, JSON] = {"type": "object", "additionalProperties": {"type": "string", "maxLength": 4}}
    assert accepts(schema, '{"a":"b"}')
    assert not accepts(schema, '{"a\t":"b"}')
    assert not accepts(schema, '{"a":"b\t"}')


def test_a_text_drawn_wildly_under_bounds_of_its_length_is_json(engine: Engine) -> None:
    constraint = JSONSchemaConstraint({"type": "string", "minLength": 60, "maxLength": 60})
    request = Request(
        messages=(Message("user", (TextPart("Anything."),)),),
        sampling=Sampling(max_tokens=200, temperature=2.0, seed=3, constraint=constraint, repetition=None),
    )
    reply = engine.generate(request)
    assert reply.finish_reason == "stop"
    text = json.loads(reply.text)
    assert len(text) == 60
