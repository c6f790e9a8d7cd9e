"""Any value in any place of a request: it is a valid request, or an `InputError` before anything is sent."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.engine.request_checks import check_request
from nemotron_vl_integrations.errors import (
    InputError,
    InvalidRequestError,
    RequestTimeoutError,
    UnreadableImageError,
)
from nemotron_vl_integrations.messages import (
    ChoiceConstraint,
    GrammarConstraint,
    ImagePart,
    JSONSchemaConstraint,
    Message,
    RegexConstraint,
    RepetitionStop,
    Request,
    Sampling,
    TextPart,
    ToolCall,
    ToolSpec,
)

PAGE = ImagePart(Image.new("RGB", (64, 64), "white"))
HELLO = Request(messages=(Message("user", (TextPart("Hello"),)),))
CALL = ToolCall("1", "weather", "{}")
TOOL = ToolSpec("weather", "Tells the weather.", {"type": "object"})
ENOUGH = 100_000


class Size(IntEnum):
    SMALL = 3


class Word(StrEnum):
    YES = "yes"


def in_sampling(sampling: Sampling) -> Request:
    return replace(HELLO, sampling=sampling)


def in_repetition(repetition: RepetitionStop) -> Request:
    return in_sampling(Sampling(repetition=repetition))


def in_message(message: Message) -> Request:
    return replace(HELLO, messages=(message,))


def in_part(part: TextPart | ImagePart) -> Request:
    return in_message(Message("user", (part,)))


def in_call(call: ToolCall) -> Request:
    answer = Message("tool", (TextPart("sun"),), tool_call_id="1")
    return replace(HELLO, messages=(*HELLO.messages, Message("assistant", tool_calls=(call,)), answer))


def in_tool(tool: ToolSpec) -> Request:
    return replace(HELLO, tools=(tool,))


Constraint = JSONSchemaConstraint | RegexConstraint | ChoiceConstraint | GrammarConstraint


def in_constraint(constraint: Constraint) -> Request:
    return in_sampling(Sampling(constraint=constraint))


def itself(request: Request) -> Request:
    return request


# One value of every type that a request is made of, and how a request is built from one.
HOMES: tuple[tuple[Any, Callable[[Any], Request]], ...] = (
    (HELLO, itself),
    (Sampling(), in_sampling),
    (RepetitionStop(), in_repetition),
    (HELLO.messages[0], in_message),
    (TextPart("Hello"), in_part),
    (PAGE, in_part),
    (CALL, in_call),
    (TOOL, in_tool),
    (JSONSchemaConstraint({"type": "object"}), in_constraint),
    (RegexConstraint("[a-z]"), in_constraint),
    (ChoiceConstraint(("a", "b")), in_constraint),
    (GrammarConstraint('root ::= "a"'), in_constraint),
)


def write(whole: Any, build: Callable[[Any], Request], name: str, value: object) -> Request:  # noqa: ANN401
    return build(replace(whole, **{name: value}))


def list_places() -> Iterator[tuple[str, Callable[[object], Request]]]:
    for whole, build in HOMES:
        for field in dataclasses.fields(whole):
            yield f"{type(whole).__name__}.{field.name}", partial(write, whole, build, field.name)


PLACES = dict(list_places())

NUMBERS: st.SearchStrategy[object] = st.one_of(
    st.integers(-5, 50),
    st.integers(),
    st.sampled_from([2**31, 2**63, 2**64, 10**400, -(2**63) - 1]),
    st.floats(),
    st.booleans(),
    st.fractions(),
    st.decimals(),
    st.complex_numbers(),
)
TEXTS: st.SearchStrategy[object] = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.sampled_from(["", "\ud800", "a\udce9.pdf", "\ud83d\ude00", "detail", "assistant", "root ::= root"]),
)
THINGS: list[object] = [
    None,
    object(),
    print,
    int,
    b"x",
    bytearray(b"x"),
    Path("x"),
    Decimal("NaN"),
    Fraction(10**400),
    Size.SMALL,
    Word.YES,
    np.int64(3),
    np.float32(0.5),
    np.arange(3),
    np.array(["a"]),
    HELLO,
    HELLO.messages[0],
    TextPart("a"),
    PAGE,
    CALL,
    TOOL,
    Sampling(),
    RepetitionStop(),
    RegexConstraint("a"),
    PAGE.image,
    Image.new("L", (2, 2)),
    Image.new("RGB", (0, 3)),
    {"role": "user", "content": "Hello"},
    {"$ref": "#"},
    {"properties": {"a": None}},
    {"type": [["object"]], "required": [{}]},
    {1: 2},
]
OBJECTS: st.SearchStrategy[object] = st.sampled_from(THINGS)
ATOMS: st.SearchStrategy[object] = NUMBERS | TEXTS | OBJECTS
KEYWORDS: st.SearchStrategy[object] = st.sampled_from(
    ["type", "$ref", "properties", "items", "anyOf", "enum", "required", "x"]
)
VALUES: st.SearchStrategy[object] = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(TEXTS | KEYWORDS, inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def script() -> Iterator[tuple[Engine, ScriptedBackend]]:
    backend = ScriptedBackend(["yes"] * ENOUGH)
    with Engine(backend=backend) as engine:
        yield engine, backend


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=60)
@given(value=VALUES)
def test_any_value_anywhere_is_taken_or_refused_before_anything_is_sent(
    script: tuple[Engine, ScriptedBackend], place: str, value: object
) -> None:
    engine, backend = script
    sent = len(backend.prompts)
    try:
        engine.generate(PLACES[place](value))
    except InputError as error:
        assert len(str(error)) < 1500
        assert len(backend.prompts) == sent
    except RequestTimeoutError:  # A limit of a part of a millisecond is a value like any other.
        assert place == "Request.timeout"
    else:
        assert len(backend.prompts) == sent + 1


@given(value=VALUES)
def test_what_is_no_request_is_refused(value: object) -> None:
    if not isinstance(value, Request):
        with pytest.raises(InvalidRequestError, match="request="):
            check_request(value)


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        ("Sampling.max_tokens", 40.0, "`max_tokens=40.0` is of type 'float'. Give a whole number from 1 to"),
        ("Sampling.max_tokens", True, "`max_tokens=True` is of type 'bool'"),
        ("Sampling.max_tokens", None, "`max_tokens=None` is of type 'NoneType'"),
        ("Sampling.max_tokens", 2**70, "`max_tokens=1180591620717411303424` is out of range"),
        ("Sampling.temperature", -1, "`temperature=-1` is out of range. Give a number from 0 to 2."),
        ("Sampling.temperature", "0", "`temperature='0'` is of type 'str'"),
        ("Sampling.top_p", 0, "Give a number above 0 to 1."),
        ("Sampling.logprobs", 2.5, "`logprobs=2.5` is of type 'float'"),
        ("Sampling.seed", 1.5, "`seed=1.5` is of type 'float'"),
        ("Sampling.stop", "abc", "`stop='abc'` is of type 'str'. Give a tuple of texts."),
        ("Sampling.stop", (1,), "`stop[0]=1` is of type 'int'"),
        ("Sampling.stop", ("\ud800",), "lone surrogate"),
        ("Sampling.repetition", 5, "`repetition=5` is of type 'int'"),
        ("Sampling.constraint", "[a-z]", "`constraint='[a-z]'` is of type 'str'"),
        ("Sampling.constraint", {"type": "object"}, "is of type 'dict'. Give a `JSONSchemaConstraint`"),
        ("RepetitionStop.count", 12.0, "`repetition.count=12.0` is of type 'float'"),
        ("ChoiceConstraint.choices", "abc", "`constraint.choices='abc'` is of type 'str'"),
        ("ChoiceConstraint.choices", (), "`constraint.choices` is empty"),
        ("RegexConstraint.pattern", "", "`constraint.pattern` is empty"),
        ("JSONSchemaConstraint.schema", {"$ref": "http://x/y"}, "'http://x/y' is not local"),
        ("JSONSchemaConstraint.schema", {"$ref": "#"}, "leads back to itself"),
        ("JSONSchemaConstraint.schema", {"properties": {"a": None}}, "'properties' at # is {'a': None}"),
        ("JSONSchemaConstraint.schema", {"properties": {"\ud800": {}}}, "lone surrogate"),
        ("JSONSchemaConstraint.schema", {"not": {}}, "uses 'not' at #"),
        ("Request.messages", "hi", "`messages='hi'` is of type 'str'"),
        ("Request.messages", ({"role": "user"},), "`messages[0]={'role': 'user'}` is of type 'dict'"),
        ("Request.priority", "a", "`priority='a'` is of type 'str'"),
        ("Request.priority", 1.5, "`priority=1.5` is of type 'float'"),
        ("Request.timeout", "5", "`timeout='5'` is of type 'str'. Give a number above 0."),
        ("Request.timeout", 0, "`timeout=0` is out of range"),
        ("Request.max_images", -1, "`max_images=-1` is out of range. Give a whole number from 0 to 4."),
        ("Request.max_images", 9, "`max_images=9` is out of range"),
        ("Request.max_tiles", 12.0, "`max_tiles=12.0` is of type 'float'"),
        ("Request.layout", "x", "`layout='x'` does not exist. Give 'reference' or 'detail'."),
        ("Request.reasoning", "no", "`reasoning='no'` is of type 'str'. Give True or False."),
        ("Message.role", "robot", "`messages[0].role='robot'` does not exist"),
        (
            "Message.content",
            "hello",
            'Give a tuple of parts, such as `Message("user", (TextPart("Hello"),))`.',
        ),
        ("TextPart.text", None, "`messages[0].content[0].text=None` is of type 'NoneType'"),
        ("ImagePart.image", "a.png", "`messages[0].content[0].image='a.png'` is of type 'str'"),
    ],
)
def test_the_refusal_names_the_place_the_value_and_what_would_do(
    script: tuple[Engine, ScriptedBackend], place: str, value: object, named: str
) -> None:
    engine, _ = script
    request = PLACES[place](value)
    for use in (engine.generate, engine.count_tokens, engine.stream):
        with pytest.raises(InvalidRequestError) as caught:
            for _ in (use(request),) if use != engine.stream else engine.stream(request):
                pass
        assert named in str(caught.value)


def test_a_number_that_python_does_not_write_out_is_described() -> None:
    with pytest.raises(
        InvalidRequestError, match="`priority=<a whole number of 16610 bits>` is out of range"
    ):
        check_request(replace(HELLO, priority=10**5000))


def test_numbers_of_other_types_come_out_as_pythons_own() -> None:
    numbers: dict[str, object] = {"max_tokens": np.int64(7), "temperature": 1, "top_k": Size.SMALL}
    sampling = replace(Sampling(stop=(Word.YES,)), **numbers)
    rest: dict[str, object] = {"timeout": np.float32(2), "messages": [*HELLO.messages]}
    request = replace(HELLO, sampling=sampling, **rest)
    checked = check_request(request)
    values = (*dataclasses.astuple(checked.sampling)[:5], *checked.sampling.stop, checked.timeout)
    assert [type(value) for value in values] == [float, float, int, int, type(None), str, float]
    assert (checked.sampling.max_tokens, checked.sampling.stop, checked.timeout) == (7, ("yes",), 2.0)
    assert checked.messages == HELLO.messages


def test_a_request_without_faults_comes_back_equal() -> None:
    schema = JSONSchemaConstraint(
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {}}}
    )
    request = replace(
        in_call(CALL), tools=(TOOL,), sampling=Sampling(constraint=schema, seed=-1, logprobs=20)
    )
    assert check_request(request) == request


@pytest.mark.parametrize("config", ["x", {"max_tiles": 6}, 5])
def test_an_engine_takes_a_configuration_and_nothing_else(config: object) -> None:
    arguments = {"config": config}
    for make in (Engine, get_engine):
        with pytest.raises(InvalidRequestError, match="`config="):
            make(**arguments)  # pyright: ignore[reportArgumentType] - what is tested
    with pytest.raises(InvalidRequestError, match="`report=5`"):
        Engine(report=5)  # pyright: ignore[reportArgumentType] - what is tested


def test_an_image_whose_file_is_damaged_is_named_as_such(
    script: tuple[Engine, ScriptedBackend], tmp_path: Path
) -> None:
    path = tmp_path / "page.png"
    PAGE.image.resize((600, 600)).save(path)
    path.write_bytes(path.read_bytes()[:-60])
    with Image.open(path) as image, pytest.raises(UnreadableImageError, match="load_image"):
        script[0].generate(in_part(ImagePart(image)))
