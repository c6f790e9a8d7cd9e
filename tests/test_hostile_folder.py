"""A folder of files that mean harm, or were harmed: each gives its results or its typed error, the rest is read."""

import asyncio
import struct
import time
import zlib
from pathlib import Path

from PIL import Image

from nemotron_vl_integrations.pages import RenderLimits
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.pipeline import (
    DocumentFailed,
    DocumentOpened,
    DocumentToRead,
    PageDone,
    ReadingRun,
    read_documents,
)
from tests.long_document import AlwaysAnswers
from tests.paged_script import draw_text, open_script, write_tiff
from tests.painted_images import HEIC_TURNED, encode, png_that_claims
from tests.pdf_writer import Page, text, write_pdf

SECONDS = 60.0
# The form that draws itself takes all the memory that there is, which takes its time.
LIMITS = RenderLimits(memory_bytes=640 * 2**20)
HELLO = Page(content=text("Dear Ms Hale"))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG that is what it claims: white pixels that take a thousandth of their size in the file."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    squeeze = zlib.compressobj(9)
    row = b"\x00" + b"\xff" * width
    body = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def broken_in_the_middle() -> bytes:
    """The dictionary of the second of three pages is no dictionary any more."""
    pages = write_pdf(HELLO, Page(content=text("lost"), extra="/Lost true"), HELLO)
    start = pages.index(b"obj", pages.rindex(b"endobj", 0, pages.index(b"/Lost true"))) + 3
    end = pages.index(b"endobj", start)
    start = pages.index(b"<<", start)
    return pages[:start] + b"7".ljust(end - start) + pages[end:]


def recursive_form() -> bytes:
    """A form that draws itself, twice."""
    return write_pdf(Page(content="/X Do\n" + text("Dear Ms Hale")), streams={"X": "/X Do /X Do\n"})


def recursive_tree() -> bytes:
    """A tree of pages that contains itself."""
    return write_pdf(HELLO).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")


def whole_jpeg() -> bytes:
    return encode(draw_text("Dear Ms Hale"), "JPEG")


def deep_tiff() -> bytes:
    grey = draw_text("Dear Ms Hale").convert("I").point(lambda value: value * 256)
    return encode(grey.convert("I;16"), "TIFF")


def cut_stack() -> bytes:
    """The second of two frames points behind the end of the file."""
    return write_tiff([draw_text("one"), draw_text("two", size=30)])[:-600]


FILES: dict[str, tuple[bytes, list[str] | str]] = {
    "cut.pdf": (write_pdf(HELLO)[:300], "UnreadableDocumentError"),
    "cut.jpg": (whole_jpeg()[:4000], ["failed"]),
    "cut.tiff": (cut_stack(), "UnreadableDocumentError"),
    "encrypted.pdf": (write_pdf(HELLO, password="secret"), "DocumentPasswordError"),
    "zero bytes.pdf": (b"", "UnreadableDocumentError"),
    "thin.png": (encode(Image.new("L", (100_000, 1), 255), "PNG"), ["blank"]),
    "thin and inked.png": (
        encode(Image.linear_gradient("L").rotate(90).resize((100_000, 1)), "PNG"),
        ["read"],
    ),
    "claims.png": (png_that_claims(60_000, 60_000), ["failed"]),
    "bomb.png": (png_bomb(16_000, 16_000), ["failed"]),
    "broken in the middle.pdf": (broken_in_the_middle(), ["read", "failed", "read"]),
    "recursive form.pdf": (recursive_form(), ["failed"]),
    "recursive tree.pdf": (recursive_tree(), ["failed"]),
    "wrong suffix.pdf": (encode(draw_text("Dear Ms Hale"), "PNG"), ["read"]),
    "wrong suffix.png": (write_pdf(HELLO), ["read"]),
    "text.pdf": (b"Dear Ms Hale,\nthank you.\n" * 100, "UnreadableDocumentError"),
    "cmyk.tiff": (encode(draw_text("Dear Ms Hale").convert("CMYK"), "TIFF"), ["read"]),
    "deep.tiff": (deep_tiff(), ["read"]),
    "photo.heic": (HEIC_TURNED, ["read"]),
    "whole.pdf": (write_pdf(HELLO, HELLO), ["read", "read"]),
}


def read_folder(folder: Path) -> dict[str, list[str] | str]:
    """Read every file in one run: the statuses of its pages, or the type of its error."""
    names = sorted(path.name for path in folder.iterdir())
    outcomes: dict[str, list[str] | str] = {}
    promised: dict[str, int] = {}

    async def read() -> None:
        async with open_script(AlwaysAnswers([])) as engine:
            options = ReadingOptions(max_attempts=1, orientation="as_is", limits=LIMITS)
            run = ReadingRun(engine=engine, mode="text", layout="reference", max_tiles=12, options=options)
            documents = [DocumentToRead(source=folder / name, name=name) for name in names]
            async for event in read_documents(documents, run):
                name = names[event.index]
                match event:
                    case DocumentOpened(_, page_count):
                        promised[name] = page_count
                        outcomes[name] = []
                    case PageDone(_, page):
                        pages = outcomes[name]
                        assert isinstance(pages, list)
                        pages.append(page.status)
                        assert bool(page.reason) == (page.status == "failed")
                    case DocumentFailed(_, error):
                        outcomes[name] = type(error).__name__
                    case _:
                        pass

    asyncio.run(read())
    assert {name: len(outcomes[name]) for name in promised} == promised
    return outcomes


def test_a_folder_of_hostile_files_costs_nothing_but_what_is_broken(tmp_path: Path) -> None:
    for name, (data, _) in FILES.items():
        (tmp_path / name).write_bytes(data)
    began = time.monotonic()
    outcomes = read_folder(tmp_path)
    assert time.monotonic() - began < SECONDS
    assert outcomes == {name: expected for name, (_, expected) in FILES.items()}
