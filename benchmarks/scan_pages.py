"""The pages that benchmarks read: drawn text, as exact canvases of 3 x 4 tiles or as noisy scans of letter pages."""

from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PageKind = Literal["exact", "scans"]

# Pixels: whole tiles, and a letter page at 200 dpi.
SIZES: dict[PageKind, tuple[int, int]] = {"exact": (1536, 2048), "scans": (1700, 2200)}
SENTENCE = "the letter came with two boxes of old books and a bill for the work that was done in the spring"


def draw_page(seed: int, kind: PageKind) -> Image.Image:
    """Draw a page of common words; a scan also has the grey and the noise of paper."""
    rng, words = np.random.default_rng(seed), SENTENCE.split()
    width, height = SIZES[kind]
    page = Image.new("RGB", (width, height), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(height / 64)
    for y in range(height // 14, height - height // 14, height // 22):
        line = " ".join(words[index] for index in [int(place) for place in rng.integers(0, len(words), 10)])
        draw.text((width // 10, y), line.capitalize(), fill=(25, 25, 30), font=font)
    if kind == "exact":
        return page
    noisy = np.asarray(page, dtype=np.int16) - 12 + rng.integers(-9, 10, (height, width, 1), dtype=np.int16)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def write_scans(path: Path, pages: list[Image.Image]) -> None:
    """Write scanned pages as one PDF of JPEG pictures, as office scanners do."""
    first, *others = pages
    first.save(path, save_all=True, append_images=others, resolution=200)
