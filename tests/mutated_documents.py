"""Documents that were whole once: what chance, a bad disk or an attacker makes of files of each type."""

import io
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.painted_images import HEIC_TURNED
from tests.pdf_writer import Page, box, text, write_pdf

_FORMATS = {
    "png": ("PNG", "RGB"),
    "palette.png": ("PNG", "P"),
    "jpeg": ("JPEG", "RGB"),
    "cmyk.jpeg": ("JPEG", "CMYK"),
    "webp": ("WEBP", "RGB"),
    "gif": ("GIF", "P"),
    "bmp": ("BMP", "RGB"),
    "deep.tiff": ("TIFF", "I;16"),
}
_NUMBERS = [
    b"\x00",
    b"\xff",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
]
_WORDS = [
    b"99999999999",
    b"-1",
    b"0",
    b"<<",
    b">>",
    b"stream",
    b"endobj",
    b" 0 R",
    b"/Kids [2 0 R]",
    b"/Length 0",
]


@cache
def whole_documents() -> tuple[bytes, ...]:
    """One small document of each type and make."""
    drawn = Image.new("L", (360, 480), 255)
    ImageDraw.Draw(drawn).text((10, 10), "Dear Ms Hale,\nthank you for the letter of March.\n" * 20)
    documents = [_encode(drawn, kind, mode) for kind, mode in _FORMATS.values()]
    for compression in ("tiff_deflate", "tiff_lzw", "jpeg", "packbits"):
        file = io.BytesIO()
        drawn.convert("RGB").save(
            file, "TIFF", save_all=True, append_images=[drawn.convert("RGB")], compression=compression
        )
        documents.append(file.getvalue())
    pages = [Page(size=(200, 300), content=text("Dear Ms Hale", size=12, at=(10, 100))), Page(rotate=90)]
    documents += [
        write_pdf(*pages),
        write_pdf(*pages, password=""),
        write_pdf(Page(content="/X Do\n"), streams={"X": box(0, 0, 90, 90)}),
        HEIC_TURNED,
    ]
    return tuple(documents)


def _encode(image: Image.Image, kind: str, mode: str) -> bytes:
    file = io.BytesIO()
    (image.convert("I").convert("I;16") if mode == "I;16" else image.convert(mode)).save(file, kind)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to a file.

    Attributes:
        place: Where, as a share of the file.
        length: Bytes that are taken out there.
        put: Bytes that take their place.
    """

    place: float
    length: int
    put: bytes

    def apply(self, data: bytes) -> bytes:
        """Make the change."""
        start = int(self.place * len(data))
        return data[:start] + self.put + data[start + self.length :]


def _overwrite(put: bytes) -> st.SearchStrategy[Mutation]:
    return st.builds(Mutation, _PLACES, st.just(len(put)), st.just(put))


_PLACES = st.floats(0, 1)
_CHANGES = (
    st.binary(min_size=1, max_size=8).flatmap(_overwrite)
    | st.sampled_from([*_NUMBERS, *_WORDS]).flatmap(_overwrite)
    | st.builds(Mutation, _PLACES, st.integers(1, 40), st.just(b""))
    | st.builds(Mutation, _PLACES, st.just(0), st.sampled_from(_WORDS))
)


@st.composite
def mutated_documents(draw: st.DrawFn) -> bytes:
    """A document with a few changes, sometimes cut short, sometimes the start of one and the end of another."""
    data = draw(st.sampled_from(whole_documents()))
    kind = draw(st.integers(0, 19))
    if kind == 0:
        data = data[: int(draw(_PLACES) * len(data))]
    elif kind == 1:
        other = draw(st.sampled_from(whole_documents()))
        data = data[: int(draw(_PLACES) * len(data))] + other[int(draw(_PLACES) * len(other)) :]
    for change in draw(st.lists(_CHANGES, min_size=1, max_size=3)):
        data = change.apply(data)
    return data
