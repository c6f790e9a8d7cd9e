"""Loops in what a model wrote, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemotron_vl_integrations.page_checks.text_repetition import cut_before_loop, measure_repetition

LETTER = "Dear Ms Hale,\nthank you for your letter of 4 May.\nWe shall answer within two weeks.\n"

HARMLESS = {
    "rule of a table": LETTER + "|" + "-" * 120 + "|\n" + LETTER,
    "divider": "| a | b | c |\n" + "|---" * 30 + "|\n| 1 | 2 | 3 |",
    "dotted leader": "\n".join(f"Chapter {n} {'.' * 90} {n * 7}" for n in range(40)),
    "spaced leader": "\n".join(f"{name} {'. ' * 60}{n}" for n, name in enumerate(["Preface", "Index"] * 20)),
    "column of zeros": "| Item | Tax |\n|---|---|\n" + "| 0.00 | 0.00 |\n" * 65,
    "single zeros": "0\n" * 80,
    "one word a row": "Germany\n" * 60,
    "answers": "| yes | no | n/a |\n" * 65,
    "empty form": "| | | | | |\n" * 60,
    "empty cells": "<tr><td></td><td></td><td></td></tr>" * 50,
    "song": "Row, row, row your boat,\n" * 6 + LETTER,
    "lines to write on": ("_" * 80 + "\n") * 30,
    "labels of a sheet": "Ms A. Hale\n12 Mill Road\nYork\n\n" * 12,
    "counted lines": "\n".join(f"{n}. ____________ Date ________" for n in range(60)),
    "chinese": "请在此签字。\n" * 20,
}

LOOPS = {
    "sentence": "We regret the delay.\n",
    "word": "very ",
    "character": "x",
    "figures": "0123",
    "dashes": "-",
    "dots with spaces": ". ",
    "cells": "<td></td>",
    "rows": "| Total | 0 | 0 | 0 | 0 | 0 |\n",
    "empty lines": "\n| | |\n",
    "paragraph": " ".join(f"word{n} of a paragraph" for n in range(60)) + "\n\n",
    "chinese": "我们对此表示遗憾。",
    "korean": "지연되어 죄송합니다.\n",
    "numbered cell": "| 12.50 | EUR | paid |\n",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_page_may_hold_is_no_loop(name: str) -> None:
    text = HARMLESS[name]

    assert measure_repetition(text) == 0.0
    assert cut_before_loop(text) == text.rstrip()


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_measured_and_cut_with_one_copy_left(name: str) -> None:
    unit = LOOPS[name]
    loop = (unit * 9000)[:9000]

    assert measure_repetition(LETTER + loop) > 0.8
    kept = cut_before_loop(LETTER + loop)
    assert kept.startswith(LETTER.rstrip())
    assert len(kept) <= len(LETTER) + 2 * len(unit)
    assert unit.strip() in kept


def test_a_loop_in_the_middle_counts_by_its_share() -> None:
    text = LETTER * 2 + "We regret the delay.\n" * 100 + "Yours sincerely,\nA. Stone\n"

    assert measure_repetition(text) == pytest.approx(99 * 21 / len(text), abs=0.01)


def test_every_line_of_a_loop_of_lines_is_kept_once_wherever_the_loop_begins() -> None:
    lines = ["Name and address", "Place and date", "Signature of the tenant"]
    text = "Rent and place\n" + "\n".join(lines * 40)

    kept = cut_before_loop(text).split("\n")

    assert kept[0] == "Rent and place"
    assert set(lines) <= set(kept)
    assert len(kept) <= 1 + len(lines) + 1


def test_a_short_loop_at_the_end_is_cut_only_if_the_model_was_stopped_in_it() -> None:
    text = LETTER + "and so on and on\n" * 6

    assert cut_before_loop(text) == text.rstrip()
    assert cut_before_loop(text, stopped=True) == LETTER + "and so on and on"
    assert cut_before_loop(text + "Yours,", stopped=True) == text + "Yours,"


def test_a_loop_of_rows_is_found_behind_the_cells_that_repeat_in_each_row() -> None:
    assert measure_repetition("| Sum | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n" * 200) > 0.9


@given(st.text(max_size=400), st.booleans())
def test_any_text_is_measured_and_cut_without_a_fault(text: str, stopped: bool) -> None:
    assert 0.0 <= measure_repetition(text) <= 1.0
    assert text.startswith(cut_before_loop(text, stopped=stopped))


@given(st.text(alphabet="abc \n|", min_size=1, max_size=40), st.integers(200, 2000))
def test_cutting_takes_out_every_loop_at_the_end(unit: str, copies: int) -> None:
    kept = cut_before_loop(LETTER + unit * copies, stopped=True)

    assert len(kept) <= len(LETTER) + 3 * len(unit) + 24
