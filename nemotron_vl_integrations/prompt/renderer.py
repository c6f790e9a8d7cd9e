"""Turns neutral messages into the prompt text of a checkpoint, and counts its tokens."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, assert_never, cast

from tokenizers import Tokenizer

from nemotron_vl_integrations.argument_checks import holds_surrogates
from nemotron_vl_integrations.checkpoints.files import TOKENIZER_BYTES, read_text
from nemotron_vl_integrations.errors import EngineStartError, InvalidRequestError
from nemotron_vl_integrations.messages import (
    JSON,
    ImagePart,
    Message,
    Request,
    TextPart,
    ToolCall,
    ToolSpec,
)
from nemotron_vl_integrations.prompt.chat_template import MAX_PROMPT_CHARACTERS, ChatTemplate, prompt_too_long
from nemotron_vl_integrations.prompt.control_tokens import ControlTokens, neutralise
from nemotron_vl_integrations.prompt.conversation import check_conversation, check_tools, order_tool_results
from nemotron_vl_integrations.tiling import count_image_tokens

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["PromptRenderer", "RenderedPrompt", "TokenCount", "neutralise"]

IMAGE_PLACEHOLDER = "<image>"

_MAX_JSON_DEPTH = 64
# A switch that the template left in the prompt; `</think>` is none.
_LEFT_SWITCH = re.compile(r"(?<!<)/(?:no_)?think")


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A prompt with one `<image>` for each of its images, in the same order."""

    text: str
    images: tuple["Image", ...]


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens of a prompt; `images` holds all tokens that its images take, `total` both together."""

    text: int
    images: int
    total: int


@dataclass(frozen=True, slots=True)
class TokenizedPrompt:
    """The prompt of a request, the ids of its text's tokens, in which an `<image>` is one, and their number."""

    rendered: RenderedPrompt
    token_ids: tuple[int, ...]
    count: TokenCount


