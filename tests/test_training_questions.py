"""Questions after fields: many sentences of their own, none of them one of the evaluation."""

import random
import re
from itertools import chain

import pytest

from training.field_names import draw_question, plain_name
from training.lexicon import LEXICONS
from training.question_forms import (
    draw_labelled_question,
    draw_own_question,
    has_questions,
    is_told_apart,
    labels_with_questions,
)
from training.task_cases.forms import KNOWN_ENTRIES
from training.task_cases.page_cases import PLAIN_QUESTIONS

COMMON_LABELS = (
    "phone",
    "email",
    "due date",
    "total",
    "signed by",
    "customer",
    "order date",
    "invoice number",
)


def bare(question: str) -> str:
    return re.sub(r"[?.!,]|\bplease\b", "", question.lower()).strip()


@pytest.mark.parametrize("label", [*COMMON_LABELS, "quantity", "payment method", "department", "reference"])
def test_a_label_is_asked_for_in_thousands_of_sentences(label: str) -> None:
    rng = random.Random(3)

    drawn = [draw_own_question(rng, label) for _ in range(10_000)]

    assert len(set(drawn)) > 3_000
    assert not [question for question in drawn if re.search(r"[\[\]|{}]|  | [?.,]", question)]


def test_no_question_of_the_evaluation_is_drawn() -> None:
    rng = random.Random(5)
    kept = {bare(question) for entry in KNOWN_ENTRIES for question in entry.questions}

    drawn = {bare(draw_own_question(rng, label)) for label in labels_with_questions() for _ in range(4_000)}

    assert len(drawn) > 50_000
    # each of these is the plainest question after its label, and older than the evaluation
    assert drawn & kept <= {"who signed"}


def test_questions_that_hold_a_label_say_of_what_or_for_what() -> None:
    rng = random.Random(6)

    drawn = [draw_labelled_question(rng, "zebra") for _ in range(10_000)]

    assert all("zebra" in question for question in drawn)
    assert len(set(drawn)) > 5_000
    kept = {bare(question.format("zebra")) for question in PLAIN_QUESTIONS}
    assert {bare(question) for question in drawn} & kept <= {"what is the zebra", "zebra", "the zebra"}


def test_a_question_is_not_asked_where_it_may_mean_two_fields() -> None:
    assert is_told_apart("phone", frozenset(("email", "total", "phone")))
    assert not is_told_apart("phone", frozenset(("phone", "mobile")))
    assert not is_told_apart("total", frozenset(("subtotal",)))
    assert not is_told_apart("zebra", frozenset())
    rng = random.Random(9)
    beside = [draw_question(rng, "Phone", others=("Phone", "Mobile")) for _ in range(400)]
    alone = [draw_question(rng, "Phone", others=("Phone", "Email")) for _ in range(400)]
    assert sum("dial" in question for question in beside) == 0
    assert sum("dial" in question for question in alone) > 0


def test_labels_with_questions_are_labels_of_training() -> None:
    fields = {plain_name(label.text) for label in LEXICONS["english"].fields} | {"signature"}
    fields |= {label.lower() for label in LEXICONS["english"].memo}

    assert set(labels_with_questions()) <= fields
    assert all(map(has_questions, chain(labels_with_questions(), COMMON_LABELS)))
