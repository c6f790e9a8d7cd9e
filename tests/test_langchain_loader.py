"""The loader: what it takes, what its documents hold, and that it reads side by side without waiting for itself."""

import io
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from pydantic import BaseModel

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    DocumentPasswordError,
    EngineError,
    ExtractionError,
    InvalidRequestError,
    PageRangeError,
    UnreadableDocumentError,
    UnsupportedModeError,
)
from nemotron_vl_integrations.langchain import NemotronVLLoader
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import (
    PagedScript,
    ReadsNumbers,
    draw_number,
    draw_text,
    open_script,
    write_numbers,
    write_tiff,
)
from tests.pdf_writer import Page, text, write_pdf

OPTIONS = ReadingOptions(orientation="as_is", max_attempts=1)
SAMPLES = Path(__file__).resolve().parent.parent / "samples"


class Invoice(BaseModel):
    """An invoice."""

    number: str
    lines: list[str]
    total: float


def load(
    source: Any,  # noqa: ANN401 - whatever users try
    backend: ScriptedBackend | None = None,
    *,
    options: ReadingOptions = OPTIONS,
    **arguments: Any,  # noqa: ANN401 - of the loader
) -> list[Document]:
    with open_script(backend or ReadsNumbers()) as engine:
        return NemotronVLLoader(source, engine=engine, options=options, **arguments).load()


def describe(documents: Sequence[Document], *names: str) -> list[tuple[object, ...]]:
    return [(one.page_content, *(one.metadata.get(name) for name in names)) for one in documents]


def png(page: int) -> bytes:
    file = io.BytesIO()
    draw_number(page).save(file, "PNG")
    return file.getvalue()


def test_the_engine_reads_files_of_every_kind_in_their_order(engine: Engine, tmp_path: Path) -> None:
    letter = draw_text("Good morning.\nThank you.")
    letter.save(tmp_path / "b.png")
    (tmp_path / "c.tiff").write_bytes(write_tiff([letter, draw_number(0).point(lambda _: 255), letter]))
    letter.save(tmp_path / "a.pdf", resolution=200)
    loader = NemotronVLLoader(tmp_path, content="text", engine=engine)
    documents = loader.load()
    assert [
        ("morning" in one.page_content, Path(one.metadata["source"]).name, one.metadata["page"])
        for one in documents
    ] == [
        (True, "a.pdf", 0),
        (True, "b.png", 0),
        (True, "c.tiff", 0),
        (False, "c.tiff", 1),
        (True, "c.tiff", 2),
    ]
    assert describe(documents[3:4], "status", "total_pages") == [("", "blank", 3)]
    assert documents[0].metadata["model"] == "nemotron-vl-demo"


def test_metadata_is_flat_and_says_where_a_page_is_from_and_how_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "minutes.pdf"
    info = "/Title (Minutes) /Producer (A scanner) /CreationDate (D:20260312094500Z)"
    labels = "/PageLabels << /Nums [0 << /S /r >>] >>"
    path.write_bytes(write_pdf(Page(), Page(content=text("Hello")), info=info, catalog=labels))
    (document,) = load(path, ScriptedBackend(["Hello"]), pages=2, content="text")
    assert document.metadata == {
        "source": str(path),
        "file_path": str(path),
        "title": "Minutes",
        "producer": "A scanner",
        "creationdate": "2026-03-12T09:45:00+00:00",
        "mimetype": "application/pdf",
        "total_pages": 2,
        "page": 1,
        "page_label": "ii",
        "content": "text",
        "status": "read",
        "truncated": False,
        "confidence": 0.99,
        "rotation": 0,
        "width": 1536,
        "height": 2048,
        "model": "nemotron-vl-demo",
    }


def test_a_page_that_fails_is_a_document_with_what_can_be_trusted_and_the_reason() -> None:
    steps: dict[int, Sequence[ScriptStep]] = {
        1: ["One."],
        2: [EngineError("It stumbled.")],
        3: [ScriptedReply(text="A line.\nand ha", finish_reason="length")],
    }
    documents = load(write_numbers(3), PagedScript(steps))
    assert describe(documents, "page", "status", "truncated") == [
        ("One.", 0, "read", False),
        ("", 1, "failed", False),
        ("A line.", 2, "failed", True),
    ]
    assert documents[1].metadata["reason"] == "EngineError: It stumbled."


