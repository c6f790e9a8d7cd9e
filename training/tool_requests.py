"""Messages that ask for a random tool: by its name or in words, the arguments in many forms and orders."""

import re

from nemotron_vl_integrations.messages import ToolCall
from training.phrases import expand
from training.tool_clauses import CLAUSE_JOINTS, CLAUSE_LINKS, CLAUSES, KEPT_WORDS, OPEN_CLAUSES, STARTS
from training.tool_openings import OPEN_BY_NAME, OPEN_BY_WORDS
from training.tool_wordings import (
    BEGINNINGS,
    BY_NAME,
    BY_NAME_INSIDE,
    BY_WORDS,
    ENDINGS,
    FILLERS,
    JOINTS,
    LINKS,
    ONE_TEXT,
    PAIRS,
    WORDY_PAIRS,
)
from training.tool_words import VERBS
from training.tools import Parameter, Tool, ToolMaker, Value, write_call
from training.word_lists import MONTHS

BY_NAME_SHARE = 0.45
INSIDE_SHARE = 0.25
SIGNATURE_SHARE = 0.15
LISTED_SHARE = 0.25
WORDY_SHARE = 0.4
ONE_TEXT_SHARE = 0.3
ONE_FORM_SHARE = 0.6
FILLER_SHARE = 0.2
BEGINNING_SHARE = 0.15
BARE_SHARE = 0.15
CLAUSE_SHARE = 0.45
OPEN_CLAUSE_SHARE = 0.3
"""Of the clauses: those whose words may be any."""
OPEN_OPENING_SHARE = 0.45
OTHER_FORM_SHARE = 0.15
"""Of dates and choices: those that are said in another form than the call has."""
QUOTED_SHARE = 0.9
"""Of the values that begin like a clause."""
_ANY_WORD = re.compile(r"\{w\}")

_Given = list[tuple[Parameter, Value]]


