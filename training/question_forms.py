"""Draws questions after fields: with the label in a sentence about it, or in sentences of their own."""

import random
import re
from typing import Final

from training.paper_questions import PAPER_QUESTIONS
from training.people_questions import PEOPLE_QUESTIONS
from training.phrases import expand
from training.question_words import DO, END, HERE, IT, PAPER, TELL, THEM

ASKED_SHARE: Final = 0.45
"""Of the questions: clauses after an opening."""
_SPARE_SPACE: Final = re.compile(r" +(?=[ ?.,]|$)")
LABELLED: Final = (
    f"{TELL} [what|which|how high|who] the {{}} [is|was|says|reads]{HERE}{END}",
    f"{TELL} [the|which|what] {{}} [is|was|has been] [given|printed|noted|named|used|filled in|entered|listed|"
    f"meant]{END}",
    f"{TELL} the {{}}[ of {THEM}| of {IT}|{HERE}]{END}",
    f"[What|Which] {{}} {DO} [quote|need|use|enter|give|note down|put down|pass on|remember|write on the form|copy|"
    f"mention|"
    f"take|tell them|type in|ask for|look for|have]{HERE}{END}",
    f"[What|Which] {{}} [does|did|will|can] [{IT}|the {PAPER}|it] [give|show|bear|carry|have|mention|list|name|"
    f"contain|hold|"
    f"offer|report|indicate|quote|record|note|tell us|tell|say|provide|display|set|specify]{HERE}{END}",
    f"[What|Which] {{}} [do they|did they|does {THEM}] [give|have|use|quote|name|mention|write|print|note|fill "
    f"in]{END}",
    f"[What is|What's|What was|Give me|I need|Tell me|Find|Please find|Look for|Say|Name|Read] the {{}} of {THEM}{END}",
    f"[What is|What's|Give me|I need|Tell me|Find|Look for|Say|Name] the {{}} of [{IT}|{THEM}|this {PAPER}]{END}",
    "[What is|What's|Give me|I need|Tell me|Find] [the shop|the company|the customer|this person|the office|the firm|"
    "the supplier|"
    f"the owner|the {PAPER}]'s {{}}{END}",
    f"[the |]{{}} of [{IT}|{THEM}]{END}",
    f"[Has|Does] {IT} [got|have|show|give] [a|any|the] {{}}[?|, and which?|? Which?|, and what is it?|? What is it?]",
    f"[How|What] [is|was] the {{}} [given|noted|written|printed|filled in|stated here|here|now]{END}",
    f"[Under|For|With|Behind|As] {{}}[,|] what [is|was|has been] [given|noted|written|printed|filled in|entered]{END}",
    f"[By|With|Under|On|At|For|To|In|From] [what|which] {{}} [is|was|will] [{IT}|this|that] [known|found|kept|meant|"
    f"made|given|"
    f"written|sent|listed]{END}",
    "[{}|the {}|my {}|your {}|our {}][|?|:| ?|...|??|, please|, please?|!| -|.]",
    "[{}|the {}][|?| ?|, please]",
)  # fmt: skip
"""Questions that hold a label, `{}`, and say of whom or of what, or what it is needed for."""

_GROUP_OF: Final = {label: group for group in (*PEOPLE_QUESTIONS, *PAPER_QUESTIONS) for label in group.labels}


def draw_labelled_question(rng: random.Random, name: str) -> str:
    """Draw a question that holds the name of a field."""
    return expand(rng, rng.choice(LABELLED)).replace("{}", name).replace("  ", " ")


def has_questions(label: str) -> bool:
    """Whether a label, in plain words, is asked for in sentences of its own."""
    return label in _GROUP_OF


def is_told_apart(label: str, others: frozenset[str]) -> bool:
    """Whether a question in such a sentence means this label and none of the `others` on the page.

    Examples:
        >>> is_told_apart("phone", frozenset(("total",))), is_told_apart("phone", frozenset(("mobile",)))
        (True, False)
    """
    group = _GROUP_OF.get(label)
    return group is not None and (group.labels | group.rivals).isdisjoint(others - {label})


def draw_own_question(rng: random.Random, label: str) -> str:
    """Draw a question in a sentence of its own.

    Args:
        rng: Where chance comes from.
        label: In plain words; one that `has_questions`.
    """
    group = _GROUP_OF[label]
    if rng.random() < ASKED_SHARE:
        question = f"{expand(rng, TELL)} {expand(rng, rng.choice(group.asked))}{expand(rng, END)}"
    else:
        question = f"{expand(rng, rng.choice(group.direct))}{expand(rng, END)}"
    return _SPARE_SPACE.sub("", question.replace("  ", " "))


def labels_with_questions() -> tuple[str, ...]:
    """All labels that have questions of their own, in plain words, sorted."""
    return tuple(sorted(_GROUP_OF))
