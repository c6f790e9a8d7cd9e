"""What a backend is: it runs one rendered prompt with its images and streams raw text."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PIL.Image import Image

from nemotron_vl_integrations.messages import FinishReason, Sampling, TokenLogprob

Report = Callable[[str], None]
"""Takes one line about what a starting backend does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendInfo:
    """What runs, as chosen at the start.

    Attributes:
        version: Name and version of the engine.
        device: `cuda` or `cpu`.
        dtype: Of the weights that are not quantised.
        kv_cache_dtype: As resolved from the checkpoint.
        context_length: Tokens of prompt and reply together.
        max_num_seqs: Requests that run at once.
        max_num_batched_tokens: Tokens a step.
        images_per_prompt: Room for images in one prompt.
    """

    version: str
    device: str
    dtype: str
    kv_cache_dtype: str
    context_length: int
    max_num_seqs: int
    max_num_batched_tokens: int
    images_per_prompt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A rendered prompt.

    Attributes:
        text: As the chat template wrote it.
        images: Each is an exact canvas of tiles and stands for one placeholder, in order.
        token_ids: Of the text, where they are known; None leaves it to the backend to find them.
    """

    text: str
    images: tuple[Image, ...] = ()
    token_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDelta:
    """A piece of raw reply text.

    Attributes:
        text: What is new.
        logprobs: Of the tokens of this piece.
        finish_reason: Of the last piece.
        prompt_tokens: Of the prompt; the last piece tells it.
        completion_tokens: Of the reply up to the end of this piece.
        cached_tokens: Of the prompt, those that the engine had from an earlier one; the last piece tells it.
    """

    text: str = ""
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: FinishReason | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@runtime_checkable
class Backend(Protocol):
    """Runs requests. Every method is called on the background loop.

    A backend that dies raises `EngineDiedError` from `stream`, and the engine builds a new one.
    """

    @property
    def running(self) -> int:
        """Number of requests that are being worked on."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it was started and can serve; False once it has died, even if no request noticed."""
        ...

    async def start(self, report: Report) -> BackendInfo:
        """Make ready to serve, reporting each phase in a line.

        Raises:
            EngineStartError: It cannot start; the message says why and what to do.
        """
        ...

    def stream(
        self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
    ) -> AsyncGenerator[RawDelta, None]:
        """Run one prompt; closing the generator aborts the request."""
        ...

    async def close(self) -> None:
        """Give everything back: memory, threads, child processes; running requests end with `EngineClosedError`."""
        ...
