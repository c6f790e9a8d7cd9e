import filecmp
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, repeat
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]: untyped
from torch import Tensor

from nemotron_vl_integrations.errors import InputError
from training.batches import BUCKETS, Batch
from training.characters import CHARACTERS
from training.checkpoint import DEMO_FOLDER, load_network, read_tensors, restore, weights_of
from training.conversations import TASKS, read_tokenizer
from training.curriculum import LossWeights, rate_factor, stage_at
from training.degrade import degrade
from training.export import export
from training.feed import Feed, Material, make_batches, open_feed
from training.glyphs import Shelf, find_fonts
from training.losses import compute_losses
from training.mamba import CHUNK, scan
from training.model import Network
from training.optimiser import AdamGroup, Optimiser, orthogonalise
from training.pages import draw_page
from training.random_text import TextSource
from training.reading import greedy_read
from training.run_state import load_state
from training.shape import read_shape
from training.tiles import canvas_tiles, cut_tiles
from training.train import Plan, train
from training.train import main as run_command_line
from training.trainer import Trainer
from training.vocabulary import make_vocabulary, read_vocabulary

VOCABULARY = make_vocabulary(["apple", "bridge", "candle", "delta", "ember", "forest", "garden", "harbour"])


@pytest.fixture(autouse=True)
def _same_chance_in_one_thread() -> Iterator[None]:
    # threads that wait for each other make a busy machine ten times slower
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]: PyTorch leaves it untyped
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def network() -> Network:
    return load_network(DEMO_FOLDER)


def make_batch(sequences: int, *, seed: int = 0, bucket: str = "1x1") -> Batch:
    return make_batches(Material((), VOCABULARY, DEMO_FOLDER), seed).make(bucket, sequences=sequences)


def make_transcription(bucket: str = "1x1") -> Batch:
    """A batch of one conversation that asks for the text of its page."""
    batches = (make_batch(1, seed=seed, bucket=bucket) for seed in count())
    return next(batch for batch in batches if int(batch.tasks[0]) == TASKS.index("transcribe"))


def ids_of(tensor: Tensor) -> list[int]:
    return [int(value) for value in tensor]


def test_a_network_that_took_no_step_is_exported_byte_by_byte(network: Network, tmp_path: Path) -> None:
    export(network, tmp_path / "out")

    bundled, exported = (
        load_file(DEMO_FOLDER / "model.safetensors"),
        load_file(tmp_path / "out/model.safetensors"),
    )
    assert list(exported) == list(bundled)
    for name, tensor in bundled.items():
        assert torch.equal(exported[name].view(torch.uint8), tensor.view(torch.uint8)), name
    assert filecmp.cmp(DEMO_FOLDER / "model.safetensors", tmp_path / "out/model.safetensors", shallow=False)


