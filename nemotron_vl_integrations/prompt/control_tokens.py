r"""The texts that act on the model, and how they are taken out of other people's text.

The tokenizer turns `<image>` or `<SPECIAL_11>` into one control token wherever it stands, the chat
template deletes `/think` and switches reasoning by it, and the reply parser acts on `<TOOLCALL>`. In the
text of a user, a document or a tool all of these are ordinary words and must stay so.

Each occurrence is broken by a zero-width space (U+200B) after its first character: `<\u200bimage>`. Why this
character and this place: it prints as nothing; `str.strip` and Unicode normalisation keep it; it is frequent
enough in text for tokenizers to spend one to three tokens on it; and behind the first character it leaves the
word itself whole, as byte-level BPE cuts pieces where letters begin. Case is kept apart, as template,
tokenizer and parser keep it apart: `<IMAGE>` acts on none of them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

BREAK = "\u200b"

# `<_end_think>` is a stand-in by which NVIDIA's template protects `</think>`; it would turn into one.
_TAGS = "think|_end_think|TOOLCALL|AVAILABLE_TOOLS|TOOL_RESPONSE|image|img|video|quad|ref|box|s|unk"
_TAILS = {
    "<": (rf"/?(?:{_TAGS})>", r"image [0-9]+>", r"SPECIAL_[0-9]+>"),
    "/": ("think", "no_think"),
}


class ControlTokens:
    """The control texts of the model family and of one tokenizer.

    Args:
        added: Special and added tokens of the tokenizer. Tokens of one character cannot be broken and
            are left out.
    """

    __slots__ = ("_first_character",)

    def __init__(self, added: Iterable[str] = ()) -> None:
        tails: defaultdict[str, list[str]] = defaultdict(
            list, {head: list(tail) for head, tail in _TAILS.items()}
        )
        for token in sorted(set(added)):
            if len(token) > 1 and not any(re.fullmatch(tail, token[1:]) for tail in _TAILS.get(token[0], ())):
                tails[token[0]].append(re.escape(token[1:]))
        # A look-ahead finds occurrences that overlap: `</think>` and the `/think` inside it.
        alternatives = (f"{re.escape(head)}(?={'|'.join(tail)})" for head, tail in tails.items())
        self._first_character = re.compile("|".join(alternatives))

    def neutralise(self, text: str) -> str:
        """Returns the text with every control text in it broken; all else is kept byte for byte."""
        return self._first_character.sub(rf"\g<0>{BREAK}", text)


_FAMILY = ControlTokens()


def neutralise(text: str) -> str:
    r"""Breaks every control text of the model family, so that the text acts on nothing.

    `PromptRenderer` does this to all text that it is given, with the tokens of the loaded tokenizer added.

    Args:
        text: Text of a user, a document or a tool.

    Returns:
        The same text with a zero-width space after the first character of each control text.

    Examples:
        >>> neutralise("open docs/think.md")
        'open docs/\u200bthink.md'
        >>> neutralise("a < b, c/d")
        'a < b, c/d'
    """
    return _FAMILY.neutralise(text)