def test_every_kind_of_source_may_stand_in_a_list(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "4.png").write_bytes(png(4))
    (tmp_path / "1.png").write_bytes(png(1))
    blob = Blob.from_data(png(3), metadata={"source": "mail/7", "owner": "Hale"})
    sources = [str(tmp_path / "1.png"), png(2), blob, tmp_path / "folder", Blob.from_path(tmp_path / "1.png")]
    documents = load(sources)
    assert [one.page_content for one in documents] == ["Page 1.", "Page 2.", "Page 3.", "Page 4.", "Page 1."]
    names = [one.metadata["source"] for one in documents]
    assert (names[0], names[2], names[3]) == (
        str(tmp_path / "1.png"), "mail/7", str(tmp_path / "folder" / "4.png"),
    )  # fmt: skip
    assert names[1].startswith("sha256:")
    assert (documents[2].metadata["owner"], documents[2].metadata.get("file_path")) == ("Hale", None)
    assert documents[0].id == documents[4].id


@pytest.mark.parametrize("source", ["", 7, None, [7], {"a.pdf"}, Blob(path=None)])
def test_what_is_no_source_is_refused(source: object) -> None:
    with pytest.raises(InvalidRequestError):
        load(source)


@pytest.mark.parametrize(
    "arguments",
    [
        {"mode": "pages"},
        {"content": "html"},
        {"on_error": "ignore"},
        {"pages_delimiter": None},
        {"schema": {"type": "object"}},
        {"schema": Invoice, "content": "text"},
        {"schema": 7},
        {"ledger": 7},
        {"options": {}},
        {"engine": "demo"},
        {"passwords": [1]},
        {"layout": ""},
        {"max_tiles": 13},
    ],
)
def test_arguments_that_cannot_be_used_are_refused_when_the_loader_is_made(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError):
        NemotronVLLoader("scan.pdf", **arguments)


def test_making_a_loader_reads_nothing_and_starts_nothing() -> None:
    backend = ScriptedBackend([])
    with open_script(backend) as engine:
        NemotronVLLoader("no such file.pdf", engine=engine)
    assert backend.starts == 0


def test_what_concerns_all_files_is_raised_whatever_the_policy_is() -> None:
    with pytest.raises(UnsupportedModeError):
        load(png(1), content="tables", on_error="skip")


def test_a_document_of_a_whole_file_joins_its_pages() -> None:
    white = draw_number(0).point(lambda _: 255)
    scan = write_tiff([draw_number(1), white, draw_number(2)])
    (document,) = load(scan, mode="single", pages_delimiter="\n--\n")
    assert document.page_content == "Page 1.\n--\n\n--\nPage 2."
    assert describe([document], "status", "total_pages", "page") == [(document.page_content, "read", 3, None)]
    (default,) = load(scan, mode="single")
    assert len(default.page_content.split("\f")) == 3


def test_a_document_of_a_whole_file_says_which_pages_it_lacks() -> None:
    steps: dict[int, Sequence[ScriptStep]] = {
        1: ["One."], 2: [EngineError("Lost.")], 3: [EngineError("Gone.")],
    }  # fmt: skip
    (document,) = load(write_numbers(3), PagedScript(steps), mode="single")
    names = ("status", "failed_pages", "reason")
    reason = "page 2: EngineError: Lost.; page 3: EngineError: Gone."
    assert describe([document], *names) == [("One.\n\f\n\f", "partial", "2,3", reason)]
    (document,) = load(write_numbers(1), PagedScript({1: [EngineError("Lost.")]}), mode="single")
    assert describe([document], "status") == [("", "failed")]
    (document,) = load(write_tiff([draw_number(0).point(lambda _: 255)]), mode="single")
    assert describe([document], "status") == [("", "blank")]


@pytest.mark.parametrize("schema", [Invoice, Invoice.model_json_schema()])
def test_fields_of_each_page_are_its_text_and_plain_ones_stand_in_the_metadata(schema: object) -> None:
    shown = '{"number": "A-7", "lines": ["ink"], "total": 2.5}'
    nothing = '{"number": null, "lines": [], "total": null}'
    documents = load(write_numbers(2), PagedScript({1: [shown], 2: [nothing]}), schema=schema)
    assert describe(documents, "content", "field_number", "field_total", "field_lines") == [
        (shown, "fields", "A-7", 2.5, None),
        (nothing, "fields", None, None, None),
    ]


