"""vLLM's worker for the CPU, made safe for requests with a seed whose prompts are computed in several steps.

vLLM draws a token in every step, also in those that only compute a part of a prompt, throws that token away, and
then turns the request's generator back by an offset. Generators of the CPU have none, so vLLM's engine would die.
"""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import torch
from typing_extensions import override
from vllm.v1.core.sched.output import GrammarOutput
from vllm.v1.outputs import AsyncModelRunnerOutput, ModelRunnerOutput
from vllm.v1.worker.cpu_worker import CPUWorker


class SeedSafeCPUWorker(CPUWorker):
    """vLLM's worker, which draws what is thrown away without the request's own generator."""

    @override
    def sample_tokens(
        self, grammar_output: GrammarOutput | None
    ) -> ModelRunnerOutput | AsyncModelRunnerOutput:
        with self._generators_of_whole_prompts():
            return super().sample_tokens(grammar_output)

    @contextmanager
    def _generators_of_whole_prompts(self) -> Generator[None]:
        """Hide the generators of prompts that are not computed to their end; nothing is drawn from them."""
        batch = self.model_runner.input_batch
        discarded = np.nonzero(self.model_runner.discard_request_mask.np[: batch.num_reqs])[0].tolist()
        hidden: dict[int, torch.Generator] = {
            index: batch.generators.pop(index) for index in discarded if index in batch.generators
        }
        try:
            yield
        finally:
            batch.generators.update(hidden)
