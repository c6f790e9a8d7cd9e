"""Builds deltas and whole replies from what a backend streams; one path for streaming and for not."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

from nemotron_vl_integrations.backends.base import RawDelta
from nemotron_vl_integrations.messages import Delta, FinishReason, Reply, Request, TokenLogprob, Usage
from nemotron_vl_integrations.reply_parsing.parser import DeltaCollector, ReplyParser

_NOTHING = Delta()


async def parse_deltas(
    raw: AsyncGenerator[RawDelta, None], request: Request, *, image_tokens: int
) -> AsyncGenerator[Delta, None]:
    """Parse raw reply text into deltas; the last one carries the finish reason and the usage.

    A reply that only satisfies a constraint is handed on as it is, line breaks at its ends included.
    """
    parser = (
        _AsWritten()
        if _is_all_constraint(request)
        else ReplyParser(reasoning=request.reasoning, tools=request.tools)
    )
    thoughts = 0
    async for piece in raw:
        thinks = parser.thinks
        delta = parser.feed(piece.text)
        if piece.logprobs:
            delta = replace(delta, logprobs=piece.logprobs)
        if thinks:
            thoughts = piece.completion_tokens
        if delta != _NOTHING:
            yield delta
        if piece.finish_reason is not None:
            usage = Usage(
                prompt_tokens=piece.prompt_tokens,
                completion_tokens=piece.completion_tokens,
                image_tokens=image_tokens,
                cached_tokens=piece.cached_tokens,
                reasoning_tokens=thoughts,
            )
            yield replace(parser.finish(), finish_reason=piece.finish_reason, usage=usage)
            return


def _is_all_constraint(request: Request) -> bool:
    return request.sampling.constraint is not None and not request.reasoning and not request.tools


class _AsWritten:
    """Takes the place of a `ReplyParser` where there is nothing to parse."""

    thinks = False

    def feed(self, text: str) -> Delta:
        return Delta(text=text)

    def finish(self) -> Delta:
        return Delta()


@dataclass(slots=True)
class ReplyCollector:
    """Adds up the deltas of one reply, with the figures that stand beside its text."""

    _parts: DeltaCollector = field(default_factory=DeltaCollector)
    _logprobs: list[TokenLogprob] = field(default_factory=list[TokenLogprob])
    _finish_reason: FinishReason = "abort"
    _usage: Usage = field(default_factory=lambda: Usage(0, 0))

    def add(self, delta: Delta) -> None:
        """Add the next delta."""
        self._parts.add(delta)
        self._logprobs.extend(delta.logprobs)
        self._finish_reason = delta.finish_reason or self._finish_reason
        self._usage = delta.usage or self._usage

    def reply(self, *, model: str, seconds: float) -> Reply:
        """The reply as collected so far."""
        parsed = self._parts.parsed()
        return Reply(
            text=parsed.text,
            reasoning=parsed.reasoning,
            tool_calls=parsed.tool_calls,
            invalid_tool_calls=parsed.invalid_tool_calls,
            finish_reason=self._finish_reason,
            usage=self._usage,
            logprobs=tuple(self._logprobs),
            model=model,
            seconds=seconds,
        )
