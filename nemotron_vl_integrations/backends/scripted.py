"""A backend that replays a script: for faults that a real engine cannot be made to show, in your tests too."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass

from nemotron_vl_integrations.backends.base import BackendInfo, Prompt, RawDelta, Report
from nemotron_vl_integrations.errors import EngineClosedError, EngineDiedError, InvalidRequestError
from nemotron_vl_integrations.messages import FinishReason, Sampling, TokenLogprob


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedReply:
    """A reply to replay.

    Attributes:
        text: What the model writes, one delta a character, or as given in `pieces`.
        pieces: The same, cut where a test wants it cut; takes the place of `text`.
        finish_reason: How it ends.
        logprob: Reported for every piece, if the request asks for log probabilities.
        hold: Waits for this event before the first piece; lets a test decide the order of replies.
        error: Raised after the last piece instead of ending.
    """

    text: str = ""
    pieces: tuple[str, ...] = ()
    finish_reason: FinishReason = "stop"
    logprob: float = -0.01
    hold: asyncio.Event | None = None
    error: Exception | None = None


ScriptStep = str | ScriptedReply | Exception


class ScriptedBackend:
    """Replays one step of a script for each request, in the order in which the requests arrive.

    A step is the reply's text, a `ScriptedReply`, or an error to raise. A request past the end of the
    script is an error too, so that a test notices calls that it did not expect.

    Attributes:
        prompts: The rendered prompts that arrived, oldest first.
        samplings: Their sampling parameters.
        starts: How often the backend was started.

    Examples:
        >>> from nemotron_vl_integrations.engine import Engine
        >>> from nemotron_vl_integrations.messages import Message, Request, TextPart
        >>> hello = Request(messages=(Message("user", (TextPart("Hello"),)),))
        >>> with Engine(backend=ScriptedBackend(["Good morning."])) as engine:
        ...     engine.generate(hello).text
        'Good morning.'
    """

    def __init__(self, script: Iterable[ScriptStep], *, context_length: int = 16_384) -> None:
        self._script = deque(script)
        self._context_length = context_length
        self._running = 0
        self._open = False
        self._stopped = asyncio.Event()
        self.prompts: list[Prompt] = []
        self.samplings: list[Sampling] = []
        self.starts = 0

    @property
    def running(self) -> int:
        """Number of requests that are being replayed."""
        return self._running

    @property
    def alive(self) -> bool:
        """Whether it was started, not closed, and no step of the script was its death."""
        return self._open

    @property
    def remaining(self) -> int:
        """Number of steps that no request has taken yet."""
        return len(self._script)

    async def start(self, report: Report) -> BackendInfo:
        """Become ready at once."""
        report("Replaying a script")
        self.starts += 1
        self._open = True
        self._stopped = asyncio.Event()
        return BackendInfo(
            version="scripted",
            device="cpu",
            dtype="none",
            kv_cache_dtype="none",
            context_length=self._context_length,
            max_num_seqs=256,
            max_num_batched_tokens=self._context_length,
            images_per_prompt=4,
        )

    async def stream(
        self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
    ) -> AsyncGenerator[RawDelta, None]:
        """Replay the next step of the script.

        Raises:
            InvalidRequestError: The script is at its end.
            EngineClosedError: The backend is not started, or closed.
        """
        del request_id, priority  # A script has one order.
        self._check_open()
        self.prompts.append(prompt)
        self.samplings.append(sampling)
        step = self._next_step()
        self._running += 1
        try:
            async for delta in _replay(step, sampling, self._stopped):
                self._check_open()
                yield delta
        except EngineDiedError:
            self._open = False
            raise
        finally:
            self._running -= 1

    def _check_open(self) -> None:
        if not self._open:
            raise EngineClosedError("The scripted backend is not running.")

    def _next_step(self) -> ScriptStep:
        if not self._script:
            raise InvalidRequestError(
                f"The script has no step for request {len(self.prompts)}.",
                hint="Add one for every expected call.",
            )
        return self._script.popleft()

    async def close(self) -> None:
        """Stop serving; requests that still run end with `EngineClosedError`."""
        self._open = False
        self._stopped.set()


async def _replay(
    step: ScriptStep, sampling: Sampling, stopped: asyncio.Event
) -> AsyncGenerator[RawDelta, None]:
    match step:
        case Exception():
            raise step
        case str():
            reply = ScriptedReply(text=step)
        case ScriptedReply():
            reply = step
    if reply.hold is not None:
        await _wait_for_either(reply.hold, stopped)
    pieces = reply.pieces or tuple(reply.text)
    for number, piece in enumerate(pieces, start=1):
        await asyncio.sleep(0)  # A point where a real engine would let others run.
        scored = (TokenLogprob(piece, reply.logprob),) if sampling.logprobs is not None else ()
        yield RawDelta(text=piece, logprobs=scored, completion_tokens=number)
    if reply.error is not None:
        raise reply.error
    yield RawDelta(finish_reason=reply.finish_reason, prompt_tokens=1, completion_tokens=len(pieces))


async def _wait_for_either(first: asyncio.Event, second: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (first, second)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
