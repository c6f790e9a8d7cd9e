"""The engine's replies as LangChain's messages, whole and in pieces."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCallChunk, invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

from nemotron_vl_integrations.messages import (
    Delta,
    FinishReason,
    InvalidToolCall,
    Reply,
    TokenLogprob,
    ToolCall,
    ToolCallDelta,
    Usage,
)

PROVIDER: Final = "nemotron_vl"
_REASONING: Final = "reasoning_content"
# One of these closes nothing: outside a text, inside one, or behind a backslash inside one.
_MISFITS: Final = ("]", "}", '"]', '"}', '\\"]', '\\"}')
# Numbers of calls, and of those that were refused before a piece of them went out; a reply holds 64 at most.
_FIRST_CALL: Final = 1000
_FIRST_REFUSED: Final = 2000


def convert_reply(reply: Reply) -> ChatGeneration:
    """Return a whole reply as a message."""
    metadata = _describe_end(reply.finish_reason, reply.model, reply.seconds)
    if reply.logprobs:
        metadata["logprobs"] = _list_logprobs(reply.logprobs)
    message = AIMessage(
        content=reply.text,
        additional_kwargs={_REASONING: reply.reasoning} if reply.reasoning else {},
        tool_calls=[
            tool_call(name=call.name, args=_read_arguments(call.arguments), id=call.id)
            for call in reply.tool_calls
        ],
        invalid_tool_calls=[
            invalid_tool_call(name=call.name, args=call.arguments, id=call.id, error=call.reason)
            for call in reply.invalid_tool_calls
        ],
        usage_metadata=_count_usage(reply.usage),
        response_metadata=metadata,
    )
    return ChatGeneration(message=message, generation_info={"finish_reason": reply.finish_reason})


@dataclass(slots=True)
class ChunkWriter:
    """Turns the pieces of one streamed reply into chunks that add up to the whole message.

    LangChain numbers blocks of thoughts and text itself, from 0, and merges blocks of one number. So the numbers of
    calls begin far behind them. It also completes a call that breaks off, so that half a call would be carried out: one
    that turns out to be invalid ends with what no JSON can end with.

    Attributes:
        model: Name of the checkpoint, told with the last chunk.
    """

    model: str
    _begun: dict[int, ToolCall] = field(default_factory=dict[int, ToolCall])
    _refused: int = 0
    _start: float = field(default_factory=time.perf_counter)

    def write(self, delta: Delta) -> Iterator[ChatGenerationChunk]:
        """Yield the chunks of a piece; the last piece's last one carries usage, reason and model."""
        if delta.finish_reason is not None and (delta.tool_calls or delta.invalid_tool_calls):
            # LangChain's events show whole calls of the last chunk alone, and would drop an invalid one there.
            yield self._write(replace(delta, finish_reason=None, usage=None))
            delta = Delta(finish_reason=delta.finish_reason, usage=delta.usage)
        yield self._write(delta)

    def _write(self, delta: Delta) -> ChatGenerationChunk:
        metadata: dict[str, object] = {}
        if delta.finish_reason is not None:
            metadata = _describe_end(delta.finish_reason, self.model, time.perf_counter() - self._start)
        if delta.logprobs:
            metadata["logprobs"] = _list_logprobs(delta.logprobs)
        message = AIMessageChunk(
            content=delta.text,
            additional_kwargs=_collect_extras(delta),
            tool_call_chunks=[
                *(self._write_call(piece) for piece in delta.tool_calls),
                *(self._write_invalid(call) for call in delta.invalid_tool_calls),
            ],
            usage_metadata=_count_usage(delta.usage) if delta.usage is not None else None,
            response_metadata=metadata,
            chunk_position=None if delta.finish_reason is None else "last",
        )
        info = None if delta.finish_reason is None else {"finish_reason": delta.finish_reason}
        return ChatGenerationChunk(message=message, generation_info=info)

    def _write_call(self, piece: ToolCallDelta) -> ToolCallChunk:
        call = self._begun.get(piece.index, ToolCall("", "", ""))
        self._begun[piece.index] = ToolCall(
            call.id + piece.id, call.name + piece.name, call.arguments + piece.arguments
        )
        return tool_call_chunk(
            name=piece.name or None,
            args=piece.arguments,
            id=piece.id or None,
            index=_FIRST_CALL + piece.index,
        )

    def _write_invalid(self, call: InvalidToolCall) -> ToolCallChunk:
        begun = {known.id: index for index, known in self._begun.items()}
        if call.id not in begun:
            self._refused += 1
            text = call.arguments + _find_misfit(call.arguments)
            return tool_call_chunk(
                name=call.name, args=text, id=call.id, index=_FIRST_REFUSED + self._refused
            )
        sent = self._begun[begun[call.id]].arguments
        text = _find_misfit(sent) if sent else call.arguments + _find_misfit(call.arguments)
        return tool_call_chunk(name=None, args=text, id=None, index=_FIRST_CALL + begun[call.id])


def _find_misfit(text: str) -> str:
    """Return what makes a text no JSON, not even for a reader that completes what breaks off."""
    return next(end for end in _MISFITS if _is_no_object(text + end))


def _is_no_object(text: str) -> bool:
    try:
        return not isinstance(parse_partial_json(text), dict) and json.loads(text) is None
    except ValueError:
        return True


def _collect_extras(delta: Delta) -> dict[str, object]:
    extras: dict[str, object] = {_REASONING: delta.reasoning} if delta.reasoning else {}
    if delta.invalid_tool_calls:
        extras["invalid_tool_call_reasons"] = {call.id: call.reason for call in delta.invalid_tool_calls}
    return extras


def _read_arguments(arguments: str) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(arguments))


def _describe_end(finish_reason: FinishReason, model: str, seconds: float) -> dict[str, object]:
    return {
        "finish_reason": finish_reason,
        "model_name": model,
        "model_provider": PROVIDER,
        "seconds": seconds,
    }


def _count_usage(usage: Usage) -> UsageMetadata:
    # LangChain lets providers add details of their own, its type does not.
    details = cast("InputTokenDetails", {"cache_read": usage.cached_tokens, "image": usage.image_tokens})
    return UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        input_token_details=details,
        output_token_details=OutputTokenDetails(reasoning=usage.reasoning_tokens),
    )


def _list_logprobs(logprobs: Sequence[TokenLogprob]) -> dict[str, object]:
    return {
        "content": [
            {
                "token": entry.token,
                "logprob": entry.logprob,
                "top_logprobs": [
                    {"token": token, "logprob": logprob} for token, logprob in entry.alternatives
                ],
            }
            for entry in logprobs
        ]
    }
