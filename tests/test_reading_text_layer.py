"""When a PDF's own text stands for a page, and when it does not. The replies are scripted, the PDF is real."""

import shutil
from pathlib import Path

import pytest

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.page_result import Mode, PageResult
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from nemotron_vl_integrations.reading.options import TextLayerPolicy
from nemotron_vl_integrations.reading.page_task import PageSchema
from tests.pdf_writer import Page, text, write_pdf

LETTER = "Dear Ms Hale, thank you for your letter of 4 May, which reached us this morning."
GARBLED = """Efbs Nt Ibmf, uibol zpv gps zpvs mfuufs pg 5 Nbz, xijdi sfbdife
vt uijt npsojoh. Uif cpplt bsf sfbez boe dbo cf gfudife po Gsjebz."""
"""Each letter is the next one of the alphabet, as fonts without a map of characters give it."""
LOOP = ScriptedReply(text="yours\n" * 40, finish_reason="repetition")
TOTAL: PageSchema = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}


def read_page(
    *steps: ScriptStep,
    policy: TextLayerPolicy,
    layer: str = LETTER,
    mode: Mode = "text",
    schema: PageSchema | None = None,
    model: str = DEMO_MODEL,
) -> PageResult:
    lines = [text(line, size=10, at=(72, 600 - 20 * row)) for row, line in enumerate(layer.split("\n"))]
    document = write_pdf(Page(content="".join(lines)))
    options = ReadingOptions(orientation="as_is", text_layer=policy)
    with Engine(EngineConfig(model=model, device="cpu"), backend=ScriptedBackend(steps)) as engine:
        (page,) = read_document(document, mode=mode, schema=schema, engine=engine, options=options).pages
    return page


def test_where_no_attempt_is_good_the_text_of_the_pdf_stands_for_the_page() -> None:
    page = read_page(*[LOOP] * 20, policy="auto")
    assert (page.status, page.text) == ("text_layer", LETTER)
    assert page.attempts > 1
    assert "repeated itself" in page.reason
    assert page.confidence is None


def test_a_page_that_is_read_does_not_take_the_text_of_the_pdf() -> None:
    page = read_page("Dear Ms Hale,", policy="auto")
    assert (page.status, page.text) == ("read", "Dear Ms Hale,")


def test_the_text_of_the_pdf_can_be_taken_instead_of_reading() -> None:
    page = read_page(policy="prefer")
    assert (page.status, page.text, page.attempts) == ("text_layer", LETTER, 0)


def test_the_text_of_the_pdf_can_be_left_alone() -> None:
    page = read_page(*[LOOP] * 20, policy="ignore")
    assert page.status == "failed"
    assert "Hale" not in page.text


def test_a_garbled_text_of_the_pdf_is_never_taken() -> None:
    assert read_page("Dear Ms Hale,", policy="prefer", layer=GARBLED).status == "read"
    assert read_page(*[LOOP] * 20, policy="auto", layer=GARBLED).status == "failed"


@pytest.mark.parametrize("policy", ["auto", "prefer"])
def test_the_text_of_the_pdf_is_no_object(policy: TextLayerPolicy) -> None:
    page = read_page(*["{}"] * 20, policy=policy, mode="json", schema=TOTAL)
    assert (page.status, page.text) == ("failed", "")


@pytest.mark.parametrize("policy", ["auto", "prefer"])
def test_the_text_of_the_pdf_is_no_table(policy: TextLayerPolicy, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(resolve_checkpoint(DEMO_MODEL).folder, folder)
    (folder / "reading_prompts.json").write_text('{"tables": "Transcribe every table."}')
    page = read_page(*[LOOP] * 20, policy=policy, mode="tables", model=str(folder))
    assert page.status == "failed"
    assert "Hale" not in page.text
