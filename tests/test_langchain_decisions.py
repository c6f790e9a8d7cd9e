"""Typed questions with probabilities: what is asked, what is answered, and the real engine's own figures."""

import asyncio
import base64
import io
import math
from typing import Any

import pytest

pytest.importorskip("langchain_core.decisions", reason="needs langchain-core 1.8", exc_type=ImportError)

from langchain_core.decisions import Box, Choice, Noul, NoulCriteria, Question, Score
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import AIMessage, HumanMessage

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import EngineDiedError, EngineError
from nemotron_vl_integrations.langchain import ChatNemotronVL, NemotronVLDecisionModel
from nemotron_vl_integrations.langchain.decision_questions import put_question
from nemotron_vl_integrations.langchain.decision_state import write_state
from nemotron_vl_integrations.messages import ChoiceConstraint
from tests.paged_script import draw_text, open_script

URGENT = Noul(instructions="Is it urgent?")
TEAM = Choice(
    instructions="Which team?", criteria={"billing": "Payments.", "technical": None, "sales": "Prices."}
)
MOOD = Score(instructions="How angry?", criteria=["Calm.", "Cross.", "Furious."])
QUESTIONS: dict[str, Question] = {"urgent": URGENT, "team": TEAM, "mood": MOOD}


def show_page(text: str) -> dict[str, Any]:
    file = io.BytesIO()
    draw_text(text).save(file, "PNG")
    return {"type": "image", "base64": base64.b64encode(file.getvalue()).decode(), "mime_type": "image/png"}


def open_model(script: list[Any]) -> tuple[NemotronVLDecisionModel, ScriptedBackend]:
    backend = ScriptedBackend(script)
    return NemotronVLDecisionModel(chat=ChatNemotronVL(engine=open_script(backend))), backend


ANSWERS = {"Is it urgent?": "yes", "Which team?": "B", "How angry?": "C"}


class AnswersQuestions(ScriptedBackend):
    """Answers each question by its words: they are asked at once, and arrive in any order."""

    def __init__(self) -> None:
        super().__init__([])

    def _next_step(self) -> ScriptStep:
        (answer,) = [answer for question, answer in ANSWERS.items() if question in self.prompts[-1].text]
        return answer


def test_every_question_is_one_constrained_request() -> None:
    backend = AnswersQuestions()
    model = NemotronVLDecisionModel(chat=ChatNemotronVL(engine=open_script(backend)))
    response = model.invoke({"state": "Help at once!", "questions": QUESTIONS})
    assert response.nouls["urgent"].noul == 1.0
    assert (response.choices["team"].choice, response.choices["team"].confidence) == ("technical", 1.0)
    assert (response.scores["mood"].score, response.scores["mood"].legend[2]) == (2.0, "Furious.")
    assert len(backend.prompts) == len(backend.samplings) == 3
    for prompt, sampling in zip(backend.prompts, backend.samplings, strict=True):
        choices = ("yes", "no") if "Is it urgent?" in prompt.text else ("A", "B", "C")
        assert sampling.constraint == ChoiceConstraint(choices)
        assert "Help at once!" in prompt.text
    (which_team,) = [prompt.text for prompt in backend.prompts if "Which team?" in prompt.text]
    assert (
        "A: billing: Payments.\nB: technical\nC: sales: Prices.\nAnswer with the letter alone." in which_team
    )


def test_tokens_of_all_requests_are_added_up() -> None:
    model = NemotronVLDecisionModel(chat=ChatNemotronVL(engine=open_script(AnswersQuestions())))
    usage = model.invoke({"state": "Help!", "questions": QUESTIONS}).usage
    assert usage is not None
    assert (usage["input_tokens"], usage["output_tokens"]) == (3, 5)


def test_what_yes_and_no_mean_is_told() -> None:
    model, backend = open_model(["no"])
    question = Noul(instructions="Is it spam?", criteria=NoulCriteria(true="Unwanted.", false="Wanted."))
    assert model.invoke({"state": "Hello", "questions": {"spam": question}}).nouls["spam"].noul == 0.0
    assert "yes: Unwanted.\nno: Wanted.\nAnswer with yes or no alone." in backend.prompts[0].text


def test_probabilities_are_shares_of_the_tokens_that_begin_an_answer() -> None:
    tokens = {"y": math.log(0.2), "yes": math.log(0.4), "no": math.log(0.2), "maybe": math.log(0.2)}
    answer = put_question("q", URGENT).answer(tokens)
    assert answer.type == "noul"
    assert answer.noul == pytest.approx(0.75)
    mood = put_question("q", MOOD).answer({"A": math.log(0.5), "C": math.log(0.5)})
    assert mood.type == "score"
    assert (mood.score, mood.probabilities) == (pytest.approx(1.0), {0: 0.5, 1: 0.0, 2: 0.5})


