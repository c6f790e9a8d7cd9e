"""The engine's replies as LlamaIndex's responses; every piece of a streamed one holds all that was written so far."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    ContentBlock,
    LogProb,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from nemotron_vl_integrations.llama_index.tool_call_blocks import (
    INVALID_TOOL_CALLS,
    TOOL_CALLS,
    WrittenCall,
    write_openai,
    write_reason,
)
from nemotron_vl_integrations.messages import (
    Delta,
    InvalidToolCall,
    Reply,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)

LEFT_OUT: Final = "calls_left_out"
"""Where `raw` lists calls of a reply that was to hold one call only."""


def convert_reply(reply: Reply, *, parallel: bool) -> ChatResponse:
    """Return a whole reply: a stream of one piece.

    Args:
        reply: Of the engine.
        parallel: Whether it may hold several calls; the first stays, the others are listed in `raw`.
    """
    calls = tuple(
        ToolCallDelta(index, call.id, call.name, call.arguments)
        for index, call in enumerate(reply.tool_calls)
    )
    whole = Delta(
        text=reply.text,
        reasoning=reply.reasoning,
        tool_calls=calls,
        invalid_tool_calls=reply.invalid_tool_calls,
        logprobs=reply.logprobs,
        finish_reason=reply.finish_reason,
        usage=reply.usage,
    )
    writer = ReplyWriter(reply.model, parallel=parallel, started=time.perf_counter() - reply.seconds)
    response = writer.write(whole)
    response.delta = None
    return response


@dataclass(slots=True)
class ReplyWriter:
    """Turns the pieces of one streamed reply into responses that each hold the whole so far.

    Attributes:
        model: Name of the checkpoint.
        parallel: Whether the reply may hold several calls; the first stays, the others are listed in `raw`.
        started: When it was asked for, on the clock of `time.perf_counter`.
    """

    model: str
    parallel: bool = True
    started: float = field(default_factory=time.perf_counter)
    _text: str = ""
    _thoughts: str = ""
    _calls: dict[int, WrittenCall] = field(default_factory=dict[int, WrittenCall])
    _invalid: dict[str, InvalidToolCall] = field(default_factory=dict[str, InvalidToolCall])

    def write(self, delta: Delta) -> ChatResponse:
        """Return the response up to and with a piece."""
        self._text += delta.text
        self._thoughts += delta.reasoning
        for piece in delta.tool_calls:
            call = self._calls.get(piece.index, WrittenCall("", "", ""))
            self._calls[piece.index] = WrittenCall(
                call.id + piece.id, call.name + piece.name, call.arguments + piece.arguments
            )
        self._invalid |= {call.id: call for call in delta.invalid_tool_calls}
        ended = delta.finish_reason is not None
        calls = self._list_calls()
        kept = calls if self.parallel else calls[:1]
        extras: dict[str, object] = {} if delta.usage is None else _count(delta.usage)
        if delta.reasoning:
            extras["thinking_delta"] = delta.reasoning
        return ChatResponse(
            message=ChatMessage(
                role=MessageRole.ASSISTANT,
                blocks=self._write_blocks(kept, ended=ended),
                additional_kwargs=self._describe_calls(kept),
            ),
            delta=delta.text,
            raw=self._describe(delta, calls[len(kept) :]),
            logprobs=[_write_logprob(entry) for entry in delta.logprobs] or None,
            additional_kwargs=extras,
        )

    def _list_calls(self) -> list[WrittenCall]:
        """Calls in their order; those that never began to be one stand last."""
        begun = [call for _, call in sorted(self._calls.items())]
        known = {call.id for call in begun}
        rest = [
            WrittenCall(call.id, call.name, call.arguments)
            for call in self._invalid.values()
            if call.id not in known
        ]
        return begun + rest

    def _write_blocks(self, calls: Sequence[WrittenCall], *, ended: bool) -> list[ContentBlock]:
        blocks: list[ContentBlock] = []
        if self._thoughts:
            blocks.append(ThinkingBlock(content=self._thoughts))
        if self._text or not calls:
            blocks.append(TextBlock(text=self._text))
        for call in calls:
            # Pieces of arguments are no arguments yet, and unusable ones never will be.
            usable = ended and call.id not in self._invalid
            written = cast("dict[str, object]", json.loads(call.arguments)) if usable else call.arguments
            blocks.append(ToolCallBlock(tool_call_id=call.id, tool_name=call.name, tool_kwargs=written))
        return blocks

    def _describe_calls(self, calls: Sequence[WrittenCall]) -> dict[str, object]:
        if not calls:
            return {}
        described: dict[str, object] = {TOOL_CALLS: [write_openai(call) for call in calls]}
        reasons = [write_reason(self._invalid[call.id]) for call in calls if call.id in self._invalid]
        return {**described, INVALID_TOOL_CALLS: reasons} if reasons else described

    def _describe(self, delta: Delta, left_out: Sequence[WrittenCall]) -> dict[str, object]:
        described: dict[str, object] = {"model": self.model, "finish_reason": delta.finish_reason}
        if delta.usage is not None:
            described["usage"] = {**_count(delta.usage), "image_tokens": delta.usage.image_tokens}
            described["seconds"] = time.perf_counter() - self.started
        if left_out:
            described[LEFT_OUT] = [write_openai(call) for call in left_out]
        return described


def write_completion(response: ChatResponse) -> CompletionResponse:
    """Return a response to a chat as one to a completion."""
    return CompletionResponse(
        text=response.message.content or "",
        delta=response.delta,
        raw=response.raw,
        logprobs=response.logprobs,
        additional_kwargs={
            **cast("dict[str, object]", response.message.additional_kwargs),
            **cast("dict[str, object]", response.additional_kwargs),
        },
    )


def read_finish_reason(response: ChatResponse) -> str | None:
    """Return how the reply of a response ended; None while it is being written."""
    match response.raw:
        case {"finish_reason": str(reason)}:
            return reason
        case _:
            return None


def _count(usage: Usage) -> dict[str, object]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def _write_logprob(entry: TokenLogprob) -> list[LogProb]:
    """The chosen token first, then what else was likely."""
    listed = [(entry.token, entry.logprob), *entry.alternatives]
    return [
        LogProb(token=token, logprob=logprob, bytes=list(token.encode("utf-8", "surrogatepass")))
        for token, logprob in listed
    ]
