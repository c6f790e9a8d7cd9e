"""vLLM's model, which also takes a page as one byte a colour and cuts, shrinks and normalises it where it runs.

vLLM's image processor does this in the front end, on one core, and sends the result, twice as many bytes, to the
engine's process. What comes out is the same to the last bit.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final, cast

import torch
from vllm import ModelRegistry
from vllm.config import ModelConfig, VllmConfig
from vllm.model_executor.models.interfaces import MultiModalEmbeddings
from vllm.model_executor.models.nano_nemotron_vl import NemotronH_Nano_VL_V2

from nemotron_vl_integrations.checkpoints import ARCHITECTURE

PAGE_FIELD: Final = "page_canvas"
"""Name of the field of a multi-modal item that holds a page: height x width x 3 bytes, a whole number of tiles."""


class TileCutter:
    """Cuts a page into the tiles that vLLM's processor would make of it: row by row, the thumbnail last.

    Args:
        model: The checkpoint's configuration names the size of a tile, the thumbnail and the normalisation.
    """

    def __init__(self, model: ModelConfig) -> None:
        # transformers keeps the keys of a checkpoint's own config.json as attributes that it does not declare.
        values = cast("dict[str, object]", vars(model.hf_config))
        self._tile = cast("int", values["force_image_size"])
        self._thumbnail = cast("bool", values["use_thumbnail"])
        self._mean, self._deviation = (
            torch.tensor(values[name], dtype=torch.float32).reshape(1, 3, 1, 1)
            for name in ("norm_mean", "norm_std")
        )
        # vLLM rounds pixels to the checkpoint's type, also where it computes in another.
        self._rounded = cast("torch.dtype", model.hf_config.dtype)
        self._computed = model.dtype

    def cut(self, canvases: Iterable[torch.Tensor]) -> tuple[torch.Tensor, list[int]]:
        """Return the tiles of all pages, as tiles x 3 x height x width on their device, and how many each page has."""
        pages = list(canvases)
        counts = [self._count(page) for page in pages]
        tiles = torch.empty(
            (sum(counts), 3, self._tile, self._tile), dtype=self._rounded, device=pages[0].device
        )
        # One page after the other: in float32 it takes four times its bytes.
        start = 0
        for page, count in zip(pages, counts, strict=True):
            self._fill(tiles[start : start + count], page)
            start += count
        return tiles.to(self._computed), counts

    def _count(self, page: torch.Tensor) -> int:
        area = (page.shape[0] // self._tile) * (page.shape[1] // self._tile)
        return area + 1 if self._thumbnail and area > 1 else area

    def _fill(self, tiles: torch.Tensor, page: torch.Tensor) -> None:
        grid = page.view(page.shape[0] // self._tile, self._tile, -1, self._tile, 3).permute(0, 2, 4, 1, 3)
        cut = grid.reshape(-1, 3, self._tile, self._tile).float()
        tiles[: len(cut)] = self._normalise(cut)
        if len(tiles) > len(cut):
            # In this order of strides, vLLM's own, the same kernel runs and rounds the same way.
            pixels = page.unsqueeze(0).permute(0, 3, 1, 2).float()
            tiles[-1:] = self._normalise(
                torch.nn.functional.interpolate(
                    pixels, size=(self._tile, self._tile), mode="bicubic", align_corners=False, antialias=True
                )
            )

    def _normalise(self, pixels: torch.Tensor) -> torch.Tensor:
        mean, deviation = self._mean.to(pixels.device), self._deviation.to(pixels.device)
        return pixels.div_(255.0).sub_(mean).div_(deviation)


class NemotronVLWithPages(NemotronH_Nano_VL_V2):
    """vLLM's model; an item that holds `PAGE_FIELD` is cut into tiles first, every other goes vLLM's own way."""

    def __init__(self, *, vllm_config: VllmConfig, prefix: str = "") -> None:
        super().__init__(vllm_config=vllm_config, prefix=prefix)
        self._model_config = vllm_config.model_config

    @cached_property
    def _cutter(self) -> TileCutter:
        # Not at the start: a checkpoint that is not as expected gets no pages, and must load all the same.
        return TileCutter(self._model_config)

    def embed_multimodal(self, **kwargs: object) -> MultiModalEmbeddings:
        """Embed the images of a step; pages come as a list, or stacked if they have one size."""
        if PAGE_FIELD not in kwargs:
            return super().embed_multimodal(**kwargs)
        tiles, counts = self._cutter.cut(cast("Iterable[torch.Tensor]", kwargs[PAGE_FIELD]))
        return super().embed_multimodal(pixel_values_flat=tiles, image_num_patches=torch.tensor(counts))


def register_page_model() -> None:
    """Put the class here in the place of vLLM's, in this process."""
    # vLLM leaves the type of this method open.
    register = cast("Callable[[str, type[torch.nn.Module]], None]", ModelRegistry.register_model)
    register(ARCHITECTURE, NemotronVLWithPages)
