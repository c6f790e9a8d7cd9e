"""Messages that ask for a random tool: by its name or in words, the arguments in many forms and orders."""

from nemotron_vl_integrations.messages import ToolCall
from training.phrases import expand
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
from training.tools import Parameter, Tool, ToolMaker, Value, write_call

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

_Given = list[tuple[Parameter, Value]]


class ToolRequests:
    """Draws messages that ask for a tool, with the call that is meant.

    Args:
        maker: Where chance comes from.
    """

    def __init__(self, maker: ToolMaker) -> None:
        self._rng = maker.rng

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
        inside = by_name and rng.random() < INSIDE_SHARE
        opening = self._fill(f"[{BY_NAME_INSIDE}]" if inside else BY_NAME if by_name else BY_WORDS, tool)
        if rng.random() < FILLER_SHARE:
            opening = f"{opening} {rng.choice(FILLERS)}"
        text = opening + self._arguments(given) + rng.choice(ENDINGS)
        return self._begun(text), call

    def _fill(self, pattern: str, tool: Tool) -> str:
        words = {
            "name": tool.spec.name,
            "verb": tool.verb,
            "thing": tool.thing,
            "Verb": tool.verb.capitalize(),
        }
        # an alternative may be empty between two spaces
        return expand(self._rng, pattern).replace("  ", " ").format(**words)

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
        form = self._form()
        one_form = rng.random() < ONE_FORM_SHARE
        pairs = [self._pair(form if one_form else self._form(), item, value) for item, value in given]
        if len(pairs) > 1 and rng.random() < LISTED_SHARE:
            # as sentences list things, which leaves the last "and" to be told from one in a value
            *pairs, last = pairs
            return f"{rng.choice(LINKS)}{', '.join(pairs)}{rng.choice((' and ', ', and '))}{last}"
        return rng.choice(LINKS) + rng.choice(JOINTS).join(pairs)

    def _form(self) -> str:
        """One way to name an argument with its value; an alternative may be empty between two spaces."""
        forms = WORDY_PAIRS if self._rng.random() < WORDY_SHARE else PAIRS
        return expand(self._rng, self._rng.choice(forms)).replace("  ", " ").strip()

    def _pair(self, form: str, item: Parameter, value: Value) -> str:
        name = item.name if self._rng.random() < 0.4 else item.words
        return form.format(n=name, v=self._say(item, value))

    def _say(self, item: Parameter, value: Value) -> str:
        if not item.is_text:
            return value.spoken
        quote = self._rng.choice(("", "", "'", '"'))
        return f"{quote}{value.spoken}{quote}" if quote not in value.spoken else value.spoken
