"""The engine's replies as LangChain's messages, whole and in pieces."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCallChunk, invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk

from nemotron_vl_integrations.messages import Delta, FinishReason, InvalidToolCall, Reply, TokenLogprob, Usage

PROVIDER: Final = "nemotron_vl"
_REASONING: Final = "reasoning_content"


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
    tool calls begin behind the kinds of blocks that have come before them.

    Attributes:
        model: Name of the checkpoint, told with the last chunk.
    """

    model: str
    _thought: bool = False
    _spoke: bool = False
    _start: float = field(default_factory=time.perf_counter)

    def write(self, delta: Delta) -> ChatGenerationChunk:
        """Return the chunk of a piece; the last piece's carries usage, reason and model."""
        self._thought = self._thought or bool(delta.reasoning)
        self._spoke = self._spoke or bool(delta.text)
        first = self._thought + self._spoke
        last = delta.finish_reason is not None
        metadata: dict[str, object] = {}
        if delta.finish_reason is not None:
            metadata = _describe_end(delta.finish_reason, self.model, time.perf_counter() - self._start)
        if delta.logprobs:
            metadata["logprobs"] = _list_logprobs(delta.logprobs)
        message = AIMessageChunk(
            content=delta.text,
            additional_kwargs=_collect_extras(delta),
            tool_call_chunks=[
                *(
                    tool_call_chunk(
                        name=call.name or None,
                        args=call.arguments,
                        id=call.id or None,
                        index=first + call.index,
                    )
                    for call in delta.tool_calls
                ),
                *(_write_invalid(call) for call in delta.invalid_tool_calls),
            ],
            usage_metadata=_count_usage(delta.usage) if delta.usage is not None else None,
            response_metadata=metadata,
            chunk_position="last" if last else None,
        )
        info = {"finish_reason": delta.finish_reason} if last else None
        return ChatGenerationChunk(message=message, generation_info=info)


def _collect_extras(delta: Delta) -> dict[str, object]:
    extras: dict[str, object] = {_REASONING: delta.reasoning} if delta.reasoning else {}
    if delta.invalid_tool_calls:
        extras["invalid_tool_call_reasons"] = {call.id: call.reason for call in delta.invalid_tool_calls}
    return extras


def _write_invalid(call: InvalidToolCall) -> ToolCallChunk:
    # Chunks are parsed when they are added up: a JSON text is no object, so the call stays an invalid one.
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return tool_call_chunk(name=call.name, args=arguments, id=call.id, index=None)


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
