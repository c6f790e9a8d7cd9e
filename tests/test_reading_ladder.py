"""What is tried on a page that does not come out well. The replies are scripted, the pages are real."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply, ScriptStep
from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import EngineDiedError, EngineError
from nemotron_vl_integrations.page_result import DocumentResult, PageResult
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from tests.paged_script import PagedScript, open_script, write_numbers

LOOP = ScriptedReply(text="Dear Ms Hale,\n" + "very truly yours\n" * 12, finish_reason="repetition")
GARBLED = "\ufffd\ufffd\ufffd \ufffd\ufffd \ufffd\ufffd\ufffd\ufffd \ufffd\ufffd\n" * 6
CUT = ScriptedReply(text="Dear Ms Hale,\nthank you for the let", finish_reason="length")
OPTIONS = ReadingOptions(orientation="as_is")


def read_pages(
    steps: Mapping[int, Sequence[ScriptStep]], options: ReadingOptions = OPTIONS
) -> tuple[DocumentResult, PagedScript]:
    backend = PagedScript(steps)
    with open_script(backend) as engine:
        document = read_document(write_numbers(len(steps)), engine=engine, options=options)
    return document, backend


def read_page(*steps: ScriptStep, options: ReadingOptions = OPTIONS) -> tuple[PageResult, PagedScript]:
    document, backend = read_pages({1: steps}, options)
    return document.pages[0], backend


def test_a_loop_is_drawn_again_at_another_temperature() -> None:
    page, backend = read_page(LOOP, "Dear Ms Hale,\nyours")
    assert (page.status, page.text, page.attempts) == ("retried", "Dear Ms Hale,\nyours", 2)
    assert [sampling.temperature for sampling in backend.samplings] == [0.0, 0.3]
    assert "temperature" in page.reason


def test_a_draw_at_a_temperature_has_a_seed_so_that_a_run_can_be_repeated() -> None:
    _, backend = read_page(LOOP, "text")
    assert [sampling.seed for sampling in backend.samplings] == [None, 1]


def test_a_page_cut_by_length_goes_on_from_its_last_whole_line() -> None:
    page, backend = read_page(CUT, "thank you for the letter.\nYours")
    assert (page.status, page.text) == ("continued", "Dear Ms Hale,\nthank you for the letter.\nYours")
    assert backend.prompts[1].text.endswith("Dear Ms Hale,\n")
    assert "2 pieces" in page.reason


def test_tokens_of_all_attempts_are_counted() -> None:
    page, _ = read_page(LOOP, CUT, "rest")
    assert (page.attempts, page.prompt_tokens) == (3, 3)
    assert page.completion_tokens == len(LOOP.text) + len(CUT.text) + len("rest")


def test_a_page_that_loops_every_time_is_read_in_two_parts() -> None:
    page, backend = read_page(LOOP, LOOP, LOOP, LOOP, "the upper half", "the lower half")
    assert (page.status, page.text) == ("split", "the upper half\nthe lower half")
    upper, lower = (prompt.images[0].size for prompt in backend.prompts[-2:])
    assert (
        upper != (512, 512) or lower != (512, 512) or backend.prompts[-1].images != backend.prompts[0].images
    )
    assert "2 parts" in page.reason


def test_a_page_that_loops_at_two_temperatures_is_read_on_other_tiles() -> None:
    page, backend = read_page(LOOP, LOOP, "Dear Ms Hale,")
    assert (page.status, page.text) == ("retried", "Dear Ms Hale,")
    assert 'In the layout "detail"' in page.reason
    sizes = [prompt.images[0].size for prompt in backend.prompts]
    assert sizes[:2] == [(512, 512)] * 2
    assert sizes[2][0] * sizes[2][1] > 512 * 512
    assert page.grid is not None
    assert (page.grid.width, page.grid.height) == sizes[2]


class UpsideDown(ScriptedBackend):
    """Reads a page only when its black corner is at the top left, in whatever order its views arrive."""

    def _next_step(self) -> ScriptStep:
        (view,) = self.prompts[-1].images
        lines = "thank you for the letter of the fourth of May\n" * 2
        return lines if view.getpixel((64, 64)) == (0, 0, 0) else ScriptedReply(text="", logprob=-3.0)


def test_a_page_that_gives_no_text_is_turned_where_the_model_reads_it_best() -> None:
    page = Image.new("RGB", (512, 512), "white")
    page.paste("black", (384, 384, 512, 512))
    backend = UpsideDown([])
    with open_script(backend) as engine:
        (result,) = read_document(page, engine=engine).pages
    assert (result.status, result.rotation) == ("retried", 180)
    assert result.text.startswith("thank you")
    assert "turned by 180 degrees" in result.reason
    # The page as it lies, a tile of it at each turn, the page turned.
    assert len(backend.prompts) == 6


def test_a_page_that_no_attempt_can_read_keeps_what_stands_before_the_loop() -> None:
    page, _ = read_page(*[LOOP] * 20)
    assert page.status == "failed"
    assert page.text.startswith("Dear Ms Hale,")
    assert page.text.count("very truly yours") <= 1
    assert page.reason


def test_garbled_text_is_never_handed_out() -> None:
    page, _ = read_page(*[GARBLED] * 20)
    assert (page.status, page.text) == ("failed", "")


def test_attempts_end_at_their_limit() -> None:
    page, backend = read_page(*[LOOP] * 20, options=ReadingOptions(orientation="as_is", max_attempts=2))
    assert (page.status, page.attempts, len(backend.prompts)) == ("failed", 2, 2)


def test_attempts_end_when_the_time_of_the_page_is_over() -> None:
    page, backend = read_page(*[LOOP] * 20, options=ReadingOptions(orientation="as_is", page_seconds=1e-9))
    assert (page.status, len(backend.prompts)) == ("failed", 1)


def test_an_error_in_one_attempt_leaves_the_others_to_be_tried() -> None:
    page, _ = read_page(LOOP, EngineError("vLLM failed on this request."), "Dear Ms Hale,")
    assert (page.status, page.text) == ("retried", "Dear Ms Hale,")


def test_a_failed_page_leaves_its_picture_where_it_was_asked_for(tmp_path: Path) -> None:
    options = ReadingOptions(orientation="as_is", max_attempts=1, images=tmp_path / "pages")
    document, _ = read_pages({1: [LOOP], 2: ["text"]}, options)
    kept = document.pages[0].image
    assert kept is not None
    assert kept.read_bytes().startswith(b"\xff\xd8")
    assert [path.name for path in (tmp_path / "pages").iterdir()] == [kept.name]
    assert document.pages[1].image is None


def test_all_pages_leave_their_pictures_if_that_is_asked_for(tmp_path: Path) -> None:
    options = ReadingOptions(orientation="as_is", images=tmp_path, keep_images="all")
    document, _ = read_pages({1: ["one"], 2: ["two"]}, options)
    assert len({page.image for page in document.pages}) == 2
    assert all(page.image is not None and page.image.is_file() for page in document.pages)


def test_the_last_page_of_a_long_run_tries_what_is_left_side_by_side() -> None:
    # The attempt that hangs would hold up the others for as long as a request may take.
    hung = ScriptedReply(hold=asyncio.Event())
    steps: dict[int, list[ScriptStep]] = {page: ["text"] for page in range(1, 6)}
    options = ReadingOptions(orientation="as_is", concurrency=3, timeout=200)
    document, backend = read_pages({**steps, 6: [LOOP, hung, "Dear Ms Hale,", "Dear Ms Hale,"]}, options)
    assert [page.status for page in document.pages] == ["read"] * 5 + ["retried"]
    assert backend.running == 0


FAULTS = st.sampled_from(
    [
        "Dear Ms Hale,",
        "",
        LOOP,
        CUT,
        GARBLED,
        EngineError("failed"),
        EngineDiedError("died"),
        ScriptedReply(text="Dear", finish_reason="abort"),
    ]
)


@settings(max_examples=8)
@given(faults=st.lists(st.lists(FAULTS, min_size=24, max_size=24), min_size=1, max_size=3))
def test_pages_in_are_results_out_whatever_goes_wrong_at_every_step(faults: list[list[ScriptStep]]) -> None:
    document, backend = read_pages(dict(enumerate(faults, start=1)))
    assert [page.page for page in document.pages] == list(range(1, len(faults) + 1))
    assert backend.running == 0
    for page in document.pages:
        assert page.reason or page.status == "read"
        assert page.text or page.status in ("blank", "failed")
        assert "\ufffd" not in page.text


@pytest.mark.parametrize(("finish_reason", "status"), [("stop", "read"), ("abort", "failed")])
def test_how_a_reply_ended_decides_whether_it_counts(finish_reason: str, status: str) -> None:
    reply = ScriptedReply(text="Dear Ms Hale,", finish_reason="stop" if finish_reason == "stop" else "abort")
    page, _ = read_page(*[reply] * 20)
    assert page.status == status


def test_the_mode_tables_takes_a_page_without_one_as_blank(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(resolve_checkpoint(DEMO_MODEL).folder, folder)
    (folder / "reading_prompts.json").write_text('{"tables": "Transcribe every table."}')
    uneven, even = "| a | b |\n| - | - |\n| 1 |", "| a | b |\n| - | - |\n| 1 | 2 |"
    backend = PagedScript({1: [""], 2: [even], 3: [uneven, even]})
    with Engine(EngineConfig(model=str(folder), device="cpu"), backend=backend) as engine:
        document = read_document(write_numbers(3), mode="tables", engine=engine, options=OPTIONS)
    assert [(page.status, page.text) for page in document.pages] == [
        ("blank", ""),
        ("read", even),
        ("retried", even),
    ]
    assert "<image>\nTranscribe every table.\n" in backend.prompts[0].text
