"""Prints documents with LibreOffice and makes scans of the printed pages."""

import io
import random
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from training.evaluation.blocks import Document
from training.evaluation.flat_odt import write_document

JPEG_QUALITY = 70
_PROGRAMS = {"soffice": "libreoffice-writer", "pdftoppm": "poppler-utils", "pdffonts": "poppler-utils"}


class MissingProgramError(RuntimeError):
    """A program that makes held-out pages is not installed."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A held-out page.

    Attributes:
        name: Of the page.
        layout: What kind of page it is.
        language: English name in lower case.
        image: File of the scan.
        text: What stands on it, in reading order.
    """

    name: str
    layout: str
    language: str
    image: Path
    text: str


def find_program(name: str, package: str) -> str:
    """Path of an installed program.

    Raises:
        MissingProgramError: It is not installed; the message names the Debian package.
    """
    path = shutil.which(name)
    if path is None:
        raise MissingProgramError(f"{name} is not installed (Debian: `apt-get install {package}`).")
    return path


def print_documents(documents: Sequence[Document], folder: Path) -> list[Path]:
    """Print documents to PDF in one start of LibreOffice.

    Raises:
        MissingProgramError: A program is not installed.
        ValueError: A document does not fit on its page or lacks its font.
    """
    tools = {name: find_program(name, package) for name, package in _PROGRAMS.items()}
    folder.mkdir(parents=True, exist_ok=True)
    sources = [folder / f"{document.name}.fodt" for document in documents]
    for document, source in zip(documents, sources, strict=True):
        source.write_text(write_document(document), encoding="utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"
    command = [tools["soffice"], profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, sources)], check=True, capture_output=True, timeout=600)
    pages = [source.with_suffix(".pdf") for source in sources]
    for document, page in zip(documents, pages, strict=True):
        _check_fonts(document, page, tools["pdffonts"])
    return pages


def _check_fonts(document: Document, page: Path, pdffonts: str) -> None:
    found = subprocess.run([pdffonts, str(page)], check=True, capture_output=True, text=True).stdout
    if document.family.replace(" ", "")[:6].lower() not in found.replace(" ", "").replace("-", "").lower():
        raise ValueError(f"{document.name} is not set in {document.family}: {found}")


def make_scans(documents: Sequence[Document], folder: Path) -> list[Scan]:
    """Print documents and scan them: 150 to 200 dpi, slightly turned, grey paper, noise, JPEG."""
    pages = print_documents(documents, folder)
    pdftoppm = find_program("pdftoppm", "poppler-utils")
    scans: list[Scan] = []
    for number, (document, page) in enumerate(zip(documents, pages, strict=True)):
        dots = (150, 150, 175, 200)[number % 4] if not document.narrow else 200
        stem = folder / document.name
        subprocess.run([pdftoppm, "-r", str(dots), "-gray", "-png", str(page), str(stem)], check=True)
        printed = sorted(folder.glob(f"{document.name}-*.png"))
        if len(printed) != 1:
            raise ValueError(f"{document.name} has {len(printed)} pages instead of one.")
        image = folder / f"{document.name}.jpg"
        image.write_bytes(scan(Image.open(printed[0]), seed=number))
        printed[0].unlink()
        scans.append(Scan(document.name, document.layout, document.language, image, document.text))
    return scans


def scan(page: Image.Image, seed: int) -> bytes:
    """Make a clean page look scanned; returns it as JPEG."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    turned = page.convert("L").rotate(rng.uniform(-0.5, 0.5), Image.Resampling.BICUBIC, fillcolor=255)
    grey = np.asarray(turned, np.float32)
    paper, ink = rng.uniform(215, 245), rng.uniform(10, 50)
    rows = np.linspace(-1, 1, grey.shape[0])[:, None] * rng.uniform(-6, 6)
    columns = np.linspace(-1, 1, grey.shape[1])[None, :] * rng.uniform(-6, 6)
    shaded = ink + grey / 255 * (paper - ink) + rows + columns
    noisy = shaded + noise.normal(0, rng.uniform(2, 7), grey.shape)
    stored = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(stored, "JPEG", quality=JPEG_QUALITY)
    return stored.getvalue()
