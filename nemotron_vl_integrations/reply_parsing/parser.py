"""Parses the text of a reply, as it arrives, into reasoning, answer and tool calls.

A reply is `reasoning</think>answer<TOOLCALL>[{"name": ..., "arguments": {...}}]</TOOLCALL>`, of which every
part may be missing, broken or repeated. The parser takes pieces of any size and gives the same result
however the text is cut. It never raises on what a model writes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nemotron_vl_integrations.messages import Delta, InvalidToolCall, ToolCall, ToolCallDelta, ToolSpec
from nemotron_vl_integrations.reply_parsing.markers import BLOCK_START, ROLE_MARKER, is_undecided
from nemotron_vl_integrations.reply_parsing.tool_call_block import BlockScanner
from nemotron_vl_integrations.reply_parsing.tool_call_reader import MAX_CALLS, CallIds

# In reasoning a block counts when a call follows its tag at once; a thought about tags is no call.
_IN_REASONING = re.compile(
    rf"(?P<close></think(?![A-Za-z_])>?)|(?P<open><think>)|(?P<start>{BLOCK_START})(?=\s{{0,64}}[\[{{])|{ROLE_MARKER}"
)
_IN_TEXT = re.compile(rf"(?P<start>{BLOCK_START})|{ROLE_MARKER}")


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """A whole reply, taken apart."""

    text: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...]
    invalid_tool_calls: tuple[InvalidToolCall, ...]


def parse_reply(text: str, *, reasoning: bool, tools: Sequence[ToolSpec] = ()) -> ParsedReply:
    """Parses a whole reply.

    Args:
        text: All that the model wrote.
        reasoning: Whether the prompt ended with an open `<think>`.
        tools: Tools that the model was given; without them `<TOOLCALL>` is plain text.

    Returns:
        The parts of the reply.

    Examples:
        >>> tool = ToolSpec("zoom", "", {"type": "object"})
        >>> reply = parse_reply('<TOOLCALL>[{"name": "zoom", "arguments": {"page": 3}}]</TOOLCALL>',
        ...                     reasoning=False, tools=[tool])
        >>> reply.tool_calls[0].name, reply.tool_calls[0].arguments
        ('zoom', '{"page": 3}')
    """
    parser = ReplyParser(reasoning=reasoning, tools=tools)
    collector = DeltaCollector()
    collector.add(parser.feed(text))
    collector.add(parser.finish())
    return collector.parsed()


@dataclass(slots=True)
class DeltaCollector:
    """Puts the deltas of one reply together again.

    A streamed call that turned out to be invalid is reported with the same id; it is among the invalid calls alone.
    """

    _text: list[str] = field(default_factory=list[str])
    _reasoning: list[str] = field(default_factory=list[str])
    _calls: dict[int, ToolCall] = field(default_factory=dict[int, ToolCall])
    _invalid: list[InvalidToolCall] = field(default_factory=list[InvalidToolCall])

    def add(self, delta: Delta) -> None:
        """Add the next delta."""
        self._text.append(delta.text)
        self._reasoning.append(delta.reasoning)
        self._invalid += delta.invalid_tool_calls
        for piece in delta.tool_calls:
            call = self._calls.get(piece.index, ToolCall("", "", ""))
            self._calls[piece.index] = ToolCall(
                call.id + piece.id, call.name + piece.name, call.arguments + piece.arguments
            )

    def parsed(self) -> ParsedReply:
        """Return the parts of the reply as collected so far."""
        refused = {call.id for call in self._invalid}
        valid = tuple(call for _, call in sorted(self._calls.items()) if call.id not in refused)
        return ParsedReply("".join(self._text), "".join(self._reasoning), valid, tuple(self._invalid))


class ReplyParser:
    """Parses one reply piece by piece; the pieces may be cut anywhere.

    Role markers such as `<SPECIAL_12>` are taken out, and so are line breaks at both ends of reasoning
    and answer. The rest of the answer comes through as it was written.

    Args:
        reasoning: Whether the prompt ended with an open `<think>`, so that the reply starts with thoughts.
        tools: Tools that the model was given; without them `<TOOLCALL>` is plain text.
    """

    __slots__ = (
        "_block",
        "_buffer",
        "_calls",
        "_ids",
        "_in_reasoning",
        "_invalid",
        "_reasoning",
        "_text",
        "_tools",
    )

    def __init__(self, *, reasoning: bool, tools: Sequence[ToolSpec] = ()) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._in_reasoning = reasoning
        self._buffer = ""
        self._text = _Trimmed()
        self._reasoning = _Trimmed()
        self._ids = CallIds()
        self._block: BlockScanner | None = None
        self._calls = 0

    @property
    def thinks(self) -> bool:
        """Whether the thoughts have not ended yet."""
        return self._in_reasoning

    def feed(self, text: str) -> Delta:
        """Takes the next piece of the reply.

        Args:
            text: Any number of characters.

        Returns:
            What is certain by now and was not returned before; often empty.
        """
        self._buffer += text
        return self._drain(final=False)

    def finish(self) -> Delta:
        """Says that the reply has ended.

        Returns:
            What had been held back.
        """
        return self._drain(final=True)

    def _drain(self, *, final: bool) -> Delta:
        fragments: list[ToolCallDelta] = []
        invalid: list[InvalidToolCall] = []
        progress = True
        while progress:
            block = self._block
            if block is None:
                progress = self._drain_plain(final=final)
            else:
                progress = self._drain_block(block, final=final)
                fragments += block.take_fragments()
                invalid += block.take_invalid()
        return Delta(
            text=self._text.take(),
            reasoning=self._reasoning.take(),
            tool_calls=tuple(fragments),
            invalid_tool_calls=tuple(invalid),
        )

    def _drain_block(self, block: BlockScanner, *, final: bool) -> bool:
        """Hands text to the open block; returns whether the block has ended."""
        end = block.scan(self._buffer, final=final)
        self._buffer = self._buffer[end:]
        if not block.ended:
            return False
        self._block = None
        self._calls = block.next_index
        # Behind a broken call at the end of a reply, text is text, so that nothing is read twice.
        self._text.push(re.sub(ROLE_MARKER, "", block.leftover))
        return True

    def _drain_plain(self, *, final: bool) -> bool:
        """Takes reasoning or answer up to the next marker; returns whether there may be more to do."""
        buffer = self._buffer
        markers = _IN_REASONING if self._in_reasoning else _IN_TEXT
        start = position = 0
        while (at := buffer.find("<", position)) != -1:
            if not final and is_undecided(buffer, at):
                break
            marker = markers.match(buffer, at)
            self._push_plain(buffer[start:at])
            start, position = at, at + 1
            if marker is None or not self._acts(marker):
                continue
            start = position = marker.end()
            if marker.lastgroup in ("close", "start"):
                self._in_reasoning = False
                self._buffer = buffer[start:]
                if marker.lastgroup == "start":
                    self._block = BlockScanner(self._tools, self._ids, self._calls)
                return True
        held = len(buffer) if at == -1 else at
        self._push_plain(buffer[start:held])
        self._buffer = buffer[held:]
        return False

    def _acts(self, marker: re.Match[str]) -> bool:
        match marker.lastgroup:
            case "start":
                return bool(self._tools) and self._ids.count <= MAX_CALLS
            case "open":
                return not self._reasoning.has_begun
            case _:
                return True

    def _push_plain(self, text: str) -> None:
        (self._reasoning if self._in_reasoning else self._text).push(text)


class _Trimmed:
    """Text on its way out, without the line breaks at its two ends."""

    __slots__ = ("_held", "_out", "has_begun")

    def __init__(self) -> None:
        self.has_begun = False
        self._held = ""
        self._out: list[str] = []

    def push(self, text: str) -> None:
        if not self.has_begun:
            text = text.lstrip("\r\n")
            self.has_begun = bool(text)
        body = text.rstrip("\r\n")
        if body:
            self._out.append(self._held + body)
            self._held = ""
        self._held += text[len(body) :]

    def take(self) -> str:
        out = "".join(self._out)
        self._out.clear()
        return out
