"""LangChain's own PDF loaders with the parser as their `images_parser`: which pictures they hand over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from langchain_community.document_loaders import (
    PDFMinerLoader,
    PDFPlumberLoader,
    PyPDFium2Loader,
    PyPDFLoader,
)
from langchain_core.document_loaders import BaseLoader
from PIL import Image

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import UnreadableDocumentError
from nemotron_vl_integrations.langchain import NemotronVLLoader, NemotronVLParser
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import ReadsNumbers, draw_number, draw_text, open_script

OPTIONS = ReadingOptions(orientation="as_is", max_attempts=1)
# Their types ask for a class of `langchain-community`; what they call is what every parser has.
LOADERS: Final[dict[str, Callable[..., Any]]] = {
    "pdfium": PyPDFium2Loader,
    "miner": PDFMinerLoader,
    "pypdf": PyPDFLoader,
}
# What Pillow writes into a PDF: fax, JPEG in grey, a palette, JPEG in colour, JPEG 2000.
HANDED_OVER: Final = {
    "pdfium": ["1", "L", "P", "RGB", "RGBA"],
    "miner": ["1", "L", "P", "RGB"],
    "pypdf": ["L", "RGB", "RGBA"],
}


def write_scan(folder: Path, mode: str, *pages: Image.Image) -> Path:
    path = folder / "scan.pdf"
    first, *rest = [page.convert(mode) for page in pages or (draw_number(0),)]
    first.save(path, append_images=rest, save_all=True)
    return path


def load(name: str, path: Path, engine: Engine, **settings: Any) -> list[str]:  # noqa: ANN401 - of the parser
    parser = NemotronVLParser(engine=engine, options=OPTIONS, **settings)
    loader = LOADERS[name](str(path), mode="page", images_parser=parser)
    assert isinstance(loader, BaseLoader)
    return [document.page_content.strip() for document in loader.load()]


@pytest.mark.parametrize(
    ("name", "mode"), [(name, mode) for name, modes in HANDED_OVER.items() for mode in modes]
)
def test_pictures_in_a_pdf_are_read_where_the_loader_hands_them_over(
    name: str, mode: str, tmp_path: Path
) -> None:
    with open_script(ReadsNumbers()) as engine:
        assert load(name, write_scan(tmp_path, mode), engine) == ["Page 0."]


@pytest.mark.parametrize("name", LOADERS)
def test_every_page_of_a_scan_has_the_text_of_its_own_picture(name: str, tmp_path: Path) -> None:
    path = write_scan(tmp_path, "L", *map(draw_number, (4, 8, 12)))
    with open_script(ReadsNumbers()) as engine:
        texts = load(name, path, engine)
        whole = [page.page_content for page in NemotronVLLoader(path, options=OPTIONS, engine=engine).load()]
    assert len(texts) == len(whole) == 3
    assert len(set(texts)) == len(set(whole)) == 3


@pytest.mark.parametrize(("mode", "error"), [("1", ValueError), ("P", TypeError)])
def test_pypdf_fails_by_itself_on_scans_without_loss_and_the_loader_reads_them(
    mode: str, error: type[Exception], tmp_path: Path
) -> None:
    path, backend = write_scan(tmp_path, mode), ReadsNumbers()
    with open_script(backend) as engine:
        with pytest.raises(error, match=r"cannot reshape array|Cannot handle this data type"):
            load("pypdf", path, engine, on_error="document")
        assert backend.prompts == []
        (page,) = NemotronVLLoader(path, options=OPTIONS, engine=engine).load()
        assert page.page_content == "Page 0."


def test_a_picture_that_cannot_be_read_ends_the_load_or_leaves_its_place_empty(tmp_path: Path) -> None:
    path = write_scan(tmp_path, "RGBA")
    with open_script(ReadsNumbers()) as engine:
        with pytest.raises(UnreadableDocumentError, match="JPEG 2000"):
            load("miner", path, engine)
        assert load("miner", path, engine, on_error="document") == [""]
        with pytest.raises(RuntimeError, match="StopIteration"):
            load("miner", path, engine, on_error="skip")


def test_one_loader_has_no_place_for_a_parser() -> None:
    with pytest.raises(TypeError, match="images_parser"):
        PDFPlumberLoader("scan.pdf", images_parser=NemotronVLParser())  # pyright: ignore[reportCallIssue] - see above


def test_the_engine_reads_a_fax_through_a_loader_of_langchain(engine: Engine, tmp_path: Path) -> None:
    path = write_scan(tmp_path, "1", draw_text("Good morning.\nThank you."))
    assert "morning" in load("pdfium", path, engine, content="text")[0]
