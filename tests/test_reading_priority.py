from collections.abc import AsyncGenerator

from nemotron_vl_integrations.asking import ask_image
from nemotron_vl_integrations.backends.base import Prompt, RawDelta
from nemotron_vl_integrations.messages import Sampling
from nemotron_vl_integrations.reading import read_document
from nemotron_vl_integrations.reading.page_requests import PRIORITY
from tests.paged_script import PagedScript, draw_number, open_script, write_tiff


def test_pages_stand_behind_whatever_else_the_engine_is_asked() -> None:
    class NotesPriorities(PagedScript):
        def __init__(self) -> None:
            super().__init__({page: [f"page {page}"] for page in (1, 2, 3)})
            self.priorities: list[int] = []

        def stream(
            self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
        ) -> AsyncGenerator[RawDelta, None]:
            self.priorities.append(priority)
            return super().stream(prompt, sampling, request_id=request_id, priority=priority)

    backend = NotesPriorities()
    with open_script(backend) as engine:
        ask_image(draw_number(1), "What is it?", engine=engine)
        read_document(write_tiff([draw_number(2), draw_number(3)]), engine=engine)
    # vLLM takes the lower number first; what that does is shown on the real engine, in test_engine.
    assert backend.priorities == [0, PRIORITY, PRIORITY]
    assert PRIORITY > 0
