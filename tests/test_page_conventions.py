"""Pages count from 1 everywhere, but where a framework's users expect its own way of counting."""

from nemotron_vl_integrations.langchain import NemotronVLLoader
from nemotron_vl_integrations.llama_index import NemotronVLReader
from nemotron_vl_integrations.pages import parse_page_range
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from tests.paged_script import PagedScript, open_script, write_numbers

OPTIONS = ReadingOptions(orientation="as_is", max_attempts=1)


def test_the_second_page_is_number_two() -> None:
    with open_script(PagedScript({2: ["two"] * 6})) as engine:
        scan = write_numbers(3)
        (page,) = read_document(scan, "2", engine=engine, options=OPTIONS).pages
        (chosen,) = NemotronVLReader(engine=engine, options=OPTIONS, pages="2").load_data(scan)
        (loaded,) = NemotronVLLoader(scan, engine=engine, options=OPTIONS, pages="2").load()
        # LlamaParse's own way to name it counts from 0.
        (targeted,) = NemotronVLReader(engine=engine, options=OPTIONS, target_pages="1").load_data(scan)
        parsed = NemotronVLReader(engine=engine, options=OPTIONS, pages=2).parse(scan)
    assert parse_page_range("2", page_count=3) == (2,)
    assert (page.page, page.page_label, page.to_json()["page"]) == (2, "2", 2)
    assert [(made.metadata["page_number"], made.metadata["page_label"]) for made in (chosen, targeted)] == [
        (2, "2"),
        (2, "2"),
    ]
    # LangChain's own `page` counts from 0, and the label is what people read.
    assert (loaded.metadata["page"], loaded.metadata["page_label"]) == (1, "2")
    assert (parsed.pages[0].page, parsed.document.pages[0].page) == (2, 2)
