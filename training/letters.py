"""Letter shapes of fonts, cached as pixels, and their quick copying onto a page.

A page of 2,000 characters takes 10 ms with `ImageDraw.text`, a fraction of that with cached shapes: fast enough
that a few processes keep a GPU busy. Letters that are missing in the cache are drawn side by side, all of a page
and a face at once, because Pillow's calls cost more than the drawing.

Two renderings are drawn: hinted letters on whole pixels, as screens and old printer drivers have them, and smooth
ones on halves of a pixel, as PDF viewers and scanners do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from operator import add
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, features

KERNING_SIZE = 200
OVERSAMPLED = 4
_FINE_SIZE = 26


class Glyph:
    """One letter at one size: its inked pixels relative to the pen on the baseline.

    Args:
        rows: Vertical place of each inked pixel, downwards.
        columns: Horizontal place.
        coverage: How much of the pixel the letter covers, 0 to 255.
    """

    __slots__ = ("_columns", "_offsets", "_rows", "coverage")

    def __init__(
        self, rows: NDArray[np.int32], columns: NDArray[np.int32], coverage: NDArray[np.uint8]
    ) -> None:
        self._rows, self._columns, self.coverage = rows, columns, coverage
        self._offsets: dict[int, NDArray[np.int32]] = {}

    def offsets(self, width: int) -> NDArray[np.int32]:
        """How far each inked pixel is from the pen on a page of `width` pixels, counted row by row."""
        offsets = self._offsets.get(width)
        if offsets is None:
            offsets = self._offsets[width] = self._rows * np.int32(width) + self._columns
        return offsets

    def cut(self, column: int, baseline: int, size: tuple[int, int]) -> "Glyph":
        """The part that lies on a page of `size`, width and height, when the pen stands at a place of it."""
        columns, rows = self._columns + column, self._rows + baseline
        inside = (columns >= 0) & (columns < size[0]) & (rows >= 0) & (rows < size[1])
        return (
            self if inside.all() else Glyph(self._rows[inside], self._columns[inside], self.coverage[inside])
        )


class Kerning(dict[str, float]):
    """How much the second letter of each pair of one font is shifted, as a share of the font size."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        # without Raqm Pillow knows the old `kern` tables alone, so fewer fonts are kerned
        shaped = features.check("raqm")
        engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
        self._features = ["-liga", "-clig"] if shaped else None
        self._font = ImageFont.truetype(path, KERNING_SIZE, layout_engine=engine)
        self._lengths: dict[str, float] = {}

    def __missing__(self, pair: str) -> float:
        apart = self.length(pair[0]) + self.length(pair[1])
        shift = self[pair] = (self.length(pair) - apart) / KERNING_SIZE
        return shift

    def length(self, text: str) -> float:
        """Length of a text at `KERNING_SIZE`."""
        length = self._lengths.get(text)
        if length is None:
            length = self._lengths[text] = self._font.getlength(text, features=self._features)
        return length


class _Advances(dict[str, float]):
    """How far the pen of a face moves on after each character, in pixels."""

    def __init__(self, font: ImageFont.FreeTypeFont, size: int, scale: int, kerning: Kerning | None) -> None:
        super().__init__()
        self._font, self._size, self._scale, self._kerning = font, size, scale, kerning

    def __missing__(self, character: str) -> float:
        if self._kerning is not None and self._scale > 1:
            advance = self._kerning.length(character) * self._size / KERNING_SIZE
        else:
            advance = self._font.getlength(character) / self._scale
        self[character] = advance
        return advance


