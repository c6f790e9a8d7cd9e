"""One running engine and everybody who uses it: started once, restarted when it dies, closed by the last user."""

import asyncio
import logging
import multiprocessing
import os
import threading
import warnings
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import cached_property

from PIL import Image, ImageFile

from nemotron_vl_integrations.backends.base import Backend, BackendInfo, Prompt, RawDelta, Report
from nemotron_vl_integrations.backends.vllm_settings import choose_settings
from nemotron_vl_integrations.backends.vllm_spawn import environment
from nemotron_vl_integrations.backends.vllm_start_errors import explain_start_failure
from nemotron_vl_integrations.checkpoints.checkpoint import (
    DEMO_MODEL,
    Checkpoint,
    load_config,
    resolve_checkpoint,
)
from nemotron_vl_integrations.checkpoints.weights import check_weights
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine.outlook import DEFAULT_CONTEXT_LENGTH, EngineOutlook, foresee_engine
from nemotron_vl_integrations.engine.plan import EnginePlan, plan_engine
from nemotron_vl_integrations.engine.reply_constraint import constrain_reply
from nemotron_vl_integrations.engine.request_checks import check_image_count, check_request
from nemotron_vl_integrations.errors import (
    EngineClosedError,
    EngineDiedError,
    EngineForkedError,
    EngineStartError,
    PromptTooLongError,
)
from nemotron_vl_integrations.freed_memory import find_trim
from nemotron_vl_integrations.messages import ImagePart, Layout, Message, Request, Sampling, TextPart
from nemotron_vl_integrations.prompt.renderer import PromptRenderer, TokenCount
from nemotron_vl_integrations.tiling import Grid, choose_grid, fit_to_grid
from nemotron_vl_integrations.vllm_build import require_vllm

_logger = logging.getLogger(__name__)

_WORKERS = (
    "Use `ProcessPoolExecutor(mp_context=multiprocessing.get_context('spawn'))` of `concurrent.futures`, "
    "and an engine inside each worker."
)


