"""Conversations about one page: its text, its Markdown, questions after fields and lines."""

import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nemotron_vl_integrations.messages import Message
from training.conversations import Conversation, assistant, system, think, user
from training.copied import Copied
from training.field_names import draw_question, names_of, plain_name
from training.form_blocks import make_up_label
from training.lexicon import LEXICONS
from training.phrases import expand
from training.prompts import MAIN_WORDING, draw_instruction, draw_markdown_wording, draw_system, draw_wording
from training.random_text import TextSource
from training.sheet import Field, Page

ABSENT = "Not on this page."
MAIN_SHARE = 0.5
SHORT_SHARE = 0.06
REASONING_SHARE = 0.08
ABSENT_SHARE = 0.25
MADE_UP_ABSENT_SHARE = 0.5
"""About as many as among the labels of pages: else a label that nobody has would always be there."""
OWN_ABSENT_SHARE = 0.2
"""Of the questions after missing fields: fewer are sentences of their own than of those after fields that are there.
Whoever does not understand a question should look for an answer before denying it."""
MOST_QUESTIONS = 7
NO_LABELS = frozenset(("this", "that", "it", "all", "letter", "form", "page", "seite", "pagina", "página"))
"""Labels and frequent words that name the whole page: who asks for them wants its text, not a field."""
_WORD = re.compile(r"[^\W\d_]{4,}")


def transcribe(rng: random.Random, page: Page) -> Conversation:
    """Ask for the text of the page: in the main wording, or in any other."""
    copied = Copied().copy(page.text, 0)
    if rng.random() < MAIN_SHARE:
        plain = rng.random()
        messages = (*system("" if plain < 0.9 else draw_system(rng, 1.0)), user(MAIN_WORDING, images=1))
        short = plain < SHORT_SHARE
        return Conversation(
            task="transcribe", messages=messages, answer=copied.text, places=copied.places, short=short
        )
    if rng.random() < 0.08:
        messages = (*system(draw_instruction(rng)), user("", images=1))
    else:
        messages = (*system(draw_system(rng)), user(draw_wording(rng), images=1))
    return with_thought(
        rng, Conversation(task="wording", messages=messages, answer=copied.text, places=copied.places),
        expand(rng, "[The user wants the text of the page.|I have to write down the page.|This asks for the text.]"),
    )  # fmt: skip


def write_markdown(rng: random.Random, page: Page) -> Conversation:
    """Ask for the page as Markdown."""
    messages = (*system(draw_system(rng, 0.1)), user(draw_markdown_wording(rng), images=1))
    markdown = page.write_markdown()
    places = np.array(markdown.places, np.int32)
    talk = Conversation(task="markdown", messages=messages, answer=markdown.text, places=places)
    return with_thought(
        rng, talk, expand(rng, "[The user wants Markdown.|I have to write the page as Markdown.]")
    )


def ask_fields(rng: random.Random, source: TextSource, page: Page) -> Conversation:
    """Ask for fields of the page in one turn or several, now and then for one that it lacks."""
    turns: list[Message] = list(system(draw_system(rng, 0.2)))
    labels = [label for label in page.fields if plain_name(label) not in NO_LABELS]
    rng.shuffle(labels)
    count = 1 if rng.random() < 0.35 else rng.randrange(2, MOST_QUESTIONS + 1)
    # a last question when nothing is left to ask for would always be after a missing field
    count = min(count, max(1, len(labels)))
    for number in range(count):
        question, label, copied = _question(rng, source, page, labels)
        turns.append(user(question, images=int(number == 0)))
        if number == count - 1:
            shown = "does not show" if copied.text == ABSENT else "shows"
            talk = Conversation(
                task="question", messages=tuple(turns), answer=copied.text, places=copied.places
            )
            return with_thought(rng, talk, f"The user asks for the {label.lower()}. The page {shown} it.")
        turns.append(assistant(copied.text))
    raise AssertionError("the last question is the one to answer")


def _question(
    rng: random.Random, source: TextSource, page: Page, labels: list[str]
) -> tuple[str, str, Copied]:
    """A question after one of the labels, which is taken from the list, or after a field that the page lacks."""
    if not labels or rng.random() < ABSENT_SHARE:
        label = draw_absent(rng, source, page)
        question = draw_question(rng, label, others=page.fields, own_share=OWN_ABSENT_SHARE)
        return question, label, Copied().write(ABSENT)
    label = labels.pop()
    value = page.fields[label]
    alone = is_unmistakable(label, page.fields)
    question = draw_question(rng, label, plain_only=not alone, others=page.fields)
    return question, label, Copied().copy(value.value, value.start)


def is_unmistakable(label: str, fields: Mapping[str, Field]) -> bool:
    """Whether no other field of the page goes by one of the names of this one."""
    own = names_of(label)
    return all(other == label or own.isdisjoint(names_of(other)) for other in fields)


def draw_absent(rng: random.Random, source: TextSource, page: Page) -> str:
    """A label that the page does not show under any of its names: a usual one, or one as made up as those of pages."""
    text, lexicon = page.text.lower(), LEXICONS[page.language]
    for _ in range(20):
        made_up = rng.random() < MADE_UP_ABSENT_SHARE
        label = make_up_label(source).text if made_up else rng.choice(lexicon.fields).text
        if label.lower() not in NO_LABELS and not any(name in text for name in names_of(label)):
            return label
    return "Blood type"


def find_line(rng: random.Random, page: Page) -> Conversation | None:
    """Ask which line mentions a word that stands on the page once, or for the first or last line."""
    lines = page.text.split("\n")
    starts = [0, *np.cumsum([len(line) + 1 for line in lines])[:-1].tolist()]
    kind = rng.random()
    if kind < 0.3:
        number = 0 if kind < 0.15 else len(lines) - 1
        end = "first" if number == 0 else "last"
        question = expand(
            rng, f"[What is the {end} line?|What does the {end} line say?|Read the {end} line.|{end.title()} line?"
            f"|Transcribe the {end} line.|Give me only the {end} line of the page.]"
        )  # fmt: skip
    else:
        counts = Counter(word.lower() for word in _WORD.findall(page.text))
        once = [
            (word, place)
            for place, line in enumerate(lines)
            for word in _WORD.findall(line)
            if counts[word.lower()] == 1
        ]
        if not once:
            return None
        word, number = rng.choice(once)
        question = expand(
            rng, f"[Which line mentions|Which line contains|Which line has|Find the line with|In which line do you see"
            f"|Give me the line with|What line has the word] [{word}|{word}|\"{word}\"|'{word}'][?|.|]"
        )  # fmt: skip
    copied = Copied().copy(lines[number], starts[number])
    messages = (*system(draw_system(rng, 0.1)), user(question, images=1))
    talk = Conversation(task="lookup", messages=messages, answer=copied.text, places=copied.places)
    return with_thought(rng, talk, "The user asks for one line.")


def with_thought(rng: random.Random, talk: Conversation, thought: str) -> Conversation:
    """Switch reasoning on for some of the conversations; the answer then follows a short thought."""
    if rng.random() >= REASONING_SHARE:
        return talk
    answer = think(thought, talk.answer)
    places = talk.places
    if places is not None:
        places = np.concatenate([np.full(len(answer) - len(talk.answer), -1, np.int32), places])
    return replace(talk, answer=answer, places=places, reasoning=True, short=False)
