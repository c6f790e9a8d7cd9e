"""The parts of the command line that can be looked at without running it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemotron_vl_integrations.cli.dispatch import exit_code_of
from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.outputs import DocumentFiles, OutputPlan, choose_stems, safe_stem
from nemotron_vl_integrations.cli.progress import describe_document
from nemotron_vl_integrations.concurrency.stream_chain import chain_in_order
from nemotron_vl_integrations.errors import (
    DocumentPasswordError,
    EngineConfigConflictError,
    EngineDiedError,
    ExtractionError,
    InvalidRequestError,
    MissingExtraError,
    NemotronVLError,
    UnsupportedModeError,
)
from nemotron_vl_integrations.page_result import PageResult


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidRequestError("x"), ExitCode.USAGE),
        (UnsupportedModeError("x"), ExitCode.USAGE),
        (MissingExtraError("x"), ExitCode.NO_ENGINE),
        (EngineConfigConflictError("x"), ExitCode.NO_ENGINE),
        (EngineDiedError("x"), ExitCode.FAILED),
        (DocumentPasswordError("x"), ExitCode.FAILED),
        (ExtractionError("x"), ExitCode.FAILED),
        (OSError(28, "No space left on device"), ExitCode.FAILED),
    ],
)
def test_each_error_has_its_exit_code(error: NemotronVLError | OSError, code: ExitCode) -> None:
    assert exit_code_of(error) is code


class Streams:
    """Numbered streams of three items that record how many of them run."""

    def __init__(self, count: int, failing: int | None = None) -> None:
        self.running = 0
        self.most = 0
        self.made = [self._make(number, fails=number == failing) for number in range(count)]

    async def _make(self, number: int, *, fails: bool) -> AsyncGenerator[str, None]:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for item in range(3):
                await asyncio.sleep(0)
                if fails and item == 1:
                    raise InvalidRequestError(f"stream {number}")
                yield f"{number}.{item}"
        finally:
            self.running -= 1


@given(count=st.integers(0, 6), ahead=st.integers(1, 4), buffered=st.integers(1, 4))
def test_streams_run_side_by_side_and_come_in_order(count: int, ahead: int, buffered: int) -> None:
    async def collect() -> list[str]:
        return [item async for item in chain_in_order(streams.made, ahead=ahead, buffered=buffered)]

    streams = Streams(count)
    assert asyncio.run(collect()) == [f"{number}.{item}" for number in range(count) for item in range(3)]
    assert streams.running == 0
    # A stream that has ended may wait to be seen while the next one starts.
    assert streams.most <= ahead


@pytest.mark.parametrize("failing", range(4))
def test_an_error_comes_in_its_turn_and_closes_the_other_streams(failing: int) -> None:
    async def collect() -> None:
        async for item in chain_in_order(streams.made, ahead=3, buffered=2):
            items.append(item)

    streams, items = Streams(4, failing), list[str]()
    with pytest.raises(InvalidRequestError, match=f"stream {failing}"):
        asyncio.run(collect())
    assert items[-1] == f"{failing}.0"
    assert streams.running == 0


def test_closing_early_closes_every_stream() -> None:
    async def take_one() -> str:
        async with aclosing(chain_in_order(streams.made, ahead=3, buffered=1)) as items:
            return await anext(items)

    streams = Streams(5)
    assert asyncio.run(take_one()) == "0.0"
    assert streams.running == 0


@given(st.text(max_size=400))
def test_a_stem_is_one_visible_name_in_the_folder(name: str) -> None:
    stem = safe_stem(name)
    assert stem
    assert Path(stem).name == stem
    assert not stem.startswith((".", "-", " "))
    assert len(stem.encode("utf-8")) <= 160
    assert stem.isprintable()


@given(st.lists(st.sampled_from(["a.pdf", "A.png", "b/a.pdf", "a-2.pdf", "a-3", "...", "document"])))
def test_no_two_documents_share_a_stem(names: list[str]) -> None:
    stems = choose_stems(names)
    assert len({stem.casefold() for stem in stems}) == len(names)


def make_page(page: int, text: str) -> PageResult:
    return PageResult(source="a.pdf", page=page, page_label=str(page), status="read", text=text)


def test_a_file_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    files = DocumentFiles(OutputPlan(tmp_path, "a", (".txt",)))
    files.add(make_page(1, "one"))
    assert (tmp_path / "a.txt.part").read_text() == "one"
    files.add(make_page(2, "two"))
    assert files.finish() == (tmp_path / "a.txt",)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "one\n\f\ntwo\n")]


def test_what_was_read_before_an_interrupt_is_kept(tmp_path: Path) -> None:
    files = DocumentFiles(OutputPlan(tmp_path, "a", (".txt",)))
    files.add(make_page(1, "one"))
    assert files.abandon() == (tmp_path / "a.txt.part",)
    assert (tmp_path / "a.txt.part").read_text() == "one"


def test_the_name_in_the_display_is_short_and_safe() -> None:
    assert describe_document("scans/\x1b[2J" + "x" * 100 + ".pdf", 1, 1) == "\\x1b[2J" + "x" * 22 + "..."
