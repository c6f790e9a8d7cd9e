"""Thoughts that end when their tokens are used up.

The reply is stopped, its thoughts are closed for it, and it goes on from there: the thinking budget of NVIDIA's model
cards. vLLM's own parameter for it needs an engine that is set up for one family of thoughts, and what carries it out
differs from release to release.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from nemotron_vl_integrations.backends.base import RawDelta
from nemotron_vl_integrations.messages import ToolSpec
from nemotron_vl_integrations.reply_parsing.parser import ReplyParser

Resume = Callable[[str, int], AsyncGenerator[RawDelta, None]]
"""Takes the thoughts and the number of their tokens, and goes on behind them."""

END_OF_THOUGHTS = "\n</think>\n\n"


async def limit_thoughts(
    raw: AsyncGenerator[RawDelta, None], *, budget: int, tools: Sequence[ToolSpec], resume: Resume
) -> AsyncGenerator[RawDelta, None]:
    """Yield a reply that begins with thoughts, and end them where they have used up their tokens, or loop.

    Args:
        raw: The reply; closed where its thoughts are stopped.
        budget: Most tokens of thoughts.
        tools: Of the request: a call ends thoughts as well.
        resume: Gives the rest of the reply, behind thoughts that were stopped.
    """
    thoughts = _Thoughts(budget, ReplyParser(reasoning=True, tools=tools))
    async with aclosing(raw):
        async for piece in raw:
            kept = thoughts.take(piece)
            if kept is not None:
                yield kept
            if thoughts.stopped:
                break
        else:
            return
    last = thoughts.last
    yield RawDelta(text=END_OF_THOUGHTS, completion_tokens=last.completion_tokens)
    rest = resume("".join(thoughts.texts), last.completion_tokens)
    async with aclosing(rest):
        async for piece in rest:
            yield replace(
                piece,
                prompt_tokens=last.prompt_tokens or piece.prompt_tokens,
                completion_tokens=last.completion_tokens + piece.completion_tokens,
                cached_tokens=last.cached_tokens,
            )


@dataclass(slots=True)
class _Thoughts:
    """Follows a reply up to the end of its thoughts."""

    budget: int
    parser: ReplyParser
    texts: list[str] = field(default_factory=list[str])
    last: RawDelta = field(default_factory=RawDelta)
    stopped: bool = False

    def take(self, piece: RawDelta) -> RawDelta | None:
        """Return what of the next piece belongs to the reply; several tokens that go past the budget do not."""
        if not self.parser.thinks:
            return piece
        self.parser.feed(piece.text)
        if not self.parser.thinks or piece.finish_reason not in (None, "repetition"):
            return piece
        self.stopped = piece.completion_tokens >= self.budget or piece.finish_reason is not None
        if piece.completion_tokens > self.budget:
            return None
        self.texts.append(piece.text)
        self.last = replace(piece, finish_reason=None)
        return self.last
