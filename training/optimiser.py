"""Muon for the hidden matrices, AdamW for everything else.

Muon (Jordan et al., 2024) replaces a matrix's momentum by the nearest orthogonal one, found with five
Newton-Schulz steps. Updates are scaled as in "Muon is scalable" (Liu et al., 2025), so that one learning rate
fits both. Parameters are stepped together, as one stack of matrices or one long vector: a network of 150 small
tensors would else spend its time on starting kernels.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_STEPS = 5
_NOT_HIDDEN = ("embeddings", "lm_head", "token", "auxiliary", "embedder")
MOMENTUM = 0.95
MUON_DECAY = 0.02
ADAM_DECAY = 0.01
ADAM_BETAS = (0.9, 0.98)
ADAM_EPSILON = 1e-9
CLIP = 1.0


def orthogonalise(matrices: Tensor) -> Tensor:
    """Bring the singular values of matrices (n, rows, columns) close to 1; in bfloat16 on a GPU."""
    a, b, c = _COEFFICIENTS
    x = matrices.bfloat16() if matrices.is_cuda else matrices
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.transpose(1, 2)
    x = x / (x.square().sum(dim=(1, 2), keepdim=True).sqrt() + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * (square @ square)) @ x
    return (x.transpose(1, 2) if tall else x).float()


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def cut_first(x: Tensor, sizes: list[int]) -> list[Tensor]:
    """Cut the first dimension into pieces of these sizes."""
    return list(torch.split(x, sizes))


def _decay(parameters: Sequence[nn.Parameter], factor: float) -> None:
    """Shrink all parameters with one kernel instead of one for each."""
    if parameters:
        torch._foreach_mul_(list(parameters), factor)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]: as its optimisers do


def _move(parameters: Sequence[nn.Parameter], pieces: Sequence[Tensor], rate: float) -> None:
    """Move all parameters against their updates with one kernel."""
    shaped = [piece.reshape(parameter.shape) for parameter, piece in zip(parameters, pieces, strict=True)]
    torch._foreach_add_(list(parameters), shaped, alpha=-rate)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]: as its optimisers do


class MuonGroup:
    """Parameters whose matrices have one shape; a fused projection counts as several matrices.

    Args:
        parts: Each parameter with the number of matrices stacked in it.
    """

    def __init__(self, parts: Sequence[tuple[nn.Parameter, int]]) -> None:
        self._parts = parts
        first, stacked = parts[0]
        self._shape = (first.shape[0] // stacked, first.shape[1])
        count = sum(stacked for _, stacked in parts)
        self._momentum = torch.zeros((count, *self._shape), device=first.device)

    def state(self) -> list[Tensor]:
        """What it remembers from step to step."""
        return [self._momentum]

    def step(self, rate: float) -> None:
        """Take one step along the orthogonalised momentum of the gradients."""
        gradients = torch.cat([_gradient(parameter).view(-1, *self._shape) for parameter, _ in self._parts])
        self._momentum.lerp_(gradients, 1 - MOMENTUM)
        ahead = torch.lerp(gradients, self._momentum, MOMENTUM)
        update = orthogonalise(ahead) * (0.2 * math.sqrt(max(self._shape)))
        parameters = [parameter for parameter, _ in self._parts]
        pieces = cut_first(update, [stacked for _, stacked in self._parts])
        _decay(parameters, 1 - rate * MUON_DECAY)
        _move(parameters, pieces, rate)


class AdamGroup:
    """Parameters of any shape under AdamW (Loshchilov and Hutter, 2019), as one vector, clipped to norm 1.

    Tensors of two and more dimensions decay, vectors and scalars do not.
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self._parameters = parameters
        size = sum(parameter.numel() for parameter in parameters)
        self._mean = torch.zeros(size, device=parameters[0].device)
        self._square = torch.zeros_like(self._mean)
        self._steps = torch.zeros((), dtype=torch.int64)

    def state(self) -> list[Tensor]:
        """What it remembers from step to step."""
        return [self._mean, self._square, self._steps]

    def step(self, rate: float) -> None:
        """Take one step."""
        self._steps += 1
        gradient = torch.cat([_gradient(parameter).flatten() for parameter in self._parameters])
        gradient *= (CLIP / (gradient.square().sum().sqrt() + 1e-6)).clamp(max=1.0)
        first, second = ADAM_BETAS
        self._mean.lerp_(gradient, 1 - first)
        self._square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        steps = int(self._steps)
        spread = (self._square / (1 - second**steps)).sqrt() + ADAM_EPSILON
        update = self._mean / (1 - first**steps) / spread
        pieces = cut_first(update, [parameter.numel() for parameter in self._parameters])
        _decay([parameter for parameter in self._parameters if parameter.dim() >= 2], 1 - rate * ADAM_DECAY)
        _move(self._parameters, pieces, rate)


class Optimiser:
    """Steps all parameters of a network at one learning rate.

    Args:
        network: On its device already.
    """

    def __init__(self, network: nn.Module) -> None:
        groups: dict[tuple[int, ...], list[tuple[nn.Parameter, int]]] = {}
        others: list[nn.Parameter] = []
        for name, parameter in network.named_parameters():
            if parameter.dim() == 2 and not any(mark in name for mark in _NOT_HIDDEN):
                stacked = 3 if "qkv" in name else 1
                shape = (parameter.shape[0] // stacked, parameter.shape[1])
                groups.setdefault(shape, []).append((parameter, stacked))
            else:
                others.append(parameter)
        self._network = network
        self._groups = [*(MuonGroup(parts) for parts in groups.values()), AdamGroup(others)]

    def state(self) -> list[Tensor]:
        """What it remembers from step to step, always in the same order; the tensors themselves."""
        return [tensor for group in self._groups for tensor in group.state()]

    @torch.no_grad()
    def restore(self, state: Sequence[Tensor]) -> None:
        """Go on from the `state` of an earlier run."""
        for own, kept in zip(self.state(), state, strict=True):
            own.copy_(kept)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Take one step and clear the gradients."""
        for group in self._groups:
            group.step(rate)
        self._network.zero_grad(set_to_none=True)
