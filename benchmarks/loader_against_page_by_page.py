"""Times LangChain's two ways to the text of a scanned PDF, with one engine and in one run.

The loader: `NemotronVLLoader` on the file. Page by page: the pictures of the pages go to a `NemotronVLParser` one after
the other, as LangChain's PDF loaders hand them to their `images_parser`. Both read the same pages; rounds alternate, so
that a busy machine slows both.

Usage: python benchmarks/loader_against_page_by_page.py [PAGES] [ROUNDS]
"""

# pypdfium2 leaves its objects untyped.
# pyright: basic
import io
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import pypdfium2 as pdfium
from langchain_core.documents.base import Blob
from PIL import Image, ImageDraw, ImageFont

from nemotron_vl_integrations import get_engine
from nemotron_vl_integrations.langchain import NemotronVLLoader, NemotronVLParser

SENTENCE = "the letter came with two boxes of old books and a bill for the work that was done in the spring"


def draw_scan(seed: int) -> Image.Image:
    """Print a page of common words at 200 dpi, and scan it."""
    rng = np.random.default_rng(seed)
    page = Image.new("L", (1024, 1536), 245)
    words = SENTENCE.split()
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(34)
    for row in range(20):
        line = " ".join(words[index] for index in rng.integers(0, len(words), 8))
        draw.text((90, 110 + 64 * row), line.capitalize(), fill=30, font=font)
    noisy = np.asarray(page, dtype=np.int16) + rng.normal(0, 5, (1536, 1024)).astype(np.int16)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def load_document(path: Path) -> list[str]:
    """Read the file with the loader."""
    return [page.page_content for page in NemotronVLLoader(path, content="text").lazy_load()]


def read_page_by_page(path: Path) -> list[str]:
    """Read each picture of the file by itself, in the order and with the calls of LangChain's PDF loaders."""
    parser, texts = NemotronVLParser(content="text"), list[str]()
    with closing(pdfium.PdfDocument(path)) as document:
        for page in cast("Any", document):
            for picture in page.get_objects():
                file = io.BytesIO()
                np.save(file, picture.get_bitmap().to_numpy())
                blob = Blob.from_data(file.getvalue(), mime_type="application/x-npy")
                texts.append(next(parser.lazy_parse(blob)).page_content)
    return texts


def measure(read: Callable[[Path], list[str]], path: Path) -> tuple[float, list[str]]:
    """Return pages a second, and the texts."""
    began = time.perf_counter()
    texts = read(path)
    return len(texts) / (time.perf_counter() - began), texts


def benchmark(pages: int, rounds: int) -> dict[str, object]:
    """Measure both ways in turn."""
    speeds: dict[str, list[float]] = {"loader": [], "page by page": []}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scan.pdf"
        first, *others = [draw_scan(seed) for seed in range(pages)]
        first.save(path, save_all=True, append_images=others, resolution=200)
        with get_engine() as engine:
            engine.start()
            single = read_page_by_page(path)  # What is needed once: kernels, imports.
            loaded = load_document(path)
            for _ in range(rounds):
                speed, loaded = measure(load_document, path)
                speeds["loader"].append(speed)
                speed, single = measure(read_page_by_page, path)
                speeds["page by page"].append(speed)
            same = sum(a == b for a, b in zip(loaded, single, strict=True))
            device = f"{engine.device}, {engine.model}"
    ratio = median(speeds["loader"]) / median(speeds["page by page"])
    shown = {name: [round(speed, 3) for speed in values] for name, values in speeds.items()}
    return {
        "engine": device,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "pages": pages,
        "pages of equal text": same,
        "characters a page": round(sum(map(len, loaded)) / pages),
        "pages a second": shown,
        "ratio of the medians": round(ratio, 2),
    }


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    print(json.dumps(benchmark(*(arguments + [16, 3][len(arguments) :])), indent=1))