def test_an_export_holds_what_vllm_loads_and_no_code(network: Network, tmp_path: Path) -> None:
    export(network, tmp_path / "out")

    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"config.json", "tokenizer.json", "chat_template.jinja", "reading_prompts.json"} < names
    assert not [name for name in names if name.endswith(".py")]
    config = json.loads((tmp_path / "out/config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["NemotronH_Nano_VL_V2"]
    assert "auto_map" not in config


def test_an_export_never_overwrites(network: Network, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(InputError, match="not empty"):
        export(network, tmp_path)


def test_training_makes_the_loss_of_one_batch_fall(network: Network) -> None:
    batch = make_transcription()
    trainer = Trainer(network, rate=5e-4)

    losses = [float(trainer.step(batch, LossWeights(character=0.1, guide=0.05)).answer) for _ in range(6)]

    assert all(np.isfinite(losses))
    assert min(losses[-2:]) < 0.6 * max(losses[:2])


def test_the_real_weights_know_the_pages_that_training_draws(network: Network) -> None:
    batch = make_transcription("1x2")

    with torch.no_grad():
        losses = compute_losses(network, batch, LossWeights(guide=1.0), random.Random(1), dtype=torch.float32)

    assert float(losses.accuracy) > 0.8
    # an untrained head would look at one of 512 tokens by chance: ln 512 = 6.2
    assert float(losses.guide) < 3.5


def test_a_run_writes_weights_that_a_later_run_resumes(network: Network, tmp_path: Path) -> None:
    seen: list[float] = []
    plan = Plan(course="tune", minutes=0.01, total_minutes=0.01, rate=1e-4, seed=1, out=tmp_path)

    progress = train(network, repeat(make_batch(1)), plan, seen.append)

    assert progress.steps == len(seen) - 1 >= 1
    assert seen[-1] == 1.0
    resumed = weights_of(load_network(DEMO_FOLDER, tmp_path), auxiliary=True)
    assert all(
        torch.equal(resumed[name], tensor) for name, tensor in weights_of(network, auxiliary=True).items()
    )


def test_a_run_of_two_calls_goes_on_where_the_first_one_ended(network: Network, tmp_path: Path) -> None:
    state = tmp_path / "state.pt"
    plan = Plan(
        course="tune", minutes=0.02, total_minutes=1.0, rate=1e-4, seed=1, out=tmp_path / "out", state=state
    )
    batch, shares = make_batch(1, bucket="text"), list[float]()

    first = train(network, repeat(batch), plan, shares.append)
    trained = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    again = load_network(DEMO_FOLDER)
    fresh = Optimiser(again)
    kept = load_state(state, again, fresh)
    second = train(load_network(DEMO_FOLDER), repeat(batch), plan, shares.append)

    assert kept.steps == first.steps < second.steps
    assert kept.seconds == pytest.approx(first.seconds, abs=1.0)
    assert second.seconds > first.seconds
    assert shares == sorted(shares)
    assert all(torch.equal(trained[name], tensor) for name, tensor in again.state_dict().items())
    assert any(float(tensor.abs().sum()) > 0 for tensor in fresh.state())
    assert len((tmp_path / "out/log.jsonl").read_text(encoding="utf-8").splitlines()) <= second.steps


def test_weights_of_another_network_are_refused_by_name(network: Network) -> None:
    tensors = read_tensors(DEMO_FOLDER)
    missing = {name: tensor for name, tensor in tensors.items() if name != "mlp1.1.weight"}
    wrong = tensors | {"mlp1.1.weight": torch.zeros(3, 3)}

    with pytest.raises(InputError, match=r"missing \['mlp1.1.weight'\]"):
        restore(network, missing)
    with pytest.raises(InputError, match=r"another size \['mlp1.1.weight'\]"):
        restore(network, wrong)
    with pytest.raises(InputError, match=r"unknown \['mlp9.weight'\]"):
        restore(network, tensors | {"mlp9.weight": torch.zeros(1)})


def test_a_folder_without_sizes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"config\.json"):
        read_shape(tmp_path)
    (tmp_path / "config.json").write_text(
        '{"vision_config": {"args": {"hidden_size": "big"}}}', encoding="utf-8"
    )
    with pytest.raises(InputError, match="hidden_size is 'big'"):
        read_shape(tmp_path)


def step_by_step(x: Tensor, step: Tensor, decay: Tensor, key: Tensor, query: Tensor) -> Tensor:
    """The state space recurrence as its definition reads, one position at a time."""
    ratio = x.shape[2] // key.shape[2]
    state = torch.zeros(*x.shape[:1], *x.shape[2:], key.shape[-1])
    outputs: list[Tensor] = []
    for position in range(x.shape[1]):
        writes = key[:, position].repeat_interleave(ratio, dim=1)
        reads = query[:, position].repeat_interleave(ratio, dim=1)
        taken = step[:, position, :, None] * x[:, position]
        kept = torch.exp(step[:, position] * decay)[..., None, None] * state
        state = kept + taken[..., None] * writes[:, :, None]
        outputs.append((state * reads[:, :, None]).sum(-1))
    return torch.stack(outputs, dim=1)


@pytest.mark.parametrize("chunks", [1, 2, 3])
def test_the_chunked_scan_is_the_recurrence(chunks: int) -> None:
    length, heads, groups = chunks * CHUNK, 4, 2
    x = torch.randn(2, length, heads, 8)
    step, decay = torch.rand(2, length, heads) * 0.2, -torch.rand(heads) * 4
    key, query = torch.randn(2, length, groups, 6), torch.randn(2, length, groups, 6)

    assert torch.allclose(
        scan(x, step, decay, key, query), step_by_step(x, step, decay, key, query), atol=1e-4
    )


def test_orthogonalised_matrices_have_singular_values_near_one() -> None:
    values = np.linalg.svd(np.asarray(orthogonalise(torch.randn(3, 20, 48))), compute_uv=False)

    assert values.min() > 0.6
    assert values.max() < 1.3


def test_the_first_adam_step_moves_each_weight_by_the_rate_against_its_gradient() -> None:
    weights = torch.nn.Parameter(torch.ones(3))
    weights.grad = torch.tensor([0.2, -0.1, 0.0])

    with torch.no_grad():
        AdamGroup([weights]).step(0.01)

    assert torch.allclose(weights, torch.tensor([0.99, 1.01, 1.0]))


@pytest.mark.parametrize("bucket", ["1x1", "2x1", "text"])
def test_targets_are_what_the_assistant_says_up_to_its_end(bucket: str) -> None:
    tokenizer = read_tokenizer(DEMO_FOLDER)
    batch = make_batch(3, bucket=bucket)

    assert batch.tokens.shape[1] == BUCKETS[bucket].length
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        learnt = (targets >= 0).nonzero().squeeze(1)
        end = tokenizer.token_to_id("<SPECIAL_12>")
        # a past answer ends where the prompt goes on with a line break
        inside = learnt[targets[learnt] != end]
        assert torch.equal(tokens[inside + 1], targets[inside])
        assert targets[learnt[-1]] == end
        first = int(learnt[0]) + 1
        prompt = tokenizer.decode(ids_of(tokens[:first]), skip_special_tokens=False)
        assert prompt.endswith(("<SPECIAL_11>Assistant\n", "</think>", "<think>\n"))


def test_image_tokens_stand_between_their_marks() -> None:
    tokenizer = read_tokenizer(DEMO_FOLDER)
    batch = make_batch(2, bucket="pair")

    image, start, end = (tokenizer.token_to_id(token) for token in ("<image>", "<img>", "</img>"))
    for tokens, places in zip(batch.tokens, batch.image_start, strict=True):
        assert len(places) == 2
        for place in ids_of(places):
            assert (int(tokens[place - 1]), int(tokens[place + 256])) == (start, end)
            assert bool((tokens[place : place + 256] == image).all())
        assert int((tokens == image).sum()) == 512


@pytest.mark.parametrize(("end", "places"), [(0, "first_seen"), (-1, "last_seen")])
def test_guided_places_are_the_characters_of_the_next_token(end: int, places: str) -> None:
    tokenizer = read_tokenizer(DEMO_FOLDER)
    batch = make_transcription()
    classes = ids_of(batch.classes[0])
    seen = {"first_seen": batch.first_seen, "last_seen": batch.last_seen}[places]

    for target, place in zip(ids_of(batch.targets[0]), ids_of(seen[0]), strict=True):
        if place >= 0 and classes[place]:
            written = tokenizer.decode([target]).strip()
            assert not written.isascii() or written[end] == CHARACTERS[classes[place] - 1]


def test_a_page_knows_where_its_characters_stand() -> None:
    rng = random.Random(7)

    page = draw_page(rng, TextSource(rng, VOCABULARY), Shelf(), (512, 512), 20, 300)

    pixels = page.draw()
    assert len(page.centres) == len(page.text) > 20
    for character, (x, y) in zip(page.text, page.centres, strict=True):
        near = pixels[max(0, int(y) - 12) : int(y) + 13, max(0, int(x) - 10) : int(x) + 11]
        assert character.isspace() or near.min() < 200, character


def test_the_same_seed_draws_the_same_page() -> None:
    first, again = (make_batch(1, seed=11) for _ in range(2))

    assert torch.equal(first.pixels, again.pixels)
    assert torch.equal(first.tokens, again.tokens)


def test_a_moved_page_moves_its_characters_along() -> None:
    pixels = torch.full((8, 512, 512), 255, dtype=torch.uint8)
    pixels[:, 96:105, 396:405] = 0
    centres = torch.full((8, 1, 2), 0.0)
    centres[:, 0] = torch.tensor([400.5, 100.5])
    moves = random.Random(3)

    pages, moved = degrade(pixels, centres, moves)

    assert not torch.equal(moved, centres)
    for page, (x, y) in zip(pages, moved[:, 0], strict=True):
        assert page[:, int(y), int(x)].mean() < page[:, 400, 100].mean() - 0.3


def test_tiles_stand_row_by_row_with_the_thumbnail_last(network: Network) -> None:
    page = torch.zeros(1, 3, 512, 1024)
    page[..., 512:] = 1.0
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (network.shape.pixel_mean, network.shape.pixel_std))

    tiles = cut_tiles(page, network.shape)[0] * std + mean

    assert [round(float(tile.mean()), 2) for tile in tiles] == [0.0, 1.0, 0.5]


def test_a_canvas_off_the_grid_is_refused(network: Network) -> None:
    with pytest.raises(InputError, match=r"\(500, 512\)"):
        canvas_tiles(Image.new("RGB", (500, 512)), network.shape)


def test_a_prompt_needs_its_one_image(network: Network) -> None:
    canvas, tokenizer = Image.new("RGB", (512, 512), "white"), read_tokenizer(DEMO_FOLDER)

    with pytest.raises(InputError, match="0 images"):
        greedy_read(network, tokenizer, canvas, "Transcribe this page.")


def test_workers_draw_what_the_course_asks_for() -> None:
    feed = Feed(Material((), VOCABULARY, DEMO_FOLDER), "fresh", seed=1)

    batch = next(open_feed(feed, 0, pinned=False))

    assert batch.bucket == "1x1"
    assert len(batch.tokens) == BUCKETS["1x1"].sequences


def test_buckets_share_shapes_so_that_few_graphs_are_compiled() -> None:
    for name, bucket in BUCKETS.items():
        assert bucket.length % CHUNK == 0, name
        if bucket.kind == "page":
            assert 0 <= 156 - bucket.sequences * bucket.tiles <= 4, name
    pages = {(b.sequences, b.length) for b in BUCKETS.values() if b.kind == "page"}
    assert {(b.sequences, b.length) for b in BUCKETS.values()} == pages
    for course in ("fresh", "tune"):
        for progress in (0.0, 0.3, 0.99):
            assert sum(stage_at(course, progress).shares.values()) == pytest.approx(1.0)


def test_the_learning_rate_rises_stays_and_falls_to_nothing() -> None:
    factors = [rate_factor(share / 100) for share in range(101)]

    assert factors[0] == 0.0
    assert max(factors) == factors[10] == 1.0
    assert factors[-1] == pytest.approx(0.0)
    assert factors[15:] == sorted(factors[15:], reverse=True)


def test_missing_material_is_named_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="apt-get install wamerican"):
        read_vocabulary(tmp_path / "words", [])
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    with pytest.raises(InputError, match=r"None of the 1 font files.*--fonts"):
        find_fonts(tmp_path)


def test_a_batch_keeps_its_tensors_when_it_moves() -> None:
    batch = make_batch(1)

    moved = batch.to(torch.device("cpu"))

    assert replace(moved, bucket="") is not moved
    assert torch.equal(moved.classes, batch.classes)
    assert torch.equal(moved.last_seen, batch.last_seen)


def test_the_command_line_says_in_one_line_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = str(tmp_path / "words")
    arguments = ["train", "--minutes", "1", "--out", str(tmp_path / "out"), "--words", words]
    monkeypatch.setattr("sys.argv", arguments)

    with pytest.raises(SystemExit):
        run_command_line()

    assert "No word list at" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()
