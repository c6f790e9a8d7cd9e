"""A training conversation, and how it becomes tokens: the package renders it, the answer is learnt."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer

from nemotron_vl_integrations.messages import ImagePart, Message, TextPart, ToolCall, ToolSpec
from nemotron_vl_integrations.prompt import PromptRenderer

Task = Literal[
    "transcribe", "wording", "markdown", "question", "lookup", "extract", "pair", "page tools",
    "tools", "result", "no tool", "passages", "chat", "repeat",
]  # fmt: skip
TASKS: tuple[Task, ...] = (
    "transcribe", "wording", "markdown", "question", "lookup", "extract", "pair", "page tools",
    "tools", "result", "no tool", "passages", "chat", "repeat",
)  # fmt: skip
"""What an answer does; the log tells these apart."""

WHOLE_PAGE_TASKS: frozenset[Task] = frozenset(("transcribe", "wording"))
"""Their answers follow the page, sign by sign."""

END_OF_ANSWER = "<SPECIAL_12>"
IMAGE = "<image>"
IGNORED = -100
NOWHERE = -1

_CHOSEN = re.compile(
    r"""
    \A\S | (?<=</think>\n\n)\S                          # an answer begins
    | (?<=\(page\ )\d+                                 # the page of a passage
    | (?<={"name":\ ")[^"]+                            # the name of a tool, for half of it is another tool
    | (?<=":\ ")[^"] | (?<=":\ )[^"\[{] | (?<=\[")[^"]   # a name or a value begins
    | (?<=[{]")(?!name":)[^"] | (?<=,\ ")(?!arguments":)[^"]  # a key begins
    | "(?=[]}]|,\ (?!"arguments)) | (?<=\d)[]},]         # a value ends
    """,
    re.VERBOSE,
)
"""Where the assistant chooses, and does not go on with what it has begun."""
_TABLE_MARKS = re.compile(r"\n?\|(?: --- \|)+|(?<=\|)\n+.")
"""In Markdown: the line below the head of a table, and whether another row follows."""
_SAID = re.compile(r"<SPECIAL_11>Assistant\n(?P<text>.*?)\n<SPECIAL_12>", re.DOTALL)
# A picture in a message that is rendered without an engine: only its place counts.
_STAND_IN = ImagePart(Image.new("RGB", (1, 1)))

Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What is said up to the answer, and the answer.

    Attributes:
        task: What the answer does.
        messages: All turns before the answer.
        answer: What the assistant is to write, its thought included when `reasoning` is on.
        tools: Tools that stand in the system turn.
        reasoning: Whether the prompt ends in an open thought.
        places: Which character of the page each character of the answer is, -1 where none; None where
            the answer is not read off a page.
        page: Which of the pages `places` belong to.
        short: Whether the prompt leaves out `<s>`, an empty system turn and the closed thought.
    """

    task: Task
    messages: tuple[Message, ...]
    answer: str
    tools: tuple[ToolSpec, ...] = ()
    reasoning: bool = False
    places: Places | None = None
    page: int = 0
    short: bool = False


@dataclass(frozen=True, slots=True)
class Sequenced:
    """A conversation in tokens.

    Attributes:
        tokens: Prompt, answer and end of the answer.
        targets: The next token where the assistant speaks, -100 elsewhere.
        first_seen: Which character of the page the next token starts with, -1 where none.
        last_seen: Which character of the page the next token ends with.
        image_starts: Where the tokens of each image start.
        choices: Whether the next token begins or ends what the assistant chooses: a name, a value, a page, a
            whole answer.
    """

    tokens: NDArray[np.int64]
    targets: NDArray[np.int64]
    first_seen: NDArray[np.int64]
    last_seen: NDArray[np.int64]
    image_starts: NDArray[np.int64]
    choices: NDArray[np.bool_]


def user(text: str, *, images: int = 0) -> Message:
    """A user's turn: images, then text."""
    return Message("user", (*([_STAND_IN] * images), TextPart(text)))


def system(text: str) -> tuple[Message, ...]:
    """The system's turn, or none for an empty text."""
    return (Message("system", (TextPart(text),)),) if text else ()


def assistant(text: str, calls: Sequence[ToolCall] = ()) -> Message:
    """A turn of the assistant that lies in the past."""
    return Message("assistant", (TextPart(text),) if text else (), tool_calls=tuple(calls))


def tool_result(call: ToolCall, result: str) -> Message:
    """What a tool gave back."""
    return Message("tool", (TextPart(result),), tool_call_id=call.id, name=call.name)


def write_calls(calls: Sequence[ToolCall]) -> str:
    """Calls as the assistant writes them, the same as the chat template writes past ones.

    Examples:
        >>> write_calls([ToolCall("1", "zoom", '{"page": 3}')])
        '<TOOLCALL>[{"name": "zoom", "arguments": {"page": 3}}]</TOOLCALL>'
    """
    written = (f'{{"name": {json.dumps(call.name)}, "arguments": {call.arguments}}}' for call in calls)
    return f"<TOOLCALL>[{', '.join(written)}]</TOOLCALL>"


