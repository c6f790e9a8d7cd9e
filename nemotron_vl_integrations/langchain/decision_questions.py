"""The questions of a decision model as prompts, and its answers from the probabilities of a reply's first token."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from langchain_core.decisions import (
    Answer,
    Box,
    Choice,
    ChoiceAnswer,
    Noul,
    NoulAnswer,
    Question,
    Score,
    ScoreAnswer,
)

from nemotron_vl_integrations.errors import EngineError, InvalidRequestError
from nemotron_vl_integrations.langchain.decision_state import Block, write_state

ALTERNATIVES: Final = 20
"""Tokens whose probability vLLM tells, and so the most answers of one character that can be told apart."""

_YES_OR_NO: Final = ("yes", "no")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRST"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the form in which it is asked.

    Attributes:
        question: As it was handed in.
        replies: What the model may reply; each begins with another character.
    """

    question: Noul | Choice | Score
    replies: tuple[str, ...]

    def write(self, state: object) -> list[Block]:
        """Return the content of the message that asks it.

        Raises:
            InvalidRequestError: State or question hold something that cannot be written.
        """
        kind = "yes or no" if isinstance(self.question, Noul) else "the letter"
        meanings = dict(zip(self.replies, self._list_meanings(), strict=True))
        known = {reply: meaning for reply, meaning in meanings.items() if meaning is not None}
        return write_state([state, "", self.question.instructions, known, f"Answer with {kind} alone."])

    def _list_meanings(self) -> Sequence[object]:
        match self.question:
            case Noul(criteria=about):
                return (None, None) if about is None else (about.true, about.false)
            case Choice(criteria=criteria):
                return [label if about is None else {label: about} for label, about in criteria.items()]
            case Score(criteria=criteria):
                return criteria

    def answer(self, tokens: Mapping[str, float]) -> Answer:
        """Return the answer from what the model could have begun its reply with.

        Args:
            tokens: The likeliest first tokens, with the natural logarithms of their probabilities.

        Raises:
            EngineError: None of them begins a reply.
        """
        shares = self._weigh(tokens)
        best = max(range(len(shares)), key=shares.__getitem__)
        match self.question:
            case Noul():
                return NoulAnswer(type="noul", noul=shares[0])
            case Choice(criteria=criteria):
                labels = list(criteria)
                return ChoiceAnswer(
                    type="choice",
                    choice=labels[best],
                    probabilities=dict(zip(labels, shares, strict=True)),
                    confidence=shares[best],
                )
            case Score(criteria=criteria):
                return ScoreAnswer(
                    type="score",
                    score=sum(level * share for level, share in enumerate(shares)),
                    legend=dict(enumerate(criteria)),
                    probabilities=dict(enumerate(shares)),
                    confidence=shares[best],
                )

    def _weigh(self, tokens: Mapping[str, float]) -> list[float]:
        # A reply may be cut into tokens in several ways, which all begin with its first character.
        weights = [
            sum(math.exp(logprob) for token, logprob in tokens.items() if token and reply.startswith(token))
            for reply in self.replies
        ]
        total = sum(weights)
        if not total:
            raise EngineError(f"The engine told no probability of {', '.join(self.replies)}.")
        return [min(weight / total, 1.0) for weight in weights]


def put_question(name: str, question: Question) -> Asked:
    """Return a question in the form in which it is asked.

    Raises:
        InvalidRequestError: A question of a kind, or with more answers, than can be told apart.
    """
    match question:
        case Noul():
            return Asked(question, _YES_OR_NO)
        case Choice() | Score():
            count = len(question.criteria)
            if count > ALTERNATIVES:
                raise InvalidRequestError(
                    f"The question {name!r} has {count} answers and {ALTERNATIVES} are allowed.",
                    hint="Ask in two steps: first for a group of them.",
                )
            return Asked(question, tuple(_LETTERS[:count]))
        case Box():
            raise InvalidRequestError(
                f"The question {name!r} is of type 'box', and nobody has checked how well the model finds places.",
                hint="Ask yes-or-no questions, choices and scores.",
            )
        case _:
            assert_never(question)
