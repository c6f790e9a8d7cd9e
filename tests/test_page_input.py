"""Pages that take the short way into vLLM arrive as vLLM's own image processor would have made them, bit for bit."""

import asyncio
import sys
from copy import copy
from typing import cast

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from vllm import AsyncEngineArgs, TextPrompt
from vllm.inputs import MultiModalInput
from vllm.renderers import BaseRenderer
from vllm.v1.engine.async_llm import AsyncLLM

from benchmarks.prepare_pages import make_renderer
from nemotron_vl_integrations.backends import vllm_page_input
from nemotron_vl_integrations.backends.base import Prompt
from nemotron_vl_integrations.backends.vllm_page_input import PageInputs
from nemotron_vl_integrations.backends.vllm_sampling import OutputReader, to_sampling_params
from nemotron_vl_integrations.backends.vllm_settings import Dtype, choose_settings
from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.engine.host import EngineHost
from nemotron_vl_integrations.messages import (
    ImagePart,
    Message,
    Reply,
    Request,
    Sampling,
    TextPart,
    TokenLogprob,
)
from nemotron_vl_integrations.prompt import PromptRenderer
from nemotron_vl_integrations.tiling import Grid
from nemotron_vl_integrations.vllm_plugin.page_model import PAGE_FIELD, TileCutter
from tests.drawn_pages import draw_page

# torch says once in a process that pixels which nobody writes to are read-only; the backend lets it say so unheard.
pytestmark = pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")


def draw_noise(columns: int, rows: int) -> Image.Image:
    """A canvas on which every pixel, and every rounding, shows."""
    size = (rows * 512, columns * 512, 3)
    return Image.fromarray(np.random.default_rng(columns * 16 + rows).integers(0, 256, size, dtype=np.uint8))


@pytest.fixture(scope="module", params=["bfloat16", "float32"])
def renderer(request: pytest.FixtureRequest) -> BaseRenderer:
    """vLLM's renderer of prompts for the demo checkpoint, without an engine."""
    checkpoint = resolve_checkpoint(DEMO_MODEL)
    dtype = cast("Dtype", request.param)
    settings = choose_settings(EngineConfig(device="cpu", dtype=dtype), checkpoint, gpu=None)
    return make_renderer(checkpoint, settings)


def render_both_ways(
    renderer: BaseRenderer, text: str, *images: Image.Image
) -> tuple[MultiModalInput, MultiModalInput]:
    theirs = TextPrompt(prompt=text, multi_modal_data={"image": list(images)})

    async def render() -> tuple[MultiModalInput, MultiModalInput]:
        (expected,) = await renderer.render_cmpl_async([theirs])
        pages = PageInputs(renderer, renderer.model_config)
        known = tuple(PromptRenderer(resolve_checkpoint(DEMO_MODEL).folder).tokenize(text))
        found = await pages.render(Prompt(text=text, images=images, token_ids=known))
        return cast("MultiModalInput", expected), found

    return asyncio.run(render())


def read_field(rendered: MultiModalInput, name: str) -> list[torch.Tensor]:
    return [
        cast("torch.Tensor", item[name].data) for item in rendered["mm_kwargs"]["image"] if item is not None
    ]


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (1, 2), (2, 1), (2, 3), (3, 4), (12, 1), (1, 12)])
def test_a_page_becomes_vllms_tokens_and_vllms_tiles_bit_for_bit(
    renderer: BaseRenderer, columns: int, rows: int
) -> None:
    expected, found = render_both_ways(renderer, "<s>One\n<image>\nRead.", draw_noise(columns, rows))
    assert found["prompt_token_ids"] == expected["prompt_token_ids"]
    assert found["mm_placeholders"] == expected["mm_placeholders"]
    tiles, counts = TileCutter(renderer.model_config).cut(read_field(found, PAGE_FIELD))
    assert torch.equal(tiles, torch.cat(read_field(expected, "pixel_values_flat")))
    assert counts == [Grid(columns, rows).tile_count]


