"""A page in the making: where the pen is, what has been written, and which characters stand where."""

import random
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.glyphs import Shelf
from training.letters import Face, Lettering
from training.random_text import TextSource
from training.rendition import Outline, Rendition, Span

MIDDLE_OF_LETTERS = 0.32
LEAST_ROOM = 60
PAPER = 255


@dataclass(frozen=True, slots=True)
class Field:
    """A value on the page that a question can ask for, and where it starts in the page's text."""

    value: str
    start: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What a page looks like, drawn when it is asked for: many pages are only looked at for their text.

    Attributes:
        ground: Lines and shapes.
        letters: Letters by their ink and by whether they are white on a dark ground.
    """

    ground: Image.Image
    letters: Mapping[tuple[int, bool], Lettering]

    def draw(self) -> NDArray[np.uint8]:
        """Grey levels (height, width); 255 is paper."""
        pixels = np.asarray(self.ground).copy()
        for (ink, light), letters in self.letters.items():
            letters.stamp(pixels, PAPER if light else ink, light=light)
        return pixels


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its text.

    Attributes:
        picture: What it looks like.
        text: What stands there in reading order; lines end with a newline, gaps are one space.
        centres: Where each character of `text` is centred, (characters, 2) as x and y in pixels.
        fields: Values of forms by their labels, only labels that stand there once.
        outline: The same page as blocks, for Markdown.
        language: English name of the language, in lower case.
        kind: What document it is.
    """

    picture: Picture
    text: str
    centres: NDArray[np.float32]
    fields: dict[str, Field]
    outline: Outline
    language: str
    kind: str

    def draw(self) -> NDArray[np.uint8]:
        """Draw the page: grey levels (height, width); 255 is paper."""
        return self.picture.draw()

    def write_markdown(self) -> Rendition:
        """Write the page as Markdown."""
        return self.outline.render(self.text)


