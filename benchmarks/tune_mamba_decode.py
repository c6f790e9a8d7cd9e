"""Finds the fastest launch of vLLM's kernel that moves Mamba states on by a token, at this model's sizes, on this card.

    python -m benchmarks.tune_mamba_decode

vLLM has no tuned launch for heads of 80 channels and falls back to a guess. The file that this writes lies in the
package, which names its folder to vLLM (`VLLM_TUNED_CONFIG_FOLDER`). A launch is only taken if it computes the same
to the last bit.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final, cast

import torch
from vllm.model_executor.layers.mamba.ops import mamba_ssm

from nemotron_vl_integrations.backends.vllm_settings import TUNED_KERNELS

HEADS, CHANNELS, STATE, GROUPS = 128, 80, 128, 8
"""Of NVIDIA's 12B checkpoint, see `full_size_checkpoint`."""

REQUESTS = (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 160, 192, 224, 256)
DEFAULT: Final = (4, 4)
"""Rows of a state and warps of a program that vLLM takes without a tuned file."""

LAUNCHES = tuple(product((4, 8, 16, 32, 64), (1, 2, 4, 8)))
_RUNS = 10
_STATES_BYTES: Final = 2**29
"""States of several steps, which together do not fit the card's cache: in the network 27 other layers come between."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Decoding steps of one layer: states in float32, and what moves them on.

    Attributes:
        places: Where the states of each step lie.
    """

    states: torch.Tensor
    places: list[torch.Tensor]
    x: torch.Tensor
    dt: torch.Tensor
    a: torch.Tensor
    b: torch.Tensor
    c: torch.Tensor
    d: torch.Tensor
    bias: torch.Tensor
    out: torch.Tensor

    @classmethod
    def draw(cls, requests: int) -> "Inputs":
        """Draw inputs in the shapes and strides in which vLLM's layer hands them over."""

        def noise(*shape: int, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
            return torch.randn(*shape, device="cuda", dtype=dtype)

        def spread(values: torch.Tensor) -> torch.Tensor:
            return values[..., None].expand(*values.shape, CHANNELS)

        steps = max(2, _STATES_BYTES // (requests * HEADS * CHANNELS * STATE * 4))
        # Place 0 is vLLM's for padding.
        places = torch.randperm(steps * requests, device="cuda", dtype=torch.int32)[:, None] + 1
        decay = -torch.rand(HEADS, device="cuda")
        return cls(
            states=noise(steps * requests + 1, HEADS, CHANNELS, STATE, dtype=torch.float32),
            places=[places[step * requests : (step + 1) * requests] for step in range(steps)],
            x=noise(requests, HEADS, CHANNELS),
            dt=spread(noise(requests, HEADS)),
            a=decay[:, None, None].expand(HEADS, CHANNELS, STATE),
            b=noise(requests, GROUPS, STATE),
            c=noise(requests, GROUPS, STATE),
            d=spread(noise(HEADS)),
            bias=spread(noise(HEADS)),
            out=torch.empty(requests, HEADS, CHANNELS, device="cuda", dtype=torch.bfloat16),
        )

    def run(self, states: torch.Tensor) -> None:
        """Move `states` on by a token, step by step."""
        for places in self.places:
            self._run(states, places)

    def _run(self, states: torch.Tensor, places: torch.Tensor) -> None:
        # vLLM leaves the types of this function open.
        update = cast("Callable[..., None]", mamba_ssm.selective_state_update)
        update(
            states,
            self.x,
            self.dt,
            self.a,
            self.b,
            self.c,
            self.d,
            self.bias,
            dt_softplus=True,
            state_batch_indices=places,
            out=self.out,
        )

    def compute(self, launch: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        """States and output of a launch."""
        states = self.states.clone()
        with mamba_ssm.override_ssm_config(launch):
            self.run(states)
        return states, self.out.clone()

    def measure(self, launch: tuple[int, int]) -> float:
        """Milliseconds of a launch that was computed before, the least of some runs."""
        states, graph, times = self.states.clone(), torch.cuda.CUDAGraph(), list[float]()
        # As a graph, which is also how vLLM decodes: one by one, the host would be slower than small launches.
        with mamba_ssm.override_ssm_config(launch), torch.cuda.graph(graph):
            self.run(states)
        for _ in range(_RUNS):
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record()
            graph.replay()
            end.record()
            torch.cuda.synchronize()
            times.append(begin.elapsed_time(end) / len(self.places))
        return min(times)


def tune(requests: int) -> tuple[tuple[int, int], float, float]:
    """The fastest launch for so many requests, its milliseconds, and those of vLLM's own choice."""
    inputs = Inputs.draw(requests)
    states, out = inputs.compute(DEFAULT)
    equal = list(_equal_launches(inputs, states, out))
    times = {launch: inputs.measure(launch) for launch in equal}
    best = min(times, key=lambda launch: times[launch])
    return best, times[best], times[DEFAULT]


def _equal_launches(inputs: Inputs, states: torch.Tensor, out: torch.Tensor) -> Iterator[tuple[int, int]]:
    for launch in LAUNCHES:
        found_states, found_out = inputs.compute(launch)
        if torch.equal(found_states, states) and torch.equal(found_out, out):
            yield launch
        else:
            difference = (found_states - states).abs().max().item()
            print(f"launch {launch} computes otherwise, by up to {difference:.2g}", flush=True)


def main() -> None:
    """Tune for all numbers of requests and write vLLM's file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=TUNED_KERNELS, help="for vLLM's file")
    folder = cast("Path", parser.parse_args().folder)
    found: dict[str, dict[str, int]] = {}
    for requests in REQUESTS:
        (rows, warps), best, default = tune(requests)
        found[str(requests * HEADS)] = {"BLOCK_SIZE_M": rows, "num_warps": warps}
        moved = 2 * requests * HEADS * CHANNELS * STATE * 4
        print(
            f"{requests:4} requests: {best:.4f} ms with {rows} rows and {warps} warps, vLLM's {default:.4f} ms, "
            f"ratio {default / best:.2f}, {moved / best / 1e9:.2f} TB/s",
            flush=True,
        )
    name = mamba_ssm.get_ssm_config_file_name(CHANNELS, STATE, "float32", mamba_ssm.get_ssm_device_name())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"written: {folder / name}")


if __name__ == "__main__":
    main()
