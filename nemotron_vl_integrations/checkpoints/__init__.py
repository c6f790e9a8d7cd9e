"""Finding a checkpoint, and reading and checking its files without loading weights."""

from nemotron_vl_integrations.checkpoints.checkpoint import (
    ARCHITECTURE,
    DEMO_MODEL,
    NVIDIA_FP8_MODEL,
    Checkpoint,
    load_config,
    resolve_checkpoint,
)

__all__ = [
    "ARCHITECTURE",
    "DEMO_MODEL",
    "NVIDIA_FP8_MODEL",
    "Checkpoint",
    "load_config",
    "resolve_checkpoint",
]
