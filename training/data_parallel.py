"""Data parallelism: several processes, each with a GPU of its own, train one network together.

Every process draws batches of its own and takes every step together with the others, on the mean of all
gradients. `torchrun --nproc-per-node 2 -m training.train …` starts two of them.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True, slots=True)
class Replicas:
    """The processes that train one network together; by default this one alone.

    Attributes:
        rank: The place of this process among them; the first one, 0, writes files and keeps the time.
        count: How many they are.

    Examples:
        >>> Replicas().agree(1.5)
        1.5
    """

    rank: int = 0
    count: int = 1

    @classmethod
    def from_environment(cls) -> "Replicas":
        """The processes that `torchrun` started; without it, this one alone."""
        return cls(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))

    @property
    def is_first(self) -> bool:
        """Whether this process writes files."""
        return self.rank == 0

    def connect(self, device: torch.device, *, meeting: str = "env://") -> None:
        """Meet the others; they must not use their networks together before.

        Args:
            device: Where the network of this process is.
            meeting: Where they meet, as PyTorch writes it; by default where `torchrun` says.
        """
        if self.count > 1:
            backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
            distributed.init_process_group(
                backend, init_method=meeting, rank=self.rank, world_size=self.count
            )

    def disconnect(self) -> None:
        """Leave the others; all of them do."""
        if self.count > 1:
            distributed.destroy_process_group()

    def agree(self, value: float) -> float:
        """The value that the first process has; the GPU does not wait for it."""
        if self.count == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64)
        distributed.broadcast(shared, 0)
        return float(shared)

    @torch.no_grad()
    def share_weights(self, network: nn.Module) -> None:
        """Copy the weights of the first process to all others."""
        if self.count > 1:
            tensors = list(network.parameters())
            whole = _joined(tensors)
            distributed.broadcast(whole, 0)
            _spread(whole, tensors)

    @torch.no_grad()
    def average_gradients(self, network: nn.Module) -> None:
        """Replace every gradient by its mean over all processes; a weight that one did not use counts as 0 there."""
        if self.count > 1:
            gradients: list[Tensor] = []
            for parameter in network.parameters():
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                gradients.append(parameter.grad)
            whole = _joined(gradients)
            distributed.all_reduce(whole)  # pyright: ignore[reportUnknownMemberType]: PyTorch leaves it untyped
            _spread(whole / self.count, gradients)


ALONE = Replicas()
"""A process that trains by itself."""


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors])


def _spread(whole: Tensor, tensors: Sequence[Tensor]) -> None:
    pieces = torch.split(whole, [tensor.numel() for tensor in tensors])
    shaped = [piece.view_as(tensor) for piece, tensor in zip(pieces, tensors, strict=True)]
    torch._foreach_copy_(list(tensors), shaped)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]: as PyTorch's own optimisers do
