"""Turns a configuration and a checkpoint into vLLM's arguments; every default has its reason beside it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from nemotron_vl_integrations.backends.mamba_cache import read_cache_shape, sequences_that_fit
from nemotron_vl_integrations.checkpoints import Checkpoint, load_config
from nemotron_vl_integrations.config import IMAGES_PER_PROMPT, EngineConfig
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.hardware import Gpu, cpu_computes_bfloat16

_GIB = 2**30
_WORKSPACE_BYTES = 3 * _GIB
"""What activations of 16,384 batched tokens, CUDA graphs and the CUDA context take beside weights and cache."""

TUNED_KERNELS: Final = Path(__file__).parent.parent / "tuned_kernels"
"""Files by which vLLM runs its Mamba kernel for this head size, one for each card that `benchmarks` has tuned."""

TUNED_KERNELS_VARIABLE: Final = "VLLM_TUNED_CONFIG_FOLDER"

_DEFAULT_CONTEXT = 16_384
_GPU_SEQUENCES = 192
_CPU_SEQUENCES = 16


Dtype = Literal["bfloat16", "float32"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VllmSettings:
    """The numbers that vLLM starts with."""

    device: Literal["cuda", "cpu"]
    dtype: Dtype
    max_model_len: int
    max_num_seqs: int
    max_num_batched_tokens: int
    kv_cache_dtype: Literal["auto", "bfloat16", "fp8"]
    enforce_eager: bool
    page_input: bool
    environment: dict[str, str]


def choose_settings(config: EngineConfig, checkpoint: Checkpoint, *, gpu: Gpu | None) -> VllmSettings:
    """Choose what the configuration leaves open, for `gpu` or, if that is None, for the CPU.

    Raises:
        EngineStartError: The card's free memory does not hold the weights and one page, or prefixes are to be cached on
            the CPU.
    """
    if gpu is None and config.prefix_caching:
        raise EngineStartError(
            "`prefix_caching=True` on the CPU, where vLLM's Mamba layers cannot take up a state that they left.",
            hint="Leave it off, or use a GPU.",
        )
    context = min(config.max_model_len or _DEFAULT_CONTEXT, checkpoint.context_length)
    dtype = _dtype(config, gpu)
    sequences = _sequences(config, checkpoint, gpu, dtype)
    return VllmSettings(
        device="cpu" if gpu is None else "cuda",
        dtype=dtype,
        max_model_len=context,
        max_num_seqs=sequences,
        max_num_batched_tokens=config.max_num_batched_tokens or _batched_tokens(gpu, sequences),
        kv_cache_dtype=config.kv_cache_dtype,
        # The CPU has no graphs to capture, and compiling needs a C++ compiler.
        enforce_eager=gpu is None,
        # A cache finds an image by a hash of its pixels, which vLLM's own processor makes.
        page_input=config.image_processor == "auto"
        and not config.image_cache_gib
        and not config.prefix_caching,
        environment=_environment(config, gpu),
    )


def _dtype(config: EngineConfig, gpu: Gpu | None) -> Dtype:
    if config.dtype != "auto":
        return config.dtype
    return "float32" if gpu is None and not cpu_computes_bfloat16() else "bfloat16"


def _sequences(config: EngineConfig, checkpoint: Checkpoint, gpu: Gpu | None, dtype: Dtype) -> int:
    wanted = config.max_num_seqs or (_CPU_SEQUENCES if gpu is None else _GPU_SEQUENCES)
    cache_bytes = config.cpu_cache_gib * _GIB if gpu is None else _gpu_cache_bytes(config, checkpoint, gpu)
    kv_bytes = _kv_bytes(config, checkpoint, dtype)
    shape = read_cache_shape(load_config(checkpoint.folder), kv_bytes=kv_bytes)
    return min(wanted, sequences_that_fit(shape, cache_bytes))


def _kv_bytes(config: EngineConfig, checkpoint: Checkpoint, dtype: Dtype) -> int:
    if "fp8" in (config.kv_cache_dtype, checkpoint.kv_cache_dtype):
        return 1
    return 4 if dtype == "float32" and config.kv_cache_dtype == "auto" else 2


def _gpu_cache_bytes(config: EngineConfig, checkpoint: Checkpoint, gpu: Gpu) -> int:
    weights = sum(file.stat().st_size for file in checkpoint.folder.glob("*.safetensors"))
    allowed = int(gpu.total_bytes * config.gpu_memory_utilization)
    if gpu.free_bytes < allowed:
        raise EngineStartError(
            f"{gpu.name} has {gpu.free_bytes / _GIB:.1f} GiB free, and the engine would take "
            f"{allowed / _GIB:.1f} GiB (`gpu_memory_utilization={config.gpu_memory_utilization}`).",
            hint=f"Free the card, or set it to {_floor2(gpu.free_bytes / gpu.total_bytes)} or less.",
        )
    left = allowed - weights - _WORKSPACE_BYTES
    if left <= 0:
        raise EngineStartError(
            f"{checkpoint.name!r} needs {(weights + _WORKSPACE_BYTES) / _GIB:.1f} GiB and a cache; "
            f"{allowed / _GIB:.1f} GiB of {gpu.name} are allowed to it.",
            hint="Raise `gpu_memory_utilization`, take a smaller checkpoint (NVFP4), or a larger card.",
        )
    return left


def _floor2(share: float) -> float:
    return int(share * 100) / 100


def _batched_tokens(gpu: Gpu | None, sequences: int) -> int:
    # A page has 3,330 tokens: four or five of them, or one on the CPU, where a longer step only delays the others.
    return max(16_384 if gpu is not None else 4_096, sequences)


def _environment(config: EngineConfig, gpu: Gpu | None) -> dict[str, str]:
    variables = {
        # vLLM reports usage to a server by default; documents and their readers are nobody's business.
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_LOGGING_LEVEL": "ERROR",
        # vLLM logs to standard output, which belongs to the text that was read.
        "VLLM_LOGGING_STREAM": "ext://sys.stderr",
        "VLLM_ENGINE_READY_TIMEOUT_S": str(int(config.start_timeout)),
        "TOKENIZERS_PARALLELISM": "false",
        "TORCH_CPP_LOG_LEVEL": "ERROR",
        # torch announces that Triton is missing, which the CPU does not need, and vLLM what torch will rename.
        "TORCH_LOGS": "-torch._library.triton",
        "PYTHONWARNINGS": "ignore::FutureWarning",
    }
    if gpu is None:
        variables |= {
            "VLLM_CPU_KVCACHE_SPACE": str(config.cpu_cache_gib),
            # vLLM compiles its image resize, for which it would need a C++ compiler and 15 s.
            "TORCHDYNAMO_DISABLE": "1",
            # One process less to start: the engine's process computes itself.
            "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        }
    else:
        # vLLM brings these for heads of 64 alone; ours, for heads of 80, make the kernel 3 to 12 % faster on an H100.
        variables[TUNED_KERNELS_VARIABLE] = str(TUNED_KERNELS)
        # torch sets this in a start that compiles, and not in one that loads what was compiled: the second would look
        # elsewhere for what the first has tuned, and tune Mamba's kernels again for a minute.
        variables["TRITON_CACHE_DIR"] = str(_triton_cache())
    return variables


def _triton_cache() -> Path:
    """The folder that Triton takes by itself, see `triton.knobs`."""
    # Where nobody knows a home, as in some containers, `Path.expanduser` raises and this does as Triton does.
    home = os.environ.get("TRITON_HOME", os.path.expanduser("~"))  # noqa: PTH111
    return Path(home) / ".triton" / "cache"


def engine_limits() -> dict[str, int | dict[str, int]]:
    """Room in a prompt: four images, as the model was trained, and no video, whose profile takes memory."""
    return {"image": IMAGES_PER_PROMPT, "video": 0}
