"""Words, names, labels and phrases of the languages that training pages are written in."""

from training.lexicon.english import ENGLISH
from training.lexicon.french import FRENCH
from training.lexicon.german import GERMAN
from training.lexicon.italian import ITALIAN
from training.lexicon.portuguese import PORTUGUESE
from training.lexicon.spanish import SPANISH
from training.lexicon.terms import Kind, Label, Lexicon

LEXICONS = {lexicon.language: lexicon for lexicon in (ENGLISH, FRENCH, GERMAN, ITALIAN, PORTUGUESE, SPANISH)}

__all__ = ["LEXICONS", "Kind", "Label", "Lexicon"]
