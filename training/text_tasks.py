"""Conversations without an image and without tools: passages, small talk, words to repeat."""

import random

from nemotron_vl_integrations.messages import Message
from training.conversations import Conversation, assistant, system, user
from training.facts import Fact, FactMaker, draw_fact, draw_thing
from training.page_tasks import with_thought
from training.phrases import expand
from training.prompts import draw_system
from training.random_text import TextSource
from training.small_talk import draw_json_wish, draw_small_talk
from training.tool_offers import LONG_ROOM
from training.tools import ToolMaker

NOT_THERE = "Not in these passages."
ABSENT_SHARE = 0.08
TOKENS_OF_A_QUESTION = 60
ALIKE_SHARE = 0.4
"""Of the sets of passages that say the same few things of many: only thing and relation together tell them apart."""
_PAGE_MARKS = (
    "Page {}:\n",
    "[page {}] ",
    "[Page {}]\n",
    "(page {}) ",
    "page: {}\n",
    "page_label: {}\n\n",
    "Passage from page {}:\n",
    "p. {}: ",
    '<page number="{}">\n',
)
_FRAMES = (
    "{p}\n\n{q}", "{q}\n\n{p}", "Passages:\n{p}\n\nQuestion: {q}", "Context:\n{p}\n\nQuestion: {q}\nAnswer:",
    "Answer from these passages and name the page.\n\n{p}\n\n{q}",
    "{p}\n\nAnswer the question and name the page. {q}",
    "Context information is below.\n---------------------\n{p}\n---------------------\nAnswer the query "
    "from the context alone.\nQuery: {q}\nAnswer: ",
    "Use the passages to answer. Give the page.\n\n{p}\n\nQuestion: {q}",
)  # fmt: skip
_SYSTEM = (
    "",
    "",
    "",
    "Answer from the passages and name the page.",
    "Answer with the value and the page.",
    "You answer from passages.",
)
_BEFORE = (
    "", "", "", "", "", "", "", "According to the passages: ", "Please answer: ", "Tell me: ", "One question: ",
    "Next: ",
    "I wonder: ", "And: ", "Now: ", "Look it up: ", "Say, ", "Thanks. ", "Good. ", "Then: ", "My question: ",
    "By the way, ",
)  # fmt: skip
_AFTER = (
    "", "", "", "", "", "", "", " Name the page.", " Give the page as well.", " On which page is it?", " Thank you.",
    " Answer briefly.",
    " Please be exact.", " And where does it say so?", " Just the value and its page.",
)  # fmt: skip
_REPEAT = (
    "Repeat: {}",
    "Say {}",
    "Say exactly: {}",
    "Repeat after me: {}",
    "Copy this text:\n{}",
    "Write this down: {}",
    "Repeat this text exactly.\n\n{}",
    "Echo {}",
    "Return this text unchanged: {}",
)