def think(thought: str, answer: str) -> str:
    """The reply of an assistant that thinks; the prompt has opened the thought."""
    return f"{thought}\n</think>\n\n{answer}"


class Sequencer:
    """Turns conversations into tokens, byte for byte as the package does when it asks the engine.

    Args:
        folder: A checkpoint folder with tokenizer and chat template.
    """

    def __init__(self, folder: Path) -> None:
        self._renderer = PromptRenderer(folder)
        self._tokenizer = read_tokenizer(folder)
        self._image = self._id(IMAGE)
        self._end = self._id(END_OF_ANSWER)

    def _id(self, token: str) -> int:
        number = self._tokenizer.token_to_id(token)
        return 0 if number is None else number

    def prompt(self, conversation: Conversation) -> str:
        """The prompt text, with one `<image>` for each image."""
        text = self._renderer.render(
            conversation.messages, tools=conversation.tools, reasoning=conversation.reasoning
        ).text
        if conversation.short:
            text = text.removeprefix("<s>").removeprefix("<SPECIAL_10>System\n\n")
            text = text.removesuffix("<think></think>")
        return text

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, control tokens included."""
        return self._tokenizer.decode(list(tokens), skip_special_tokens=False)

    def sequence(self, conversation: Conversation, image_tokens: int) -> Sequenced:
        """Encode a conversation whose images take `image_tokens` tokens each."""
        prompt, said, chosen, image_starts = self._prompt_tokens(self.prompt(conversation), image_tokens)
        answer = self._tokenizer.encode(conversation.answer, add_special_tokens=False)
        tokens = np.concatenate([prompt, np.array([*answer.ids, self._end], np.int64)])
        learnt = np.concatenate([said, np.ones(len(answer.ids) + 1, np.bool_)])
        targets = np.full(len(tokens), IGNORED, np.int64)
        targets[:-1] = np.where(learnt[1:], tokens[1:], IGNORED)
        choices = np.zeros(len(tokens), np.bool_)
        if conversation.task not in WHOLE_PAGE_TASKS:
            form = _TABLE_MARKS if conversation.task == "markdown" else _CHOSEN
            own = _covered(answer.offsets, _marked(form, conversation.answer))
            choices[:-1] = np.concatenate([chosen, own, [conversation.task != "markdown"]])[1:]
        # Past answers are followed by a line break in the prompt; the assistant itself would end them there.
        ends = np.flatnonzero(said[:-1] & ~said[1:])
        targets[ends] = self._end
        choices[ends] = True
        first, last = np.full((2, len(tokens)), NOWHERE, np.int64)
        if conversation.places is not None and answer.ids:
            begin, end = np.array(answer.offsets).T
            begin = begin + _starts_with_space(conversation.answer, begin, end)
            start = len(prompt) - 1
            first[start : start + len(begin)] = conversation.places[begin]
            last[start : start + len(end)] = conversation.places[end - 1]
        return Sequenced(tokens, targets, first, last, image_starts, choices)

    def _prompt_tokens(
        self, prompt: str, image_tokens: int
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
        """Tokens, which of them the assistant said, which of those are choices, and where the images start."""
        text = prompt.replace(IMAGE, f"<img>{IMAGE}</img>")
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        tokens = np.array(encoded.ids, np.int64)
        said = np.zeros(len(tokens), np.bool_)
        chosen = np.zeros(len(text), np.bool_)
        spans = [match.span("text") for match in _SAID.finditer(text)]
        if spans:
            begin, end = np.array(encoded.offsets).T
            for start, stop in spans:
                said |= (begin >= start) & (end <= stop)
                chosen[start:stop] = _marked(_CHOSEN, text[start:stop])
        choices = _covered(encoded.offsets, chosen)
        is_image = tokens == self._image
        if not is_image.any():
            return tokens, said, choices, np.zeros(0, np.int64)
        counts = np.where(is_image, image_tokens, 1)
        starts = (np.cumsum(counts) - counts)[is_image]
        return np.repeat(tokens, counts), np.repeat(said, counts), np.repeat(choices, counts), starts


def _marked(form: re.Pattern[str], said: str) -> NDArray[np.bool_]:
    """Which signs of what the assistant says have a form."""
    chosen = np.zeros(len(said), np.bool_)
    for match in form.finditer(said):
        chosen[match.start() : match.end()] = True
    return chosen


def _covered(offsets: Sequence[tuple[int, int]], signs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which tokens hold one of the signs."""
    counts = np.concatenate([[0], np.cumsum(signs)])
    begin, end = np.array(offsets, np.int64).reshape(-1, 2).T
    return counts[end] > counts[begin]


def _starts_with_space(text: str, begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 for tokens that start with a space and hold more; a space is nowhere on the page."""
    return np.array(
        [text[start] == " " and stop - start > 1 for start, stop in zip(begin, end, strict=True)], np.int64
    )


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a checkpoint folder."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
