"""What is no document, and documents that mean harm."""

import asyncio
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from nemotron_vl_integrations.errors import (
    InvalidRequestError,
    PageRangeError,
    UnreadableDocumentError,
)
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.pages import (
    RenderLimits,
    aiter_page_images,
)
from tests.pdf_writer import Page, write_pdf
from tests.rendered_pages import LEFT_HALF, encode, failure, render


def docx() -> bytes:
    return b"PK\x03\x04" + bytes(100) + b"word/document.xml"


def huge_png() -> bytes:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    data = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", len(data)) + b"IDAT" + data + bytes(4)


def many_frames(count: int) -> bytes:
    entries = [
        (256, 3, 1),
        (257, 3, 1),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 3, 1),
        (279, 4, 1),
    ]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    size = 2 + len(body) + 4
    file = bytearray(b"II*\x00" + struct.pack("<I", 12) + bytes(4))
    for frame in range(count):
        following = 12 + size * (frame + 1) if frame + 1 < count else 0
        file += struct.pack("<H", len(entries)) + body + struct.pack("<I", following)
    return bytes(file)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is empty"),
        (b"%", "of an unknown type"),
        (b"Dear Sir or Madam", "of an unknown type"),
        (docx(), r"\.docx.*as PDF first"),
        (b"%PDF-1.7", "cannot be opened as PDF: it is damaged"),
        (write_pdf(LEFT_HALF)[:200], "damaged or cut short|has no pages"),
        (write_pdf(), "has no pages|damaged"),
        (write_pdf(*[Page()] * 30), "has 30 pages, more than the limit of 20"),
        (many_frames(30_000), "more pages than the limit of 20"),
        (b"\x89PNG\r\n\x1a\n", "cannot be decoded"),
        (b"II*\x00", "cannot be decoded"),
    ],
)
def test_what_is_no_document_is_named_from_the_first_step(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "strange.pdf"
    path.write_bytes(data)
    with pytest.raises(UnreadableDocumentError, match=message) as caught:
        render(path, limits=RenderLimits(max_pages=20))
    assert "strange.pdf" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (huge_png(), "60000 x 60000 pixels, more than the limit"),
        (encode(Image.effect_noise((300, 300), 90), "JPEG")[:5000], "damaged or cut short"),
    ],
)
def test_a_page_that_cannot_be_rendered_is_a_failure_that_names_it(data: bytes, message: str) -> None:
    (page,) = render(data)
    assert message in failure(page)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nowhere/a.pdf", "No such file"),
        ("/dev/zero", "a device"),
        ("/dev", "a folder"),
        ("https://example.org/a.pdf", "is an address.*Download it first"),
        ("a\0b", "zero byte"),
    ],
)
def test_a_path_that_is_no_file_is_refused(path: str, message: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=message):
        render(path)


def test_a_fifo_is_refused_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    with pytest.raises(UnreadableDocumentError, match=r"pipe\.pdf' cannot be read: it is a device, pipe"):
        render(tmp_path / "pipe.pdf")


def test_the_size_of_a_file_is_limited_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.pdf"
    with path.open("wb") as file:
        file.truncate(3 * 1024**3)
    with pytest.raises(UnreadableDocumentError, match=r"3,221,225,472 bytes, more than the limit"):
        render(path)
    picture = encode(Image.new("L", (100, 100)), "BMP")
    with pytest.raises(UnreadableDocumentError, match="more than the limit of 99"):
        render(picture, limits=RenderLimits(image=ImageLimits(max_bytes=99)))


def test_a_request_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="max_tiles=13"):
        render(write_pdf(Page()), max_tiles=13)
    with pytest.raises(PageRangeError, match=r"Page 2 does not exist.*its only page is 1"):
        render(write_pdf(Page()), 2)

    async def none_ahead() -> None:
        await anext(aiter_page_images(write_pdf(Page()), ahead=0))

    with pytest.raises(InvalidRequestError, match="ahead=0"):
        asyncio.run(none_ahead())
