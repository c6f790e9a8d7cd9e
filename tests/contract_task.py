"""A whole task over the scanned contract of the samples: find the page, read it, extract three fields from it.

The demo checkpoint is too weak to choose tools, so the choice is scripted here, for all doors alike: `plan` says which
call comes next, from what the tools answered before and nothing else, as a model would. Tools and engine are real, and
so are the turns of the model, whose calls are replaced.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path("samples")
SOURCE = "contract.pdf"
QUESTION = f"What are the contract number, the monthly rent and the first payment of {SOURCE}?"
PRINTED = {"Contract number": "AL-2026-114", "Monthly rent": "1,450.00", "First payment": "July 1, 2026"}
PAGE = 9


@dataclass(frozen=True, slots=True)
class Call:
    """What a model says to call a tool."""

    name: str
    arguments: Mapping[str, object]


def plan(answers: Sequence[str]) -> Call | None:
    """The next call, from the answers to those before; None when the task is done."""
    match len(answers):
        case 0:
            return Call("find_in_document", {"source": SOURCE, "query": "monthly rent"})
        case 1:
            return Call("read_document", {"source": SOURCE, "pages": find_page(answers[0])})
        case 2:
            fields = {"source": SOURCE, "fields": [*PRINTED], "pages": find_page(answers[0])}
            return Call("extract_fields", fields)
        case _:
            return None


def find_page(answer: str) -> str:
    found = re.search(r"found on page ([0-9]+)", answer)
    assert found is not None, answer
    return found[1]


def check_answers(answers: Sequence[str]) -> None:
    """Whether the task was done: the right page out of twelve, its text, and what is printed there."""
    found, read, extracted = answers
    assert "on pages 1-12 of" in found
    assert find_page(found) == str(PAGE)
    assert f'<page source="{SOURCE}" number="{PAGE}">' in read
    assert "rent" in read
    fields = json.loads(extracted.partition("<fields>")[2].partition("</fields>")[0])
    assert [*fields] == [*PRINTED]
    # A letter may be misread, whatever model reads.
    assert sum(fields[name] == value for name, value in PRINTED.items()) >= 2, fields
