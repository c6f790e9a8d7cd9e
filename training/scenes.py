"""Draws what one training sample is about: pages, and a conversation that fits them."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from nemotron_vl_integrations.messages import Message, ToolCall, ToolSpec
from training.conversations import Conversation, Task, assistant, system, tool_result, user, write_calls
from training.curriculum import PAGE_TASKS, TEXT_TASKS
from training.extraction_tasks import extract_fields
from training.field_names import draw_name
from training.glyphs import Shelf
from training.page_tasks import (
    ask_fields,
    find_line,
    is_unmistakable,
    transcribe,
    with_thought,
    write_markdown,
)
from training.pages import draw_page, pick_size
from training.pair_tasks import ask_pair
from training.phrases import expand
from training.prompts import draw_system
from training.random_text import TextSource
from training.sheet import Page
from training.text_tasks import TextTalk
from training.tool_offers import CHARACTERS_PER_TOKEN, LONG_ROOM
from training.tool_talk import ToolTalk, Wish, draw_tool_thought
from training.tools import ToolMaker

Kind = Literal["page", "pair", "tools", "text"]
FIELD_TRIES = 3
QUESTION_ALL_THE_SAME = 0.2
"""Of the pages without a field that were to be asked for one: the rest is transcribed, for who learns mostly denials
takes any question that is new to him for one after a missing field."""
TABLE_SHARE = 0.35
"""Of the pages written as Markdown: those that are drawn again until one has a table, which is what goes wrong."""
TABLE_TRIES = 4
_TABLE_RULE = "| ---"
ENGLISH_SHARE = 0.9
_CALLS_FROM_PAGE = (
    "[Call|Use|Run|Please call] {tool} with the {field} [of|on|from] the page[ as {words}| as {argument}|"
    "][.|.|]",
    "Read the {field} and [pass it to|call|hand it to] {tool}[ as {words}|][.|]",
    "[Call|Use|Run] {tool} with [the {words} from the page: the|{words} set to the|{argument} = the] "
    "{field}[.|]",
    "Take the {field} from the page [and call|for] {tool}[.|]",
)
_SAVE = ToolSpec(
    "save_value",
    "Save a value.",
    {"type": "object", "properties": {"value": {"type": "string"}}, "required": ["value"]},
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a bucket has room for.

    Attributes:
        kind: One page, two pages, one page beside many tools, or text alone.
        size: Width and height of a page in pixels.
        font_sizes: Smallest and largest body text.
        most_characters: Of a page.
        room: Tokens beside those of the images.
    """

    kind: Kind
    size: tuple[int, int]
    font_sizes: tuple[int, int]
    most_characters: int
    room: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Pages and a conversation about them."""

    pages: tuple[Page, ...]
    conversation: Conversation


class SceneMaker:
    """Draws scenes.

    Args:
        rng: Where chance comes from.
        source: Where text comes from.
        shelf: Where fonts come from.
    """

    def __init__(self, rng: random.Random, source: TextSource, shelf: Shelf) -> None:
        self.rng = rng
        self.source = source
        self._shelf = shelf
        self._maker = ToolMaker(rng, source)
        self._tools = ToolTalk(self._maker)
        self._text = TextTalk(self._maker)

    def draw(self, frame: Frame) -> Scene:
        """Draw a scene for a frame; it may turn out too long for it."""
        match frame.kind:
            case "page":
                return self._page_scene(frame)
            case "tools":
                page = self._field_page(replace(frame, most_characters=min(frame.most_characters, 900)))
                return Scene((page,), self._beside_tools(page, frame.room))
            case "pair":
                pages = (self._page(frame, 0.5), self._page(frame, 0.5))
                self.source.speak("english")
                return Scene(pages, ask_pair(self.rng, *pages))
            case "text":
                return Scene((), self.talk(frame.room))
            case _:
                assert_never(frame.kind)

    def talk(self, room: int) -> Conversation:
        """Draw a conversation without an image."""
        self._speak()
        task = _choose(self.rng, TEXT_TASKS)
        # small talk would leave a long sequence empty
        match "tools" if task == "chat" and room > LONG_ROOM else task:
            case "tools":
                return self._tools.draw(room)
            case "passages":
                return self._text.passages(room)
            case "repeat":
                return self._text.repeat(room)
            case _:
                return self._text.chat()

    def _speak(self) -> None:
        self.source.speak("english")
        if self.rng.random() >= ENGLISH_SHARE:
            self.source.pick_language()

    def _page_scene(self, frame: Frame) -> Scene:
        task = _choose(self.rng, PAGE_TASKS)
        if task in ("question", "extract", "page tools"):
            page = self._field_page(frame)
        elif task == "markdown":
            page = self._table_page(frame) if self.rng.random() < TABLE_SHARE else self._page(frame, 0.7)
        else:
            page = self._page(frame, 1.0)
        return Scene((page,), self._about(page, task, frame.room))

    def _about(self, page: Page, task: Task, room: int) -> Conversation:
        rng = self.rng
        match task:
            case "markdown":
                return write_markdown(rng, page)
            case "question" if page.fields or rng.random() < QUESTION_ALL_THE_SAME:
                return ask_fields(rng, self.source, page)
            case "lookup":
                return find_line(rng, page) or transcribe(rng, page)
            case "extract":
                return extract_fields(rng, self.source, page) or ask_fields(rng, self.source, page)
            case "page tools":
                return self._beside_tools(page, room)
            case _:
                return transcribe(rng, page)

    def _page(self, frame: Frame, share: float) -> Page:
        size = pick_size(self.rng, *frame.font_sizes)
        most = int(frame.most_characters * share)
        return draw_page(self.rng, self.source, self._shelf, frame.size, size, most)

    def _field_page(self, frame: Frame) -> Page:
        """A page with fields, if one comes up soon."""
        page = self._page(frame, 1.0)
        for _ in range(FIELD_TRIES):
            if len(page.fields) > 1:
                break
            page = self._page(frame, 1.0)
        return page

    def _table_page(self, frame: Frame) -> Page:
        """A page whose Markdown has a table, if one comes up soon."""
        for _ in range(TABLE_TRIES):
            page = self._page(frame, 0.7)
            if _TABLE_RULE in page.write_markdown().text:
                return page
        return self._page(frame, 0.7)

    def _beside_tools(self, page: Page, room: int) -> Conversation:
        """A page, tools, and a message that is about one of them."""
        rng = self.rng
        self.source.speak("english")
        left = min(room, 2600) - (len(page.text) / CHARACTERS_PER_TOKEN if room < 1000 else 0)
        offers = self._tools.offers.draw(int(max(left, 300)), None if room < 1000 else 8)
        specs = [offer.spec for offer in offers]
        kind = rng.random()
        if kind < 0.2 and room > 1000:
            talk = transcribe(rng, page)
        elif kind < 0.3:
            talk = ask_fields(rng, self.source, page)
        elif kind < 0.6 and page.fields:
            return self._call_with_field(page, specs)
        else:
            wish = self._tools.wish(offers)
            while not wish.calls:
                wish = self._tools.wish(offers)
            return self._call(wish, specs)
        return replace(talk, tools=tuple(specs), short=False)

    def _call(self, wish: Wish, specs: list[ToolSpec]) -> Conversation:
        rng = self.rng
        turns: list[Message] = [*system(draw_system(rng, 0.2)), user(wish.text, images=1)]
        answer = write_calls(wish.calls)
        if rng.random() < 0.25:
            turns.append(assistant("", wish.calls))
            turns += [
                tool_result(call, result) for call, result in zip(wish.calls, wish.results, strict=True)
            ]
            answer = wish.answer
        talk = Conversation(task="page tools", messages=tuple(turns), answer=answer, tools=tuple(specs))
        return with_thought(rng, talk, draw_tool_thought(rng, [call.name for call in wish.calls]))

    def _call_with_field(self, page: Page, specs: list[ToolSpec]) -> Conversation:
        """Ask for a call that takes a value from the page."""
        rng = self.rng
        label = rng.choice(list(page.fields))
        name = draw_name(rng, label, plain_only=not is_unmistakable(label, page.fields))
        taking = [spec for spec in specs if self._text_argument(spec)]
        if not taking:
            taking = [_SAVE]
            specs = [*(spec for spec in specs if spec.name != _SAVE.name), _SAVE]
        spec = rng.choice(taking)
        argument = self._text_argument(spec)
        words = argument.replace("_", " ") if rng.random() < 0.5 else argument
        text = expand(rng, rng.choice(_CALLS_FROM_PAGE)).format(
            tool=spec.name, argument=argument, words=words, field=name
        )
        value = json.dumps(page.fields[label].value, ensure_ascii=False)
        call = ToolCall("1", spec.name, f"{{{json.dumps(argument)}: {value}}}")
        messages = (*system(draw_system(rng, 0.2)), user(text, images=1))
        talk = Conversation(
            task="page tools", messages=messages, answer=write_calls((call,)), tools=tuple(specs)
        )
        return with_thought(rng, talk, draw_tool_thought(rng, [spec.name]))

    @staticmethod
    def _text_argument(spec: ToolSpec) -> str:
        """The name of the only required argument if it is a plain text, else nothing."""
        required = spec.parameters.get("required")
        properties = spec.parameters.get("properties")
        if not isinstance(required, list) or len(required) != 1 or not isinstance(properties, dict):
            return ""
        name = required[0]
        schema = properties.get(name) if isinstance(name, str) else None
        plain = (
            isinstance(schema, dict)
            and schema.get("type") == "string"
            and not {"enum", "format"} & schema.keys()
        )
        return name if plain and isinstance(name, str) else ""


def _choose(rng: random.Random, shares: Mapping[Task, float]) -> Task:
    return rng.choices(list(shares), list(shares.values()))[0]
