"""Takes training steps."""

import random

import torch

from training.batches import Batch
from training.curriculum import LossWeights
from training.data_parallel import ALONE, Replicas
from training.losses import Losses, compute_losses
from training.model import Network
from training.optimiser import Optimiser


class Trainer:
    """Takes training steps.

    Args:
        network: What is trained, on its device.
        rate: Peak learning rate.
        seed: Another seed degrades pages in other ways.
        replicas: The processes that take every step together, connected.
    """

    def __init__(self, network: Network, *, rate: float, seed: int = 0, replicas: Replicas = ALONE) -> None:
        self.network = network
        self.rate = rate
        self.replicas = replicas
        self._rng = random.Random(seed * replicas.count + replicas.rank)
        self.optimiser = Optimiser(network)
        self._device = next(network.parameters()).device
        self._dtype = torch.bfloat16 if self._device.type == "cuda" else torch.float32

    def step(self, batch: Batch, weights: LossWeights, factor: float = 1.0) -> Losses:
        """Take one step on a batch, at `factor` of the peak learning rate."""
        losses = self.losses(batch, weights)
        losses.total.backward()  # pyright: ignore[reportUnknownMemberType]: PyTorch leaves it untyped
        self.replicas.average_gradients(self.network)
        self.optimiser.step(self.rate * factor)
        return losses

    def losses(self, batch: Batch, weights: LossWeights) -> Losses:
        """Compute the losses of a batch; gradients may follow."""
        moved = batch.to(self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            return compute_losses(self.network, moved, weights, self._rng, dtype=self._dtype)
