"""The loader's window: pages side by side, in order, no further ahead than it may, and nothing left when it closes."""

import asyncio
import io
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from langchain_core.documents import Document

from nemotron_vl_integrations.backends.scripted import ScriptedReply, ScriptStep
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.langchain import NemotronVLLoader
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import PagedScript, ReadsNumbers, draw_number, open_script, read_number, write_numbers

OPTIONS = ReadingOptions(orientation="as_is", max_attempts=1)


def png(page: int) -> bytes:
    file = io.BytesIO()
    draw_number(page).save(file, "PNG")
    return file.getvalue()


class WaitsForCompany(ReadsNumbers):
    """Answers nobody until several pages are with it at one time."""

    def __init__(self, company: int) -> None:
        super().__init__()
        self.company = company
        self.met = asyncio.Event()

    def _next_step(self) -> ScriptStep:
        if self.running + 1 >= self.company:
            self.met.set()
        return ScriptedReply(text=f"Page {read_number(self.prompts[-1].images[0])}.", hold=self.met)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("native", [True, False])
def test_pages_of_many_files_are_with_the_engine_together(tmp_path: Path, native: bool) -> None:
    for page in range(1, 7):
        (tmp_path / f"{page}.png").write_bytes(png(page))
    with open_script(WaitsForCompany(4)) as engine:
        loader = NemotronVLLoader(tmp_path, options=OPTIONS, engine=engine)
        documents = asyncio.run(loader.aload()) if native else loader.load()
    assert [one.page_content for one in documents] == [f"Page {page}." for page in range(1, 7)]


@pytest.mark.timeout(60)
def test_loads_at_one_time_share_the_engine() -> None:
    async def load_at_once(engine: Engine) -> list[list[Document]]:
        loaders = [NemotronVLLoader(png(page), options=OPTIONS, engine=engine) for page in (1, 2, 3, 4)]
        return await asyncio.gather(*(loader.aload() for loader in loaders))

    with open_script(WaitsForCompany(4)) as engine:
        loads = asyncio.run(load_at_once(engine))
    assert [[one.page_content for one in load] for load in loads] == [
        [f"Page {page}."] for page in (1, 2, 3, 4)
    ]


def test_reading_goes_no_further_than_the_window_ahead_of_the_caller() -> None:
    concurrency, ahead = 2, 1
    options = ReadingOptions(orientation="as_is", concurrency=concurrency, ahead=ahead)
    backend = ReadsNumbers()
    with open_script(backend) as engine:
        documents = NemotronVLLoader(write_numbers(40), options=options, engine=engine).lazy_load()
        assert next(documents).page_content == "Page 1."
        asyncio.run(asyncio.sleep(0.3))
        # In work, three times as many results that wait, rendered ahead.
        assert len(backend.prompts) <= 1 + 4 * concurrency + ahead
        documents.close()


def test_closing_aborts_what_runs_and_leaves_the_engine_idle() -> None:
    async def leave(engine: Engine) -> str:
        loader = NemotronVLLoader(write_numbers(9), options=OPTIONS, engine=engine)
        async with aclosing(loader.alazy_load()) as documents:
            async for document in documents:
                return document.page_content
        return ""

    held = ScriptedReply(hold=asyncio.Event())
    for _ in range(2):
        steps: dict[int, Sequence[ScriptStep]] = {1: ["One."], **{page: [held] for page in range(2, 10)}}
        with open_script(PagedScript(steps)) as engine:
            assert asyncio.run(leave(engine)) == "One."
            assert engine.running == 0
        with open_script(PagedScript(steps)) as engine:
            documents = NemotronVLLoader(write_numbers(9), options=OPTIONS, engine=engine).lazy_load()
            assert next(documents).page_content == "One."
            documents.close()
            assert engine.running == 0


def test_cancelling_a_load_leaves_the_engine_idle() -> None:
    async def cancel(engine: Engine) -> None:
        loading = asyncio.create_task(
            NemotronVLLoader(write_numbers(3), options=OPTIONS, engine=engine).aload()
        )
        while not engine.running:
            await asyncio.sleep(0)
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading
        assert engine.running == 0

    held = ScriptedReply(hold=asyncio.Event())
    with open_script(PagedScript({page: [held] for page in (1, 2, 3)})) as engine:
        asyncio.run(cancel(engine))
