"""Which way a page lies: what its pixels tell, the question to the model, and the vote of a document."""

from nemotron_vl_integrations.orientation.document_vote import DocumentVote
from nemotron_vl_integrations.orientation.looking import (
    LetterDirection,
    LineDirection,
    look_at_letters,
    look_at_lines,
    propose_rotations,
)
from nemotron_vl_integrations.orientation.question import (
    QUESTION_TOKENS,
    RotationAnswer,
    choose_rotation,
    crops_for_question,
)
from nemotron_vl_integrations.orientation.turning import ROTATIONS, Rotation, combine_rotations, turn_image

__all__ = [
    "QUESTION_TOKENS",
    "ROTATIONS",
    "DocumentVote",
    "LetterDirection",
    "LineDirection",
    "Rotation",
    "RotationAnswer",
    "choose_rotation",
    "combine_rotations",
    "crops_for_question",
    "look_at_letters",
    "look_at_lines",
    "propose_rotations",
    "turn_image",
]