class EngineHost:
    """Owns one backend for one configuration. Its coroutines run on the background loop.

    Args:
        config: What the engine is.
        backend: Takes the place of vLLM, for tests of faults.
    """

    def __init__(self, config: EngineConfig, *, backend: Backend | None = None) -> None:
        self.config = config
        self.users = 0
        self._pid = os.getpid()
        self._given = backend
        self._backend: Backend | None = None
        self._info: BackendInfo | None = None
        self._start: asyncio.Task[Backend] | None = None
        self._unannounced = threading.Lock()
        self.closed = False

    @cached_property
    def plan(self) -> EnginePlan:
        """Which checkpoint on which device, and why."""
        if self._given is not None:
            return plan_engine(self.config.model_copy(update={"device": "cpu"}))
        return plan_engine(self.config)

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint; from the Hub it is fetched at the first look."""
        return resolve_checkpoint(self.plan.model, revision=self.config.revision)

    @cached_property
    def renderer(self) -> PromptRenderer:
        """Renders prompts with the checkpoint's own chat template."""
        return PromptRenderer(self.checkpoint.folder)

    @property
    def context_length(self) -> int:
        """Tokens of prompt and reply together."""
        if self._info is not None:
            return self._info.context_length
        return min(self.config.max_model_len or DEFAULT_CONTEXT_LENGTH, self.checkpoint.context_length)

    @property
    def outlook(self) -> EngineOutlook:
        """What answers, or would; looking neither starts it nor fetches its checkpoint."""
        if self._info is None:
            return foresee_engine(self.config, self.plan)
        return EngineOutlook(self.checkpoint.name, self._info.context_length)

    @property
    def info(self) -> BackendInfo | None:
        """What runs; None before the start."""
        return self._info

    @property
    def places(self) -> int:
        """Requests that run at once, or would on this machine as it is now; what comes beyond waits.

        Raises:
            EngineStartError: There is no room for the checkpoint, or none such.
        """
        if self._info is not None:
            return self._info.max_num_seqs
        return choose_settings(self.config, self.checkpoint, gpu=self.plan.gpu).max_num_seqs

    @property
    def running(self) -> int:
        """Number of requests in the backend."""
        return 0 if self._backend is None else self._backend.running

    def announce(self, report: Report) -> None:
        """Say once, however many handles there are, that the demo checkpoint reads because nothing else can."""
        if self._given is not None or self.config.model != "auto" or self.plan.model != DEMO_MODEL:
            return
        if self._unannounced.acquire(blocking=False):
            report(
                f"{self.plan.reason} The bundled demo checkpoint (15 M parameters, not NVIDIA's model) reads."
            )

    @property
    def belongs_here(self) -> bool:
        """Whether this process owns the engine, rather than a fork of the one that does."""
        return self._pid == os.getpid()

    def check_process(self) -> None:
        """Refuse to be used in a fork of the process that owns it.

        Raises:
            EngineForkedError: This is such a fork.
        """
        if not self.belongs_here:
            raise EngineForkedError(
                f"This engine belongs to process {self._pid}, and process {os.getpid()} was forked from it.",
                hint=_WORKERS,
            )

    def prepare(self, request: object, *, whole: bool = False) -> tuple[Request, Prompt, TokenCount]:
        """Check a request, render its prompt and fit its images; everything that can be refused is refused here.

        Args:
            request: Anything.
            whole: Asks for the reply as one piece, see `Sampling.whole`.

        Raises:
            InputError: The request cannot be run.
        """
        checked = check_request(request)
        sampling = replace(
            checked.sampling,
            constraint=constrain_reply(checked),
            whole=(whole or checked.sampling.whole) and not checked.reasoning,
        )
        checked = replace(checked, sampling=sampling)
        check_image_count(checked, self.config)
        prompt = self.renderer.tokenize_request(checked)
        count = prompt.count
        if count.total >= self.context_length:
            raise PromptTooLongError(
                f"The prompt has {count.total} tokens ({count.images} of images) and the context holds "
                f"{self.context_length}.",
                hint="Lower `max_tiles`, send fewer images or less text, or raise `EngineConfig.max_model_len`.",
            )
        canvases = tuple(
            _fit_once(image, layout=checked.layout, max_tiles=checked.max_tiles)
            for image in prompt.rendered.images
        )
        ready = Prompt(text=prompt.rendered.text, images=canvases, token_ids=prompt.token_ids)
        return checked, ready, count

    async def started(self, report: Report) -> Backend:
        """Give the running backend; the first caller starts it, the others wait for the same start.

        A backend that died while nobody asked it anything is replaced here, before it can cost a request.

        Raises:
            EngineStartError: It does not start. The next call tries again.
            EngineClosedError: The engine was closed.
        """
        if self._backend is not None and not self._backend.alive:
            await self._drop(self._backend)
        if self.closed:
            raise _closed()
        if self._start is None or (self._start.done() and self._backend is None):
            self._start = asyncio.create_task(self._start_backend(report))
            self._start.add_done_callback(_mark_seen)
        start = self._start
        try:
            return await asyncio.shield(start)
        except asyncio.CancelledError as exc:
            if not start.cancelled():
                raise  # The caller was cancelled; the start goes on for the others.
            raise _closed() from exc

    async def _start_backend(self, report: Report) -> Backend:
        backend = self._given or await asyncio.to_thread(self._create_backend, report)
        try:
            info = await backend.start(report)
            if self.config.warm_up and self._given is None:
                report("Warming up")
                await self._warm_up(backend, info)
        except BaseException:
            await backend.close()
            raise
        if (give_back := find_trim()) is not None:
            give_back()  # Of what a start needs, 50 MB are not needed again.
        self._info, self._backend = info, backend
        return backend

    def _create_backend(self, report: Report) -> Backend:
        build = require_vllm()
        if multiprocessing.current_process().daemon:
            raise EngineStartError(
                "This process is a daemonic worker, as those of `multiprocessing.Pool` are, and Python allows them "
                "no child process, which the engine needs.",
                hint=_WORKERS,
            )
        if self.plan.problems:
            raise EngineStartError(self.plan.reason, hint=" ".join(self.plan.problems))
        folder = self.checkpoint.folder
        if self.config.load_format == "auto":
            check_weights(sorted(folder.glob("*.safetensors")), load_config(folder))
        settings = choose_settings(self.config, self.checkpoint, gpu=self.plan.gpu)
        report(f"Importing vLLM {build.version}")
        with environment(settings.environment), warnings.catch_warnings():
            # What torch will rename is not the user's business, nor are the widgets that a progress bar misses.
            warnings.simplefilter("ignore", FutureWarning)
            warnings.filterwarnings("ignore", message="IProgress not found")
            try:
                # The one heavy import: about 10 s, and it reads the variables set above.
                from nemotron_vl_integrations.backends.vllm import VllmBackend
            except (ImportError, OSError, RuntimeError) as exc:
                raise explain_start_failure(exc, self.config, self.checkpoint, settings) from exc
        return VllmBackend(self.config, self.checkpoint, settings, self.renderer.tokenize)

    async def _warm_up(self, backend: Backend, info: BackendInfo) -> None:
        """Send blank pages, so that the first real page meets warm kernels.

        One of each extreme shape; on a GPU then as many of the largest as fill a step, whose kernels are other ones.
        """
        smallest = choose_grid(512, 512)
        largest = choose_grid(1536, 2048, max_tiles=self.config.max_tiles)
        for number, grid in enumerate({smallest, largest}):
            await self._read_blank(backend, grid, f"warm-up-{number}")
        if info.device == "cuda":
            pages = min(info.max_num_seqs, info.max_num_batched_tokens // largest.token_count + 1)
            await asyncio.gather(
                *(self._read_blank(backend, largest, f"warm-up-full-{n}") for n in range(pages))
            )

    async def _read_blank(self, backend: Backend, grid: Grid, request_id: str) -> None:
        page = Image.new("RGB", (grid.width, grid.height), "white")
        message = Message("user", (ImagePart(page), TextPart("Transcribe this page.")))
        prompt = Prompt(text=self.renderer.render([message]).text, images=(page,))
        async for _ in backend.stream(prompt, Sampling(max_tokens=8), request_id=request_id, priority=0):
            pass

    async def stream(
        self,
        backend: Backend,
        prompt: Prompt,
        sampling: Sampling,
        *,
        request_id: str,
        priority: int,
    ) -> AsyncGenerator[RawDelta, None]:
        """Run one prompt on a backend; one that dies is dropped, so that the next call starts another.

        Args:
            backend: What `started` gave; asked for apart, because a start does not count against a time limit.
            prompt: Text and images.
            sampling: How the reply is drawn.
            request_id: Names the request to the backend.
            priority: Lower runs first.

        Raises:
            EngineDiedError: The backend died during this request.
            EngineClosedError: The engine was closed during this request.
        """
        raw = backend.stream(prompt, sampling, request_id=request_id, priority=priority)
        try:
            async with aclosing(raw):
                async for delta in raw:
                    yield delta
        except EngineDiedError:
            await self._drop(backend)
            raise
        except EngineClosedError as exc:
            if self.closed:
                raise
            # Another request noticed first that the backend had died, and dropping it has closed it.
            raise EngineDiedError(
                "The engine's process ended while it worked.", hint="The next request starts a new one."
            ) from exc

    async def _drop(self, backend: Backend) -> None:
        """Forget a dead backend, once however many requests notice, and take its memory back."""
        if backend is self._backend:
            self._backend = None
            _logger.error("The engine died; the next request starts a new one.")
            await backend.close()

    async def close(self) -> None:
        """Close for good: a start under way is stopped, memory and processes are given back."""
        self.closed = True
        start, self._start = self._start, None
        if start is not None and not start.done():
            start.cancel()
            await asyncio.wait([start])
        backend, self._backend = self._backend, None
        if backend is not None:
            await backend.close()


def _fit_once(image: Image.Image, *, layout: Layout, max_tiles: int) -> Image.Image:
    """Fit an image to its tiles. A rendered page is on them already: a copy would hold its pixels twice."""
    grid = choose_grid(image.width, image.height, layout=layout, max_tiles=max_tiles)
    # An image that is still in its file must be decoded first.
    in_memory = not isinstance(image, ImageFile.ImageFile)
    if in_memory and image.mode == "RGB" and image.size == (grid.width, grid.height):
        return image
    return fit_to_grid(image, layout=layout, max_tiles=max_tiles)


def _closed() -> EngineClosedError:
    return EngineClosedError("The engine was closed.", hint="`get_engine()` opens a new one.")


def _mark_seen(start: asyncio.Task[Backend]) -> None:
    """Keep asyncio from complaining about a failed start whose callers have all gone."""
    if not start.cancelled():
        start.exception()