class TextTalk:
    """Draws conversations about nothing but text.

    Args:
        maker: Where words and values come from.
    """

    def __init__(self, maker: ToolMaker) -> None:
        self._maker = maker
        self._rng: random.Random = maker.rng
        self._source: TextSource = maker.source

    def passages(self, room: int) -> Conversation:
        """Ask questions that one of some passages answers, and one that none does now and then."""
        rng = self._rng
        count = rng.choices((2, 3, 4, 5), (15, 55, 20, 10))[0]
        if room > LONG_ROOM and rng.random() < 0.7:
            count = rng.randrange(5, 11)
        pages = sorted(rng.sample(range(1, rng.choice((12, 40, 400))), count))
        mark = rng.choice(_PAGE_MARKS)
        known: dict[tuple[str, str], tuple[Fact, int]] = {}
        written: list[str] = []
        kinds = FactMaker(rng, self._source, rng.randrange(1, 4) if rng.random() < ALIKE_SHARE else 0)
        for page in pages:
            written.append(mark.format(page) + self._passage(page, known, kinds, room // (count * 2)))
        if rng.random() < 0.2:
            rng.shuffle(written)
        passages = rng.choice(("\n\n", "\n\n", "\n\n", "\n")).join(written)
        turns: list[Message] = list(system(rng.choice(_SYSTEM)))
        most = min(len(known), max(3, room // TOKENS_OF_A_QUESTION))
        questions = 1 if rng.random() < 0.15 else rng.randrange((most + 1) // 2, most + 1)
        # nothing is asked twice: the second answer could be copied from the first
        asked = rng.sample(list(known.values()), questions)
        for number, (fact, page) in enumerate(asked):
            question, answer = self._ask(fact, page, known)
            question = f"{rng.choice(_BEFORE)}{question}{rng.choice(_AFTER)}"
            turns.append(user(question if number else rng.choice(_FRAMES).format(p=passages, q=question)))
            if number < questions - 1:
                turns.append(assistant(answer))
            else:
                talk = Conversation(task="passages", messages=tuple(turns), answer=answer)
                return with_thought(rng, talk, "I look it up in the passages.")
        raise AssertionError("the last question is the one to answer")

    def _passage(
        self, page: int, known: dict[tuple[str, str], tuple[Fact, int]], kinds: FactMaker, words: int
    ) -> str:
        rng = self._rng
        sentences: list[str] = []
        things = [draw_thing(rng, self._maker.thing()) for _ in range(2)]
        for _ in range(rng.randrange(1, 5)):
            fact = kinds.draw(rng.choice(things))
            # of two facts that answer one question nobody could tell which one is meant
            if (fact.thing, fact.questions[0]) not in known:
                known[fact.thing, fact.questions[0]] = (fact, page)
                sentences.append(fact.sentence)
        left = words * rng.random() - sum(len(sentence.split()) for sentence in sentences) * 2
        while left > 12:
            filler = self._filler(rng.randrange(4, 14))
            sentences.append(filler)
            left -= 2 * len(filler.split())
        rng.shuffle(sentences)
        return " ".join(sentences)

    def _filler(self, length: int) -> str:
        if self._rng.random() < 0.5:
            return self._source.sentence()
        return f"{self._source.words(length).capitalize()}."

    def _ask(self, fact: Fact, page: int, known: dict[tuple[str, str], tuple[Fact, int]]) -> tuple[str, str]:
        rng = self._rng
        if rng.random() < ABSENT_SHARE:
            other = draw_fact(rng, self._source, rng.choice((fact.thing, self._maker.thing())))
            if (other.thing, other.questions[0]) not in known:
                return rng.choice(other.questions), NOT_THERE
        return rng.choice(fact.questions), f"{fact.value} (page {page})"

    def repeat(self, room: int) -> Conversation:
        """Ask to repeat texts: the plainest use of what was said before."""
        rng = self._rng
        turns: list[Message] = list(system(draw_system(rng, 0.1)))
        left = room * 1.6 - 200
        while True:
            text = self._text(min(left / 12, 60))
            turns.append(user(rng.choice(_REPEAT).format(text)))
            left -= 2 * len(text) + 80
            if left < 200 or rng.random() < 0.05:
                talk = Conversation(task="repeat", messages=tuple(turns), answer=text)
                return with_thought(rng, talk, "I have to repeat it.")
            turns.append(assistant(text))

    def _text(self, most_words: float) -> str:
        rng = self._rng
        if rng.random() < 0.4:
            return self._maker.text()
        words = self._source.prose()
        return " ".join(next(words) for _ in range(rng.randrange(1, max(2, int(most_words)))))

    def chat(self) -> Conversation:
        """A few turns of small talk, or a wish for JSON."""
        rng = self._rng
        turns: list[Message] = list(system(draw_system(rng, 0.2)))
        count = rng.randrange(1, 6)
        for number in range(count):
            draw = draw_json_wish if rng.random() < 0.3 else draw_small_talk
            text, answer = draw(rng, self._source)
            turns.append(user(text))
            if number < count - 1:
                turns.append(assistant(answer))
            else:
                talk = Conversation(task="chat", messages=tuple(turns), answer=answer)
                return with_thought(rng, talk, expand(rng, "[I answer briefly.|This is a short question.]"))
        raise AssertionError("the last turn is the one to answer")
