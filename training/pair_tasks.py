"""Conversations about two images."""

import random
import re

from training.conversations import Conversation, Task, system, user
from training.copied import Copied
from training.field_names import draw_name
from training.page_tasks import is_unmistakable, with_thought
from training.phrases import expand
from training.prompts import draw_system
from training.sheet import Page

_WORDS = re.compile(r"[^\W\d_]{3,}")
_IMAGE = "[image|image|page|picture]"
_ORDER = (("first", "1"), ("second", "2"))


def ask_pair(rng: random.Random, first: Page, second: Page) -> Conversation:
    """Ask which of two pages holds a text, for the text of one of them, or for a field of one."""
    kind = rng.random()
    place = rng.randrange(2)
    page, other = ((first, second), (second, first))[place]
    named = f"[{_IMAGE} {place + 1}|{_IMAGE} {place + 1}|the {_ORDER[place][0]} {_IMAGE}]"
    if kind < 0.5 and (words := _only_there(rng, page, other)):
        question = expand(
            rng,
             f"[Which|Which|In which|What] {_IMAGE} [holds|contains|has|shows|mentions|includes] [the text|"
            f"the words|] [\"{words}\"|\"{words}\"|'{words}'|{words}][?|?|]"
            if rng.random() < 0.7 else
             f"[Where do you see|Where is|On which page is|Find|In which image is] [\"{words}\"|'{words}'|"
            f"{words}][?|?|]"
        )  # fmt: skip
        return _conversation(rng, "pair", question, Copied().write(f"Image {place + 1}"), place)
    labels = [label for label in page.fields if is_unmistakable(label, page.fields)]
    if kind < 0.75 and labels:
        label = rng.choice(labels)
        question = expand(
            rng,
             f"[What is the|Find the|Give me the|the|Tell me the] {draw_name(rng, label)} [of|on|in|from] "
            f"{named}[?|.|]"
        )  # fmt: skip
        field = page.fields[label]
        return _conversation(rng, "question", question, Copied().copy(field.value, field.start), place)
    question = expand(
        rng,
         "[Transcribe|Transcribe|Read|Write down|OCR|Extract the text of|What does|Output the text of] "
        f"{named}[.|.|]"
    ).replace("What does the", "Read the").replace("What does", "Transcribe")  # fmt: skip
    return _conversation(rng, "wording", question, Copied().copy(page.text, 0), place)


def _conversation(rng: random.Random, task: Task, question: str, answer: Copied, page: int) -> Conversation:
    messages = (*system(draw_system(rng, 0.1)), user(question, images=2))
    talk = Conversation(task=task, messages=messages, answer=answer.text, places=answer.places, page=page)
    return with_thought(rng, talk, "I compare the two images.")


def _only_there(rng: random.Random, page: Page, other: Page) -> str:
    """One to four neighbouring words of a page that the other page does not show; empty if there are none."""
    elsewhere = other.text.lower()
    lines = [line.split(" ") for line in page.text.split("\n")]
    for _ in range(10):
        line = rng.choice(lines)
        count = rng.randrange(1, 5)
        start = rng.randrange(max(1, len(line) - count + 1))
        words = " ".join(line[start : start + count]).strip(" .,;:")
        safe = not set(words) & set("[]|\"'") and len(_WORDS.findall(words)) > 0 and len(words) > 4
        if safe and words.lower() not in elsewhere:
            return words
    return ""
