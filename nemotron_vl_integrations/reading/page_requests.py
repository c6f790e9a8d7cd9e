"""Asks the engine about one page, as often as it takes; counts what it cost and survives the death of an engine."""

import time
from dataclasses import dataclass, field

from PIL import Image

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    EngineClosedError,
    EngineConfigConflictError,
    EngineDiedError,
    EngineError,
    EngineForkedError,
    EngineStartError,
)
from nemotron_vl_integrations.messages import ImagePart, Layout, Message, Reply, Request, Sampling, TextPart
from nemotron_vl_integrations.reading.page_task import PageTask
from nemotron_vl_integrations.reading.request_gate import RequestGate

FATAL = (EngineClosedError, EngineConfigConflictError, EngineForkedError, EngineStartError)
"""Errors that concern every page, so none of them is to blame."""

PRIORITY = 10
"""Of a page's request; a chat has 0 and goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingModel:
    """Who reads the pages of a document, and how it is asked.

    Attributes:
        engine: Reads.
        task: What is asked of each page.
        max_tokens: Limit of one reply.
        timeout: Seconds that one reply may take.
        gate: Shared by all pages that are read at one time.
    """

    engine: Engine
    task: PageTask
    max_tokens: int
    timeout: float | None
    gate: RequestGate = field(default_factory=RequestGate)


@dataclass(slots=True)
class PageRequests:
    """The requests about one page.

    Attributes:
        model: Who is asked.
        sent: Requests that were answered.
        prompt_tokens: Of all of them.
        completion_tokens: Of all of them.
        deaths: Engines that died while this page was with them.
        began: When the page came, in seconds of `time.monotonic`.
    """

    model: ReadingModel
    sent: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    deaths: int = 0
    began: float = field(default_factory=time.monotonic)

    async def read(
        self,
        image: Image.Image,
        *,
        layout: Layout,
        max_tiles: int,
        temperature: float = 0.0,
        prefix: str = "",
    ) -> Reply:
        """Ask for what the task wants of an image.

        Args:
            image: The page, a part of it, or a tile of it.
            layout: How it is fitted to tiles; an exact canvas stays as it is.
            max_tiles: Most tiles.
            temperature: 0 takes the likeliest token each time; above, the draw is repeatable.
            prefix: What the model has written of it already.

        Raises:
            EngineError: The engine failed on it; `EngineDiedError` if it died for the second time under this page.
            InputError: The engine cannot take it.
        """
        task = self.model.task
        sampling = Sampling(
            max_tokens=self.model.max_tokens,
            temperature=temperature,
            # The same page gives the same text in every run, whatever runs beside it.
            seed=self.sent if temperature else None,
            logprobs=0,
            repetition=task.repetition,
            constraint=task.constraint,
        )
        return await self._ask(
            image, task.prompt, sampling, layout=layout, max_tiles=max_tiles, prefix=prefix
        )

    async def look(self, tile: Image.Image, *, max_tokens: int) -> Reply:
        """Ask for the first words of a tile, whatever the task is.

        Args:
            tile: A part of the page that fills one tile.
            max_tokens: Limit of the reply.

        Raises:
            EngineError: As in `read`.
            InputError: As in `read`.
        """
        sampling = Sampling(max_tokens=max_tokens, logprobs=0)
        return await self._ask(
            tile, self.model.task.looking_prompt, sampling, layout="reference", max_tiles=1
        )

    async def _ask(
        self,
        image: Image.Image,
        prompt: str,
        sampling: Sampling,
        *,
        layout: Layout,
        max_tiles: int,
        prefix: str = "",
    ) -> Reply:
        request = Request(
            messages=(Message("user", (ImagePart(image), TextPart(prompt))),),
            prefix=prefix,
            sampling=sampling,
            layout=layout,
            max_tiles=max_tiles,
            max_images=1,
            priority=PRIORITY,
            timeout=self.model.timeout,
        )
        reply = await self._send(request)
        if reply.finish_reason == "abort":
            raise EngineError("The engine ended the request before the page was read.")
        self.sent += 1
        self.prompt_tokens += reply.usage.prompt_tokens
        self.completion_tokens += reply.usage.completion_tokens
        return reply

    async def _send(self, request: Request) -> Reply:
        engine = self.model.engine
        if not self.deaths:
            try:
                async with self.model.gate.together():
                    return await engine.agenerate(request)
            except EngineDiedError:
                self.deaths += 1
        # This starts a new engine. Alone, so that a page that kills the engine takes no other page with it.
        async with self.model.gate.alone():
            try:
                return await engine.agenerate(request)
            except EngineDiedError:
                self.deaths += 1
                raise
