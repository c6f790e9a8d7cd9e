from itertools import repeat
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]: untyped
from torch.multiprocessing.spawn import spawn  # pyright: ignore[reportUnknownVariableType]: PyTorch leaves it untyped

from training.checkpoint import DEMO_FOLDER, load_network, weights_of
from training.data_parallel import Replicas
from training.feed import Material, make_batches
from training.train import Plan, train
from training.vocabulary import make_vocabulary

VOCABULARY = make_vocabulary(["apple", "bridge", "candle", "delta", "ember", "forest", "garden", "harbour"])


def _train_beside_another(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    replicas = Replicas(rank, 2)
    replicas.connect(torch.device("cpu"), meeting=(folder / "meeting").as_uri())
    network = load_network(DEMO_FOLDER)
    if rank == 1:
        for parameter in network.parameters():
            parameter.data.zero_()
    plan = Plan(course="tune", minutes=0.02, total_minutes=0.02, rate=1e-4, seed=1, out=folder / str(rank))
    batch = make_batches(Material((), VOCABULARY, DEMO_FOLDER), rank).make(
        "text" if rank else "1x1", sequences=1
    )
    progress = train(network, repeat(batch), plan, lambda _: None, replicas=replicas)
    replicas.disconnect()
    (folder / f"{rank}.steps").write_text(str(progress.steps), encoding="utf-8")
    save_file(weights_of(network, auxiliary=True), folder / f"{rank}.safetensors")


def test_two_processes_take_every_step_together(tmp_path: Path) -> None:
    spawn(_train_beside_another, (tmp_path,), nprocs=2)

    first, second = (load_file(tmp_path / f"{rank}.safetensors") for rank in (0, 1))
    assert all(torch.equal(first[name], tensor) for name, tensor in second.items())
    steps = [(tmp_path / f"{rank}.steps").read_text(encoding="utf-8") for rank in (0, 1)]
    assert steps[0] == steps[1] != "0"


def _average_beside_another(rank: int, folder: Path) -> None:
    replicas = Replicas(rank, 2)
    replicas.connect(torch.device("cpu"), meeting=(folder / "meeting").as_uri())
    layer = torch.nn.Linear(2, 2)
    layer.weight.grad = torch.full((2, 2), rank + 1.0)
    # only the second process used the bias
    layer.bias.grad = torch.full((2,), 2.0) if rank else None
    replicas.average_gradients(layer)
    replicas.disconnect()
    gradients = {name: tensor.grad for name, tensor in layer.named_parameters() if tensor.grad is not None}
    save_file(gradients, folder / f"{rank}.safetensors")


def test_gradients_of_two_processes_are_averaged(tmp_path: Path) -> None:
    spawn(_average_beside_another, (tmp_path,), nprocs=2)

    for rank in (0, 1):
        averaged = load_file(tmp_path / f"{rank}.safetensors")
        assert torch.equal(averaged["weight"], torch.full((2, 2), 1.5))
        assert torch.equal(averaged["bias"], torch.ones(2))
