"""Tells a page that was read from one that went wrong, by the text alone."""

from dataclasses import dataclass
from typing import Final, Literal, assert_never

from nemotron_vl_integrations.messages import FinishReason
from nemotron_vl_integrations.page_checks.garbled_text import describe_garbling
from nemotron_vl_integrations.page_checks.table_shape import find_uneven_table
from nemotron_vl_integrations.page_checks.text_repetition import measure_repetition

TextMode = Literal["text", "markdown", "tables"]
DefectKind = Literal["loop", "truncated", "empty", "garbled", "uneven_table", "invalid"]

_MARKDOWN: Final = frozenset({"markdown", "tables"})


@dataclass(frozen=True, slots=True)
class Defect:
    """What is wrong with a text.

    Attributes:
        kind: `loop`: it repeats itself;
            `truncated`: the model was stopped before its end;
            `empty`: no text, and there is ink on the page;
            `garbled`: characters, encoding or scripts that no page holds;
            `uneven_table`: a table whose rows have different numbers of cells;
            `invalid`: no JSON object that satisfies the schema.
        evidence: What shows it, with its figures, for people; see `explain_defect`.
    """

    kind: DefectKind
    evidence: str


def judge_text(text: str, *, mode: TextMode, finish_reason: FinishReason, inked: bool) -> Defect | None:
    r"""Return what is wrong with a page's text, the worst first; None if nothing is.

    Args:
        text: What the model wrote.
        mode: Tables are judged where they are asked for: in `markdown` and `tables`.
        finish_reason: Why the model stopped.
        inked: Whether there is anything on the page.

    Examples:
        >>> judge_text("Dear Ms Hale,", mode="text", finish_reason="stop", inked=True) is None
        True
        >>> judge_text(" \n", mode="text", finish_reason="stop", inked=True).kind
        'empty'
    """
    repetition = measure_repetition(text)
    if repetition or finish_reason == "repetition":
        stopped = ", and it was stopped" if finish_reason == "repetition" else ""
        return Defect("loop", f"{repetition:.0%} of {len(text):,} characters repeat{stopped}")
    if finish_reason in {"length", "abort"}:
        return Defect("truncated", f"it was stopped after {len(text):,} characters")
    if not text.strip():
        return Defect("empty", "not one character") if inked else None
    if garbling := describe_garbling(text):
        return Defect("garbled", garbling)
    if mode in _MARKDOWN and (uneven := find_uneven_table(text)):
        return Defect("uneven_table", uneven)
    return None


def judge_object(text: str, *, finish_reason: FinishReason, problems: str) -> Defect | None:
    """Return what is wrong with the JSON object of a page; None if nothing is.

    Repetition within it is no defect: rows and empty cells of a table repeat.

    Args:
        text: What the model wrote.
        finish_reason: Why the model stopped.
        problems: Where the object breaks its schema; empty if it does not.

    Examples:
        >>> judge_object('{"total": 1}', finish_reason="stop", problems="") is None
        True
        >>> judge_object('{"total": ', finish_reason="length", problems="it is not JSON").evidence
        'it was stopped after 10 characters'
    """
    if finish_reason != "stop":
        why = " because it looped" if finish_reason == "repetition" else ""
        return Defect("invalid", f"it was stopped after {len(text):,} characters{why}")
    return Defect("invalid", problems) if problems else None


def explain_defect(defect: Defect) -> str:
    """Say what is wrong in one sentence.

    Examples:
        >>> explain_defect(Defect("uneven_table", "row 3 of table 1 has 3 cells where 2 are expected"))
        'A table does not add up: row 3 of table 1 has 3 cells where 2 are expected.'
    """
    return f"{_name(defect.kind)}: {defect.evidence}."


def _name(kind: DefectKind) -> str:
    match kind:
        case "loop":
            return "The model repeated itself"
        case "truncated":
            return "The text is not whole"
        case "empty":
            return "No text came of a page with ink"
        case "garbled":
            return "The text is garbled"
        case "uneven_table":
            return "A table does not add up"
        case "invalid":
            return "The object does not satisfy the schema"
        case _:
            assert_never(kind)