def test_tokens_that_begin_no_answer_are_an_error() -> None:
    with pytest.raises(EngineError, match="no probability of yes, no"):
        put_question("q", URGENT).answer({"perhaps": -0.1})


@pytest.mark.parametrize(
    ("questions", "named"),
    [
        ({"where": Box(instructions="Where is the stamp?")}, "'where' is of type 'box'"),
        (
            {"many": Choice(instructions="Which?", criteria=dict.fromkeys("abcdefghijklmnopqrstu"))},
            "21 answers",
        ),
        ({}, "no questions"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused_by_name(
    questions: dict[str, Question], named: str
) -> None:
    model, backend = open_model([])
    with pytest.raises(ModelInvalidRequestError, match=named):
        model.invoke({"state": "Hello", "questions": questions})
    assert backend.prompts == []


def test_state_of_any_shape_is_shown_in_its_order() -> None:
    call = AIMessage("I look.", tool_calls=[{"name": "look", "args": {"page": 1}, "id": "a"}])
    page = show_page("One.")
    state = {
        "mail": {"subject": "Refund", "lines": ["a", "b"]},
        "chat": [HumanMessage("Hi"), call],
        "scan": page,
    }
    first, image = write_state(state)
    assert image == page
    assert first["text"] == (
        "mail:\n  subject: Refund\n  lines:\n    a\n    b\n"
        'chat:\n  human:\n  Hi\n  ai:\n  I look.\n  calls look: {"page": 1}\nscan:'
    )


@pytest.mark.parametrize("state", [{"a": object()}, [b"bytes"], {"a": {1, 2}}])
def test_state_that_is_no_json_is_refused(state: Any) -> None:  # noqa: ANN401 - anything
    with pytest.raises(ModelInvalidRequestError, match="cannot be decided about"):
        open_model([])[0].invoke({"state": state, "questions": QUESTIONS})


def test_state_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ModelInvalidRequestError, match="nested more than"):
        open_model([])[0].invoke({"state": endless, "questions": QUESTIONS})


def test_media_that_cannot_be_used_are_refused_by_name() -> None:
    sound = {"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}
    with pytest.raises(ModelInvalidRequestError, match="audio"):
        open_model([])[0].invoke({"state": [sound], "questions": QUESTIONS})


def test_the_first_error_ends_all_questions() -> None:
    hold = asyncio.Event()
    died = [EngineDiedError("It died.")] * 3
    chat = ChatNemotronVL(
        engine=open_script(ScriptedBackend([*died, ScriptedReply(text="B", hold=hold)])), max_retries=0
    )
    with pytest.raises(EngineDiedError):
        NemotronVLDecisionModel(chat=chat).invoke({"state": "Help!", "questions": {"a": URGENT}})


def test_a_decision_model_names_its_checkpoint_once() -> None:
    assert NemotronVLDecisionModel(model="some-model").chat.model == "some-model"
    assert NemotronVLDecisionModel(chat=ChatNemotronVL(model="some-model")).model == "some-model"
    with pytest.raises(ValueError, match="differ"):
        NemotronVLDecisionModel(model="other", chat=ChatNemotronVL(model="some-model"))


def test_the_engine_answers_with_probabilities_of_its_own(engine: Engine) -> None:
    model = NemotronVLDecisionModel(chat=ChatNemotronVL(engine=engine))
    state = {"page": show_page("Invoice\n\nTotal due: 30.00"), "note": "It came today."}
    response = model.invoke({"state": state, "questions": QUESTIONS})
    assert 0.0 < response.nouls["urgent"].noul < 1.0
    team, mood = response.choices["team"], response.scores["mood"]
    assert sum(team.probabilities.values()) == pytest.approx(1.0)
    assert team.confidence == team.probabilities[team.choice] == max(team.probabilities.values())
    assert all(share > 0 for share in [*team.probabilities.values(), *mood.probabilities.values()])
    assert mood.score == pytest.approx(sum(level * share for level, share in mood.probabilities.items()))
    assert response.model == engine.model
    assert response.usage is not None
    assert response.usage["input_tokens"] > 3 * 258
    again = asyncio.run(model.ainvoke({"state": state, "questions": QUESTIONS}))
    assert again.answers.keys() == response.answers.keys()
