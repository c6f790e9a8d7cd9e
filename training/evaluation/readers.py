"""The readers that are compared: this package on the CPU, and Tesseract 5."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from nemotron_vl_integrations import EngineConfig, ReadingOptions, get_engine, read_document
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.page_result import Mode
from training.evaluation.office_pages import Scan, find_program

PAGES_AT_ONCE = 8
TESSERACT_CODES = {
    "english": "eng", "french": "fra", "german": "deu", "italian": "ita", "portuguese": "por", "spanish": "spa",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Readings:
    """What a reader wrote.

    Attributes:
        texts: One for each page.
        seconds: Wall clock for a page, on average.
    """

    texts: tuple[str, ...]
    seconds: float


def open_engine(model: str) -> Engine:
    """The engine that reads with a checkpoint: a folder, or a name that the package knows."""
    return get_engine(EngineConfig(model=model, device="cpu"))


def read_with_package(images: Sequence[Path], engine: Engine, mode: Mode = "text") -> Readings:
    """Read pages with the package, eight at a time; the engine's start is not counted.

    A slow machine must not turn pages into errors of the reader, so nothing is given up by the clock.
    """
    options = ReadingOptions(text_layer="ignore", timeout=None)

    def read(image: Path) -> str:
        return read_document(image, mode=mode, options=options, engine=engine).pages[0].text

    read(images[0])
    return _timed(images, read, PAGES_AT_ONCE)


def read_with_tesseract(scans: Sequence[Scan], *, own_language: bool, one_block: bool = False) -> Readings:
    """Read pages with Tesseract 5, one process for each core, each with one thread.

    Args:
        scans: The pages.
        own_language: Whether each page is read with the data of its language, else with English.
        one_block: Whether the page is taken for one block of text, line by line (`--psm 6`), instead of searched for
            blocks, which splits forms into labels and values.
    """
    program = find_program("tesseract", "tesseract-ocr tesseract-ocr-deu tesseract-ocr-fra ...")
    codes = {scan.image: TESSERACT_CODES[scan.language] if own_language else "eng" for scan in scans}

    segmentation = ("--psm", "6") if one_block else ()

    def read(image: Path) -> str:
        done = subprocess.run(
            [program, str(image), "-", "-l", codes[image], *segmentation],
            check=True,
            capture_output=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
        return done.stdout.decode("utf-8").replace("\f", "")

    return _timed([scan.image for scan in scans], read, os.cpu_count() or 1)


def _timed(images: Sequence[Path], read: Callable[[Path], str], at_once: int) -> Readings:
    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        texts = tuple(pool.map(read, images))
    return Readings(texts, (time.perf_counter() - start) / len(images))
