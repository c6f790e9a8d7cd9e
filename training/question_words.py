"""Words that questions after fields are made of; brackets hold alternatives, see `phrases.expand`."""

from dataclasses import dataclass
from typing import Final

TELL: Final = (
    "[Can you tell me|Could you tell me|Do you know|Do you see|I want to know|I would like to know|I need to know|I "
    "wonder|I am asking|Please tell me|Tell me|Let me know|Say|Find out|Look up|Check|See|Please check|Please find out|"
    "Can you find out|Could you say|May I ask|Help me see|Does it say|Does the page say|Is it said|My question is|"
    "What I "
    "want to know is|The question is|Remind me|Show me|Work out|I forgot|I have forgotten|I can't see|I cannot find|I "
    "don't know|Nobody told me|My boss asks|The customer asks|Someone asked me|They want to know|We must find out|Read "
    "and tell me|Look and say|Please look up|Would you check|Can you see|It is not clear to me|I was asked]"
)
PAPER: Final = (
    "[invoice|bill|order|form|letter|document|paper|page|sheet|slip|receipt|card|record|claim|note|file|case]"
)
IT: Final = f"[it|it|it|this|that|the {PAPER}|this {PAPER}|our {PAPER}|my {PAPER}|your {PAPER}]"
DO: Final = (
    "[do I|do I|do we|does one|do you|do they|does a customer|do people|does my office|did I|did we|did they|"
    "will I|will we|would I|should I|should we|shall I|can I|can we|may I|must I|must we|might I|could I|could we]"
)
WE: Final = "[I|I|we|one|you|they|somebody|the customer|people|my office|the company|the buyer|he|she]"
MAY: Final = "[can|could|may|might|will|would|should|shall|had to|used to|am supposed to|was told to|get to]"
THEM: Final = (
    "[them|them|the [firm|company|shop|office|sender|seller|supplier|person|people|owner|writer|other side]|this [firm|"
    "company|shop|person|office|supplier]|somebody there|someone there|him|her|these people|their office]"
)
HERE: Final = (
    "[||||| here| on this page| on the page| in this case| on it| according to the page| as printed| "
    "exactly| please]"
)
END: Final = "[?|?|?|?||.| please?|, please?]"
PAY: Final = "[pay|settle|clear|transfer|send|remit|cover]"
CALL: Final = (
    "[call|phone|ring|telephone|ring up|get hold of|contact|get in touch with|get through to|speak to|talk "
    "to|text]"
)
NUMBER: Final = "[number|phone number|telephone number|line|phone]"


@dataclass(frozen=True, slots=True)
class Group:
    """Labels that are asked for in the same words.

    Attributes:
        labels: In plain lower-case words; where two of them stand on a page, neither is asked for in these words.
        direct: Whole questions, without their mark.
        asked: Clauses that follow an opening.
        rivals: Other labels that such a question might mean.
    """

    labels: frozenset[str]
    direct: tuple[str, ...]
    asked: tuple[str, ...]
    rivals: frozenset[str] = frozenset()


def group(labels: str, direct: tuple[str, ...], asked: tuple[str, ...], rivals: str = "") -> Group:
    """A group of labels and of rivals, each separated by `|`.

    Examples:
        >>> sorted(group("phone|fax", ("Whom do I call",), ("whom to call",)).labels)
        ['fax', 'phone']
    """
    return Group(frozenset(labels.split("|")), direct, asked, frozenset(rivals.split("|")) - {""})
