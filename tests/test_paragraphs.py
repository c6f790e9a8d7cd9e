"""Printed lines are joined to paragraphs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.paragraphs import join_lines

LETTER = """Harrow Lane Bindery
38 Mill Street, Ashford, Vermont 05301
Dear Ms. Carter,
Thank you for your letter of March 3 and for the two boxes of books that came with it.
They arrived in good order, and we have now looked at every volume.
We need:
- a new spine for each of the twenty-nine books that stand in the first of the two boxes
- a new cover for seven
With kind regards,
Daniel Foster"""


def test_full_lines_are_joined_and_short_ones_stay() -> None:
    assert join_lines(LETTER) == LETTER.replace("came with it.\nThey", "came with it. They")


@pytest.mark.parametrize(
    ("printed", "joined"),
    [
        ("приглашаем вас на собра-\nние, которое пройдёт", "приглашаем вас на собрание, которое пройдёт"),  # noqa: RUF001 - Russian
        ("お知らせです。ガラスの\nびんはお持ちに", "お知らせです。ガラスのびんはお持ちに"),
        ("学校定于三月六日上午九时\n开会请您准时参加", "学校定于三月六日上午九时开会请您准时参加"),
        ("오전 아홉 시에 회의가\n있으니 꼭 참석해", "오전 아홉 시에 회의가 있으니 꼭 참석해"),
        ("das sorg-\nfältig verpackte Paket", "das sorgfältig verpackte Paket"),
        ("die Vor-\nund Nachteile des Verfahrens", "die Vor- und Nachteile des Verfahrens"),
        ("die UN-\nCharta", "die UN-Charta"),
        ("un livre soi\u00ad\ngneusement relié", "un livre soigneusement relié"),
        ("Telephone 555-\n0142", "Telephone 555- 0142"),
    ],
    ids=["Russian", "Japanese", "Chinese", "Korean", "German", "suspended", "capital", "soft", "digits"],
)  # fmt: skip
def test_scripts_and_hyphens_are_joined_in_their_own_way(printed: str, joined: str) -> None:
    assert join_lines(printed) == joined


def test_an_empty_line_and_a_new_page_begin_a_paragraph() -> None:
    text = "a line that is as long as the next\n\na line that is as long as the last\n\f\nanother page begins here"
    assert join_lines(text) == text


@given(st.text(st.sampled_from("ab Zß1-\u00ad\n\f.•漢かカ한я")))
def test_nothing_but_hyphens_and_white_space_is_lost(text: str) -> None:
    def rest(written: str) -> str:
        return re.sub(r"[-\u00ad\s]", "", written)

    joined = join_lines(text)
    assert rest(joined) == rest(text)
    assert joined.count("\f") == text.count("\f")
    assert joined.count("-") <= text.count("-")


def test_a_page_gives_its_paragraphs() -> None:
    page = PageResult(source="a", page=1, page_label="1", status="read", text=LETTER)
    assert page.paragraphs == join_lines(LETTER)
