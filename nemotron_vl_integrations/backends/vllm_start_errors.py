"""Turns what vLLM raises when it cannot start into one sentence with the next step."""

from dataclasses import dataclass

from nemotron_vl_integrations.backends.vllm_settings import VllmSettings
from nemotron_vl_integrations.checkpoints import Checkpoint
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.vllm_build import INSTALL_CPU
from nemotron_vl_integrations.vllm_plugin.engine_child import find_error_lines


@dataclass(frozen=True, slots=True)
class _Cause:
    """A start failure that vLLM words in one of several ways."""

    words: tuple[str, ...]
    sentence: str
    hint: str


_CAUSES = (
    _Cause(
        ("safetensorerror", "error while deserializing", "incomplete metadata", "header too large", "invalidheader"),
        "The weights of {model!r} are damaged: no safetensors file of its folder may be cut or changed.",
        "Fetch the checkpoint again, and compare the sizes of its files with those of the source.",
    ),
    _Cause(
        ("attempted to load weight", "size mismatch", "were not initialized from checkpoint", "shapes are not",
         "there is no module or parameter named"),
        "The weights of {model!r} do not fit its config.json.",
        "Both files must come from the same checkpoint: fetch it again into an empty folder.",
    ),
    _Cause(
        ("out of memory", "no available memory for the cache blocks", "is less than desired gpu memory utilization",
         "larger than the available kv cache memory", "cannot allocate memory", "not enough memory", "bad_alloc"),
        "{device} has too little memory for {model!r} with `max_model_len={context}`.",
        "{more_memory}",
    ),
    _Cause(
        ("': -9}", "': 137}"),
        "The engine's process was killed while it loaded {model!r}, most likely because the memory ran out.",
        "Close other programs, or give the machine or its container more memory.",
    ),
    _Cause(
        ("exceeds available mamba cache",),
        "The cache has fewer blocks than `max_num_seqs={sequences}`.",
        "Lower `max_num_seqs`, or raise {cache_size}.",
    ),
    _Cause(
        ("compute capability", "is not supported on the current platform", "minimum capability"),
        "This card cannot run the quantisation of {model!r}.",
        "FP8 needs compute capability 8.9 or more: take the BF16 checkpoint with `model=`.",
    ),
    _Cause(
        ("invalidcxxcompiler", "no working c++ compiler", "failed to find c compiler", "ninja", "nvcc"),
        "vLLM compiles a part at its start and finds no compiler.",
        "Install gcc and g++, and on a GPU the CUDA toolkit's nvcc, or set VLLM_USE_FLASHINFER_SAMPLER=0.",
    ),
    _Cause(
        ("address already in use", "eaddrinuse"),
        "A port that vLLM wanted for its own processes was taken.",
        "Start again; set VLLM_PORT to a free range if it happens often.",
    ),
    _Cause(
        ("torchvision::nms",),
        "The installed torchvision is a CUDA build beside a CPU torch, and cannot be imported.",
        "Run `python -m nemotron_vl_integrations.torchvision_operators`, or install torchvision's CPU build.",
    ),
    _Cause(
        ("failed to infer device type", "no cuda gpus are available", "found no nvidia driver", "libcuda"),
        "vLLM's GPU build is installed and finds no GPU.",
        "Install the CPU build instead: " + INSTALL_CPU + ".",
    ),
    _Cause(
        ("no space left on device",),
        "A disk or /dev/shm was full when vLLM started.",
        "Free some space in TMPDIR and /dev/shm; a container gets more of the latter with `--shm-size=1g`.",
    ),
    _Cause(
        ("did not become ready", "timed out waiting"),
        "The engine was not ready after `start_timeout={timeout}` seconds.",
        "Raise `start_timeout`; the first load of a large checkpoint from a slow disk can take longer.",
    ),
)  # fmt: skip

_MORE_MEMORY = {
    "cuda": "Free the card, lower `max_model_len`, raise `gpu_memory_utilization`, or take a smaller checkpoint.",
    "cpu": "Raise `cpu_cache_gib`, lower `max_model_len`, or close other programs.",
}
_CACHE_SIZE = {"cuda": "`gpu_memory_utilization`", "cpu": "`cpu_cache_gib`"}
_DEVICE = {"cuda": "The card", "cpu": "The CPU's engine"}


def explain_start_failure(
    error: Exception, config: EngineConfig, checkpoint: Checkpoint, settings: VllmSettings, log: str = ""
) -> EngineStartError:
    """Find the cause in the words of `error`, its causes, and `log`, the errors that the engine's process wrote."""
    lines = find_error_lines(log)
    text = "\n".join([*_chain(error), lines]).lower()
    values = {
        "model": checkpoint.name,
        "context": settings.max_model_len,
        "sequences": settings.max_num_seqs,
        "timeout": config.start_timeout,
        "device": _DEVICE[settings.device],
        "more_memory": _MORE_MEMORY[settings.device],
        "cache_size": _CACHE_SIZE[settings.device],
    }
    for cause in _CAUSES:
        if any(words in text for words in cause.words):
            return EngineStartError(cause.sentence.format_map(values), hint=cause.hint.format_map(values))
    return EngineStartError(
        f"vLLM did not start {checkpoint.name!r}: {_last_line(lines) or _last_line(str(error)) or repr(error)}",
        hint="VLLM_LOGGING_LEVEL=INFO shows what led to it; `nemotron-vl doctor` checks the set-up.",
    )


def _chain(error: BaseException) -> list[str]:
    texts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(texts) < 10:
        texts.append(f"{type(current).__name__}: {current}")
        current = current.__cause__ or current.__context__
    return texts


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
