"""Documents whose pages carry a number, and a backend whose script goes by that number."""

import io
from collections import deque
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptStep
from nemotron_vl_integrations.engine import Engine

_SHADE = 4


class PagedScript(ScriptedBackend):
    """Replays, for each page, its own steps in turn, in whatever order the pages arrive."""

    def __init__(self, steps: Mapping[int, Sequence[ScriptStep]]) -> None:
        super().__init__([])
        self._steps = {page: deque(script) for page, script in steps.items()}
        self.arrived: list[int] = []
        self.beside: list[int] = []

    def _next_step(self) -> ScriptStep:
        page = read_number(self.prompts[-1].images[0])
        self.arrived.append(page)
        self.beside.append(self.running)
        return self._steps[page].popleft()


class ReadsNumbers(ScriptedBackend):
    """Reads the number of every page, as often as it is asked."""

    def __init__(self) -> None:
        super().__init__([])

    def _next_step(self) -> ScriptStep:
        return f"Page {read_number(self.prompts[-1].images[0])}."


def open_script(backend: ScriptedBackend) -> Engine:
    return Engine(backend=backend, report=lambda _: None)


def draw_number(page: int) -> Image.Image:
    image = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(image).rectangle((96, 96, 415, 415), fill=(page * _SHADE, 0, 0))
    return image


def read_number(image: Image.Image) -> int:
    """The number of a page, however the page was fitted to tiles, turned or cut."""
    box = ImageOps.invert(image.convert("L")).point([0] * 32 + [255] * 224).getbbox()
    assert box is not None
    pixel = image.getpixel(((box[0] + box[2]) // 2, (box[1] + box[3]) // 2))
    assert isinstance(pixel, tuple)
    return round(pixel[0] / _SHADE)


def write_numbers(count: int) -> bytes:
    return write_tiff([draw_number(page) for page in range(1, count + 1)])


def write_tiff(pages: Sequence[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_deflate")
    return buffer.getvalue()


def draw_text(text: str, *, size: int = 22) -> Image.Image:
    image = Image.new("RGB", (512, 512), "white")
    try:
        font = ImageFont.truetype("DejaVuSans.ttf", size)
    except OSError:
        font = ImageFont.load_default(size)
    ImageDraw.Draw(image).multiline_text((40, 40), text, fill="black", font=font, spacing=10)
    return image
