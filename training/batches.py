"""Training batches: conversations of one bucket, as tensors of constant size."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from training.characters import CHARACTER_CLASS
from training.conversations import IGNORED, NOWHERE, TASKS, Sequenced, Sequencer
from training.emphasis import weigh_tokens
from training.scenes import Frame, Kind, Scene, SceneMaker
from training.shape import TILE_SIZE, TOKENS_PER_TILE
from training.sheet import Page

_Number = TypeVar("_Number", np.int64, np.float32)
OFF_PAGE = -1e4
JPEG_SHARE = 0.1
MARGIN = 24


@dataclass(frozen=True, slots=True)
class Bucket:
    """Conversations of one size, about images of one tile grid or about none.

    Every batch of a bucket has the same shape, so a compiled step is compiled once; buckets of one shape
    share it. Batches of pages hold about 156 tiles, so that they share the eye's compiled graph.

    Attributes:
        columns: Tiles side by side.
        rows: Tiles above each other.
        sequences: Conversations of a batch.
        text_tokens: Room for everything but the image tokens.
        characters: Room for the characters of a page.
        font_sizes: Smallest and largest body text in pixels.
        kind: What its conversations are about.
    """

    columns: int
    rows: int
    sequences: int
    text_tokens: int
    characters: int = 0
    font_sizes: tuple[int, int] = (12, 34)
    kind: Kind = "page"

    @property
    def images(self) -> int:
        """Images of a conversation."""
        return {"text": 0, "pair": 2, "page": 1, "tools": 1}[self.kind]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a page in pixels."""
        return self.columns * TILE_SIZE, self.rows * TILE_SIZE

    @property
    def tiles(self) -> int:
        """Tiles of a page, the thumbnail included when there is more than one."""
        count = self.columns * self.rows
        return count + 1 if count > 1 else count

    @property
    def image_tokens(self) -> int:
        """Tokens of a page's tiles."""
        return TOKENS_PER_TILE * self.tiles

    @property
    def length(self) -> int:
        """Tokens of a sequence."""
        return self.images * self.image_tokens + self.text_tokens