def test_fields_of_a_whole_file_are_merged_and_checked() -> None:
    first = '{"number": "A-7", "lines": ["ink"], "total": null}'
    second = '{"number": null, "lines": ["pen"], "total": 4}'
    backend = PagedScript({1: [first], 2: [second]})
    (document,) = load(write_numbers(2), backend, schema=Invoice, mode="single")
    assert Invoice.model_validate_json(document.page_content) == Invoice(
        number="A-7", lines=["ink", "pen"], total=4
    )
    assert document.metadata["field_total"] == 4
    with pytest.raises(ExtractionError, match="total"):
        load(write_numbers(1), PagedScript({1: [first]}), schema=Invoice, mode="single")


def test_the_engine_fills_in_a_schema(engine: Engine) -> None:
    schema = {"type": "object", "properties": {"Invoice number": {"type": "string", "maxLength": 20}}}
    (page,) = NemotronVLLoader(SAMPLES / "invoice.png", schema=schema, engine=engine).load()
    assert set(json.loads(page.page_content)) == {"Invoice number"}
    assert page.metadata["status"] == "read"


def test_a_file_that_cannot_be_read_raises_in_its_place_and_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(1))
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (tmp_path / "c.png").write_bytes(png(3))
    with open_script(ReadsNumbers()) as engine:
        documents = NemotronVLLoader(tmp_path, options=OPTIONS, engine=engine).lazy_load()
        assert next(documents).page_content == "Page 1."
        with pytest.raises(UnreadableDocumentError, match=r"b\.pdf") as raised:
            next(documents)
        assert engine.running == 0
    assert any('on_error="document"' in note for note in raised.value.__notes__)


def test_a_file_that_cannot_be_read_may_be_a_document_or_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {
        "a.png": png(1),
        "b.pdf": b"%PDF-1.7 and nothing else",
        "c.pdf": write_pdf(Page(), password="secret"),
        "d.png": b"",
        "e.tiff": write_numbers(2),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    documents = load(tmp_path, on_error="document")
    assert [Path(one.metadata["source"]).name for one in documents] == [*sorted(files), "e.tiff"]
    assert [one.metadata["status"] for one in documents] == [
        "read",
        "failed",
        "failed",
        "failed",
        "read",
        "read",
    ]
    assert "DocumentPasswordError" in documents[2].metadata["reason"]
    assert len({one.id for one in documents}) == len(documents)
    with caplog.at_level(logging.WARNING):
        kept = load(tmp_path, on_error="skip")
    assert [one.page_content for one in kept] == ["Page 1.", "Page 1.", "Page 2."]
    assert [record.getMessage().split(" is left out")[0] for record in caplog.records] == [
        str(tmp_path / name) for name in ("b.pdf", "c.pdf", "d.png")
    ]


def test_skipping_leaves_out_failed_pages_and_names_them(caplog: pytest.LogCaptureFixture) -> None:
    backend = PagedScript({1: ["One."], 2: [EngineError("Lost.")]})
    documents = load(write_numbers(2), backend, on_error="skip")
    assert [one.page_content for one in documents] == ["One."]
    assert "Page 2 of sha256:" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"pages": "9", "passwords": "secret"}, PageRangeError),
        ({"passwords": "wrong"}, DocumentPasswordError),
    ],
)
def test_a_wrong_page_or_password_is_a_fault_of_the_file(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    locked = write_pdf(Page(), password="secret")
    with pytest.raises(error):
        load(locked, **arguments)
    (document,) = load(locked, on_error="document", **arguments)
    assert document.metadata["reason"].startswith(error.__name__)


def test_a_ledger_reads_each_page_once_and_gives_equal_documents(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        backend = ReadsNumbers()
        first = load(write_numbers(3), backend, ledger=ledger)
        again = load(write_numbers(3), ledger=ledger, backend=ScriptedBackend([]))
    assert again == first
    assert len(backend.prompts) == 3


def test_pictures_of_pages_are_kept_where_the_metadata_says(tmp_path: Path) -> None:
    options = ReadingOptions(orientation="as_is", images=tmp_path, keep_images="all")
    (document,) = load(png(3), options=options)
    assert Path(document.metadata["image"]).parent == tmp_path
    assert Path(document.metadata["image"]).is_file()
