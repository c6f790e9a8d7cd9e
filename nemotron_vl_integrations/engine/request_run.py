"""Runs one prepared request on the engine: its time limit, and thoughts that end in time."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from nemotron_vl_integrations.backends.base import Backend, Prompt, RawDelta, Report
from nemotron_vl_integrations.engine.host import EngineHost
from nemotron_vl_integrations.engine.request_timeout import limit_time
from nemotron_vl_integrations.engine.thinking_budget import END_OF_THOUGHTS, limit_thoughts
from nemotron_vl_integrations.messages import ReplyConstraint, Request, Sampling
from nemotron_vl_integrations.prompt.renderer import TokenCount

_request_numbers = itertools.count(1)
# More than the tokens of the end of thoughts, however a checkpoint's tokenizer cuts it.
_ROOM_TO_END = len(END_OF_THOUGHTS)


@dataclass(frozen=True, slots=True)
class RequestRun:
    """One request on its way through the engine.

    Attributes:
        host: Runs it.
        request: As checked and rendered by `EngineHost.prepare`.
        prompt: Of the request.
        count: Tokens of the prompt.
        report: Takes a line for each phase, if the engine has to be started.
    """

    host: EngineHost
    request: Request
    prompt: Prompt
    count: TokenCount
    report: Report

    async def stream(self) -> AsyncGenerator[RawDelta, None]:
        """Yield the raw reply; closing it aborts the request.

        Raises:
            EngineError: The engine does not start, died, was closed, or the time is up, a start not counted.
        """
        backend = await self.host.started(self.report)
        raw = self._send(backend, self.prompt, self.request.sampling)
        if self.request.reasoning and self.request.thinking_budget is not None:
            raw = limit_thoughts(
                raw,
                budget=self.request.thinking_budget,
                tools=self.request.tools,
                resume=partial(self._answer_behind, backend),
            )
        timed = raw if self.request.timeout is None else limit_time(raw, self.request.timeout)
        # Closing the innermost is what aborts the request; a generator does not close what it iterates.
        async with aclosing(raw), aclosing(timed):
            async for piece in timed:
                yield piece

    def _send(self, backend: Backend, prompt: Prompt, sampling: Sampling) -> AsyncGenerator[RawDelta, None]:
        return self.host.stream(
            backend,
            prompt,
            sampling,
            request_id=f"nemotron-vl-{next(_request_numbers)}",
            priority=self.request.priority,
        )

    async def _answer_behind(
        self, backend: Backend, thoughts: str, tokens: int
    ) -> AsyncGenerator[RawDelta, None]:
        """The answer behind thoughts that were ended; its constraint begins where it begins."""
        sampling = self.request.sampling
        left = min(
            sampling.max_tokens - tokens,
            self.host.context_length - self.count.total - tokens - _ROOM_TO_END,
        )
        if left < 1:
            yield RawDelta(finish_reason="length")
            return
        constraint = sampling.constraint
        if isinstance(constraint, ReplyConstraint):
            constraint = replace(constraint, reasoning=False)
        text = self.prompt.text + self.host.renderer.make_harmless(thoughts) + END_OF_THOUGHTS
        prompt = Prompt(text=text, images=self.prompt.images)
        answer = self._send(backend, prompt, replace(sampling, max_tokens=left, constraint=constraint))
        async with aclosing(answer):
            async for piece in answer:
                yield piece
