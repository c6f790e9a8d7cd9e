"""Pages: documents of every kind and quality, rendered to exact canvases in a process of their own."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from nemotron_vl_integrations.errors import (
    DocumentPasswordError,
)
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.messages import JSON, Layout
from nemotron_vl_integrations.page_renderer.protocol import LONGEST_PROPERTY, ProtocolError, read_reply
from nemotron_vl_integrations.pages import (
    DocumentInfo,
    PageImage,
    RenderLimits,
    inspect_document,
)
from nemotron_vl_integrations.tiling import Grid, choose_grid
from tests.pdf_writer import A4, LETTER, Page, box, text, write_pdf
from tests.rendered_pages import BLACK, LEFT_HALF, WHITE, child_pids, encode, failure, only, render, tiff


def test_a_pdf_page_fills_exactly_the_canvas_of_its_grid() -> None:
    page = only(render(write_pdf(LEFT_HALF)))

    assert (page.page, page.label, page.grid) == (1, "1", Grid(3, 4))
    assert (page.image.mode, page.image.size) == ("RGB", (1536, 2048))
    assert page.image.getpixel((760, 10)) == page.image.getpixel((0, 2047)) == BLACK
    assert page.image.getpixel((775, 10)) == page.image.getpixel((1535, 2047)) == WHITE


@pytest.mark.parametrize(
    ("layout", "max_tiles", "expected"),
    [
        (
            "reference",
            12,
            {
                A4: Grid(2, 3),
                LETTER: Grid(3, 4),
                (960, 540): Grid(4, 2),
                (612, 612): Grid(3, 3),
                (1, 1): Grid(1, 1),
                (14_400_000, 14_400_000): Grid(3, 3),
            },
        ),
        ("detail", 12, {A4: Grid(3, 4), LETTER: Grid(3, 4), (960, 540): Grid(4, 3), (1, 1): Grid(3, 3)}),
        ("detail", 4, {A4: Grid(2, 2), LETTER: Grid(2, 2), (100, 600): Grid(1, 4)}),
    ],
)
def test_a_pdf_page_gets_the_grid_of_its_scan(
    layout: Layout, max_tiles: int, expected: dict[tuple[float, float], Grid]
) -> None:
    pages = render(write_pdf(*[Page(size=size) for size in expected]), layout=layout, max_tiles=max_tiles)
    assert [isinstance(page, PageImage) and page.grid for page in pages] == list(expected.values())
    assert [isinstance(page, PageImage) and choose_grid(*page.image.size) for page in pages] == list(
        expected.values()
    )


def test_in_detail_a_pdf_page_keeps_its_shape_on_white() -> None:
    page = only(render(write_pdf(Page(content=box(0, 0, *A4), size=A4)), layout="detail"))
    assert page.image.getpixel((43, 1000)) == page.image.getpixel((1492, 1000)) == WHITE
    assert page.image.getpixel((45, 1000)) == page.image.getpixel((1490, 1000)) == BLACK


def test_the_rotation_of_a_page_is_honoured() -> None:
    corners = {0: (100, 1900), 90: (100, 100), 180: (1400, 100), 270: (1900, 1400)}
    pages = render(write_pdf(*[Page(content=box(0, 0, 100, 100), rotate=rotate) for rotate in corners]))
    for page, (rotate, corner) in zip(pages, corners.items(), strict=True):
        assert isinstance(page, PageImage)
        assert page.grid == (Grid(3, 4) if rotate in (0, 180) else Grid(4, 3))
        assert page.image.getpixel(corner) == BLACK
        assert page.image.getpixel((768, 768)) == WHITE


def test_colours_come_out_as_they_are() -> None:
    page = only(render(write_pdf(Page(content=box(0, 0, 612, 792, "1 0 0")))))
    assert page.image.getpixel((768, 1024)) == (255, 0, 0)


def test_form_fields_are_drawn_with_their_values() -> None:
    field = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (MMMM) /Rect [72 500 540 700] /F 4"
    field += " /DA (/F 150 Tf 0 g) /Parent null >>"
    pdf = write_pdf(
        Page(extra=f"/Annots [{field}]"),
        catalog="/AcroForm << /Fields [] /DA (/F 150 Tf 0 g) /DR << /Font << /F 3 0 R >> >> >>",
    )
    dark = sum(only(render(pdf)).image.convert("L").histogram()[:64])
    assert dark > 20_000


def test_text_is_drawn() -> None:
    page = only(render(write_pdf(Page(content=text("Hello")))))
    assert 1_000 < sum(page.image.convert("L").histogram()[:128]) < 100_000


def test_page_labels_come_from_the_pdf() -> None:
    labels = "/PageLabels << /Nums [0 << /S /r >> 2 << /S /D /P (A-) >>] >>"
    pdf = write_pdf(*[Page()] * 4, catalog=labels)
    assert inspect_document(pdf) == DocumentInfo("pdf", 4, ("i", "ii", "A-1", "A-2"))
    assert [(page.page, page.label) for page in render(pdf, "2-3")] == [(2, "ii"), (3, "A-1")]


def test_what_a_pdf_says_about_itself_is_told_and_cut_to_a_bounded_length() -> None:
    info = f"/Title (Minutes) /Producer ({'x' * 5000}) /Author () /Odd (no)"
    told = inspect_document(write_pdf(Page(), info=info))
    assert told == DocumentInfo("pdf", 1, ("1",), {"Title": "Minutes", "Producer": "x" * LONGEST_PROPERTY})
    assert inspect_document(write_pdf(Page())).properties == {}


@pytest.mark.parametrize("properties", [{"Title": 1}, {"Title": "x" * 1001}, {str(n): "" for n in range(21)}])
def test_properties_that_no_renderer_writes_are_refused(properties: dict[str, JSON]) -> None:
    with pytest.raises(ProtocolError):
        read_reply(json.dumps({"labels": ["1"], "properties": properties}).encode())


def test_pages_come_in_the_order_in_which_they_were_asked_for() -> None:
    pdf = write_pdf(*[Page(content=box(0, 0, 100 * number, 792)) for number in range(5)])
    pages = render(pdf, [5, 1, 3])
    assert [page.page for page in pages] == [5, 1, 3]
    assert [isinstance(page, PageImage) and page.image.getpixel((800, 9)) for page in pages] == [
        BLACK,
        WHITE,
        WHITE,
    ]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_picture_is_a_document_of_one_page(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(encode(Image.new("RGB", (1700, 2200), "white"), kind))

    page = only(render(path))

    assert (page.page, page.label, page.grid) == (1, "1", Grid(3, 4))
    assert page.image.getpixel((800, 800)) == WHITE
    assert inspect_document(str(path)) == DocumentInfo(kind.lower(), 1, ("1",))


def test_a_turned_photo_is_read_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = encode(Image.new("RGB", (2200, 1700), "white"), "JPEG", exif=exif)
    assert only(render(photo)).grid == Grid(3, 4)


def test_every_frame_of_a_tiff_is_a_page() -> None:
    sizes = [(1700, 2200), (400, 400), (1920, 1080)]
    data = tiff(*[Image.new("RGB", size, (index, 0, 0)) for index, size in enumerate(sizes)])
    pages = render(data)
    assert [isinstance(page, PageImage) and page.grid for page in pages] == [
        Grid(3, 4),
        Grid(1, 1),
        Grid(4, 2),
    ]
    assert [isinstance(page, PageImage) and page.image.getpixel((9, 9)) for page in pages] == [
        (0, 0, 0),
        (1, 0, 0),
        (2, 0, 0),
    ]
    assert inspect_document(data) == DocumentInfo("tiff", 3, ("1", "2", "3"))


def test_a_damaged_frame_costs_that_frame_alone() -> None:
    frames = [Image.effect_noise((200, 200), 90).convert("RGB") for _ in range(3)]
    data = bytearray(tiff(*frames))
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        (offset, *_) = image.tag_v2[273]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]  # only TIFFs have it
    data[offset : offset + 2000] = bytes(2000)

    first, second, third = render(bytes(data))

    assert isinstance(first, PageImage)
    assert "Page 2 of the document" in failure(second)
    assert isinstance(third, PageImage)


def test_a_pil_image_is_a_document_and_needs_no_process() -> None:
    before = child_pids()
    image = Image.new("RGBA", (1700, 2200), (0, 0, 0, 0))
    page = only(render(image))
    assert (page.grid, page.image.getpixel((5, 5)), image.mode) == (Grid(3, 4), WHITE, "RGBA")
    assert inspect_document(image) == DocumentInfo("image", 1, ("1",))
    assert child_pids() == before


def test_a_pil_image_over_the_limit_is_a_failed_page() -> None:
    (page,) = render(Image.new("L", (100, 100)), limits=RenderLimits(image=ImageLimits(max_pixels=99)))
    assert "more than the limit of 99" in failure(page)


def test_an_encrypted_pdf_opens_with_any_password_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(write_pdf(LEFT_HALF, password="tulip"))

    page = only(render(path, passwords=["wrong", "tulip"]))
    assert page.image.getpixel((9, 9)) == BLACK
    with pytest.raises(DocumentPasswordError, match=r"secret\.pdf' is encrypted and no password was given"):
        render(path)
    with pytest.raises(DocumentPasswordError, match=r"none of the given passwords \(2\)") as caught:
        inspect_document(path, passwords=["rosebud", "wrong"])
    assert "rosebud" not in repr(caught.value)


def test_the_renderer_starts_without_heavy_modules() -> None:
    code = """
import sys
import nemotron_vl_integrations.page_renderer.__main__
heavy = {"numpy", "asyncio", "pydantic", "torch", "vllm", "pypdfium2", "subprocess"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
