"""Hands exact pages to vLLM as they are, past its image processor: one byte a colour, cut into tiles in the model.

vLLM's processor would resize a page to the size that it already has, normalise it in float32 on one core, and send
twice the bytes to the engine's process. Here only the image tokens are placed.
"""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import torch
from PIL import Image
from transformers import BatchFeature
from vllm import TextPrompt
from vllm.config import ModelConfig
from vllm.inputs import MultiModalInput, TokensInput, mm_input
from vllm.multimodal.inputs import MultiModalFieldConfig, MultiModalKwargsItems, PlaceholderRange
from vllm.renderers import BaseRenderer

from nemotron_vl_integrations.backends.base import Prompt
from nemotron_vl_integrations.backends.vllm_prompt_tokens import render_text
from nemotron_vl_integrations.tiling import TILE_SIZE, TOKENS_PER_TILE, Grid
from nemotron_vl_integrations.vllm_plugin.page_model import PAGE_FIELD, TileCutter

_OPENING, _PLACE, _CLOSING = "<img>", "<image>", "</img>"


class PageInputs:
    """Makes of a prompt with pages what vLLM's renderer would make of it, but for the pixels.

    Args:
        renderer: Of the running engine. Its caches of prepared images must be off, because pages get no hashes.
        model: Of the running engine.
    """

    def __init__(self, renderer: BaseRenderer, model: ModelConfig) -> None:
        self._renderer = renderer
        self._cutter = TileCutter(model)
        vocabulary = renderer.get_tokenizer().get_vocab()
        self._opening, self._place, self._closing = (
            vocabulary[name] for name in (_OPENING, _PLACE, _CLOSING)
        )
        self._numbers = itertools.count(1)

    async def render(self, prompt: Prompt) -> MultiModalInput:
        """Tokenise a prompt, make room for its pages and put their pixels beside it."""
        rendered = await render_text(self._renderer, prompt)
        pages = await asyncio.to_thread(_read_pixels, prompt.images)
        tokens, places = self._make_room(cast("TokensInput", rendered)["prompt_token_ids"], prompt.images)
        items = MultiModalKwargsItems.from_hf_inputs(
            BatchFeature({PAGE_FIELD: pages}), {PAGE_FIELD: MultiModalFieldConfig.batched("image")}
        )
        return mm_input(
            prompt_token_ids=tokens,
            mm_kwargs=items,
            mm_hashes={"image": [f"page-{next(self._numbers)}" for _ in pages]},
            mm_placeholders={"image": places},
            prompt=prompt.text,
        )

    def _make_room(
        self, tokens: Sequence[int], images: Sequence[Image.Image]
    ) -> tuple[list[int], list[PlaceholderRange]]:
        wanted = tokens.count(self._place)
        if wanted != len(images):
            raise ValueError(f"The prompt has {wanted} places for {len(images)} images.")
        longer: list[int] = []
        places: list[PlaceholderRange] = []
        left = iter(images)
        for token in tokens:
            if token != self._place:
                longer.append(token)
                continue
            count = _grid(next(left)).tile_count * TOKENS_PER_TILE
            room = [self._opening, *[self._place] * count, self._closing]
            places.append(PlaceholderRange(len(longer), len(room), torch.tensor(room) == self._place))
            longer += room
        return longer, places

    async def find_difference(self) -> str:
        """Render a tile and a page both ways, and say in what vLLM's result differs; empty if it does not."""
        trial = Prompt(
            text="<s><image> and <image>\n", images=(_draw_noise(512, 512), _draw_noise(1024, 512))
        )
        theirs = TextPrompt(prompt=trial.text, multi_modal_data={"image": list(trial.images)})
        (expected,) = await self._renderer.render_cmpl_async([theirs])
        found = await self.render(trial)
        expected = cast("MultiModalInput", expected)
        if found["prompt_token_ids"] != expected["prompt_token_ids"]:
            return "It writes other image tokens."
        if found["mm_placeholders"] != expected["mm_placeholders"]:
            return "It places images otherwise."
        pixels = [
            item["pixel_values_flat"].data for item in expected["mm_kwargs"]["image"] if item is not None
        ]
        tiles = torch.cat(cast("list[torch.Tensor]", pixels))
        cut, _ = self._cutter.cut(_read_pixels(trial.images))
        same = cut.dtype == tiles.dtype and torch.equal(cut, tiles)
        return "" if same else "It cuts or normalises tiles otherwise."


def _grid(image: Image.Image) -> Grid:
    return Grid(image.width // TILE_SIZE, image.height // TILE_SIZE)


def _read_pixels(images: Sequence[Image.Image]) -> list[torch.Tensor]:
    # torch leaves the type of this function open.
    from_numpy = cast("Callable[[object], torch.Tensor]", torch.from_numpy)
    return [from_numpy(np.asarray(image)) for image in images]


def _draw_noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)
