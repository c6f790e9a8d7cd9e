"""Pages in, results out: whatever fails, in whatever step of whatever page."""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ParamSpec, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nemotron_vl_integrations.backends.scripted import ScriptedReply, ScriptStep
from nemotron_vl_integrations.errors import EngineDiedError, EngineError, LedgerError, RequestTimeoutError
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.page_result import DocumentResult
from nemotron_vl_integrations.pages import RenderLimits
from nemotron_vl_integrations.pages.renderer import (
    RendererProcess,
    RendererStalledError,
    RendererStoppedError,
)
from nemotron_vl_integrations.reading import ReadingOptions, read_document
from nemotron_vl_integrations.reading.kept_images import ImageFolder
from nemotron_vl_integrations.reading.progress import ReadingProgress
from tests.paged_script import PagedScript, draw_number, open_script, write_tiff

P = ParamSpec("P")
T = TypeVar("T")

REPLIES: st.SearchStrategy[ScriptStep] = st.sampled_from(
    [
        "Dear Ms Hale,",
        "",
        ScriptedReply(text="Dear Ms Hale,\n" + "very truly yours\n" * 12, finish_reason="repetition"),
        ScriptedReply(text="Dear Ms Hale,\nthank you for the let", finish_reason="length"),
        EngineError("It stumbled."),
        RequestTimeoutError("It took too long."),
        EngineDiedError("It died."),
    ]
)
CALLS = st.frozensets(st.integers(0, 9), max_size=4)
TOO_LARGE = Image.new("RGB", (600, 600), "red")


@dataclass(slots=True)
class Faulty:
    """Lets a step fail at some of its calls, which are counted from 0."""

    error: Exception
    failing: frozenset[int]
    calls: int = field(default=0)

    def wrap(self, step: Callable[P, T]) -> Callable[P, T]:
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            self.calls += 1
            if self.calls - 1 in self.failing:
                raise self.error
            return step(*args, **kwargs)

        return run


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong in a run.

    Attributes:
        replies: Of each page, in turn; None for a page that is too large to be rendered.
        stopped: Calls to the renderer at which it is gone.
        stalled: Calls at which it takes too long.
        unwritten: Pictures of pages that cannot be kept.
        unrecorded: Calls to the ledger at which it fails.
    """

    replies: list[list[ScriptStep] | None]
    stopped: frozenset[int]
    stalled: frozenset[int]
    unwritten: frozenset[int]
    unrecorded: frozenset[int]


FAULTS = st.builds(
    Faults,
    replies=st.lists(
        st.none() | st.lists(REPLIES, min_size=1, max_size=6).map(lambda steps: [*steps, *["spare"] * 24]),
        min_size=1,
        max_size=5,
    ),
    stopped=CALLS,
    stalled=CALLS,
    unwritten=CALLS,
    unrecorded=CALLS,
)


def read_with_faults(faults: Faults, folder: Path, states: list[ReadingProgress]) -> DocumentResult:
    steps = {page: steps for page, steps in enumerate(faults.replies, start=1) if steps is not None}
    pictures = [
        TOO_LARGE if steps is None else draw_number(page)
        for page, steps in enumerate(faults.replies, start=1)
    ]
    options = ReadingOptions(
        limits=RenderLimits(image=ImageLimits(max_pixels=512 * 512)),
        keep_images="all",
        images=folder / "pictures",
        max_attempts=4,
        progress=states.append,
    )
    with pytest.MonkeyPatch.context() as patch, Ledger(folder / "pages.ledger") as ledger:
        stopped = Faulty(RendererStoppedError("was killed"), faults.stopped)
        stalled = Faulty(RendererStalledError("took too long"), faults.stalled)
        patch.setattr(RendererProcess, "read_pixels", stopped.wrap(stalled.wrap(RendererProcess.read_pixels)))
        full = OSError(errno.ENOSPC, "No space left on device")
        patch.setattr(ImageFolder, "keep", Faulty(full, faults.unwritten).wrap(ImageFolder.keep))
        for name in ("record", "find_image", "find_statuses", "note_path"):
            broken = Faulty(LedgerError("It is full."), faults.unrecorded)
            patch.setattr(ledger, name, broken.wrap(ledger.__getattribute__(name)))
        with open_script(PagedScript(steps)) as engine:
            document = read_document(write_tiff(pictures), engine=engine, options=options, ledger=ledger)
            assert engine.running == 0
    return document


@settings(max_examples=12)
@given(faults=FAULTS)
def test_every_page_has_one_result_whatever_fails_in_whatever_step(faults: Faults) -> None:
    states: list[ReadingProgress] = []
    with TemporaryDirectory() as name:
        document = read_with_faults(faults, Path(name), states)
        count = len(faults.replies)
        assert [page.page for page in document.pages] == list(range(1, count + 1))
        for page, replies in zip(document.pages, faults.replies, strict=True):
            assert page.reason or page.status == "read"
            assert page.text or page.status in ("blank", "failed")
            assert replies is not None or page.status == "failed"
            assert page.image is None or page.image.is_file()
        assert [state.done for state in states] == list(range(1, count + 1))
        assert states[-1].counts == document.counts


def test_who_asks_for_progress_is_told_after_each_page() -> None:
    states: list[ReadingProgress] = []
    cut = ScriptedReply(text="Dear Ms Hale,\nthank you for the let", finish_reason="length")
    steps: dict[int, list[ScriptStep]] = {1: ["one"], 2: [cut, "thank you for the letter.\nYours"]}
    options = ReadingOptions(concurrency=1, orientation="as_is", progress=states.append)
    pages = write_tiff([draw_number(1), draw_number(2), Image.new("RGB", (512, 512), "white")])
    with open_script(PagedScript(steps)) as engine:
        read_document(pages, engine=engine, options=options)
    assert [(state.done, state.total) for state in states] == [(1, 3), (2, 3), (3, 3)]
    assert states[-1].counts == {"read": 1, "continued": 1, "blank": 1}
    assert (states[-1].retried, states[-1].failed, states[-1].seconds_left) == (1, 0, 0.0)
    assert states[0].pages_per_second > 0