class PromptRenderer:
    r"""Renders conversations with the chat template of one checkpoint, and counts their tokens.

    All text that comes in is made harmless first (see `control_tokens`), so only this class and the
    template write control texts. Halves of characters (lone surrogates) become U+FFFD. Reasoning is set
    by a switch at the end of the system text, which the template takes out again.

    Args:
        folder: The checkpoint folder.

    Raises:
        EngineStartError: Its tokenizer or its template cannot be used.

    Examples:
        >>> from nemotron_vl_integrations.checkpoints.checkpoint import DEMO_MODEL, resolve_checkpoint
        >>> renderer = PromptRenderer(resolve_checkpoint(DEMO_MODEL).folder)
        >>> renderer.render([Message("user", (TextPart("Good morning"),))]).text
        '<s><SPECIAL_10>System\n\n<SPECIAL_11>User\nGood morning\n<SPECIAL_11>Assistant\n<think></think>'
    """

    __slots__ = ("_control_tokens", "_template", "_tokenizer")

    def __init__(self, folder: Path) -> None:
        self._template = ChatTemplate(folder)
        self._tokenizer = _load_tokenizer(folder / "tokenizer.json")
        self._control_tokens = ControlTokens(_control_texts(self._tokenizer))

    def render(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[ToolSpec] = (),
        reasoning: bool = False,
        prefix: str = "",
    ) -> RenderedPrompt:
        """Renders a conversation up to the opening of the assistant's turn, and what it has written of it already.

        Args:
            messages: The conversation, oldest first; system messages stand first.
            tools: Tools that the model may call.
            reasoning: Whether the model thinks before it answers.
            prefix: The beginning of the reply.

        Returns:
            The prompt text and its images.

        Raises:
            InvalidRequestError: The conversation or a tool does not fit; names the message from 0.
            PromptTooLongError: More characters than any context holds.
        """
        check_tools(tools)
        check_conversation(messages)
        characters = sum(
            len(part.text) for message in messages for part in message.content if isinstance(part, TextPart)
        ) + len(prefix)
        if characters > MAX_PROMPT_CHARACTERS:
            raise prompt_too_long(characters)
        turns = [self._system_turn(messages, reasoning=reasoning)]
        for index, message in enumerate(order_tool_results(messages)):
            if message.role != "system":
                turns.append(self._turn(index, message))
        text = self._template.render(turns, [self._tool(tool) for tool in tools], reasoning=reasoning)
        images = tuple(_images(messages))
        _check_rendered(text, len(images))
        return RenderedPrompt(text + self.make_harmless(prefix), images)

    def tokenize(self, text: str) -> list[int]:
        """Turns a text as it stands into the ids of its tokens; nothing is added before or after it.

        Args:
            text: Any text.

        Returns:
            The ids.
        """
        return self._tokenizer.encode(_whole_characters(text), add_special_tokens=False).ids

    def count_text_tokens(self, text: str) -> int:
        """Counts the tokens of a text as it stands; nothing is added before or after it.

        Args:
            text: A rendered prompt or any other text.

        Returns:
            The number of tokens; an `<image>` counts as one.
        """
        return len(self.tokenize(text))

    def count_tokens(self, request: Request) -> TokenCount:
        """Counts the prompt tokens of a request without an engine.

        Args:
            request: Its messages, tools and image settings count; its sampling does not.

        Returns:
            The number of tokens that the engine will see.

        Raises:
            InvalidRequestError: The request cannot be rendered, see `render`.
            PromptTooLongError: More characters than any context holds.
        """
        return self.tokenize_request(request).count

    def tokenize_request(self, request: Request) -> TokenizedPrompt:
        """Renders the prompt of a request and turns it into tokens, once for all who need them.

        Args:
            request: See `count_tokens`.

        Returns:
            The prompt, its tokens and their number.

        Raises:
            InvalidRequestError: The request cannot be rendered, see `render`.
            PromptTooLongError: More characters than any context holds.
        """
        prompt = self.render(
            request.messages, tools=request.tools, reasoning=request.reasoning, prefix=request.prefix
        )
        token_ids = tuple(self.tokenize(prompt.text))
        text = len(token_ids) - len(prompt.images)
        images = sum(
            count_image_tokens(*image.size, layout=request.layout, max_tiles=request.max_tiles)
            for image in prompt.images
        )
        return TokenizedPrompt(prompt, token_ids, TokenCount(text=text, images=images, total=text + images))

    def make_harmless(self, text: str) -> str:
        """Break every control text of the family and of this tokenizer, so that the text acts on nothing."""
        return self._control_tokens.neutralise(_whole_characters(text))

    def _system_turn(self, messages: Sequence[Message], *, reasoning: bool) -> dict[str, JSON]:
        text = "\n\n".join(_text(message) for message in messages if message.role == "system")
        switch = "/think" if reasoning else "/no_think"
        return {"role": "system", "content": self.make_harmless(text) + switch}

    def _turn(self, index: int, message: Message) -> dict[str, JSON]:
        match message.role:
            case "user":
                return {"role": "user", "content": self._interleave(message)}
            case "tool":
                result = _tool_response(_text(message))
                return {"role": "tool", "content": self.make_harmless(result)}
            case "assistant":
                calls: list[JSON] = [self._call(index, call) for call in message.tool_calls]
                content = self.make_harmless(_text(message))
                return {"role": "assistant", "content": content, "tool_calls": calls}
            case "system":
                raise AssertionError("system messages are one turn of their own")
            case _:
                assert_never(message.role)

    def _interleave(self, message: Message) -> str:
        """Writes images into the text at their place; the template itself would put them all first."""
        image_count = sum(isinstance(part, ImagePart) for part in message.content)
        written: list[str] = []
        number = 0
        for is_image, parts in groupby(message.content, key=lambda part: isinstance(part, ImagePart)):
            if is_image:
                run = len(list(parts))
                labels = (f"<image {number + place + 1}>" if image_count > 1 else "" for place in range(run))
                segment = " ".join(label + IMAGE_PLACEHOLDER for label in labels)
                number += run
            else:
                # Joined before it is made harmless: `<ima` and `ge>` are two parts and one control text.
                joined = "".join(part.text for part in parts if isinstance(part, TextPart))
                segment = self.make_harmless(joined)
            if written and segment and not (written[-1].endswith("\n") or segment.startswith("\n")):
                written.append("\n")
            written.append(segment)
        return "".join(written)

    def _call(self, index: int, call: ToolCall) -> dict[str, JSON]:
        try:
            arguments = cast("JSON", json.loads(call.arguments))
        except (ValueError, RecursionError) as exc:
            raise _bad_arguments(index, call) from exc
        if not isinstance(arguments, dict):
            raise _bad_arguments(index, call)
        function: dict[str, JSON] = {"name": call.name, "arguments": self._harmless(arguments)}
        return {"id": call.id, "type": "function", "function": function}

    def _tool(self, tool: ToolSpec) -> dict[str, JSON]:
        function: dict[str, JSON] = {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        }
        return {"type": "function", "function": self._harmless(function)}

    def _harmless(self, value: JSON, depth: int = 0) -> JSON:
        """Neutralises every key and string of a JSON value."""
        if depth > _MAX_JSON_DEPTH:
            raise InvalidRequestError(
                f"Tool schemas and arguments are nested at most {_MAX_JSON_DEPTH} levels deep.",
                hint="Make the tool's parameters flatter.",
            )
        match value:
            case str():
                return self.make_harmless(value)
            case list():
                return [self._harmless(item, depth + 1) for item in value]
            case dict():
                return {
                    self.make_harmless(key): self._harmless(item, depth + 1) for key, item in value.items()
                }
            case None | bool() | int() | float():
                return value