def test_pages_of_several_sizes_keep_their_order(renderer: BaseRenderer) -> None:
    pages = (draw_noise(2, 1), draw_noise(1, 1), draw_noise(1, 2))
    expected, found = render_both_ways(renderer, "<s><image> then <image>, <image>\n", *pages)
    assert found["prompt_token_ids"] == expected["prompt_token_ids"]
    assert found["mm_placeholders"] == expected["mm_placeholders"]
    tiles, counts = TileCutter(renderer.model_config).cut(read_field(found, PAGE_FIELD))
    assert torch.equal(tiles, torch.cat(read_field(expected, "pixel_values_flat")))
    assert counts == [3, 1, 3]


def test_a_page_travels_as_one_byte_a_colour(renderer: BaseRenderer) -> None:
    expected, found = render_both_ways(renderer, "<s><image>\n", draw_noise(3, 4))
    (sent,), (theirs,) = read_field(found, PAGE_FIELD), read_field(expected, "pixel_values_flat")
    assert (sent.nbytes, theirs.nbytes) == (1536 * 2048 * 3, 13 * 512 * 512 * 3 * theirs.itemsize)
    assert sent.itemsize == 1


def test_no_two_pages_share_a_name_under_which_the_engine_would_keep_them(renderer: BaseRenderer) -> None:
    pages = PageInputs(renderer, renderer.model_config)
    prompt = Prompt(text="<s><image>\n", images=(draw_noise(1, 1),))
    first, second = (asyncio.run(pages.render(prompt)) for _ in range(2))
    assert first["mm_hashes"] != second["mm_hashes"]


@pytest.mark.parametrize("images", [(), (draw_noise(1, 1), draw_noise(1, 1))])
def test_a_prompt_with_another_number_of_places_is_refused(
    renderer: BaseRenderer, images: tuple[Image.Image, ...]
) -> None:
    pages = PageInputs(renderer, renderer.model_config)
    with pytest.raises(ValueError, match=rf"1 places? for {len(images)} images"):
        asyncio.run(pages.render(Prompt(text="<s><image>\n", images=images)))


def test_a_vllm_that_works_as_expected_has_no_difference(renderer: BaseRenderer) -> None:
    pages = PageInputs(renderer, renderer.model_config)
    assert asyncio.run(pages.find_difference()) == ""


def test_a_vllm_that_writes_other_tokens_is_found_out(
    renderer: BaseRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_page_input, "TOKENS_PER_TILE", 255)
    pages = PageInputs(renderer, renderer.model_config)
    assert asyncio.run(pages.find_difference()) == "It writes other image tokens."


def test_a_vllm_that_makes_other_pixels_is_found_out(renderer: BaseRenderer) -> None:
    model = copy(renderer.model_config)
    model.hf_config = copy(model.hf_config)
    model.hf_config.update({"norm_std": [0.5, 0.5, 0.5]})
    pages = PageInputs(renderer, model)
    assert asyncio.run(pages.find_difference()) == "It cuts or normalises tiles otherwise."


def ask_for(text: str, *images: Image.Image) -> Request:
    parts = (*(ImagePart(image) for image in images), TextPart(text))
    sampling = Sampling(max_tokens=24, logprobs=0)
    return Request(messages=(Message("user", parts),), sampling=sampling, max_images=len(images))


PAGE = draw_page("Meeting notes", "The budget was approved.", "Next meeting in March.")
REQUESTS = [
    ask_for("Transcribe this page.", PAGE),
    ask_for(
        "Transcribe this page.",
        ImageOps.expand(PAGE, (0, 0, 3 * 512 - PAGE.width, 4 * 512 - PAGE.height), "white"),
    ),
    ask_for("Transcribe the first image.", PAGE, draw_noise(1, 1)),
]


