"""The backend that runs vLLM's `AsyncLLM` in this process; vLLM computes in a child process of its own."""

import asyncio
import logging
import os
import signal
import warnings
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from vllm import AsyncEngineArgs, SamplingParams, TextPrompt
from vllm.config import StructuredOutputsConfig
from vllm.exceptions import VLLMValidationError
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

from nemotron_vl_integrations.backends.base import BackendInfo, Prompt, RawDelta, Report
from nemotron_vl_integrations.backends.vllm_prompt_tokens import Tokenize, makes_the_same_tokens, render_text
from nemotron_vl_integrations.backends.vllm_sampling import OutputReader, explain_refusal, to_sampling_params
from nemotron_vl_integrations.backends.vllm_settings import VllmSettings, engine_limits
from nemotron_vl_integrations.backends.vllm_spawn import (
    blocked_interrupts,
    engine_processes,
    engine_variables,
    environment,
    hidden_main_module,
)
from nemotron_vl_integrations.backends.vllm_start_errors import explain_start_failure
from nemotron_vl_integrations.checkpoints import Checkpoint
from nemotron_vl_integrations.config import IMAGES_PER_PROMPT, EngineConfig
from nemotron_vl_integrations.errors import (
    EngineClosedError,
    EngineDiedError,
    EngineError,
    EngineStartError,
    InvalidRequestError,
)
from nemotron_vl_integrations.messages import Sampling
from nemotron_vl_integrations.vllm_build import require_vllm
from nemotron_vl_integrations.vllm_plugin.float32 import use_float32
from nemotron_vl_integrations.vllm_plugin.registration import DTYPE_VARIABLE, PAGES_VARIABLE, register
from nemotron_vl_integrations.vllm_plugin.resize import resize_without_compiling

if TYPE_CHECKING:
    from vllm.inputs import EngineInput

    from nemotron_vl_integrations.backends.vllm_page_input import PageInputs

_logger = logging.getLogger(__name__)

_STOP_TOKEN_IDS = (12, 11)
"""`<SPECIAL_12>` ends a reply; `<SPECIAL_11>` opens the next turn, which is not the model's to write."""

_CPU_WORKER = "nemotron_vl_integrations.backends.vllm_cpu_worker.SeedSafeCPUWorker"
"""vLLM imports it where it computes; nobody else does."""

_SHUTDOWN_SECONDS = 10.0

_START_ERRORS = (
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    VLLMValidationError,
)
"""What vLLM and transformers raise about a checkpoint that they cannot make sense of."""


