"""What is handed to reading: anything that cannot be used is refused by name, before an engine starts."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.errors import InputError, InvalidRequestError, PageRangeError
from nemotron_vl_integrations.pages import RenderLimits
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from tests.paged_script import PagedScript, draw_number, open_script, write_numbers

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=3), st.just([])
)  # fmt: skip


@pytest.mark.parametrize("source", [None, 5, [], {}, io.BytesIO(b"%PDF"), ""])
def test_a_source_of_another_type_is_refused_with_what_would_do(source: object) -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match="path"):
        read_document(source, engine=engine)  # pyright: ignore[reportArgumentType] - that is the point


def test_bytes_of_any_kind_are_a_document() -> None:
    for kind in (bytes, bytearray, memoryview):
        with open_script(PagedScript({1: ["one"]})) as engine:
            assert read_document(kind(write_numbers(1)), engine=engine).text == "one"  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("path", ["/proc/self/mem", "/proc/self/environ", "/dev/zero"])
def test_a_file_that_is_none_is_a_typed_error(path: str) -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InputError, match=path):
        read_document(path, engine=engine)


@pytest.mark.parametrize("pages", [1.0, b"1", object(), [1.0], ["1"], True, [[1]]])
def test_pages_of_another_type_are_refused(pages: object) -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(PageRangeError):
        read_document(write_numbers(2), pages, engine=engine)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "name", [field for field in ReadingOptions.__dataclass_fields__ if field != "progress"]
)
@given(value=ODD)
def test_an_option_is_good_or_refused_by_its_name(name: str, value: object) -> None:
    try:
        replace(ReadingOptions(), **{name: value})
    except InvalidRequestError as error:
        assert name in str(error)


@pytest.mark.parametrize("name", ["seconds", "memory_bytes", "max_pages", "max_bytes"])
@given(value=ODD)
def test_a_limit_of_rendering_is_good_or_refused_by_its_name(name: str, value: object) -> None:
    try:
        replace(RenderLimits(), **{name: value})
    except InvalidRequestError as error:
        assert name in str(error)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "html"),
        ("mode", ["text"]),
        ("layout", "tight"),
        ("max_tiles", 2.5),
        ("passwords", 5),
        ("passwords", [None]),
        ("name", 5),
        ("ledger", 5),
        ("options", {"max_tokens": 5}),
        ("engine", 5),
    ],
)
def test_an_argument_of_another_type_is_refused_by_its_name(name: str, value: object) -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match=name):
        read_document(draw_number(1), **{"engine": engine, name: value})  # pyright: ignore[reportArgumentType]


def test_one_text_is_one_password(tmp_path: Path) -> None:
    with open_script(PagedScript({1: ["one"]})) as engine:
        assert read_document(write_numbers(1), passwords="secret", engine=engine).text == "one"
