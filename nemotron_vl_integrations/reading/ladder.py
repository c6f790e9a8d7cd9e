"""What is tried on a page that does not come out well, rung by rung, until one attempt can be trusted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PIL import Image

from nemotron_vl_integrations.errors import EngineError, InputError
from nemotron_vl_integrations.messages import Layout, TokenLogprob
from nemotron_vl_integrations.orientation import Rotation
from nemotron_vl_integrations.page_checks.blank_page import is_uniform
from nemotron_vl_integrations.page_checks.page_quality import DefectKind
from nemotron_vl_integrations.page_result import PageStatus
from nemotron_vl_integrations.reading.attempt import Attempt, Canvas, drop_last_line, judge_reply, turn_canvas
from nemotron_vl_integrations.reading.page_requests import FATAL, PageRequests
from nemotron_vl_integrations.reading.page_split import join_parts, split_page
from nemotron_vl_integrations.reading.page_task import PageTask
from nemotron_vl_integrations.reading.tail import Tail

_WARM = 0.3
_HOT = 0.8
_DEEPEST_SPLIT = 2
_OTHER: dict[Layout, Layout] = {"reference": "detail", "detail": "reference"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJob:
    """A page that is being read.

    Attributes:
        requests: Asks the engine and counts.
        max_tiles: Most tiles of any view of it.
        max_attempts: Most requests.
        deadline: When no further attempt begins, in seconds of `time.monotonic`.
        render: Renders the page in a layout, turned as it is now; None if that fails.
        find_rotation: Asks which way up it is: the degrees, clockwise, that make it upright; None if it is not sure.
        tail: Begins when so few pages are left that the engine has room to spare.
    """

    requests: PageRequests
    max_tiles: int
    max_attempts: int
    deadline: float
    render: Callable[[Layout], Awaitable[Canvas | None]]
    find_rotation: Callable[[Canvas], Awaitable[Rotation | None]]
    tail: Tail

    @property
    def task(self) -> PageTask:
        """What is asked of the page."""
        return self.requests.model.task

    @property
    def may_go_on(self) -> bool:
        """Whether the limits allow another attempt."""
        return self.requests.sent < self.max_attempts and time.monotonic() < self.deadline

    async def read(
        self, canvas: Canvas, *, status: PageStatus = "retried", temperature: float = 0.0
    ) -> Attempt:
        """Read a view of the page from its beginning."""
        reply = await self.requests.read(
            canvas.image, layout=canvas.layout, max_tiles=self.max_tiles, temperature=temperature
        )
        return judge_reply(reply, canvas, task=self.task, status=status)


@dataclass(frozen=True, slots=True)
class Rung:
    """One thing to try.

    Attributes:
        helps: Defects that it may cure.
        climb: Tries it on the best attempt so far; None if there is nothing to try.
    """

    helps: frozenset[DefectKind]
    climb: Callable[[PageJob, Attempt], Awaitable[Attempt | None]]


async def climb_ladder(job: PageJob, attempt: Attempt) -> Attempt:
    """Try one thing after the other until an attempt has no defect; give the best one.

    In the tail of a run, what is left to try runs side by side, so that the last pages do not take six times as
    long as one.

    Raises:
        EngineError: The engine does not start or was closed.
    """
    best = attempt
    for number, rung in enumerate(RUNGS):
        if best.defect is None or not job.may_go_on or job.requests.deaths > 1:
            break
        if best.defect.kind not in rung.helps:
            continue
        best = await _climb_until_tail(rung, RUNGS[number + 1 :], job, best)
        if best.defect is not None and job.tail.reached:
            return await _climb_together(RUNGS[number + 1 :], job, best)
    return best


async def _climb_until_tail(rung: Rung, later: tuple[Rung, ...], job: PageJob, best: Attempt) -> Attempt:
    """Climb one rung; if the tail of the run begins meanwhile, climb the later ones beside it."""
    climbing = asyncio.create_task(_climb(rung, job, best))
    waiting = asyncio.create_task(job.tail.wait())
    try:
        await asyncio.wait((climbing, waiting), return_when=asyncio.FIRST_COMPLETED)
        if climbing.done():
            return _better(best, await climbing)
        return await _first_good(best, [climbing, *_start(later, job, best)])
    finally:
        await _end((climbing, waiting))


async def _climb_together(rungs: tuple[Rung, ...], job: PageJob, best: Attempt) -> Attempt:
    return await _first_good(best, _start(rungs, job, best))


def _start(rungs: tuple[Rung, ...], job: PageJob, best: Attempt) -> list[asyncio.Task[Attempt | None]]:
    helping = [rung for rung in rungs if best.defect is not None and best.defect.kind in rung.helps]
    return [
        asyncio.create_task(_climb(rung, job, best))
        for rung in helping[: max(0, job.max_attempts - job.requests.sent)]
    ]


async def _first_good(best: Attempt, tasks: list[asyncio.Task[Attempt | None]]) -> Attempt:
    try:
        for next_done in asyncio.as_completed(tasks):
            best = _better(best, await next_done)
            if best.defect is None:
                break
    finally:
        await _end(tasks)
    return best


async def _end(tasks: Sequence[asyncio.Task[Attempt | None] | asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def turn_if_better(job: PageJob, attempt: Attempt) -> Attempt:
    """Look at a page once more that was read without confidence and may not be upright; the surer reading stays."""
    turned = await _climb(_TURN, job, attempt)
    if turned is None or turned.defect is not None:
        return attempt
    return turned if (turned.confidence or 0.0) > (attempt.confidence or 0.0) else attempt


async def _climb(rung: Rung, job: PageJob, best: Attempt) -> Attempt | None:
    try:
        return await rung.climb(job, best)
    except FATAL:
        raise
    except (EngineError, InputError):
        return None  # This way of reading the page cannot be had; the others may.


def _better(best: Attempt, other: Attempt | None) -> Attempt:
    return best if other is None or _rank(other) <= _rank(best) else other


def _rank(attempt: Attempt) -> tuple[bool, bool, int]:
    kind = None if attempt.defect is None else attempt.defect.kind
    return kind is None, kind == "uneven_table", len(attempt.trusted_text)


async def _draw_again(job: PageJob, best: Attempt, *, temperature: float) -> Attempt:
    attempt = await job.read(best.canvas, temperature=temperature)
    return attempt.because(f"{best.explanation} At temperature {temperature} it came out whole.")


async def _go_on(job: PageJob, best: Attempt) -> Attempt:
    """Let the model go on from the last whole line of a page that was cut by length."""
    pieces = 1
    while best.defect is not None and best.defect.kind == "truncated" and job.may_go_on:
        prefix = drop_last_line(best.text)
        reply = await job.requests.read(
            best.canvas.image, layout=best.canvas.layout, max_tiles=job.max_tiles, prefix=prefix
        )
        pieces += 1
        longer = judge_reply(
            reply, best.canvas, task=job.task, status="continued", prefix=prefix, logprobs=best.logprobs
        )
        if len(longer.text) <= len(best.text):
            break
        best = longer
    return best.because(f"The text was longer than `max_tokens` and was written in {pieces} pieces.")


async def _turn(job: PageJob, best: Attempt) -> Attempt | None:
    rotation = await job.find_rotation(best.canvas)
    if not rotation:
        return None
    attempt = await job.read(turn_canvas(best.canvas, rotation))
    return attempt.because(f"The page was turned by {attempt.canvas.rotation} degrees.")


async def _look_otherwise(job: PageJob, best: Attempt) -> Attempt | None:
    """Read the page on another grid of tiles, if the other layout has one."""
    canvas = await job.render(_OTHER[best.canvas.layout])
    if canvas is None:
        return None
    canvas = turn_canvas(canvas, best.canvas.rotation)
    if canvas.grid == best.canvas.grid:
        return None
    attempt = await job.read(canvas)
    return attempt.because(f'{best.explanation} In the layout "{canvas.layout}" it came out whole.')


async def _split(job: PageJob, best: Attempt) -> Attempt | None:
    """Read the page in two parts, each of them in two if need be, and join them."""
    parts = await _read_halves(job, best.canvas.image, best.canvas, depth=1)
    if parts is None or not parts.text.strip():
        return None
    whole = replace(best, status="split", text=parts.text, logprobs=parts.logprobs, defect=None)
    return whole.because(f"{best.explanation} It was read in {parts.count} parts.")


@dataclass(frozen=True, slots=True)
class _Parts:
    text: str
    logprobs: tuple[TokenLogprob, ...]
    count: int


async def _read_halves(job: PageJob, image: Image.Image, canvas: Canvas, *, depth: int) -> _Parts | None:
    cut = await asyncio.to_thread(split_page, image)
    halves = [await _read_part(job, part, canvas, depth=depth) for part in cut.images]
    whole = [half for half in halves if half is not None]
    if len(whole) < len(halves):
        return None
    return _Parts(
        join_parts([half.text for half in whole], cut.overlaps),
        tuple(token for half in whole for token in half.logprobs),
        sum(half.count for half in whole),
    )


async def _read_part(job: PageJob, image: Image.Image, canvas: Canvas, *, depth: int) -> _Parts | None:
    if await asyncio.to_thread(is_uniform, image):
        return _Parts("", (), 1)
    if not job.may_go_on:
        return None
    reply = await job.requests.read(image, layout=canvas.layout, max_tiles=job.max_tiles)
    attempt = judge_reply(reply, canvas, task=job.task, status="split")
    # A part without text may well be a picture.
    if attempt.defect is None or attempt.defect.kind == "empty":
        return _Parts(attempt.text, attempt.logprobs, 1)
    if depth == _DEEPEST_SPLIT:
        return None
    return await _read_halves(job, image, canvas, depth=depth + 1)


# An object is good as a whole or not at all, so one that is `invalid` neither goes on nor is joined from parts.
_TURN = Rung(frozenset({"empty", "garbled", "loop", "invalid"}), _turn)
RUNGS = (
    Rung(frozenset({"loop", "garbled", "uneven_table", "invalid"}), partial(_draw_again, temperature=_WARM)),
    Rung(frozenset({"truncated"}), _go_on),
    _TURN,
    Rung(frozenset({"loop", "empty", "garbled", "uneven_table", "invalid"}), _look_otherwise),
    Rung(frozenset({"loop", "garbled", "invalid"}), partial(_draw_again, temperature=_HOT)),
    Rung(frozenset({"loop", "truncated", "garbled"}), _split),
)
