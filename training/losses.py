"""What training minimises: the answer's cross entropy, helped by two auxiliary losses.

- Character loss: every 8x8 pixel quarter of a patch names the character that is centred in it.
- Guided attention: one head of each key group in two attention layers is taught to look at the image token
  that holds the first (last) character of the text token to be written next.
"""

import random
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.batches import BUCKETS, Batch, Bucket
from training.conversations import NOWHERE
from training.curriculum import LossWeights
from training.degrade import degrade
from training.emphasis import SHORTEST_ANSWER
from training.model import Network
from training.shape import TILE_SIZE, TOKENS_PER_TILE
from training.tiles import cut_tiles

EYE_TILES = 156
QUARTER = 8
PATCHES = 1024
MOST_CELLS = 400_000


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of one batch.

    Attributes:
        total: The weighted sum to minimise.
        answer: Mean cross entropy of the answer's tokens.
        character: Mean cross entropy of the characters under the patches.
        guide: Mean cross entropy of the guided heads.
        accuracy: Share of the answer's tokens that are the likeliest ones.
        token_losses: Cross entropy of each learnt token, in the order of the batch.
        token_hits: Whether each learnt token is the likeliest one.
    """

    total: Tensor
    answer: Tensor
    character: Tensor
    guide: Tensor
    accuracy: Tensor
    token_losses: Tensor
    token_hits: Tensor


def compute_losses(
    network: Network, batch: Batch, weights: LossWeights, rng: random.Random, *, dtype: torch.dtype
) -> Losses:
    """Degrade the pages of a batch and compute the losses.

    Args:
        network: The network; its activations flow in `dtype`.
        batch: On the network's device.
        weights: How much the auxiliary losses count.
        rng: Decides how pages are degraded.
        dtype: Precision of the activations.
    """
    bucket = BUCKETS[batch.bucket]
    embedded = network.embed(batch.tokens).to(dtype)
    none = torch.zeros((), device=embedded.device)
    character, patches, centres = none, none, batch.centres
    if bucket.images:
        with torch.no_grad(), torch.autocast(batch.pixels.device.type, enabled=False):
            pages, centres = degrade(batch.pixels, batch.centres, rng)
            tiles = cut_tiles(pages, network.shape).to(dtype)
        features = see_in_constant_size(network, tiles.flatten(0, 1))
        patches = features.reshape(*tiles.shape[:2], *features.shape[1:])
        embedded = put_images(embedded, network.project(features), batch, bucket)
    hidden, seen = network.run(embedded)
    token_losses, hits = _answer_losses(network, hidden, batch.targets)
    total = (token_losses * _token_weights(batch.targets, batch.emphasis)).sum()
    if weights.character and bucket.images:
        character = _character_loss(network, patches, centres, batch, bucket)
    guide = _guide_loss(network, seen, centres, batch, bucket) if weights.guide and bucket.images else none
    total = total + weights.character * character + weights.guide * guide
    kept = (token_losses.mean(), character, guide, hits.mean(), token_losses, hits)
    return Losses(total, *(value.detach() for value in kept))


def put_images(embedded: Tensor, images: Tensor, batch: Batch, bucket: Bucket) -> Tensor:
    """Put image tokens (tiles, 256, hidden) where `<image>` stands in the sequences."""
    where = _image_places(batch, bucket).unsqueeze(-1).expand(-1, -1, embedded.shape[-1])
    return embedded.scatter(1, where, images.reshape(where.shape).to(embedded.dtype))


def _image_places(batch: Batch, bucket: Bucket) -> Tensor:
    """Where the image tokens of all images stand in each sequence, (sequences, image tokens)."""
    offsets = torch.arange(bucket.image_tokens, device=batch.image_start.device)
    return (batch.image_start.unsqueeze(-1) + offsets).flatten(1)


def see_in_constant_size(network: Network, tiles: Tensor) -> Tensor:
    """Run the eye over tiles, filled up to a full batch, so that most buckets share one compiled graph."""
    missing = EYE_TILES - len(tiles)
    if not 0 < missing <= EYE_TILES // 2:
        return network.see(tiles)
    filled = torch.cat([tiles, tiles.new_zeros(missing, *tiles.shape[1:])])
    return network.see(filled)[: len(tiles)]


def _answer_losses(network: Network, hidden: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Cross entropy of each learnt token, and whether it is the likeliest one."""
    learnt = targets >= 0
    wanted = targets[learnt]
    logits = network.logits(hidden[learnt])
    hits = (logits.detach().argmax(-1) == wanted).float()
    return functional.cross_entropy(logits, wanted, reduction="none"), hits


def _token_weights(targets: Tensor, emphasis: Tensor) -> Tensor:
    """How much each learnt token counts; they add up to 1.

    By the root of the answer's length: else the five tokens of a value would go under among the four hundred
    of a page. And by its emphasis, see `emphasis.py`.
    """
    learnt = targets >= 0
    lengths = learnt.sum(1, keepdim=True).clamp(min=SHORTEST_ANSWER)
    weights = (lengths.float().rsqrt() * emphasis)[learnt]
    return weights / weights.sum()


