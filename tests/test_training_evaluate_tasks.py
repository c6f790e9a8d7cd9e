import json
import random
from dataclasses import replace

import numpy as np
import pytest

from nemotron_vl_integrations.messages import JSONSchemaConstraint, Reply, ToolCall, Usage
from nemotron_vl_integrations.prompt import PromptRenderer
from training.checkpoint import DEMO_FOLDER
from training.conversations import TASKS
from training.evaluate_tasks import draw_cases, write_table
from training.evaluation.wordings import UNSEEN_WORDINGS
from training.field_names import draw_question
from training.lexicon import LEXICONS
from training.prompts import draw_wording
from training.random_text import TextSource
from training.task_cases.cases import Case, calls_are, fields_are, has_keys, text_is, thinks_first
from training.task_cases.forms import NEW_ENTRIES, FormMaker
from training.task_cases.page_cases import PLAIN_QUESTIONS
from training.task_cases.wording_cases import OTHER_WORDINGS
from training.tools import is_held_out
from training.vocabulary import make_vocabulary
from training.wordings import PHRASES, QUESTIONS

WORDS = """apple bridge candle delta ember forest garden harbour island jungle kettle ladder meadow needle
    orange pencil quarry ribbon saddle timber valley window yellow bottle carpet dragon engine feather
    goblet hammer insect jigsaw kernel lantern marble napkin oyster parcel quiver rocket salmon tunnel
    umbrella velvet walrus yogurt zipper anchor barrel""".split()  # noqa: SIM905


def reply_of(text: str = "", *, calls: tuple[ToolCall, ...] = (), reasoning: str = "") -> Reply:
    return Reply(
        text=text,
        reasoning=reasoning,
        tool_calls=calls,
        invalid_tool_calls=(),
        finish_reason="stop",
        usage=Usage(1, 1),
        logprobs=(),
        model="m",
        seconds=0.1,
    )


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return draw_cases(TextSource(random.Random(4), make_vocabulary(WORDS)), (), 3)


def test_a_score_tells_right_from_wrong() -> None:
    call = ToolCall("1", "zoom", '{"page": 3}')

    assert text_is("12")(reply_of(" 12\n")) == 1
    assert text_is("12")(reply_of("13")) == 0
    assert calls_are((call,))(reply_of(calls=(replace(call, arguments='{"page":3}'),))) == 1
    assert calls_are((call,))(reply_of(calls=(call, call))) == 0
    assert calls_are((call,))(reply_of(calls=(replace(call, arguments='{"page": 4}'),))) == 0
    assert fields_are({"a": 1, "b": None})(reply_of('{"a": 1, "b": "x"}')) == 0.5
    assert fields_are({"a": None})(reply_of("{}")) == 0
    assert has_keys(("a",))(reply_of('{"a": 1}')) == 1
    assert has_keys(("a",))(reply_of('{"a": 1, "b": 2}')) == 0
    assert thinks_first(reply_of("yes", reasoning="hm")) == 1
    assert thinks_first(reply_of("yes")) == thinks_first(reply_of(reasoning="hm")) == 0


def test_every_request_fits_the_context_that_training_knows(cases: list[Case]) -> None:
    renderer = PromptRenderer(DEMO_FOLDER)

    for case in cases:
        assert renderer.count_tokens(case.request).total < 5200, case.task


def test_the_table_has_a_row_for_every_task(cases: list[Case]) -> None:
    table = write_table(cases, [reply_of() for _ in cases]).splitlines()

    assert len(table) == 2 + len({case.task for case in cases}) > len(TASKS)
    assert all(row.endswith("0.0% |") for row in table[2:])


def test_extraction_is_asked_with_its_grammar(cases: list[Case]) -> None:
    for case in cases:
        if case.task == "extract_fields":
            constraint = case.request.sampling.constraint
            assert isinstance(constraint, JSONSchemaConstraint)
            assert constraint.schema["properties"]


def test_labels_words_and_wordings_of_evaluation_are_not_those_of_training(cases: list[Case]) -> None:
    trained = {label.text for lexicon in LEXICONS.values() for label in lexicon.fields}

    assert not trained & {entry.label for entry in NEW_ENTRIES}
    assert not set(OTHER_WORDINGS) & {*PHRASES, *QUESTIONS}
    for case in cases:
        if case.task.startswith(("call,", "choice")):
            names = {word for tool in case.request.tools for word in _words(tool.name)}
            assert any(is_held_out(word) for word in names)


def test_requests_and_questions_of_the_evaluation_are_never_drawn() -> None:
    rng = random.Random(6)
    drawn = {draw_wording(rng) for _ in range(15_000)}
    asked = {
        draw_question(rng, "Zebra", plain_only=True).replace("Zebra", "{}").replace("zebra", "{}")
        for _ in range(10_000)
    }

    assert not drawn & {*UNSEEN_WORDINGS, *OTHER_WORDINGS}
    # the plainest of all questions is asked in training as well
    assert asked & set(PLAIN_QUESTIONS) <= {"What is the {}?", "{}?", "{}"}


def _words(name: str) -> list[str]:
    spaced = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name)
    return spaced.replace("_", " ").replace("-", " ").replace(".", " ").split()


def test_a_form_shows_the_values_that_are_asked_for() -> None:
    rng = random.Random(1)
    form = FormMaker(rng, ()).draw(rng.sample(NEW_ENTRIES, 6))

    assert len(form.fields) == 6
    assert form.image.size == (512, 512)
    assert int(np.asarray(form.image).min()) < 60
    assert json.dumps(form.fields)