@dataclass(frozen=True, slots=True)
class Style:
    """How a page is set: fonts, margins and spacing, in pixels.

    Attributes:
        path: File of the body font, None for Pillow's own.
        accent_path: File of the font of headings and some labels.
        font_size: Of the body text.
        smooth: Whether letters are drawn on parts of pixels.
        spacing: Added between letters.
        kerned: Whether pairs of letters move together.
        justified: Whether lines of prose end at the right margin.
        hyphenated: Whether words may be parted at the end of a line.
        pitch: From baseline to baseline.
        gap: Between paragraphs.
        ink: Grey level of letters and rules.
    """

    path: Path | None
    accent_path: Path | None
    font_size: int
    smooth: bool
    spacing: float
    kerned: bool
    justified: bool
    hyphenated: bool
    left: float
    right: float
    top: float
    bottom: float
    pitch: float
    gap: float
    ink: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text in one font, starting at `x`; pieces of one line are read with a space between.

    Attributes:
        stretch: Added to each space, in pixels.
        ink: Grey level, None for that of the page.
        light: Whether the letters are white on a dark ground.
    """

    x: float
    text: str
    face: Face
    stretch: float = 0.0
    ink: int | None = None
    light: bool = False


@dataclass(slots=True)
class _Written:
    characters: list[str] = field(default_factory=list[str])
    xs: list[float] = field(default_factory=list[float])
    ys: list[float] = field(default_factory=list[float])
    letters: dict[tuple[int, bool], Lettering] = field(default_factory=dict[tuple[int, bool], Lettering])

    def gap(self, character: str) -> None:
        self.characters.append(character)
        self.xs.append(self.xs[-1])
        self.ys.append(self.ys[-1])


class Sheet:
    """A page that blocks write on from top to bottom.

    Args:
        rng: Where chance comes from.
        source: Where text comes from.
        shelf: Where fonts come from.
        style: How the page is set.
        size: Width and height in pixels.
        most_characters: Blocks stop when about this much is written.

    Attributes:
        left: Left edge of the column that is written in.
        right: Its right edge.
        y: The baseline of the next line.
        bottom: Text stops above this height.
        outline: Collects the blocks for Markdown.
        drawing: For lines and shapes; letters come on top at the end.
    """

    def __init__(
        self,
        rng: random.Random,
        source: TextSource,
        shelf: Shelf,
        style: Style,
        size: tuple[int, int],
        most_characters: int,
    ) -> None:
        self.rng = rng
        self.source = source
        self.shelf = shelf
        self.style = style
        self.size = size
        self.left, self.right, self.bottom = style.left, style.right, style.bottom
        self.y: float = style.top + style.font_size
        self.left_over = most_characters
        self.lines = 0
        self.fields: dict[str, Field | None] = {}
        self.outline = Outline()
        self.face = shelf.face(style.path, style.font_size, smooth=style.smooth)
        self._written = _Written()
        self._image = Image.new("L", size, PAPER)
        self.drawing = ImageDraw.Draw(self._image)

    @property
    def width(self) -> float:
        """Width of the column."""
        return self.right - self.left

    @property
    def em(self) -> int:
        """Size of the body text in pixels."""
        return self.style.font_size

    def bold(self, size: float | None = None) -> Face:
        """The bold cut of the body font."""
        path = self.shelf.sibling(self.style.path, bold=True)
        return self.shelf.face(path, int(size or self.em), smooth=self.style.smooth)

    def italic(self, size: float | None = None) -> Face:
        """The italic cut of the body font."""
        path = self.shelf.sibling(self.style.path, italic=True)
        return self.shelf.face(path, int(size or self.em), smooth=self.style.smooth)

    def accent(self, size: float | None = None) -> Face:
        """The font of headings and labels."""
        return self.shelf.face(self.style.accent_path, int(size or self.em), smooth=self.style.smooth)

    def plain(self, size: float | None = None) -> Face:
        """The body font at another size."""
        return self.shelf.face(self.style.path, int(size or self.em), smooth=self.style.smooth)

    def has_room(self, lines: float = 1) -> bool:
        """Whether `lines` more lines fit in height, and another one in characters."""
        below = self.y + self.em * 0.3 + (lines - 1) * self.style.pitch
        return below < self.bottom and self.left_over > LEAST_ROOM

    @contextmanager
    def column(self, left: float, right: float) -> Generator[None]:
        """Write between two other edges for a while."""
        kept = self.left, self.right
        self.left, self.right = left, right
        try:
            yield
        finally:
            self.left, self.right = kept

    def width_of(self, text: str, face: Face | None = None) -> float:
        """Width of `text` in pixels, in the body font unless another is named."""
        style = self.style
        return (face or self.face).width(text, style.spacing, kerned=style.kerned)

    def cut(self, text: str, width: float, face: Face | None = None) -> str:
        """Shorten `text` until it fits into `width`: whole words first, then letters."""
        while text and self.width_of(text, face) > width:
            text = text.rpartition(" ")[0] if " " in text else text[:-1]
        return text

    def write(self, *pieces: Piece) -> list[Span]:
        """Write one line at the pen's height; returns where each piece stands in the text."""
        written = self._written
        if self.lines:
            written.gap("\n")
        spans: list[Span] = []
        for number, piece in enumerate(pieces):
            if number:
                written.gap(" ")
            start = len(written.characters)
            self._set(piece)
            spans.append(Span(start, len(written.characters)))
        self.lines += 1
        return spans

    def _set(self, piece: Piece) -> None:
        if not piece.text:
            return
        written, face = self._written, piece.face
        pens = face.pens(piece.text, self.style.spacing, kerned=self.style.kerned)
        if piece.stretch:
            pens = _stretch(pens, piece.text, piece.stretch)
        pens = [piece.x + pen for pen in pens]
        baseline = int(self.y)
        ink = (self.style.ink if piece.ink is None else piece.ink, piece.light)
        letters = written.letters.get(ink)
        if letters is None:
            letters = written.letters[ink] = Lettering(self.size)
        letters.add(face, piece.text, pens[:-1], baseline)
        written.xs.extend([(pen + following) / 2 for pen, following in pairwise(pens)])
        written.ys.extend([baseline - MIDDLE_OF_LETTERS * face.size] * len(piece.text))
        written.characters.extend(piece.text)
        self.left_over -= len(piece.text) + 1

    def name_field(self, label: str, span: Span) -> None:
        """Note a value that a question can ask for, as it stands on the page; a label that comes twice is dropped."""
        name = label.strip().rstrip(":")
        value = "".join(self._written.characters[span.start : span.end])
        self.fields[name] = None if name in self.fields else Field(value, span.start)

    def rule(self, start: tuple[float, float], end: tuple[float, float], thickness: int = 1) -> None:
        """Draw a straight line."""
        self.drawing.line((*start, *end), fill=self.style.ink, width=thickness)

    def finish(self, kind: str) -> Page:
        """Hand the page over."""
        return Page(
            picture=Picture(self._image, self._written.letters),
            text="".join(self._written.characters),
            centres=np.array([self._written.xs, self._written.ys], np.float32).T.reshape(-1, 2),
            fields={name: value for name, value in self.fields.items() if value},
            outline=self.outline,
            language=self.source.language,
            kind=kind,
        )


def _stretch(pens: list[float], text: str, stretch: float) -> list[float]:
    """Pens of a line whose spaces are wider by `stretch`."""
    spaces = accumulate((character == " " for character in text), initial=0)
    return [pen + count * stretch for pen, count in zip(pens, spaces, strict=True)]
