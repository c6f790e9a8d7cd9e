"""Reads weights into the network and writes them out again, under the names of the checkpoint."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]: untyped
from torch import Tensor

from nemotron_vl_integrations.errors import InputError
from training.characters import CHARACTER_CLASSES
from training.model import Network
from training.shape import read_shape

DEMO_FOLDER = Path(__file__).parent.parent / "nemotron_vl_integrations" / "demo_checkpoint"
AUXILIARY = "auxiliary."
SHARD_BYTES = 14 * 2**20
_SET, _FILES = "set", "files"


def load_network(folder: Path, weights: Path | None = None) -> Network:
    """Load a network for training, its weights in float32.

    Args:
        folder: A checkpoint folder, such as the bundled demo checkpoint: sizes from its `config.json`.
        weights: A folder whose `*.safetensors` come on top of those in `folder`: all weights of an
            earlier run, or auxiliary heads alone.

    Raises:
        InputError: There are no weights, or their names or sizes are not those of the network.
    """
    network = Network(read_shape(folder), CHARACTER_CLASSES)
    restore(network, read_tensors(folder) | (read_tensors(weights) if weights else {}))
    return network


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Read every `*.safetensors` file of a folder; of several sets that a run wrote, the newest whole one.

    Raises:
        InputError: There is none, or no set is whole.
    """
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        raise InputError(f"No *.safetensors in {str(folder)!r}.", hint="Name a folder with weights.")
    sets = _sets(folder)
    if sets:
        whole = [number for number, (files, count) in sets.items() if len(files) == count]
        if not whole:
            raise InputError(f"No whole set of weights in {str(folder)!r}.", hint="Copy all of its files.")
        paths = sets[max(whole)][0]
    return {name: tensor for path in paths for name, tensor in load_file(path).items()}


def restore(network: Network, tensors: Mapping[str, Tensor]) -> None:
    """Copy tensors into the network; auxiliary heads that are not among them stay fresh.

    Raises:
        InputError: A tensor is missing, unknown or of another size.
    """
    own = network.state_dict()
    missing = sorted(name for name in own if name not in tensors and not name.startswith(AUXILIARY))
    unknown = sorted(name for name in tensors if name not in own)
    other_size = sorted(name for name in tensors if name in own and tensors[name].shape != own[name].shape)
    if missing or unknown or other_size:
        raise InputError(
            f"The weights do not fit the network: missing {missing[:3]!r}, unknown {unknown[:3]!r}, "
            f"of another size {other_size[:3]!r}.",
            hint="Take weights and config.json from the same checkpoint.",
        )
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=False)


def weights_of(network: Network, *, auxiliary: bool) -> dict[str, Tensor]:
    """The weights as they are stored: bfloat16, contiguous, on the CPU."""
    return {
        name: tensor.detach().to(device="cpu", dtype=torch.bfloat16).contiguous()
        for name, tensor in network.state_dict().items()
        if auxiliary or not name.startswith(AUXILIARY)
    }


def save_shards(network: Network, folder: Path) -> None:
    """Write all weights, auxiliary heads included, to train on from: files of at most 14 MiB.

    Two sets take turns, each file says to which it belongs, so that a copy of the folder holds a whole set at any time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    turn = max(_sets(folder), default=0) + 1
    shards = list(_shards(weights_of(network, auxiliary=True)))
    for number, shard in enumerate(shards):
        written = folder / "writing.tmp"
        save_file(shard, written, {_SET: str(turn), _FILES: str(len(shards))})
        written.replace(folder / f"weights-{turn % 2}-{number}.safetensors")


def _sets(folder: Path) -> dict[int, tuple[list[Path], int]]:
    """The sets that a run wrote, by their number: their files here, and how many there should be."""
    sets: dict[int, tuple[list[Path], int]] = {}
    for path in sorted(folder.glob("weights-?-*.safetensors")):
        marks = _read_marks(path)
        files, _ = sets.setdefault(int(marks[_SET]), ([], int(marks[_FILES])))
        files.append(path)
    return sets


def _read_marks(path: Path) -> dict[str, str]:
    """The marks in the head of a safetensors file: its length in 8 bytes, then JSON."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        head = cast("dict[str, dict[str, str]]", json.loads(file.read(length)))
    return head["__metadata__"]


def _shards(tensors: Mapping[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    shard: dict[str, Tensor] = {}
    size = 0
    for name, tensor in tensors.items():
        if shard and size + tensor.nbytes > SHARD_BYTES:
            yield shard
            shard, size = {}, 0
        shard[name] = tensor
        size += tensor.nbytes
    yield shard
