"""Reads one rendered page: what need not be read, which way up it is, the ladder of attempts, the result."""

import asyncio
import logging
import time
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nemotron_vl_integrations.errors import (
    EngineError,
    NemotronVLError,
    PromptTooLongError,
    UnreadableImageError,
)
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.orientation import Rotation
from nemotron_vl_integrations.page_checks.blank_page import is_uniform
from nemotron_vl_integrations.page_checks.text_layer import judge_text_layer
from nemotron_vl_integrations.page_checks.text_repetition import measure_repetition
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.pages import PageFailure, PageImage
from nemotron_vl_integrations.reading.attempt import Attempt, Canvas, turn_canvas
from nemotron_vl_integrations.reading.kept_images import ImageFolder
from nemotron_vl_integrations.reading.ladder import PageJob, climb_ladder, turn_if_better
from nemotron_vl_integrations.reading.options import ReadingOptions
from nemotron_vl_integrations.reading.page_requests import FATAL, PageRequests, ReadingModel
from nemotron_vl_integrations.reading.tail import Tail
from nemotron_vl_integrations.reading.upright import UNSURE, Uprighter

_logger = logging.getLogger(__name__)

RenderAgain = Callable[[int, Layout], Awaitable[PageImage | PageFailure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReader:
    """Reads the pages of one document, many at once; lives on one event loop.

    Attributes:
        model: Who reads, and how it is asked.
        source: What results call the document.
        layout: How pages are fitted to tiles; they arrive fitted, and the engine leaves an exact canvas as it is.
        max_tiles: Most tiles of a page.
        options: Limits and policies.
        render_again: Renders a page in another layout.
        upright: Decides which way up the pages of this document are.
        tail: Shared by all documents of a run.
        images: Where pictures of pages are kept, if anywhere.
    """

    model: ReadingModel
    source: str
    layout: Layout
    max_tiles: int
    options: ReadingOptions
    render_again: RenderAgain
    upright: Uprighter
    tail: Tail
    images: ImageFolder | None

    async def read(self, page: PageImage | PageFailure) -> PageResult:
        """Return what came of a page; what is the page's own fault is a result, what ends the document is raised.

        Raises:
            EngineError: The engine does not start, is closed, or belongs to another process.
            InvalidRequestError: The engine cannot take the request whatever the page is.
        """
        if isinstance(page, PageFailure):
            return PageResult(
                source=self.source,
                page=page.page,
                page_label=page.label,
                status="failed",
                reason=_name(page.error),
                model=self.model.engine.model,
            )
        with self.tail.page():
            return await self._read_image(page)

    async def _read_image(self, page: PageImage) -> PageResult:
        requests = PageRequests(self.model)
        canvas = Canvas(page.image, page.grid, self.layout)
        if await asyncio.to_thread(is_uniform, page.image):
            return await self._record(page, requests, Attempt(status="blank", canvas=canvas, text=""))
        if self.options.text_layer == "prefer" and self._trusts_text_layer(page):
            return await self._record(page, requests, _take_text_layer(page, canvas, ""))
        try:
            attempt = await self._attempt(page, canvas, requests)
        except FATAL:
            raise
        except (EngineError, PromptTooLongError, UnreadableImageError) as error:
            if self.model.engine.closed:
                raise
            attempt = Attempt(status="failed", canvas=canvas, text="", explanation=_name(error))
        return await self._record(page, requests, self._conclude(page, attempt))

    async def _attempt(self, page: PageImage, canvas: Canvas, requests: PageRequests) -> Attempt:
        async def render(layout: Layout) -> Canvas | None:
            again = await self.render_again(page.page, layout)
            return None if isinstance(again, PageFailure) else Canvas(again.image, again.grid, layout)

        async def find_rotation(view: Canvas) -> Rotation | None:
            return await self.upright.ask_model(view.image, requests) if turns else None

        turns = self.options.orientation == "auto"
        job = PageJob(
            requests=requests,
            max_tiles=self.max_tiles,
            max_attempts=self.options.max_attempts,
            deadline=requests.began + self.options.page_seconds,
            render=render,
            find_rotation=find_rotation,
            tail=self.tail,
        )
        proposed = await self.upright.propose(page.image) if turns else (0,)
        canvas = turn_canvas(canvas, await self.upright.decide(page.image, proposed, requests))
        attempt = await climb_ladder(job, await job.read(canvas, status="read"))
        confidence = attempt.confidence
        if attempt.defect is None and len(proposed) > 1 and confidence is not None and confidence < UNSURE:
            return await turn_if_better(job, attempt)
        return attempt

    def _conclude(self, page: PageImage, attempt: Attempt) -> Attempt:
        """Settle what a page is whose attempts are over."""
        match attempt.defect and attempt.defect.kind:
            case None if self.model.task.mode == "tables" and not attempt.text.strip():
                return replace(attempt, status="blank", explanation="The model found no table on the page.")
            case None if attempt.status != "failed":
                return attempt
            case "uneven_table":
                # The text is right as far as anyone can tell; who needs the table is told.
                return replace(attempt, status="retried")
            case _ if self.options.text_layer == "auto" and self._trusts_text_layer(page):
                return _take_text_layer(page, attempt.canvas, attempt.explanation)
            case "empty" if attempt.status != "failed":
                reason = "The page is not of one colour, and the model found no text on it."
                return Attempt(status="blank", canvas=attempt.canvas, text="", explanation=reason)
            case _:
                return Attempt(
                    status="failed",
                    canvas=attempt.canvas,
                    text=attempt.trusted_text,
                    logprobs=attempt.logprobs,
                    explanation=attempt.explanation,
                )

    def _trusts_text_layer(self, page: PageImage) -> bool:
        return self.model.task.takes_text_layer and judge_text_layer(page.text_layer).trusted

    async def _record(self, page: PageImage, requests: PageRequests, attempt: Attempt) -> PageResult:
        keep = self.images is not None and (attempt.status == "failed" or self.options.keep_images == "all")
        return PageResult(
            source=self.source,
            page=page.page,
            page_label=page.label,
            status=attempt.status,
            text=_clean(attempt.text),
            reason=attempt.explanation,
            attempts=requests.sent,
            prompt_tokens=requests.prompt_tokens,
            completion_tokens=requests.completion_tokens,
            seconds=time.monotonic() - requests.began,
            grid=attempt.canvas.grid,
            rotation=attempt.canvas.rotation,
            confidence=attempt.confidence,
            lowest_logprob=attempt.lowest_logprob,
            repetition=measure_repetition(attempt.text),
            model=self.model.engine.model,
            image=await asyncio.to_thread(self._keep, page, attempt) if keep else None,
        )

    def _keep(self, page: PageImage, attempt: Attempt) -> Path | None:
        assert self.images is not None
        try:
            return self.images.keep(attempt.canvas.image, source=self.source, page=page.page)
        except OSError as exc:
            _logger.warning(
                "The picture of page %s of %s cannot be kept: %s.",
                page.page,
                self.source,
                exc.strerror or exc,
            )
            return None


def _clean(text: str) -> str:
    # A form feed divides pages in what is written.
    return unicodedata.normalize("NFC", text.replace("\f", "\n")).rstrip()


def _take_text_layer(page: PageImage, canvas: Canvas, why: str) -> Attempt:
    explanation = f"{why} The text is the document's own.".strip()
    return Attempt(status="text_layer", canvas=canvas, text=page.text_layer, explanation=explanation)


def _name(error: NemotronVLError) -> str:
    return f"{type(error).__name__}: {error}"
