"""Held-out pages from a renderer of their own: Pillow sets real prose in families that training never drew."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from training.evaluation.office_documents import read_paragraphs
from training.evaluation.office_pages import MissingProgramError, Scan, scan
from training.font_families import HELD_OUT_FAMILIES
from training.glyphs import DEFAULT_FONTS

_OTHERS = ("german", "french", "spanish", "italian", "portuguese")


@dataclass(frozen=True, slots=True)
class PageKind:
    """A kind of drawn page.

    Attributes:
        name: Of the set.
        size: Width and height in pixels.
        font_sizes: Smallest and largest, in pixels.
        lines: Fewest and most lines.
        count: Pages of the set.
    """

    name: str
    size: tuple[int, int]
    font_sizes: tuple[int, int]
    lines: tuple[int, int]
    count: int


KINDS = (
    PageKind("tile", (512, 512), (14, 22), (5, 20), 24),
    PageKind("letter", (1700, 2200), (30, 36), (25, 45), 10),
    PageKind("A4", (1240, 1754), (21, 25), (25, 45), 10),
)


_UPRIGHT = {"Courier Prime": ("Light",)}


@cache
def _files_of_families() -> dict[str, Path]:
    """A regular font file of each held-out family."""
    found: dict[str, Path] = {}
    # Courier Prime calls each of its files Light; the shortest file name is the upright one.
    for path in sorted(DEFAULT_FONTS.rglob("*.[ot]tf"), key=lambda path: (len(path.name), path)):
        family, style = ImageFont.truetype(path, 12).getname()
        if family in HELD_OUT_FAMILIES and style in _UPRIGHT.get(family or "", ("Regular", "Roman")):
            found.setdefault(family, path)
    missing = sorted(set(HELD_OUT_FAMILIES) - set(found))
    if missing:
        raise MissingProgramError(f"Held-out font families are not installed: {', '.join(missing)}.")
    return found


def draw_pages(folder: Path) -> list[Scan]:
    """Draw all kinds of pages, every second one as a scan."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_draw(kind, number, folder) for kind in KINDS for number in range(kind.count)]


def _draw(kind: PageKind, number: int, folder: Path) -> Scan:
    rng = random.Random(f"{kind.name} {number}")
    language = _OTHERS[number // 4 % 5] if number % 4 == 3 else "english"
    family = HELD_OUT_FAMILIES[number % len(HELD_OUT_FAMILIES)]
    font = ImageFont.truetype(_files_of_families()[family], rng.randint(*kind.font_sizes))
    width, height = kind.size
    margin = int(width * rng.uniform(0.05, 0.1))
    lines = _break_lines(rng, language, font, width - 2 * margin)[: rng.randint(*kind.lines)]
    page = Image.new("L", kind.size, 255)
    drawing = ImageDraw.Draw(page)
    y, pitch, written = margin * 0.8, font.size * rng.uniform(1.25, 1.45), list[str]()
    for line in lines:
        if y + pitch > height - margin * 0.5:
            break
        if line:
            drawing.text((margin, y), line, fill=rng.randrange(0, 40), font=font)
            written.append(line)
        y += pitch if line else pitch * 0.6
    name = f"{kind.name}-{number:02d}-{language}-{family.replace(' ', '')}"
    image = folder / f"{name}.{'jpg' if number % 2 else 'png'}"
    if number % 2:
        image.write_bytes(scan(page, seed=number))
    else:
        page.save(image)
    return Scan(name, kind.name, language, image, "\n".join(written))


def _break_lines(rng: random.Random, language: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Paragraphs as lines of at most `width` pixels, with an empty line after each."""
    paragraphs = list(read_paragraphs(language))
    rng.shuffle(paragraphs)
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += [*_fill(paragraph.split(" "), font, width), ""]
    return lines


def _fill(words: Sequence[str], font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