class Face:
    """A font at one size; glyphs are drawn when they are first needed.

    Args:
        font: The font as Pillow draws it, `OVERSAMPLED` times as large when `smooth`.
        size: Its size in pixels.
        kerning: Where pairs get their shift; None sets letters by their advances alone.
        smooth: Whether letters stand on parts of pixels and are never hinted.

    Attributes:
        reach: How far the letters drawn so far reach from the pen: to the left, the right, up and down.
    """

    def __init__(
        self, font: ImageFont.FreeTypeFont, size: int, kerning: Kerning | None, *, smooth: bool = False
    ) -> None:
        self._font = font
        self.size = size
        self.reach = (0, 0, 0, 0)
        self._scale = OVERSAMPLED if smooth else 1
        self._phases = 2 if smooth and size < _FINE_SIZE else 1
        self._glyphs: dict[tuple[str, int], Glyph] = {}
        self._advances = _Advances(font, size, self._scale, kerning)
        self._kerning = kerning

    def advance(self, character: str) -> float:
        """How far the pen moves on after a character, in pixels."""
        return self._advances[character]

    def width(self, text: str, spacing: float, *, kerned: bool) -> float:
        """How far the pen moves on after a text, in pixels."""
        return sum(self._moves(text, kerned=kerned)) + spacing * len(text)

    def pens(self, text: str, spacing: float, *, kerned: bool) -> list[float]:
        """Where the pen stands before each character and after the last, from 0, in pixels."""
        moves = self._moves(text, kerned=kerned)
        return list(accumulate((move + spacing for move in moves) if spacing else moves, initial=0.0))

    def _moves(self, text: str, *, kerned: bool) -> Iterable[float]:
        advances = map(self._advances.__getitem__, text)
        if not kerned or self._kerning is None:
            return advances
        shifts = map(self._kerning.__getitem__, map(add, text, text[1:]))
        size = self.size
        return [
            advance + shift * size for advance, shift in zip(advances, chain(shifts, (0.0,)), strict=False)
        ]

    def shapes(self, text: str, starts: NDArray[np.float64]) -> tuple[list[Glyph], NDArray[np.int32]]:
        """The shape of each character and the column of its pen, with the pens at `starts`."""
        columns, phases = np.divmod(np.floor(starts * self._phases + 0.5).astype(np.int32), self._phases)
        keys = list(zip(text, phases.tolist(), strict=True))
        missing = {character for character, _ in set(keys) - self._glyphs.keys()}
        if missing:
            self._draw(sorted(missing))
        return [self._glyphs[key] for key in keys], columns

    def _draw(self, characters: Sequence[str]) -> None:
        """Draw characters in all their phases side by side, with half an em of room around, and cut them apart."""
        scale, room, up = self._scale, self.size // 2 + 2, self.size * 7 // 5
        keys = [(character, phase) for character in characters for phase in range(self._phases)]
        cells = (int(self._advances[character]) + 2 * room for character, _ in keys)
        edges = list(accumulate(cells, initial=0))
        strip = Image.new("L", (edges[-1] * scale, self.size * 2 * scale), 0)
        bitmap = ImageDraw.Draw(strip).draw
        for number, character in enumerate(characters):
            mask, (left, top) = self._font.getmask2(character, "L", anchor="ls")
            for phase in range(self._phases):
                pen = (edges[number * self._phases + phase] + room) * scale + phase * scale // self._phases
                bitmap.draw_bitmap((pen + left, up * scale + top), mask, 255)
        # by columns, so that the pixels of a character follow each other
        pixels = np.asarray(strip.reduce(scale) if scale > 1 else strip).T
        columns, rows = np.nonzero(pixels)
        coverage = pixels[columns, rows]
        cuts = np.searchsorted(columns, edges)
        rows = (rows - up).astype(np.int32)
        columns = (columns - np.repeat(np.array(edges[:-1]) + room, np.diff(cuts))).astype(np.int32)
        self._stretch_reach(columns, rows)
        for key, first, last in zip(keys, cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            self._glyphs[key] = Glyph(rows[first:last], columns[first:last], coverage[first:last])

    def _stretch_reach(self, columns: NDArray[np.int32], rows: NDArray[np.int32]) -> None:
        if len(rows):
            left, right, top, bottom = self.reach
            self.reach = (
                min(left, int(columns.min())), max(right, int(columns.max())),
                min(top, int(rows.min())), max(bottom, int(rows.max())),
            )  # fmt: skip


@dataclass(slots=True)
class _Lines:
    """Lines of text in one face."""

    text: list[str] = field(default_factory=list[str])
    starts: list[float] = field(default_factory=list[float])
    baselines: list[int] = field(default_factory=list[int])


class Lettering:
    """The letters of one ink on a page; they are drawn all at once.

    Args:
        size: Width and height of the page in pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._lines: dict[Face, _Lines] = {}

    def add(self, face: Face, text: str, starts: Sequence[float], baseline: int) -> None:
        """Add a line of text with the pens at `starts`; what does not lie on the page is cut off."""
        lines = self._lines.setdefault(face, _Lines())
        lines.text.append(text)
        lines.starts += starts
        lines.baselines += [baseline] * len(text)

    def stamp(self, page: NDArray[np.uint8], ink: int, *, light: bool = False) -> None:
        """Draw the letters onto a grey page (height, width) in place.

        Where shapes overlap the stronger pixel wins: the darker one, or the lighter one when `light` letters
        stand on a dark ground.
        """
        if not self._lines:
            return
        width = self._size[0]
        glyphs: list[Glyph] = []
        pens: list[NDArray[np.int32]] = []
        for face, lines in self._lines.items():
            shapes, columns = face.shapes("".join(lines.text), np.array(lines.starts))
            baselines = np.array(lines.baselines, np.int32)
            glyphs += self._cut(face, shapes, columns, baselines)
            pens.append(baselines * np.int32(width) + columns)
        offsets = [glyph.offsets(width) for glyph in glyphs]
        places = np.concatenate(offsets)
        places += np.repeat(np.concatenate(pens), [len(part) for part in offsets])
        coverage = np.concatenate([glyph.coverage for glyph in glyphs])
        flat, levels = page.reshape(-1), np.arange(256) / 255
        if light:
            np.maximum.at(flat, places, (ink * levels).astype(np.uint8)[coverage])
        else:
            np.minimum.at(flat, places, (255 - (255 - ink) * levels).astype(np.uint8)[coverage])

    def _cut(
        self, face: Face, glyphs: list[Glyph], columns: NDArray[np.int32], baselines: NDArray[np.int32]
    ) -> list[Glyph]:
        """Cut off what does not lie on the page."""
        width, height = self._size
        left, right, top, bottom = face.reach
        across = (columns < -left) | (columns >= width - right)
        outside = across | (baselines < -top) | (baselines >= height - bottom)
        for place in map(int, np.flatnonzero(outside)):
            glyphs[place] = glyphs[place].cut(int(columns[place]), int(baselines[place]), self._size)
        return glyphs


def bytes_of(mask: object) -> bytes:
    """The pixels of one of Pillow's masks, which are sequences without saying so in their types."""
    return bytes(cast("Sequence[int]", mask))