class ToolRequests:
    """Draws messages that ask for a tool, with the call that is meant.

    Args:
        maker: Where chance comes from.
    """

    def __init__(self, maker: ToolMaker) -> None:
        self._rng = maker.rng
        self._source = maker.source

    def draw(self, tool: Tool) -> tuple[str, ToolCall]:
        """Draw a message that asks for a tool with arguments, and the call."""
        rng = self._rng
        given = [(item, item.draw()) for item in tool.parameters if item.required or rng.random() < 0.4]
        call = write_call(tool.spec.name, [(item.name, value.written) for item, value in given])
        by_name = rng.random() < BY_NAME_SHARE
        if by_name and given and rng.random() < SIGNATURE_SHARE:
            return self._signature(tool, given), call
        if not by_name and len(given) == 1 and given[0][0].is_text and rng.random() < ONE_TEXT_SHARE:
            return self._one_text(tool, given[0]), call
        text = self._opening(tool, by_name=by_name) + self._arguments(given) + rng.choice(ENDINGS)
        return self._begun(text), call

    def _opening(self, tool: Tool, *, by_name: bool) -> str:
        rng = self._rng
        if rng.random() < OPEN_OPENING_SHARE:
            opening = self._fill(rng.choice(OPEN_BY_NAME if by_name else OPEN_BY_WORDS), tool)
            # a name is written as it is, at the start of a sentence too
            if opening.startswith(tool.spec.name):
                return opening
            return opening[:1].upper() + opening[1:] if rng.random() < 0.9 else opening
        inside = by_name and rng.random() < INSIDE_SHARE
        opening = self._fill(f"[{BY_NAME_INSIDE}]" if inside else BY_NAME if by_name else BY_WORDS, tool)
        return f"{opening} {rng.choice(FILLERS)}" if rng.random() < FILLER_SHARE else opening

    def _with_words(self, pattern: str) -> str:
        """Put any words at all where a pattern leaves them open."""
        return _ANY_WORD.sub(lambda _: self._any_word(), pattern)

    def _any_word(self) -> str:
        rng = self._rng
        word = rng.choice(VERBS) if rng.random() < 0.3 else rng.choice(self._source.vocabulary.dictionary)
        word = word.lower()
        return word if word.isalpha() and word.isascii() and word not in KEPT_WORDS else "pray"

    def _fill(self, pattern: str, tool: Tool) -> str:
        words = {
            "name": tool.spec.name,
            "verb": tool.verb,
            "thing": tool.thing,
            "Verb": tool.verb.capitalize(),
        }
        # an alternative may be empty between two spaces
        return self._with_words(_single_spaced(expand(self._rng, pattern))).format(**words)

    def _begun(self, text: str) -> str:
        return f"{self._rng.choice(BEGINNINGS)}{text}" if self._rng.random() < BEGINNING_SHARE else text

    def _signature(self, tool: Tool, given: _Given) -> str:
        """The way a programmer writes a call."""
        rng = self._rng
        listed = [self._say(item, value) for item, value in given]
        if rng.random() < 0.3:
            listed = [f"{item.name}={said}" for (item, _), said in zip(given, listed, strict=True)]
        start = expand(rng, "[Call|Run|Execute|Evaluate|What is the value of|What is|What does|] ").lstrip()
        end = expand(rng, "[.|?|. Use the tool.|? Use the tool.|]")
        return f"{start}{tool.spec.name}({', '.join(listed)}){end}"

    def _one_text(self, tool: Tool, given: tuple[Parameter, Value]) -> str:
        text = f"{self._fill(ONE_TEXT, tool)} {self._say(*given)}{self._rng.choice(('?', '.', '', '?'))}"
        return self._begun(text)

    def _arguments(self, given: _Given) -> str:
        """Name each argument and its value, all in one form or each in its own, in an order of their own."""
        rng = self._rng
        if not given:
            return ""
        given = rng.sample(given, len(given))
        if len(given) == 1 and rng.random() < BARE_SHARE:
            return f" {self._say(*given[0])}"
        if rng.random() < CLAUSE_SHARE:
            return self._clauses(given)
        form = self._form()
        one_form = rng.random() < ONE_FORM_SHARE
        pairs = [self._pair(form if one_form else self._form(), item, value) for item, value in given]
        if len(pairs) > 1 and rng.random() < LISTED_SHARE:
            # as sentences list things, which leaves the last "and" to be told from one in a value
            *pairs, last = pairs
            return f"{rng.choice(LINKS)}{', '.join(pairs)}{rng.choice((' and ', ', and '))}{last}"
        return rng.choice(LINKS) + rng.choice(JOINTS).join(pairs)

    def _clauses(self, given: _Given) -> str:
        """A clause for each argument, most of them in a form of its own."""
        rng = self._rng
        kept = self._clause() if rng.random() < 0.3 else ""
        clauses = [self._pair(self._with_words(kept or self._clause()), item, value) for item, value in given]
        link = rng.choice(CLAUSE_LINKS)
        if link.endswith((". ", "\n", "- ")):
            clauses[0] = clauses[0] if clauses[0].startswith(given[0][0].name) else _capital(clauses[0])
        return link + rng.choice(CLAUSE_JOINTS).join(clauses)

    def _clause(self) -> str:
        forms = OPEN_CLAUSES if self._rng.random() < OPEN_CLAUSE_SHARE else CLAUSES
        return _single_spaced(expand(self._rng, self._rng.choice(forms)))

    def _form(self) -> str:
        """One way to name an argument with its value."""
        forms = WORDY_PAIRS if self._rng.random() < WORDY_SHARE else PAIRS
        return _single_spaced(expand(self._rng, self._rng.choice(forms)))

    def _pair(self, form: str, item: Parameter, value: Value) -> str:
        name = item.name if self._rng.random() < 0.4 else item.words
        return form.format(n=name, v=self._say(item, value))

    def _say(self, item: Parameter, value: Value) -> str:
        """A value in quotes or without; in quotes where its own words could be those of the sentence."""
        rng, spoken = self._rng, value.spoken
        if not item.is_text:
            return self._in_other_form(item, spoken) if rng.random() < OTHER_FORM_SHARE else spoken
        quote = rng.choice(("", "", "'", '"'))
        first = spoken.split(" ", 1)[0].lower()
        if not quote and first in STARTS and rng.random() < QUOTED_SHARE:
            quote = rng.choice(("'", '"'))
        return f"{quote}{spoken}{quote}" if quote not in spoken else spoken

    def _in_other_form(self, item: Parameter, spoken: str) -> str:
        """A choice with a capital or in quotes; a date with the name of its month, where the schema wants ISO 8601."""
        if "enum" in item.schema:
            return self._rng.choice((spoken.capitalize(), spoken.upper(), f"'{spoken}'", f'"{spoken}"'))
        if item.schema.get("format") == "date":
            year, month, day = spoken.split("-")
            name = MONTHS[int(month) - 1]
            return self._rng.choice((f"{int(day)} {name} {year}", f"{name} {int(day)}, {year}"))
        return spoken


def _single_spaced(text: str) -> str:
    """An alternative may be empty between two spaces."""
    return re.sub(" {2,}", " ", text).strip(" ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
