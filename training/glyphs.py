"""The fonts that pages are drawn with: their files, families and styles."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

from nemotron_vl_integrations.errors import InputError
from training.characters import CHARACTERS
from training.font_families import EVERYDAY_FAMILIES, MONOSPACED_FAMILIES
from training.letters import OVERSAMPLED, Face, Kerning, bytes_of

DEFAULT_FONTS = Path("/usr/share/fonts")
EVERYDAY_SHARE = 0.5
_HAND = 6
_SWAP_SHARE = 0.02
_CACHED_FACES = 1500
_DROPPED_FACES = 300


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font file with what its name says: family, and whether it is bold or italic."""

    path: Path
    family: str
    bold: bool
    italic: bool


@cache
def read_font_file(path: Path) -> FontFile:
    """Read family and style of a font file."""
    family, style = ImageFont.truetype(path, 16, layout_engine=ImageFont.Layout.BASIC).getname()
    words = (style or "").lower()
    heavy = any(mark in words for mark in ("bold", "demi"))
    slanted = any(mark in words for mark in ("italic", "oblique"))
    return FontFile(path, family or path.stem, heavy, slanted)


class Shelf:
    """The fonts to draw with; a shelf without paths has Pillow's own font alone.

    A few families are in hand at a time and change slowly, so that drawn letters are used again.

    Args:
        paths: Font files.
    """

    def __init__(self, paths: Sequence[Path] = ()) -> None:
        self._families: dict[str, dict[tuple[bool, bool], Path]] = {}
        self._own: dict[Path, FontFile] = {}
        for path in paths:
            file = self._own[path] = read_font_file(path)
            self._families.setdefault(file.family, {})[file.bold, file.italic] = path
        names = sorted(self._families)
        self._everyday = [name for name in names if name in EVERYDAY_FAMILIES]
        self._monospaced = [name for name in names if name in MONOSPACED_FAMILIES]
        self._others = [name for name in names if name not in (*EVERYDAY_FAMILIES, *MONOSPACED_FAMILIES)]
        self._hand: list[str] = []
        self._faces: dict[tuple[Path | None, int, bool], Face] = {}
        self._kerning: dict[Path, Kerning] = {}

    def pick(self, rng: random.Random, *, monospaced: bool = False) -> Path | None:
        """Draw a font file: upright and regular in most cases; None is Pillow's own font."""
        if not self._families:
            return None
        if monospaced and self._monospaced:
            return self._style(rng, rng.choice(self._monospaced))
        while len(self._hand) < _HAND:
            self._hand.append(self._draw_family(rng))
        place = rng.randrange(_HAND)
        if rng.random() < _SWAP_SHARE:
            self._hand[rng.randrange(_HAND)] = self._draw_family(rng)
        return self._style(rng, self._hand[place])

    def _draw_family(self, rng: random.Random) -> str:
        pool = self._everyday if rng.random() < EVERYDAY_SHARE else self._others
        return rng.choice(pool or self._everyday or self._others or self._monospaced)

    def _style(self, rng: random.Random, family: str) -> Path:
        wanted = rng.choices(((False, False), (True, False), (False, True)), (84, 8, 8))[0]
        styles = self._families[family]
        return styles.get(wanted) or styles.get((False, False)) or next(iter(styles.values()))

    def sibling(self, path: Path | None, *, bold: bool = False, italic: bool = False) -> Path | None:
        """Another style of the same family; the same file when the family has none."""
        if path is None or path not in self._own:
            return path
        return self._families[self._own[path].family].get((bold, italic), path)

    def face(self, path: Path | None, size: int, *, smooth: bool = False) -> Face:
        """The font of a file (or Pillow's own) at a size in pixels, rounded to a usual one."""
        size = usual_size(size)
        face = self._faces.get((path, size, smooth))
        if face is None:
            if len(self._faces) > _CACHED_FACES:
                for key in list(self._faces)[:_DROPPED_FACES]:
                    del self._faces[key]
            face = self._faces[path, size, smooth] = self._open(path, size, smooth=smooth)
        return face

    def _open(self, path: Path | None, size: int, *, smooth: bool) -> Face:
        drawn = size * OVERSAMPLED if smooth else size
        if path is None:
            font = ImageFont.load_default(drawn)
            if not isinstance(font, ImageFont.FreeTypeFont):
                raise InputError("This Pillow has no scalable font.", hint="Install Pillow with FreeType.")
            return Face(font, size, None, smooth=smooth)
        font = ImageFont.truetype(path, drawn, layout_engine=ImageFont.Layout.BASIC)
        return Face(font, size, self._kerning_of(path), smooth=smooth)

    def _kerning_of(self, path: Path) -> Kerning:
        if path not in self._kerning:
            self._kerning[path] = Kerning(path)
        return self._kerning[path]


def usual_size(size: int) -> int:
    """A size in pixels, large ones in steps, so that drawn letters are used again.

    Examples:
        >>> [usual_size(size) for size in (13, 29, 47)]
        [13, 28, 44]
    """
    step = 1 if size < 18 else 2 if size < 40 else 4
    return size - size % step


def find_fonts(folder: Path) -> list[Path]:
    """Every font file under a folder that has all characters of the training pages.

    Raises:
        InputError: There is none.
    """
    found = sorted(path for suffix in ("ttf", "otf") for path in folder.rglob(f"*.{suffix}"))
    usable = [path for path in found if _has_all_characters(path)]
    if not usable:
        raise InputError(
            f"None of the {len(found)} font files under {str(folder)!r} has the characters of the pages.",
            hint="Install fonts (Debian: `apt-get install fonts-dejavu fonts-liberation`) or name a --fonts folder.",
        )
    return usable


def _has_all_characters(path: Path) -> bool:
    try:
        font = ImageFont.truetype(path, 24, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        return False
    absent = bytes_of(font.getmask("\uffff"))
    return all(bytes_of(font.getmask(character)) not in (b"", absent) for character in CHARACTERS)
