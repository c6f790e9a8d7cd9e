from pathlib import Path

from nemotron_vl_integrations.page_result import DocumentResult, PageResult, PageStatus
from nemotron_vl_integrations.tiling import Grid


def make_page(page: int, status: PageStatus, text: str = "") -> PageResult:
    return PageResult(source="a.pdf", page=page, page_label=str(page), status=status, text=text)


def test_a_result_as_json_has_the_fields_of_the_command_line_in_their_order() -> None:
    page = PageResult(
        source="a.pdf", page=2, page_label="ii", status="retried", text="Hi", prompt_tokens=3344, completion_tokens=2,
        seconds=1.23456, grid=Grid(3, 4), confidence=0.98765, lowest_logprob=-1.23456, repetition=0.25, rotation=90,
        attempts=2, model="m", reason="It was turned.", image=Path("images/a.jpg"), from_ledger=True,
    )  # fmt: skip
    assert list(page.to_json().items()) == [
        ("source", "a.pdf"),
        ("page", 2),
        ("page_label", "ii"),
        ("status", "retried"),
        ("text", "Hi"),
        ("tokens", {"prompt": 3344, "completion": 2}),
        ("seconds", 1.235),
        ("grid", {"columns": 3, "rows": 4, "tiles": 13}),
        ("confidence", 0.9877),
        ("lowest_logprob", -1.2346),
        ("repetition", 0.25),
        ("rotation", 90),
        ("attempts", 2),
        ("model", "m"),
        ("reason", "It was turned."),
        ("image", "images/a.jpg"),
        ("from_ledger", True),
    ]


def test_a_document_counts_its_pages_and_names_the_failed_ones() -> None:
    pages = (make_page(1, "read"), make_page(2, "failed"), make_page(3, "read"))
    document = DocumentResult("a.pdf", pages)
    assert document.counts == {"read": 2, "failed": 1}
    assert document.failed == (pages[1],)
