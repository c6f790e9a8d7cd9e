"""Which pages are meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nemotron_vl_integrations.errors import (
    PageRangeError,
)
from nemotron_vl_integrations.pages import (
    PageSelection,
    parse_page_range,
)
from tests.rendered_pages import render


@pytest.mark.parametrize(
    ("written", "count", "pages"),
    [
        ("1-3,7", 9, (1, 2, 3, 7)),
        ("7,1-3", 9, (7, 1, 2, 3)),
        ("5-", 7, (5, 6, 7)),
        ("-2", 7, (1, 2)),
        (" 1 - 2 , 3 ", 3, (1, 2, 3)),
        ("3-3", 3, (3,)),
        ("007", 9, (7,)),
    ],
)
def test_page_ranges_are_read_in_their_order(written: str, count: int, pages: tuple[int, ...]) -> None:
    assert parse_page_range(written, count) == pages


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "cannot be read"),
        (",", "cannot be read"),
        ("1,,2", "cannot be read"),
        ("-", "cannot be read"),
        ("one", "cannot be read at 'one'"),
        ("1-2-3", "cannot be read"),
        ("1 2", "cannot be read"),
        ("+1", "cannot be read"),
        ("1.5", "cannot be read"),
        ("٣", "cannot be read"),
        ("3-1", "counts backwards"),
        ("0", "Page 0 .*does not exist"),
        ("10", "Page 10 .*pages are 1 to 9"),
        ("1-999999999", "Page 999999999 "),
        ("8-10", "Page 10 "),
        ("99999999999999999999", "cannot be read"),
        ("1-3,2", "Page 2 stands twice"),
        ("1," * 10_000, "too long"),
    ],
)
def test_page_ranges_that_cannot_be_meant_are_refused(written: str, message: str) -> None:
    with pytest.raises(PageRangeError, match=message):
        parse_page_range(written, 9)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ([], r"\[\] selects no page"),
        ([1, 1], "Page 1 stands twice"),
        (0, "Page 0 does not exist"),
        (-1, "Page -1"),
        (True, "True in True is not a page number"),
        (["1"], "'1' in .* is not a page number"),
    ],
)
def test_selections_that_cannot_be_meant_are_refused(selection: PageSelection, message: str) -> None:
    with pytest.raises(PageRangeError, match=message):
        render(Image.new("L", (9, 9)), selection)


@given(st.text("0123456789-, ", max_size=12), st.integers(1, 30))
def test_any_text_is_a_page_range_or_a_typed_error(written: str, count: int) -> None:
    try:
        pages = parse_page_range(written, count)
    except PageRangeError:
        return
    assert pages
    assert len(set(pages)) == len(pages)
    assert set(pages) <= set(range(1, count + 1))
