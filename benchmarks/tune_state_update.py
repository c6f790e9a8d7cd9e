"""Finds how vLLM's kernel for one step of a Mamba layer runs fastest on this card, and writes what vLLM reads of it.

    python -m benchmarks.tune_state_update --out FOLDER

vLLM brings such a file for heads of 64, and this network has heads of 80. One step reads and writes the state of every
sequence, 5.2 MB in each of 28 layers, so it takes as long as the card's memory needs for that; the last column says
how near the kernel comes. Needs a GPU.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final, cast

import torch
from vllm.model_executor.layers.mamba.ops import mamba_ssm

from nemotron_vl_integrations.backends.vllm_settings import TUNED_KERNELS

HEADS, HEAD_SIZE, STATE_SIZE, GROUPS = 128, 80, 128, 8
BATCHES: Final = (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 160, 192, 224, 256)
ROWS: Final = (4, 8, 16, 32, 64, 128)
WARPS: Final = (1, 2, 4, 8)
ROUNDS = 7
SPREAD_BYTES: Final = 2**30


@dataclass(frozen=True, slots=True)
class Step:
    """The tensors of one step, with the strides that vLLM gives them: dt and A are the same along a head.

    Attributes:
        places: Where the sequences of a step lie in the cache; several steps, so that none finds its state in the L2.
    """

    state: torch.Tensor
    x: torch.Tensor
    dt: torch.Tensor
    a: torch.Tensor
    b: torch.Tensor
    c: torch.Tensor
    d: torch.Tensor
    bias: torch.Tensor
    places: list[torch.Tensor]
    out: torch.Tensor

    @property
    def bytes_moved(self) -> int:
        """Of the state: read and written once."""
        return 2 * len(self.x) * HEADS * HEAD_SIZE * STATE_SIZE * self.state.element_size()

    def launch(self) -> None:
        """Run the kernel once for each set of places."""
        for places in self.places:
            self._update(places)

    def _update(self, places: torch.Tensor) -> None:
        # vLLM leaves the types of this function open.
        update = cast("Callable[..., None]", mamba_ssm.selective_state_update)
        update(
            self.state,
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


def make_step(batch: int) -> Step:
    """Random values for a batch whose sequences lie anywhere in the cache."""
    sets = max(2, SPREAD_BYTES // (batch * HEADS * HEAD_SIZE * STATE_SIZE * 4))
    # Place 0 is the one that vLLM leaves empty.
    order = torch.randperm(sets * batch, device="cuda").to(torch.int32) + 1
    rows = torch.randn(batch, HEADS, HEAD_SIZE, device="cuda", dtype=torch.bfloat16)
    mixed = torch.randn(batch, 2, GROUPS, STATE_SIZE, device="cuda", dtype=torch.bfloat16)
    each_head = torch.rand(3, HEADS, device="cuda")
    return Step(
        state=torch.randn(sets * batch + 1, HEADS, HEAD_SIZE, STATE_SIZE, device="cuda"),
        x=rows,
        dt=torch.rand(batch, HEADS, device="cuda", dtype=torch.bfloat16)[:, :, None].expand(
            -1, -1, HEAD_SIZE
        ),
        a=-each_head[0][:, None, None].expand(-1, HEAD_SIZE, STATE_SIZE),
        b=mixed[:, 0],
        c=mixed[:, 1],
        d=each_head[1][:, None].expand(-1, HEAD_SIZE),
        bias=each_head[2][:, None].expand(-1, HEAD_SIZE),
        places=[order[start : start + batch] for start in range(0, len(order), batch)],
        out=torch.empty_like(rows),
    )


def time_step(step: Step) -> float:
    """Microseconds of one launch: the median of a few replays of a CUDA graph, which costs no launching."""
    step.launch()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step.launch()
    found: list[float] = []
    for _ in range(ROUNDS):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        graph.replay()
        end.record()
        torch.cuda.synchronize()
        found.append(begin.elapsed_time(end) * 1000 / len(step.places))
    return median(found)


def tune(batch: int) -> dict[str, int]:
    """Try every block size; print the default's time, the best one's, and the share of nothing but moving bytes."""
    step = make_step(batch)
    default = time_step(step)
    times: dict[tuple[int, int], float] = {}
    for rows in ROWS:
        for warps in WARPS:
            with mamba_ssm.override_ssm_config((rows, warps)):
                times[rows, warps] = time_step(step)
    rows, warps = min(times, key=lambda pair: times[pair])
    best = times[rows, warps]
    speed = step.bytes_moved / best / 1e6
    print(
        f"{batch:4} sequences: {default:7.1f} -> {best:7.1f} us with {rows} rows, {warps} warps; {speed:.2f} TB/s",
        flush=True,
    )
    return {"BLOCK_SIZE_M": rows, "num_warps": warps}


def main() -> None:
    """Tune for all batches and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=TUNED_KERNELS, help="folder for the file")
    folder = cast("Path", parser.parse_args().out)
    device = torch.cuda.get_device_name()
    tuned: dict[str, object] = {"triton_version": version("triton")}
    for batch in BATCHES:
        tuned[str(batch * HEADS)] = tune(batch)
    folder.mkdir(parents=True, exist_ok=True)
    name = mamba_ssm.get_ssm_config_file_name(HEAD_SIZE, STATE_SIZE, "float32", device.replace(" ", "_"))
    (folder / name).write_text(json.dumps(tuned, indent=1) + "\n", encoding="utf-8")
    print(f"written: {folder / name}")


if __name__ == "__main__":
    main()
