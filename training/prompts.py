"""Draws the requests that pages are asked with, and system texts."""

import random
import re

from training.phrases import expand, type_carelessly
from training.wording_orders import COPY_ORDERS, POLITE_ORDERS, SHORT_ORDERS
from training.wordings import INSTRUCTIONS, LONG, MARKDOWN, ORDERS, OTHER_LANGUAGES, PHRASES, QUESTIONS

MAIN_WORDING = "Transcribe this page."
MARKDOWN_WORDING = "Convert this page to Markdown."
SYSTEM_TEXTS = (
    "You are an OCR engine.",
    "You are a helpful assistant.",
    "You read scanned documents.",
    "Answer briefly.",
    "You transcribe pages. Do not add comments.",
    "Follow the instructions of the user.",
    "You are a careful reader. Write down exactly what you see.",
    "You are a helpful AI assistant that works with documents. Be concise and accurate.",
    "You are Nemotron, a model that reads documents.",
    "Answer questions about the page with the value alone.",
    "You may use tools.",
)

_SPARE_SPACE = re.compile(r" +(?=[ ?.,!])")
_BEFORE_VOWEL = re.compile(r"\ba (?=[aeio]|OCR|una)")
_KINDS = (ORDERS, QUESTIONS, PHRASES, LONG, OTHER_LANGUAGES, SHORT_ORDERS, POLITE_ORDERS, COPY_ORDERS)
_WEIGHTS = (22, 18, 10, 14, 8, 14, 9, 5)


def draw_wording(rng: random.Random) -> str:
    """Draw a request to transcribe the page in any wording."""
    wording = expand(rng, rng.choice(rng.choices(_KINDS, _WEIGHTS)[0])).strip()
    wording = _SPARE_SPACE.sub("", _BEFORE_VOWEL.sub("an ", wording))
    return type_carelessly(rng, wording[:1].upper() + wording[1:])


def draw_markdown_wording(rng: random.Random) -> str:
    """Draw a request for the page as Markdown: the main wording in half of all cases."""
    if rng.random() < 0.5:
        return MARKDOWN_WORDING
    return type_carelessly(rng, expand(rng, rng.choice(MARKDOWN)))


def draw_instruction(rng: random.Random) -> str:
    """Draw a system text that asks for the text of a bare image."""
    return expand(rng, rng.choice(INSTRUCTIONS))


def draw_system(rng: random.Random, share: float = 0.3) -> str:
    """Draw a system text, empty but for `share` of all cases."""
    return rng.choice(SYSTEM_TEXTS) if rng.random() < share else ""
