"""Pages a second that one core prepares for the engine: this package against vLLM's own image processor.

    python -m benchmarks.prepare_pages --pages 8 --rounds 5

No engine runs. Both sides get the same pictures in memory and end with what `AsyncLLM.generate` takes; the processor
time of the process is counted, on one thread, the sides in turn. What is left to the engine's device (tiles,
normalising) is shown beside it, computed here on the CPU.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import cast

import torch
from PIL import Image
from vllm import AsyncEngineArgs, TextPrompt, renderers
from vllm.config import ModelConfig, VllmConfig
from vllm.renderers import BaseRenderer

from benchmarks.scan_pages import SIZES, PageKind, draw_page
from nemotron_vl_integrations import EngineConfig
from nemotron_vl_integrations.backends.vllm_page_input import PageInputs
from nemotron_vl_integrations.backends.vllm_settings import VllmSettings, choose_settings, engine_limits
from nemotron_vl_integrations.backends.vllm_spawn import environment
from nemotron_vl_integrations.checkpoints import DEMO_MODEL, Checkpoint, resolve_checkpoint
from nemotron_vl_integrations.engine.host import EngineHost
from nemotron_vl_integrations.messages import ImagePart, Message, Request, TextPart
from nemotron_vl_integrations.vllm_plugin.float32 import use_float32
from nemotron_vl_integrations.vllm_plugin.page_model import PAGE_FIELD, TileCutter
from nemotron_vl_integrations.vllm_plugin.registration import register
from nemotron_vl_integrations.vllm_plugin.resize import resize_without_compiling


def make_renderer(checkpoint: Checkpoint, settings: VllmSettings) -> BaseRenderer:
    """VLLM's renderer of prompts, without an engine."""
    with environment(settings.environment):
        register()
        resize_without_compiling()
        arguments = AsyncEngineArgs(
            model=str(checkpoint.folder),
            dtype=settings.dtype,
            hf_overrides=use_float32 if settings.dtype == "float32" else {},
            max_model_len=settings.max_model_len,
            limit_mm_per_prompt=engine_limits(),
            mm_processor_cache_gb=0,
            enable_prefix_caching=False,
            enforce_eager=True,
        )
        # vLLM leaves the type of this function open.
        make = cast("Callable[[VllmConfig], BaseRenderer]", renderers.renderer_from_config)
        return make(arguments.create_engine_config())


class Preparation:
    """Both ways from a picture to the engine's input."""

    def __init__(self) -> None:
        config = EngineConfig(device="cpu", dtype="bfloat16")
        checkpoint = resolve_checkpoint(DEMO_MODEL)
        self.host = EngineHost(config)
        self.renderer = make_renderer(checkpoint, choose_settings(config, checkpoint, gpu=None))
        self.model: ModelConfig = self.renderer.model_config
        self.pages = PageInputs(self.renderer, self.model)
        self.cutter = TileCutter(self.model)

    def request(self, picture: Image.Image) -> Request:
        """What reading asks of a page."""
        return Request(messages=(Message("user", (ImagePart(picture), TextPart("Transcribe this page."))),))

    async def plain(self, pictures: Sequence[Image.Image]) -> None:
        """As a user of plain vLLM would, with the prompt already rendered."""
        _, prompt, _ = self.host.prepare(self.request(Image.new("RGB", (512, 512))))
        for picture in pictures:
            text = TextPrompt(prompt=prompt.text, multi_modal_data={"image": picture})
            await self.renderer.render_cmpl_async([text])

    async def ours(self, pictures: Sequence[Image.Image]) -> None:
        """As the engine of this package does: checked, fitted to tiles, rendered."""
        for picture in pictures:
            _, prompt, _ = self.host.prepare(self.request(picture))
            await self.pages.render(prompt)

    async def cut(self, pictures: Sequence[Image.Image]) -> None:
        """What the engine's device does with our pages."""
        for picture in pictures:
            _, prompt, _ = self.host.prepare(self.request(picture))
            rendered = await self.pages.render(prompt)
            fields = [item[PAGE_FIELD].data for item in rendered["mm_kwargs"]["image"] if item is not None]
            self.cutter.cut(cast("list[torch.Tensor]", fields))


async def time_page(
    way: Callable[[Sequence[Image.Image]], Awaitable[None]], pictures: Sequence[Image.Image]
) -> float:
    """Processor seconds for a page."""
    began = time.process_time()
    await way(pictures)
    return (time.process_time() - began) / len(pictures)


async def compare(preparation: Preparation, kind: PageKind, pages: int, rounds: int) -> None:
    """Time the ways in turn and print their medians."""
    pictures = [draw_page(seed, kind) for seed in range(pages)]
    ways = {"plain": preparation.plain, "ours": preparation.ours, "ours and tiles": preparation.cut}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            seconds[name].append(await time_page(way, pictures))
    # The first round loads what is needed once.
    middle = {name: median(values[1:]) for name, values in seconds.items()}
    width, height = SIZES[kind]
    for name, value in middle.items():
        print(f"{kind} {width} x {height}, {name}: {value * 1000:.1f} ms = {1 / value:.1f} pages/s per core")
    print(f"{kind}: ours / plain: {middle['plain'] / middle['ours']:.2f}", flush=True)


def main() -> None:
    """Compare exact pages and scans."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    preparation = Preparation()
    for kind in SIZES:
        asyncio.run(compare(preparation, kind, arguments.pages, arguments.rounds))


if __name__ == "__main__":
    main()
