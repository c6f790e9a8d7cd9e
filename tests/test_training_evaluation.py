"""The held-out pages and the figures that are taken on them; LibreOffice and Tesseract are not needed here."""

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from training.evaluation.blocks import Columns, Document, Heading, Items, Paragraph, Rows, Table
from training.evaluation.compare import Compared, make_table
from training.evaluation.flat_odt import write_document
from training.evaluation.markdown_check import find_faults, plain_text, read_tables, share_of_cells
from training.evaluation.office_documents import LAYOUTS, make_documents, read_paragraphs
from training.evaluation.office_pages import MissingProgramError, Scan, find_program, scan
from training.evaluation.scoring import Errors, count_errors
from training.evaluation.wordings import UNSEEN_WORDINGS
from training.font_families import HELD_OUT_FAMILIES
from training.lexicon import LEXICONS
from training.rendition import Outline, Span

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "| Day | Open |\n| --- | --- |\n| Monday | yes |\n| Friday | no |"


def make(*blocks: Paragraph | Heading | Items | Rows | Table | Columns, foot: str = "") -> Document:
    return Document(
        name="one",
        layout="letter",
        language="english",
        family="PT Serif",
        points=11,
        blocks=blocks,
        foot=foot,
    )


def test_held_out_documents_cover_all_families_layouts_and_languages() -> None:
    documents = make_documents()

    assert len(documents) == len({document.name for document in documents}) == 40
    assert {document.family for document in documents} == set(HELD_OUT_FAMILIES)
    assert {document.layout for document in documents} == set(LAYOUTS)
    assert {document.language for document in documents} == set(LEXICONS)


def test_the_same_documents_are_made_every_time() -> None:
    assert make_documents() == make_documents()


@pytest.mark.parametrize("document", make_documents()[:12], ids=lambda document: document.name)
def test_what_is_printed_is_the_truth_in_reading_order(document: Document) -> None:
    root = ElementTree.fromstring(write_document(document))
    body = next(root.iter("{urn:oasis:names:tc:opendocument:xmlns:office:1.0}text"))
    for place in [*body.iter(f"{TEXT}tab"), *body.iter(f"{TEXT}line-break")]:
        place.text = " "
    printed = [" ".join("".join(paragraph.itertext()).split()) for paragraph in body.iter(f"{TEXT}p")]

    # LibreOffice prints the marks of lists and the foot itself
    assert " ".join(printed).split() == " ".join(_without_marks(document)).split()


def _without_marks(document: Document) -> list[str]:
    lines = document.text.split("\n")[: -1 if document.foot else None]
    marks = {block.mark(n) for block in document.blocks if isinstance(block, Items) for n in range(1, 12)}
    return [line.split(" ", 1)[1] if line.split(" ", 1)[0] in marks else line for line in lines]


def test_the_truth_reads_tables_row_by_row_columns_one_by_one_and_the_foot_last() -> None:
    table = Table((("Day", "Open"), ("Monday", "")), (1, 1), (False, False))
    document = make(
        Heading("Hours"),
        table,
        Columns((Paragraph(("one",)), Paragraph(("two",)))),
        Items(("pen",)),
        foot="- 1 -",
    )

    assert document.text == "Hours\nDay Open\nMonday\none\ntwo\n• pen\n- 1 -"
    assert document.unmarked_text.split("\n")[-2] == "pen"


def test_marks_of_numbered_lists_stay_in_markdown() -> None:
    assert make(Items(("pen", "ink"), "letter")).unmarked_text == "(a) pen\n(b) ink"


def test_prose_for_evaluation_has_the_letters_of_its_language() -> None:
    for language, letters in (
        ("german", "äöüß"),
        ("french", "éèêœ"),
        ("spanish", "ñ¿¡«"),
        ("portuguese", "ãõç"),
    ):
        assert set(letters) <= set(" ".join(read_paragraphs(language))), language


def test_a_scan_is_grey_noisy_and_keeps_its_size() -> None:
    page = Image.new("L", (300, 400), 255)

    scanned = np.asarray(Image.open(io.BytesIO(scan(page, seed=1))))

    assert scanned.shape == (400, 300)
    assert scanned.std() > 1
    assert 200 < scanned.mean() < 250
    assert scan(page, seed=1) == scan(page, seed=1) != scan(page, seed=2)


def test_character_errors_count_edits_but_no_white_space() -> None:
    assert count_errors("a  b\nc", "a b c") == Errors(0, 5)
    assert count_errors("Maße", "Masse").edits == 2
    assert count_errors("e\N{COMBINING ACUTE ACCENT}", "é").edits == 0
    assert (Errors(1, 10) + Errors(2, 20)).rate == pytest.approx(0.1)


def test_the_table_of_the_comparison_sums_errors_of_a_group() -> None:
    pages = [
        Compared(Scan("a", "letter", "english", Path("a.jpg"), "abcd"), "abcx", "abcd", "abcd"),
        Compared(Scan("b", "letter", "english", Path("b.jpg"), "abcdef"), "abcdef", "", "abc"),
    ]

    assert (
        make_table("layout", pages, lambda page: page.scan.layout)[2]
        == "| letter | 2 | 10 | 10.00% | 60.00% | 30.00% |"
    )


def test_well_formed_markdown_has_no_faults() -> None:
    assert find_faults(f"# Hours\n\n{TABLE}\n\n- one\n\n```\n#x\n| x\n```") == []


@pytest.mark.parametrize(
    ("markdown", "fault"),
    [
        ("#Hours", "no heading"),
        ("| a | b |\n| 1 | 2 |", "without a rule"),
        ("| a | b |\n| --- | --- |\n| 1 | 2 | 3 |", "3 cells under a head of 2"),
        ("```\nx = 1", "not closed"),
    ],
)
def test_faults_of_markdown_are_named(markdown: str, fault: str) -> None:
    assert fault in find_faults(markdown)[0]


def test_cells_count_in_their_row_and_column() -> None:
    truth = [["Day", "Open"], ["Monday", "yes"], ["Friday", "no"]]

    assert read_tables(f"Hours\n\n{TABLE}") == [truth]
    assert share_of_cells(truth, TABLE) == 1.0
    assert share_of_cells([["Open", "Day"], ["yes", "Monday"]], TABLE) == 0.0
    assert share_of_cells(truth, "Day Open") == 0.0


def test_markdown_of_training_is_well_formed_to_this_check() -> None:
    text = "A|B 2\n1 x"
    outline = Outline()
    outline.table([[[Span(0, 3)], [Span(4, 5)]], [[Span(6, 7)], [Span(8, 9)]]])
    markdown = outline.render(text).text

    assert find_faults(markdown) == []
    assert share_of_cells([["A|B", "2"], ["1", "x"]], markdown) == 1.0


def test_markdown_is_scored_without_its_marks() -> None:
    assert plain_text(f"## Hours\n\n{TABLE}\n\n- one").split() == (
        ["Hours", "Day", "Open", "Monday", "yes", "Friday", "no", "one"]
    )


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(MissingProgramError, match="apt-get install some-package"):
        find_program("no-such-program", "some-package")


def test_twenty_wordings_are_kept_for_evaluation() -> None:
    assert len(set(UNSEEN_WORDINGS)) == 20