class VllmBackend:
    """Runs requests on vLLM. Built and used by the engine, on the background loop.

    Args:
        config: What the user asked for.
        checkpoint: What is loaded.
        settings: What was chosen for this machine.
        tokenize: Finds the tokens of prompts that come with them.
    """

    def __init__(
        self, config: EngineConfig, checkpoint: Checkpoint, settings: VllmSettings, tokenize: Tokenize
    ) -> None:
        self._config = config
        self._checkpoint = checkpoint
        self._settings = settings
        self._tokenize = tokenize
        self._same_tokens = False
        self._llm: AsyncLLM | None = None
        self._page_inputs: type[PageInputs] | None = None
        self._pages: PageInputs | None = None
        self._no_pages = ""
        self._closed = False
        self._processes: set[int] = set()

    @property
    def running(self) -> int:
        """Number of requests that vLLM has not finished or dropped."""
        return 0 if self._llm is None else self._llm.output_processor.get_num_unfinished_requests()

    @property
    def alive(self) -> bool:
        """Whether vLLM's engine process runs.

        vLLM watches it even when nothing is asked, and notices its death a moment later than the system does.
        """
        return self._llm is not None and not self._llm.errored and self._processes <= engine_processes()

    async def start(self, report: Report) -> BackendInfo:
        """Start vLLM's engine process and wait until it serves.

        Raises:
            EngineStartError: It does not start.
        """
        place = "the CPU" if self._settings.device == "cpu" else "the GPU"
        report(f"Loading {self._checkpoint.name} on {place}")
        with TemporaryDirectory(prefix="nemotron-vl-") as folder:
            failure = Path(folder) / "engine-errors.txt"
            try:
                self._llm = await self._build_in_time(failure)
            except _START_ERRORS as exc:
                raise self._explain(exc, failure) from exc
        await self._compare_tokens(self._llm, report)
        await self._open_page_input(self._llm, report)
        return self._describe(self._llm)

    async def _build_in_time(self, failure: Path) -> AsyncLLM:
        before = engine_processes()
        building = asyncio.create_task(asyncio.to_thread(self._build, failure))
        try:
            await asyncio.wait([building], timeout=self._config.start_timeout)
            if not building.done():
                raise TimeoutError("The engine did not become ready.")
            return building.result()
        except (asyncio.CancelledError, TimeoutError):
            await _stop_building(building, before)
            raise

    def _explain(self, error: Exception, failure: Path) -> EngineStartError:
        log = failure.read_text(encoding="utf-8", errors="replace") if failure.exists() else ""
        if log:
            error.add_note(f"The engine's process wrote:\n{log}")
        return explain_start_failure(error, self._config, self._checkpoint, self._settings, log)

    def _build(self, failure: Path) -> AsyncLLM:
        _spend_torch_warning()
        if self._settings.device == "cpu" or self._settings.page_input:
            resize_without_compiling()
        pages = "1" if self._settings.page_input and self._imports_page_input() else ""
        forced = engine_variables(failure) | {DTYPE_VARIABLE: self._settings.dtype, PAGES_VARIABLE: pages}
        variables = environment(self._settings.environment, forced)
        with variables, hidden_main_module(), blocked_interrupts():
            register()
            before = engine_processes()
            llm = AsyncLLM.from_engine_args(self._arguments())
            # Its own alone: the variables of the environment are locked, so no other engine starts meanwhile.
            self._processes = engine_processes() - before
            return llm

    def _imports_page_input(self) -> bool:
        try:
            # Not above: a vLLM that lacks one of its parts still runs, with its own image processor.
            from nemotron_vl_integrations.backends.vllm_page_input import PageInputs
        except (AttributeError, ImportError) as exc:
            self._no_pages = str(exc)
            return False
        self._page_inputs = PageInputs
        return True

    async def _compare_tokens(self, llm: AsyncLLM, report: Report) -> None:
        self._same_tokens = await makes_the_same_tokens(llm.renderer, self._tokenize)
        if not self._same_tokens:
            report("vLLM makes other tokens of a text than tokenizer.json says: counts of tokens may be off.")

    async def _open_page_input(self, llm: AsyncLLM, report: Report) -> None:
        """Hand pages over as they are if this vLLM computes the same then, or say that it does not."""
        if self._page_inputs is not None:
            try:
                pages = self._page_inputs(llm.renderer, llm.model_config)
                self._no_pages = await pages.find_difference()
                self._pages = None if self._no_pages else pages
            except _START_ERRORS as exc:
                self._no_pages = repr(exc)
        if self._no_pages:
            report(
                f"Pages take vLLM's own way through its image processor, which is slower: {self._no_pages}"
            )

    def _arguments(self) -> AsyncEngineArgs:
        return AsyncEngineArgs(
            model=str(self._checkpoint.folder),
            served_model_name=self._checkpoint.name,
            trust_remote_code=False,
            dtype=self._settings.dtype,
            hf_overrides=use_float32 if self._settings.dtype == "float32" else {},
            worker_cls=_CPU_WORKER if self._settings.device == "cpu" else "auto",
            load_format=self._config.load_format,
            quantization=self._checkpoint.quantization,
            kv_cache_dtype=self._settings.kv_cache_dtype,
            max_model_len=self._settings.max_model_len,
            max_num_seqs=self._settings.max_num_seqs,
            max_num_batched_tokens=self._settings.max_num_batched_tokens,
            gpu_memory_utilization=self._config.gpu_memory_utilization,
            enforce_eager=self._settings.enforce_eager,
            limit_mm_per_prompt=engine_limits(),
            mm_processor_cache_gb=self._config.image_cache_gib,
            enable_prefix_caching=self._config.prefix_caching,
            scheduling_policy="priority",  # Else vLLM ignores priorities, and a chat waits for a thousand pages.
            disable_log_stats=True,
            use_tqdm_on_load=False,
            enable_log_requests=False,
            # xgrammar knows most of JSON Schema, unions included. White space between the parts of an object is
            # valid JSON, and a weak model writes it for ever.
            structured_outputs_config=StructuredOutputsConfig(
                backend="xgrammar", disable_any_whitespace=True
            ),
        )

    def _describe(self, llm: AsyncLLM) -> BackendInfo:
        info = BackendInfo(
            version=f"vLLM {require_vllm().version}",
            device=self._settings.device,
            dtype=str(llm.model_config.dtype).removeprefix("torch."),
            kv_cache_dtype=str(llm.vllm_config.cache_config.cache_dtype),
            context_length=llm.model_config.max_model_len,
            max_num_seqs=llm.vllm_config.scheduler_config.max_num_seqs,
            max_num_batched_tokens=llm.vllm_config.scheduler_config.max_num_batched_tokens,
            images_per_prompt=IMAGES_PER_PROMPT,
        )
        _logger.info("Engine ready: %s", info)
        return info

    async def stream(
        self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
    ) -> AsyncGenerator[RawDelta, None]:
        """Run one prompt; closing the generator aborts the request in vLLM.

        Raises:
            InvalidRequestError: vLLM refuses the request.
            EngineDiedError: Its process has ended.
            EngineClosedError: The backend is closed.
        """
        if self._llm is None:
            raise EngineClosedError("The engine is closed.")
        try:
            params = to_sampling_params(sampling, stop_token_ids=_STOP_TOKEN_IDS)
            reader = OutputReader(sampling)
            run = self._run(self._llm, prompt, params, reader, request_id=request_id, priority=priority)
            async with aclosing(run) as deltas:
                async for delta in deltas:
                    yield delta
        except EngineDeadError as exc:
            if self._closed:
                raise EngineClosedError("The engine was closed while it worked on this request.") from exc
            raise EngineDiedError(
                "The engine's process ended while it worked.",
                hint="The next request starts a new one; if it ends again, the log above says why.",
            ) from exc
        except EngineGenerateError as exc:
            raise EngineError(f"vLLM failed on this request: {exc.__cause__!r}.") from exc
        except InvalidRequestError:
            raise  # Of our own reader, and a ValueError as well.
        except (ValueError, VLLMValidationError) as exc:
            raise explain_refusal(exc, sampling) from exc

    async def _run(
        self,
        llm: AsyncLLM,
        prompt: Prompt,
        params: SamplingParams,
        reader: OutputReader,
        *,
        request_id: str,
        priority: int,
    ) -> AsyncGenerator[RawDelta, None]:
        rendered = await self._render(llm, prompt if self._same_tokens else replace(prompt, token_ids=None))
        async with aclosing(llm.generate(rendered, params, request_id, priority=priority)) as outputs:
            async for output in outputs:
                yield reader.read(output)

    async def _render(self, llm: AsyncLLM, prompt: Prompt) -> "EngineInput":
        if not prompt.images:
            return await render_text(llm.renderer, prompt)
        if self._pages is not None:
            return await self._pages.render(prompt)
        with_images = TextPrompt(prompt=prompt.text, multi_modal_data={"image": list(prompt.images)})
        (rendered,) = await llm.renderer.render_cmpl_async([with_images])
        return rendered

    async def close(self) -> None:
        """Stop vLLM's processes and give their memory back."""
        if self._llm is None:
            return
        llm, self._llm, self._closed = self._llm, None, True
        # vLLM leaves the result of this task untyped.
        handler = cast("asyncio.Task[None] | None", llm.output_handler)
        # vLLM itself would leave running requests waiting for ever.
        llm.output_processor.propagate_error(EngineDeadError())
        # On this thread: at the interpreter's exit no executor takes work any more.
        llm.shutdown(timeout=_SHUTDOWN_SECONDS)
        if handler is not None:
            await asyncio.wait([handler])


def _spend_torch_warning() -> None:
    """Let torch give its one warning about read-only arrays here, where it is muted.

    vLLM reads the pixels of an image through such an array, and nobody writes to it.
    """
    pixels = np.zeros(1, dtype=np.uint8)
    pixels.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cast("Callable[[object], object]", torch.from_numpy)(pixels)


async def _stop_building(building: asyncio.Task[AsyncLLM], before: set[int]) -> None:
    """End the engine process that is being started, which ends the thread that waits for it."""
    while not building.done():
        for pid in engine_processes() - before:
            # It has nothing to lose yet, and a polite signal is only heard once the weights are loaded.
            os.kill(pid, signal.SIGKILL)
        await asyncio.wait([building], timeout=0.1)
    if building.exception() is None:
        await asyncio.to_thread(building.result().shutdown, _SHUTDOWN_SECONDS)