class PlainRun:
    """Asks the engine underneath an `Engine` in vLLM's own way, through its image processor."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make, self._made = AsyncLLM.from_engine_args, list[AsyncLLM]()

        def build(arguments: AsyncEngineArgs) -> AsyncLLM:
            self._made.append(make(arguments))
            return self._made[-1]

        monkeypatch.setattr(AsyncLLM, "from_engine_args", build)

    async def ask(self, request: Request, name: str) -> tuple[str, list[TokenLogprob]]:
        (llm,) = self._made
        checked, prompt, _ = EngineHost(EngineConfig(device="cpu")).prepare(request)
        theirs = TextPrompt(prompt=prompt.text, multi_modal_data={"image": list(prompt.images)})
        (rendered,) = await llm.renderer.render_cmpl_async([theirs])
        params = to_sampling_params(checked.sampling, stop_token_ids=(12, 11))
        reader = OutputReader(checked.sampling)
        pieces = [reader.read(output) async for output in llm.generate(rendered, params, name)]
        return "".join(piece.text for piece in pieces), [one for piece in pieces for one in piece.logprobs]


def read_reply(reply: Reply) -> tuple[str, list[TokenLogprob]]:
    return reply.text, list(reply.logprobs)


@pytest.mark.own_engine
def test_pages_and_vllms_own_images_come_out_the_same_alone_and_in_the_same_steps_of_one_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = PlainRun(monkeypatch)
    # Steps that hold less than a third of a page, so that every page is computed in chunks.
    config = EngineConfig(device="cpu", warm_up=False, max_num_batched_tokens=1024)
    with Engine(config) as engine:
        pages = [read_reply(engine.generate(request)) for request in REQUESTS]
        theirs = [background_loop.run(plain.ask(request, f"alone-{n}")) for n, request in enumerate(REQUESTS)]
        assert pages == theirs

        async def ask_all() -> list[tuple[str, list[TokenLogprob]]]:
            asked = [
                ask
                for n, request in enumerate(REQUESTS)
                for ask in (engine.agenerate(request), plain.ask(request, f"mixed-{n}"))
            ]
            answers = await asyncio.gather(*asked)
            return [read_reply(answer) if isinstance(answer, Reply) else answer for answer in answers]

        mixed = background_loop.run(ask_all())
        lone = [page for page in pages for _ in ("ours", "theirs")]
        for (text, logprobs), (lone_text, lone_logprobs) in zip(mixed, lone, strict=True):
            assert text == lone_text
            # Other company in a step means other sizes of matrices, which round differently.
            assert [token.logprob for token in logprobs] == pytest.approx(
                [token.logprob for token in lone_logprobs], abs=1e-2
            )


@pytest.fixture(scope="module")
def replies() -> list[Reply]:
    """What the shared engine answers, before a test closes it."""
    return [get_engine().generate(request) for request in REQUESTS]


@pytest.mark.own_engine
def test_an_unknown_vllm_goes_its_own_way_says_so_and_answers_token_for_token_the_same(
    replies: list[Reply], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nemotron_vl_integrations.backends.vllm_page_input", None)
    # Counts of tokens, and those that would be handed over, are those of a tokenizer that vLLM does not have.
    tokenize = PromptRenderer.tokenize

    def find_one_more(renderer: PromptRenderer, text: str) -> list[int]:
        return [*tokenize(renderer, text), 1]

    monkeypatch.setattr(PromptRenderer, "tokenize", find_one_more)
    lines: list[str] = []
    with Engine(EngineConfig(device="cpu", warm_up=False), report=lines.append) as engine:
        found = [engine.generate(request) for request in REQUESTS]
    assert [(reply.text, reply.logprobs, reply.usage) for reply in found] == [
        (reply.text, reply.logprobs, reply.usage) for reply in replies
    ]
    assert [line for line in lines if "Pages take vLLM's own way" in line]
    assert [line for line in lines if "counts of tokens may be off" in line]