BUCKETS = {
    "1x1": Bucket(1, 1, 156, 512, 1200, (10, 34)),
    "1x2": Bucket(1, 2, 52, 576, 3700, (11, 34)),
    "2x1": Bucket(2, 1, 52, 576, 3700, (11, 34)),
    "2x2": Bucket(2, 2, 31, 768, 3700, (12, 36)),
    "2x3": Bucket(2, 3, 22, 896, 3700, (13, 36)),
    "3x2": Bucket(3, 2, 22, 896, 3700, (13, 36)),
    "3x4": Bucket(3, 4, 12, 1344, 3700, (18, 46)),
    # The rest has the lengths of the above, so that nothing but the eye is compiled for them.
    "pair": Bucket(1, 1, 52, 832, 1200, (14, 34), "pair"),
    "tools 1x1": Bucket(1, 1, 22, 2432, 1200, (14, 34), "tools"),
    "tools 2x3": Bucket(2, 3, 12, 2880, 3700, (15, 36), "tools"),
    "text": Bucket(0, 0, 156, 768, kind="text"),
    "long": Bucket(0, 0, 22, 2688, kind="text"),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Conversations of one bucket.

    Attributes:
        bucket: Its key in `BUCKETS`.
        pixels: Grey pages, uint8, (sequences * images, height, width).
        tokens: Token ids, (sequences, length).
        targets: The token that each place is to predict, -100 where none, (sequences, length).
        emphasis: How much that token counts beside the others of its answer, (sequences, length).
        first_seen: Which character the next token starts with, counted over the rooms of all pages of the
            sequence, -1 where none.
        last_seen: Which character the next token ends with.
        image_start: Where the tokens of each image start, (sequences, images).
        tasks: What each answer does, as a place in `TASKS`, (sequences,).
        centres: Where the characters stand, in pixels, (sequences * images, characters, 2).
        classes: Which characters they are, 0 where none, (sequences * images, characters).
    """

    bucket: str
    pixels: Tensor
    tokens: Tensor
    targets: Tensor
    emphasis: Tensor
    first_seen: Tensor
    last_seen: Tensor
    image_start: Tensor
    tasks: Tensor
    centres: Tensor
    classes: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Copy all tensors to a device."""
        return replace(self, **{n: t.to(device, non_blocking=True) for n, t in self._tensors().items()})

    def pin_memory(self) -> "Batch":
        """Copy all tensors to memory that a GPU reads directly; PyTorch's loader calls this."""
        return replace(self, **{name: tensor.pin_memory() for name, tensor in self._tensors().items()})

    def _tensors(self) -> dict[str, Tensor]:
        names = [item.name for item in fields(self)][1:]
        seen = (self.first_seen, self.last_seen, self.image_start, self.tasks)
        every = (
            self.pixels,
            self.tokens,
            self.targets,
            self.emphasis,
            *seen,
            self.centres,
            self.classes,
        )
        return dict(zip(names, every, strict=True))


@dataclass(frozen=True, slots=True)
class _Row:
    scene: Scene
    sequenced: Sequenced


class BatchMaker:
    """Draws batches.

    Args:
        scenes: Where pages and conversations come from.
        sequencer: Turns conversations into tokens.
    """

    def __init__(self, scenes: SceneMaker, sequencer: Sequencer) -> None:
        self._rng = scenes.rng
        self._scenes = scenes
        self._sequencer = sequencer

    def make(self, name: str, *, sequences: int | None = None) -> Batch:
        """Draw a batch of the bucket `name`, of `sequences` conversations instead of its own number."""
        bucket = BUCKETS[name]
        rows = [self._row(bucket) for _ in range(sequences or bucket.sequences)]
        pages = [page for row in rows for page in row.scene.pages]
        return Batch(
            bucket=name,
            pixels=self._draw(pages, bucket.size),
            tokens=_pad([row.sequenced.tokens for row in rows], bucket.length, 0),
            targets=_pad([row.sequenced.targets for row in rows], bucket.length, IGNORED),
            emphasis=_pad([_emphasis(row) for row in rows], bucket.length, 1),
            first_seen=_pad(
                [_shifted(row.sequenced.first_seen, row, bucket) for row in rows], bucket.length, NOWHERE
            ),
            last_seen=_pad(
                [_shifted(row.sequenced.last_seen, row, bucket) for row in rows], bucket.length, NOWHERE
            ),
            image_start=torch.as_tensor(np.stack([row.sequenced.image_starts for row in rows])),
            tasks=torch.tensor([TASKS.index(row.scene.conversation.task) for row in rows]),
            centres=torch.as_tensor(_stack_centres(pages, bucket.characters)),
            classes=torch.as_tensor(_stack_classes(pages, bucket.characters)),
        )

    def _row(self, bucket: Bucket) -> _Row:
        while True:
            scene = self._scenes.draw(self._frame(bucket))
            sequenced = self._sequencer.sequence(scene.conversation, bucket.image_tokens)
            fits = all(len(page.text) <= bucket.characters for page in scene.pages)
            if fits and len(sequenced.tokens) <= bucket.length:
                return _Row(scene, sequenced)

    def _frame(self, bucket: Bucket) -> Frame:
        most = min(int((bucket.text_tokens - MARGIN) * self._rng.uniform(1.7, 2.4)), bucket.characters - 200)
        return Frame(bucket.kind, bucket.size, bucket.font_sizes, most, bucket.text_tokens)

    def _draw(self, pages: Sequence[Page], size: tuple[int, int]) -> Tensor:
        drawn = np.empty((len(pages), size[1], size[0]), np.uint8)
        for number, page in enumerate(pages):
            drawn[number] = self._compress(page.draw())
        return torch.as_tensor(drawn)

    def _compress(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._rng.random() >= JPEG_SHARE:
            return pixels
        stored = io.BytesIO()
        Image.fromarray(pixels).save(stored, "JPEG", quality=self._rng.randrange(30, 90))
        return np.asarray(Image.open(stored))


def _shifted(seen: NDArray[np.int64], row: _Row, bucket: Bucket) -> NDArray[np.int64]:
    """Places on one of several pages, counted over the rooms of all of them."""
    return np.where(seen >= 0, seen + row.scene.conversation.page * bucket.characters, NOWHERE)


def _emphasis(row: _Row) -> NDArray[np.float32]:
    pages = row.scene.pages
    return weigh_tokens(row.sequenced, pages[row.scene.conversation.page] if pages else None)


def _pad(rows: Sequence[NDArray[_Number]], length: int, filler: int) -> Tensor:
    padded = np.full((len(rows), length), filler, rows[0].dtype)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return torch.as_tensor(padded)


def _stack_centres(pages: Sequence[Page], characters: int) -> NDArray[np.float32]:
    stacked = np.full((len(pages), characters, 2), OFF_PAGE, np.float32)
    for number, page in enumerate(pages):
        stacked[number, : len(page.centres)] = page.centres
    return stacked


def _stack_classes(pages: Sequence[Page], characters: int) -> NDArray[np.int16]:
    stacked = np.zeros((len(pages), characters), np.int16)
    for number, page in enumerate(pages):
        classes = [CHARACTER_CLASS.get(character, 0) for character in page.text]
        stacked[number, : len(classes)] = classes
    return stacked