def _whole_characters(text: str) -> str:
    """Join the halves of characters that belong together, and write U+FFFD for those that do not.

    Texts from `os.fsdecode` hold lone halves, which no tokenizer takes.
    """
    if not holds_surrogates(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _text(message: Message) -> str:
    return "".join(part.text for part in message.content if isinstance(part, TextPart))


def _images(messages: Sequence[Message]) -> Iterator["Image"]:
    for message in messages:
        for part in message.content:
            if isinstance(part, ImagePart):
                yield part.image


def _tool_response(text: str) -> str:
    """A JSON object as it is, any other JSON value and any other text as the value of `response`."""
    try:
        value = cast("JSON", json.loads(text))
    except (ValueError, RecursionError):
        return json.dumps({"response": text}, ensure_ascii=False)
    return text if isinstance(value, dict) else f'{{"response": {text.strip()}}}'


def _bad_arguments(index: int, call: ToolCall) -> InvalidRequestError:
    return InvalidRequestError(
        f"messages[{index}]: the arguments of call {call.id!r} are no JSON object: {call.arguments[:200]!r}.",
        hint="ToolCall.arguments is the text of one JSON object.",
    )


def _check_rendered(text: str, image_count: int) -> None:
    placeholders = text.count(IMAGE_PLACEHOLDER)
    if placeholders != image_count:
        raise InvalidRequestError(
            f"The chat template wrote {placeholders} image placeholders for {image_count} images.",
            hint="It is not a template of this model family; fetch the checkpoint's own again.",
        )
    if _LEFT_SWITCH.search(text):
        raise InvalidRequestError(
            "The chat template left the reasoning switch in the prompt.",
            hint="It is not a template of this model family; fetch the checkpoint's own again.",
        )


def _load_tokenizer(file: Path) -> Tokenizer:
    text = read_text(file, TOKENIZER_BYTES)
    try:
        return Tokenizer.from_str(text)
    except Exception as exc:  # tokenizers raises nothing narrower
        raise EngineStartError(
            f"The tokenizer {str(file)!r} cannot be loaded: {exc}.",
            hint="It is damaged; fetch the checkpoint again.",
        ) from exc


def _control_texts(tokenizer: Tokenizer) -> list[str]:
    """Special tokens, and added ones that are not plain words or white space of ordinary text."""
    added = tokenizer.get_added_tokens_decoder()
    return [
        token.content for token in added.values() if token.special or re.search(r"[^\w\s]", token.content)
    ]
