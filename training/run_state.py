"""The state of a run between its calls: exact weights, the optimiser's memory, and how far it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from training.model import Network
from training.optimiser import Optimiser

_PROGRESS = "progress"
_WEIGHTS = "weights"
_OPTIMISER = "optimiser"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: seconds and steps of all its calls."""

    seconds: float = 0.0
    steps: int = 0


def save_state(file: Path, network: Network, optimiser: Optimiser, progress: Progress) -> None:
    """Write the state; a call that is cut while it writes leaves the earlier state as it was."""
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_suffix(".writing")
    state = {
        _PROGRESS: (progress.seconds, progress.steps),
        _WEIGHTS: dict(network.state_dict()),
        _OPTIMISER: optimiser.state(),
    }
    torch.save(state, written)  # pyright: ignore[reportUnknownMemberType]: PyTorch leaves it untyped
    written.replace(file)


def load_state(file: Path, network: Network, optimiser: Optimiser) -> Progress:
    """Restore weights and optimiser; without a file the run starts."""
    if not file.is_file():
        return Progress()
    state = _load(file)
    network.load_state_dict(cast("dict[str, Tensor]", state[_WEIGHTS]))
    optimiser.restore(cast("list[Tensor]", state[_OPTIMISER]))
    return _progress(state)


def read_progress(file: Path) -> Progress:
    """How far the run is whose state is in a file; without a file it starts."""
    return _progress(_load(file)) if file.is_file() else Progress()


def _load(file: Path) -> dict[str, object]:
    return torch.load(file, map_location="cpu", weights_only=True)  # pyright: ignore[reportUnknownMemberType]


def _progress(state: dict[str, object]) -> Progress:
    seconds, steps = cast("tuple[float, int]", state[_PROGRESS])
    return Progress(seconds, steps)