def _tile_place(centres: Tensor, bucket: Bucket) -> tuple[Tensor, Tensor, Tensor]:
    """The tile, and the pixel within it, of points on the page; points off the page move to its edge."""
    width, height = bucket.size
    x = centres[..., 0].floor().long().clamp(0, width - 1)
    y = centres[..., 1].floor().long().clamp(0, height - 1)
    tile = (y // TILE_SIZE) * bucket.columns + x // TILE_SIZE
    return tile, x % TILE_SIZE, y % TILE_SIZE


def _character_labels(centres: Tensor, classes: Tensor, bucket: Bucket) -> Tensor:
    """The class of the character centred in each quarter patch, 0 where none, (pages, quarters)."""
    width, height = bucket.size
    x, y = centres.unbind(-1)
    on_page = (x >= 0) & (y >= 0) & (x < width) & (y < height) & (classes > 0)
    tile, column, row = _tile_place(centres, bucket)
    patch = tile * PATCHES + (row // 16) * 32 + column // 16
    cell = patch * 4 + (row % 16) // QUARTER * 2 + (column % 16) // QUARTER
    cells = bucket.columns * bucket.rows * PATCHES * 4
    labels = torch.zeros(len(classes), cells + 1, dtype=torch.long, device=classes.device)
    labels.scatter_(1, torch.where(on_page, cell, cells), classes.long())
    return labels[:, :cells]


def _character_loss(
    network: Network, patches: Tensor, centres: Tensor, batch: Batch, bucket: Bucket
) -> Tensor:
    with torch.no_grad():
        labels = _character_labels(centres, batch.classes, bucket).reshape(-1)
        inked = labels.nonzero().squeeze(1)
        blank = torch.randint(0, labels.numel(), (len(inked),), device=labels.device)
        cells = torch.cat([inked, blank])[:MOST_CELLS]
    whole = patches[:, : bucket.columns * bucket.rows].reshape(-1, patches.shape[-1])
    logits = network.auxiliary(whole[cells // 4], cells % 4)
    return functional.cross_entropy(logits.float(), labels[cells])


def _image_token(seen: Tensor, centres: Tensor, bucket: Bucket) -> Tensor:
    """The image token that holds each of the characters `seen` (sequences, places), -1 where there is none."""
    whole = centres.reshape(len(seen), -1, 2)
    where = whole.gather(1, seen.clamp(min=0).unsqueeze(-1).expand(-1, -1, 2))
    tile, column, row = _tile_place(where, bucket)
    image = seen.clamp(min=0) // bucket.characters
    token = image * bucket.image_tokens + tile * TOKENS_PER_TILE + (row // 32) * 16 + column // 32
    return torch.where(seen >= 0, token, NOWHERE)


def _guide_loss(
    network: Network, seen: list[Tensor], centres: Tensor, batch: Batch, bucket: Bucket
) -> Tensor:
    # The answer follows the images, so the first places, as many as image tokens, point nowhere.
    after = slice(bucket.images * bucket.image_tokens, bucket.length)
    with torch.no_grad():
        # where reading takes a turn, the eye must turn as well
        emphasis = batch.emphasis[:, after].flatten()
        first = _image_token(batch.first_seen[:, after], centres, bucket)
        last = _image_token(batch.last_seen[:, after], centres, bucket)
        where = _image_places(batch, bucket).unsqueeze(-1)
    layers = network.language_model.backbone.attention_layers()
    losses: list[Tensor] = []
    for number in guided_layers(len(layers)):
        norm, attention = layers[number]
        pictures = seen[number].gather(1, where.expand(-1, -1, seen[number].shape[-1]))
        queries = attention.queries(norm(seen[number][:, after]))
        keys = attention.keys(norm(pictures))
        ratio = attention.heads // attention.kv_heads
        losses.append(_pointing_loss(queries[:, 0], keys[:, 0], first, emphasis))
        losses.append(_pointing_loss(queries[:, ratio], keys[:, 1], last, emphasis))
    return torch.stack(losses).mean()


def guided_layers(count: int) -> tuple[int, int]:
    """Which two of `count` attention layers are guided: those around the middle."""
    return (count // 2 - 1 if count > 2 else 0, count // 2)


def _pointing_loss(queries: Tensor, keys: Tensor, wanted: Tensor, emphasis: Tensor) -> Tensor:
    """Cross entropy of one head's attention over the image tokens, places weighed by their emphasis."""
    scores = (queries @ keys.transpose(-1, -2)).float() * queries.shape[-1] ** -0.5
    places = wanted.flatten()
    each = functional.cross_entropy(scores.flatten(0, 1), places, ignore_index=NOWHERE, reduction="none")
    # A batch may hold no answer that is read off its page.
    return (each * emphasis).sum() / (emphasis * (places >= 0)).sum().clamp(min=1)
