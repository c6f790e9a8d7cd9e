"""The real engine from its start to its end, with the demo checkpoint on the CPU, and at full size with `-m gpu`.

The full-size network has random weights, so nothing here looks at what a reply says: only at tokens, structure, ends.
"""

import asyncio
import json
import multiprocessing
import re
import subprocess
import sys
import warnings
from collections.abc import Generator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.hardware import find_gpus
from nemotron_vl_integrations.messages import (
    JSON,
    ImagePart,
    JSONSchemaConstraint,
    Message,
    RegexConstraint,
    Reply,
    Request,
    Sampling,
    TextPart,
    ToolChoice,
    ToolSpec,
)
from nemotron_vl_integrations.tiling import choose_grid
from tests.drawn_pages import draw_page
from tests.short_requests import ENDLESS, HELLO

ROOT = Path(__file__).resolve().parent.parent
GIB = 2**30

SCHEMA: dict[str, JSON] = {
    "type": "object",
    "properties": {"paid": {"type": "boolean"}},
    "required": ["paid"],
    "additionalProperties": False,
}
LOOK_UP = ToolSpec(
    "look_up",
    "Looks up a number.",
    # A random network writes on for ever where a schema lets it: a number of any length, one more property.
    {
        "type": "object",
        "properties": {"number": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["number"],
        "additionalProperties": False,
    },
)


# The first test that needs the full-size network waits for its start: minutes, where nothing is compiled yet.
START = pytest.mark.timeout(1800)


def count_used_bytes() -> int:
    """Of the first card, by whomever."""
    (gpu, *_) = find_gpus()
    return gpu.total_bytes - gpu.free_bytes


@pytest.fixture(scope="module")
def idle_bytes() -> int:
    """What is in use of the first card before the engine starts: the driver's own, and other programs'."""
    if not find_gpus():
        pytest.skip("There is no NVIDIA GPU.")
    return count_used_bytes()


@pytest.fixture(scope="module")
def full_size(idle_bytes: int, tmp_path_factory: pytest.TempPathFactory) -> Generator[Engine, None, None]:
    """The full-size network in FP8 with random weights, on the first card."""
    del idle_bytes  # Only its order counts.
    folder = tmp_path_factory.mktemp("full-size")
    subprocess.run([sys.executable, ROOT / "benchmarks" / "full_size_checkpoint.py", folder], check=True)
    with Engine(EngineConfig(model=str(folder), load_format="dummy", max_num_seqs=192)) as engine:
        with warnings.catch_warnings():
            # What vLLM imports for a card differs from release to release, and so does what is deprecated in it.
            warnings.simplefilter("ignore")
            engine.start()
        yield engine


@pytest.fixture(params=["demo", pytest.param("full-size", marks=[pytest.mark.gpu, START])])
def lane(request: pytest.FixtureRequest) -> Engine:
    if request.param == "demo":
        return get_engine()
    engine = request.getfixturevalue("full_size")
    assert isinstance(engine, Engine)
    return engine


@pytest.fixture
def many(lane: Engine) -> int:
    """Requests at once: more than a card runs, and more than a CPU runs."""
    return 256 if lane.device == "cuda" else 24


def ask(*sizes: tuple[int, int], max_tokens: int = 4) -> Request:
    pages = tuple(ImagePart(draw_page("Meeting notes").resize(size)) for size in sizes)
    message = Message("user", (*pages, TextPart("Transcribe this page.")))
    return Request(
        messages=(message,), sampling=Sampling(max_tokens=max_tokens, logprobs=0), max_images=len(sizes)
    )


def test_the_engine_says_what_it_is(lane: Engine) -> None:
    lane.start()
    assert lane.info is not None
    assert lane.info.device == lane.device
    assert lane.info.max_num_seqs == lane.places
    if lane.device == "cuda":
        assert lane.info.dtype == "bfloat16"
        assert "fp8" not in lane.info.kv_cache_dtype


@pytest.mark.parametrize("size", [(512, 512), (1024, 512), (1240, 1754), (1536, 2048)])
def test_a_page_costs_the_tokens_of_its_tiles_and_gives_the_same_text_twice(
    lane: Engine, size: tuple[int, int]
) -> None:
    request = ask(size)
    first, second = lane.generate(request), lane.generate(request)
    assert first.usage.image_tokens == choose_grid(*size).token_count
    assert first.usage.prompt_tokens == lane.count_tokens(request).total
    assert 1 <= len(first.logprobs) == first.usage.completion_tokens <= 4
    assert all(token.logprob <= 0 for token in first.logprobs)
    assert first.text == second.text


def test_several_pages_in_one_prompt_cost_the_tokens_of_them_all(lane: Engine) -> None:
    reply = lane.generate(ask((512, 512), (1024, 1536)))
    assert reply.usage.image_tokens == 258 + choose_grid(1024, 1536).token_count


def test_a_reply_follows_its_schema(lane: Engine) -> None:
    sampling = Sampling(max_tokens=24, constraint=JSONSchemaConstraint(SCHEMA))
    value = json.loads(lane.generate(replace(HELLO, sampling=sampling)).text)
    assert list(value) == ["paid"]
    assert isinstance(value["paid"], bool)


def test_a_reply_follows_its_expression(lane: Engine) -> None:
    sampling = Sampling(max_tokens=24, constraint=RegexConstraint(r"\d{4}-\d{2}"))
    assert re.fullmatch(r"\d{4}-\d{2}", lane.generate(replace(HELLO, sampling=sampling)).text)


def test_a_tool_that_must_be_called_is_called_with_valid_arguments(lane: Engine) -> None:
    request = replace(
        HELLO,
        tools=(LOOK_UP,),
        tool_choice=ToolChoice(required=True, parallel=False),
        # Of its 70 characters, a random network makes nearly as many tokens.
        sampling=Sampling(max_tokens=96),
    )
    (call,) = lane.generate(request).tool_calls
    assert call.name == "look_up"
    number = json.loads(call.arguments)["number"]
    assert isinstance(number, int)
    assert 0 <= number <= 9


def test_streams_that_are_closed_early_leave_the_engine_idle(lane: Engine) -> None:
    async def leave() -> None:
        async with aclosing(lane.astream(ENDLESS)) as deltas:
            async for _ in deltas:
                return

    async def leave_all() -> None:
        await asyncio.gather(*(leave() for _ in range(8)))

    asyncio.run(leave_all())
    assert lane.running == 0
    assert lane.generate(HELLO).usage.completion_tokens > 0


def test_many_requests_at_once_are_all_answered(lane: Engine, many: int) -> None:
    request = ask((512, 512), max_tokens=2)

    async def ask_all() -> list[Reply]:
        return await asyncio.gather(*(lane.agenerate(request) for _ in range(many)))

    replies = asyncio.run(ask_all())
    assert [1 <= reply.usage.completion_tokens <= 2 for reply in replies] == [True] * many
    assert lane.running == 0


@pytest.mark.gpu
@START
def test_closing_gives_the_memory_of_the_card_back(full_size: Engine, idle_bytes: int) -> None:
    held = count_used_bytes() - idle_bytes
    assert held > 10 * GIB
    full_size.close()
    assert multiprocessing.active_children() == []
    assert count_used_bytes() - idle_bytes < GIB
