"""LlamaIndex's messages as the engine's, with everything that they bring along; the messages stay as they are."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from llama_index.core.base.llms.types import (
    ChatMessage,
    ContentBlock,
    MessageRole,
    ThinkingBlock,
    ToolCallBlock,
)

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.chat import MediaReader, arrange_turns
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.llama_index.content_blocks import read_blocks
from nemotron_vl_integrations.llama_index.tool_call_blocks import WrittenCall, list_calls, list_reasons
from nemotron_vl_integrations.messages import Message, Part, Role, TextPart, ToolCall

_ROLES: Final[dict[MessageRole, Role]] = {
    MessageRole.SYSTEM: "system",
    MessageRole.DEVELOPER: "system",
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant",
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.TOOL: "tool",
    MessageRole.FUNCTION: "tool",
}


async def convert_messages(messages: Sequence[ChatMessage], reader: MediaReader) -> tuple[Message, ...]:
    """Return a conversation as the engine takes it.

    Args:
        messages: LlamaIndex's messages, oldest first.
        reader: Reads the media in them.

    Raises:
        InputError: A message or a block that cannot be used; the message names it.
    """
    conversation = _Conversation(reader)
    for index, message in enumerate(messages):
        await conversation.add(message, f"messages[{index}]")
    return arrange_turns(conversation.finish())


@dataclass(slots=True)
class _OpenCall:
    """A call that waits for its result; `problem` says why it was none that the prompt form can show."""

    id: str
    name: str
    problem: str = ""


@dataclass(slots=True)
class _Conversation:
    """The turns so far, and the calls whose results may follow."""

    reader: MediaReader
    _turns: list[Message] = field(default_factory=list[Message])
    _told: list[Message] = field(default_factory=list[Message])
    _open: dict[str, deque[_OpenCall]] = field(default_factory=dict[str, deque[_OpenCall]])

    async def add(self, message: ChatMessage, place: str) -> None:
        match _ROLES[message.role]:
            case "assistant":
                self.finish().append(await self._convert_reply(message, place))
            case "tool":
                await self._add_result(message, place)
            case "system" | "user" as role:
                self.finish().append(Message(role, await self._read(message.blocks, place)))

    def finish(self) -> list[Message]:
        """The turns up to here. Results that are told in words stand behind the others, which must not be parted."""
        self._turns += self._told
        self._told = []
        return self._turns

    async def _read(self, blocks: Sequence[ContentBlock], place: str) -> tuple[Part, ...]:
        pieces = read_blocks(blocks, place, max_bytes=self.reader.policy.max_bytes)
        return await self.reader.read_pieces(pieces, place)

    async def _convert_reply(self, message: ChatMessage, place: str) -> Message:
        # Thoughts are not part of the history: the model was trained on conversations without them.
        blocks = [block for block in message.blocks if not isinstance(block, ThinkingBlock | ToolCallBlock)]
        parts = list(await self._read(blocks, place))
        reasons = list_reasons(message)
        calls: list[ToolCall] = []
        self._open = {}
        for number, call in enumerate(list_calls(message)):
            problem = reasons.get(call.id, "" if call.is_whole else "its arguments are no JSON object")
            # Some models name a call by its tool, so that two calls of one tool have the same id.
            own_id = f"{call.id}#{number}" if call.id in self._open else call.id
            self._open.setdefault(call.id, deque()).append(_OpenCall(own_id, call.name, problem))
            if problem:
                parts += [TextPart("\n")] * bool(parts) + [TextPart(_tell(call, problem))]
            else:
                calls.append(ToolCall(own_id, call.name, call.arguments))
        return Message("assistant", tuple(parts), tool_calls=tuple(calls))

    async def _add_result(self, message: ChatMessage, place: str) -> None:
        parts = await self._read(message.blocks, place)
        call = self._find_call(message, place)
        if call.problem:
            heading = TextPart(f"Result of the call of {call.name or 'a tool'}: ")
            self._told.append(Message("user", (heading, *parts)))
        else:
            self._turns.append(Message("tool", parts, tool_call_id=call.id, name=call.name))

    def _find_call(self, message: ChatMessage, place: str) -> _OpenCall:
        """The call that a result answers; one that names none answers the oldest that is open."""
        named: object = message.additional_kwargs.get("tool_call_id")
        key = str(named) if named else next(iter(self._open), "")
        waiting = self._open.get(key)
        if not waiting:
            raise InvalidRequestError(
                f"{place}: the result of call {show(named)}, while the open calls are {show(list(self._open))}.",
                hint="Put each result behind the assistant message that made its call, with its id in "
                "`additional_kwargs['tool_call_id']`.",
            )
        call = waiting.popleft()
        if not waiting:
            del self._open[key]
        return call


def _tell(call: WrittenCall, problem: str) -> str:
    return f"(A call of {call.name or 'a tool'} that could not be carried out: {call.arguments}; {problem})"
