"""The parser: blobs as LangChain's loaders make them, and as callers do."""

import asyncio
import io
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents.base import Blob
from PIL import Image

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError, UnreadableDocumentError, UnreadableImageError
from nemotron_vl_integrations.langchain import NemotronVLParser
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import PagedScript, ReadsNumbers, draw_number, draw_text, open_script, write_numbers

OPTIONS = ReadingOptions(orientation="as_is", max_attempts=1)


def hand_on(image: Image.Image, kind: str) -> Blob:
    """A picture in a PDF, as LangChain's loaders hand it to `images_parser`: nameless, without metadata."""
    file = io.BytesIO()
    pixels = np.asarray(image)
    if kind == "npy":  # PyMuPDF and pdfium.
        np.save(file, pixels)
        return Blob.from_data(file.getvalue(), mime_type="application/x-npy")
    Image.fromarray(pixels).save(file, "PNG")  # PyPDF.
    return Blob.from_data(file.getvalue(), mime_type="image/png")


def take_text(images_parser: BaseBlobParser, blob: Blob) -> str:
    """All that those loaders ask of an `images_parser`."""
    return next(iter(images_parser.lazy_parse(blob))).page_content


@pytest.mark.parametrize("kind", ["npy", "png"])
def test_the_engine_reads_the_pictures_that_pdf_loaders_hand_on(engine: Engine, kind: str) -> None:
    parser = NemotronVLParser(content="text", engine=engine)
    page = draw_text("Good morning.\nThank you.")
    assert "morning" in take_text(parser, hand_on(page, kind))


@pytest.mark.parametrize("kind", ["npy", "png"])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "RGBA"])
def test_the_model_sees_a_picture_in_its_own_colours(kind: str, mode: str) -> None:
    blue = Image.new("RGB", (512, 512), (250, 248, 240))
    blue.paste((0, 90, 200), (96, 96, 415, 415))
    backend = PagedScript({page: ["Blue."] for page in range(65)})
    with open_script(backend) as engine:
        take_text(NemotronVLParser(options=OPTIONS, engine=engine), hand_on(blue.convert(mode), kind))
    ink = backend.prompts[0].images[0].getpixel((256, 256))
    paper = backend.prompts[0].images[0].getpixel((8, 8))
    assert isinstance(ink, tuple) and isinstance(paper, tuple)
    wanted = blue.convert("L").convert("RGB") if mode == "L" else blue
    for seen, at in ((ink, (256, 256)), (paper, (8, 8))):
        meant = wanted.getpixel(at)
        assert isinstance(meant, tuple)
        assert all(abs(a - b) < 40 for a, b in zip(seen, meant, strict=True)), (mode, seen, meant)


def test_a_drawing_without_a_ground_stays_on_white() -> None:
    drawing = Image.new("RGBA", (512, 512), (0, 0, 0, 0))
    drawing.paste((200, 0, 0, 255), (96, 96, 415, 415))
    backend = PagedScript({page: ["Red."] for page in range(65)})
    with open_script(backend) as engine:
        take_text(NemotronVLParser(options=OPTIONS, engine=engine), hand_on(drawing, "npy"))
    image = backend.prompts[0].images[0]
    assert (image.getpixel((8, 8)), image.getpixel((256, 256))) == ((255, 255, 255), (200, 0, 0))


def test_a_blob_gives_all_its_pages_and_its_metadata_stays(tmp_path: Path) -> None:
    path = tmp_path / "scan.tiff"
    path.write_bytes(write_numbers(3))
    blob = Blob.from_path(path, mime_type="text/plain", metadata={"owner": "Hale", "page": "all"})
    with open_script(ReadsNumbers()) as engine:
        parser = NemotronVLParser(options=OPTIONS, engine=engine, pages="2-")
        documents = parser.parse(blob)
        assert asyncio.run(parser.aparse(blob)) == documents
    assert [(one.page_content, one.metadata["page"], one.metadata["owner"]) for one in documents] == [
        ("Page 2.", 1, "Hale"),
        ("Page 3.", 2, "Hale"),
    ]
    assert blob.metadata == {"owner": "Hale", "page": "all"}


def test_blobs_without_a_name_are_told_apart_by_their_bytes() -> None:
    with open_script(ReadsNumbers()) as engine:
        parser = NemotronVLParser(options=OPTIONS, engine=engine)
        pages = [parser.parse(hand_on(draw_number(page), "npy"))[0] for page in (1, 2, 1)]
    ids: Sequence[str | None] = [page.id for page in pages]
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize(
    ("blob", "error"),
    [
        (Blob.from_data("a text"), UnreadableDocumentError),
        (Blob.from_data(b"\x93NUMPY and nothing else", mime_type="application/x-npy"), UnreadableImageError),
        (Blob.from_data(b""), UnreadableDocumentError),
        (Blob.from_path("no such file.pdf"), UnreadableDocumentError),
        (Blob(data=None, path=None), InvalidRequestError),
        ("scan.pdf", InvalidRequestError),
    ],
)
def test_a_blob_that_is_no_document_is_an_error_of_its_own(blob: Blob, error: type[Exception]) -> None:
    with open_script(ReadsNumbers()) as engine, pytest.raises(error):
        NemotronVLParser(engine=engine).parse(blob)


def test_a_deep_png_of_four_channels_is_a_picture_like_any_other() -> None:
    sixteen = np.full((64, 64, 4), 65535, np.uint16)
    sixteen[16:48, 16:48, :3] = 0
    # Pillow writes no such PNG, and reads it as 8 bits.
    pixels = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in sixteen)
    with open_script(ReadsNumbers()) as engine:
        parser = NemotronVLParser(options=OPTIONS, engine=engine)
        (document,) = parser.parse(Blob.from_data(write_png(64, 64, depth=16, colour=6, pixels=pixels)))
    assert document.metadata["status"] == "read"


def write_png(width: int, height: int, *, depth: int, colour: int, pixels: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
