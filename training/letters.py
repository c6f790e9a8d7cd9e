"""Letter shapes of fonts, cached as pixels, and their quick copying onto a page.

A page of 2,000 characters takes 10 ms with `ImageDraw.text`, a third of that with cached shapes: fast enough
that a few processes keep a GPU busy. Two renderings are drawn: hinted letters on whole pixels, as screens and
old printer drivers have them, and smooth ones on halves of a pixel, as PDF viewers and scanners do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, features

KERNING_SIZE = 200
OVERSAMPLED = 4
_FINE_SIZE = 26


@dataclass(frozen=True, slots=True)
class Glyph:
    """One letter at one size: its inked pixels relative to the pen on the baseline.

    Attributes:
        rows: Vertical place of each inked pixel, downwards.
        columns: Horizontal place.
        coverage: How much of the pixel the letter covers, 0 to 255.
    """

    rows: NDArray[np.int16]
    columns: NDArray[np.int16]
    coverage: NDArray[np.uint8]


_BLANK = Glyph(np.zeros(0, np.int16), np.zeros(0, np.int16), np.zeros(0, np.uint8))


@dataclass(frozen=True, slots=True)
class Placed:
    """A glyph at a place of the page."""

    glyph: Glyph
    x: int
    baseline: int


class Kerning:
    """How much closer pairs of letters of one font stand, as a share of the font size."""

    def __init__(self, path: Path) -> None:
        # without Raqm Pillow knows the old `kern` tables alone, so fewer fonts are kerned
        shaped = features.check("raqm")
        engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
        self._features = ["-liga", "-clig"] if shaped else None
        self._font = ImageFont.truetype(path, KERNING_SIZE, layout_engine=engine)
        self._pairs: dict[str, float] = {}
        self._lengths: dict[str, float] = {}

    def of(self, pair: str) -> float:
        """The shift of the second letter of `pair`, mostly zero or negative."""
        shift = self._pairs.get(pair)
        if shift is None:
            apart = self.length(pair[0]) + self.length(pair[1])
            shift = self._pairs[pair] = (self.length(pair) - apart) / KERNING_SIZE
        return shift

    def length(self, text: str) -> float:
        """Length of a text at `KERNING_SIZE`."""
        length = self._lengths.get(text)
        if length is None:
            length = self._lengths[text] = self._font.getlength(text, features=self._features)
        return length


class Face:
    """A font at one size; glyphs are drawn when they are first needed.

    Args:
        font: The font as Pillow draws it, `OVERSAMPLED` times as large when `smooth`.
        size: Its size in pixels.
        kerning: Where pairs get their shift; None sets letters by their advances alone.
        smooth: Whether letters stand on parts of pixels and are never hinted.
    """

    def __init__(
        self, font: ImageFont.FreeTypeFont, size: int, kerning: Kerning | None, *, smooth: bool = False
    ) -> None:
        self._font = font
        self.size = size
        self.kerning = kerning
        self._scale = OVERSAMPLED if smooth else 1
        self._phases = 2 if smooth and size < _FINE_SIZE else 1
        # a glyph is drawn alone onto this canvas, which is wiped afterwards
        self._canvas = Image.new("L", (3 * size * self._scale, 3 * size * self._scale), 0)
        self._drawing = ImageDraw.Draw(self._canvas)
        self._glyphs: dict[tuple[str, int], Glyph] = {}
        self._advances: dict[str, float] = {}

    def place(self, character: str, x: float, baseline: int) -> Placed:
        """The shape of one character, with the pen at `x`."""
        column, phase = divmod(int(x * self._phases + 0.5), self._phases)
        glyph = self._glyphs.get((character, phase))
        if glyph is None:
            glyph = self._glyphs[character, phase] = self._draw(character, phase)
        return Placed(glyph, column, baseline)

    def advance(self, character: str) -> float:
        """How far the pen moves on after a character, in pixels."""
        advance = self._advances.get(character)
        if advance is None:
            if self.kerning and self._scale > 1:
                advance = self.kerning.length(character) * self.size / KERNING_SIZE
            else:
                advance = self._font.getlength(character) / self._scale
            self._advances[character] = advance
        return advance

    def _draw(self, character: str, phase: int) -> Glyph:
        scale, em = self._scale, self.size
        pen = (em // 2 + 2, 2 * em)
        place = (pen[0] * scale + phase * scale // self._phases, pen[1] * scale)
        self._drawing.text(place, character, fill=255, font=self._font, anchor="ls")
        canvas = self._canvas
        box = canvas.getbbox()
        if box is None:
            return _BLANK
        left, top = box[0] // scale, box[1] // scale
        cut = canvas.crop(
            (left * scale, top * scale, -(-box[2] // scale) * scale, -(-box[3] // scale) * scale)
        )
        canvas.paste(0, box)
        pixels = np.asarray(cut.reduce(scale) if scale > 1 else cut)
        rows, columns = np.nonzero(pixels)
        return Glyph(
            rows=(rows + (top - pen[1])).astype(np.int16),
            columns=(columns + (left - pen[0])).astype(np.int16),
            coverage=pixels[rows, columns],
        )

    def pens(self, text: str, spacing: float, *, kerned: bool) -> list[float]:
        """Where the pen stands before each character and after the last, from 0, in pixels."""
        pens = [0.0]
        pen = 0.0
        kerning = self.kerning if kerned else None
        before = ""
        for character in text:
            if kerning and before:
                shift = kerning.of(before + character) * self.size
                pen += shift
                pens[-1] = pen
            pen += self.advance(character) + spacing
            pens.append(pen)
            before = character
        return pens


def stamp(page: NDArray[np.uint8], placed: Sequence[Placed], ink: int, *, light: bool = False) -> None:
    """Draw glyphs onto a grey page (height, width) in place.

    Where shapes overlap the stronger pixel wins: the darker one, or the lighter one when `light` letters
    stand on a dark ground.
    """
    if not placed:
        return
    height, width = page.shape
    sizes = [len(item.glyph.rows) for item in placed]
    rows = np.concatenate([item.glyph.rows for item in placed]).astype(np.int32)
    rows += np.repeat(np.array([item.baseline for item in placed], np.int32), sizes)
    columns = np.concatenate([item.glyph.columns for item in placed]).astype(np.int32)
    columns += np.repeat(np.array([item.x for item in placed], np.int32), sizes)
    coverage = np.concatenate([item.glyph.coverage for item in placed])
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    if not inside.all():
        rows, columns, coverage = rows[inside], columns[inside], coverage[inside]
    flat = page.reshape(-1)
    places = rows * np.int32(width) + columns
    levels = np.arange(256) / 255
    if light:
        np.maximum.at(flat, places, (ink * levels).astype(np.uint8)[coverage])
    else:
        np.minimum.at(flat, places, (255 - (255 - ink) * levels).astype(np.uint8)[coverage])


def bytes_of(mask: object) -> bytes:
    """The pixels of one of Pillow's masks, which are sequences without saying so in their types."""
    return bytes(cast("Sequence[int]", mask))
