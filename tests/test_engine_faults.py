import asyncio
import io
import threading
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import replace

import pytest
from PIL import Image

from nemotron_vl_integrations.backends.base import BackendInfo, Prompt, RawDelta, Report
from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    EngineClosedError,
    EngineDiedError,
    EngineStartError,
    InvalidRequestError,
    PromptTooLongError,
    RequestTimeoutError,
    TooManyImagesError,
)
from nemotron_vl_integrations.messages import (
    ImagePart,
    Message,
    RepetitionStop,
    Request,
    Sampling,
    TextPart,
    ToolSpec,
)

HELLO = Request(messages=(Message("user", (TextPart("Hello"),)),))
PAGE = ImagePart(Image.new("RGB", (512, 512), "white"))
WEATHER = ToolSpec(
    "weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}}
)


class FailingStart(ScriptedBackend):
    """Fails to start as often as told, and can be kept starting."""

    def __init__(self, script: list[str], *, failures: int = 0, hold: bool = False) -> None:
        super().__init__(script)
        self.failures = failures
        self.hold = hold
        self.starting = threading.Event()
        self.closes = 0

    async def start(self, report: Report) -> BackendInfo:
        info = await super().start(report)
        self.starting.set()
        if self.hold:
            await asyncio.Event().wait()
        if self.starts <= self.failures:
            raise EngineStartError("no card", hint="buy one")
        return info

    async def close(self) -> None:
        self.closes += 1
        await super().close()


class SlowReply(ScriptedBackend):
    """Writes a character and then nothing; notes that its request was aborted."""

    def __init__(self) -> None:
        super().__init__([])
        self.streaming = threading.Event()
        self.aborted = False

    async def stream(
        self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
    ) -> AsyncGenerator[RawDelta, None]:
        del prompt, sampling, request_id, priority
        try:
            yield RawDelta(text="a")
            self.streaming.set()
            await asyncio.Event().wait()
        finally:
            self.aborted = True


def test_a_dead_backend_is_reported_and_the_next_request_starts_a_fresh_one() -> None:
    backend = ScriptedBackend([ScriptedReply(text="ab", error=EngineDiedError("gone")), "back"])
    with Engine(backend=backend) as engine:
        with pytest.raises(EngineDiedError, match="gone"):
            engine.generate(HELLO)
        assert engine.running == 0
        assert engine.generate(HELLO).text == "back"
    assert backend.starts == 2


def test_death_of_one_backend_ends_every_request_on_it_and_starts_one_other() -> None:
    async def all_die() -> list[object]:
        death = asyncio.Event()
        dying = ScriptedReply(hold=death, error=EngineDiedError("gone"))
        backend = ScriptedBackend([dying, dying, dying, "back"])
        engine = Engine(backend=backend)
        requests = [asyncio.ensure_future(engine.agenerate(HELLO)) for _ in range(3)]
        while backend.running < 3:
            await asyncio.sleep(0)
        death.set()
        outcomes = await asyncio.gather(*requests, return_exceptions=True)
        last = await engine.agenerate(HELLO)
        await engine.aclose()
        return [*(type(outcome) for outcome in outcomes), last.text, backend.starts]

    assert run(all_die()) == [EngineDiedError, EngineDiedError, EngineDiedError, "back", 2]


def test_a_death_that_one_request_notices_first_is_a_death_for_the_others_too() -> None:
    async def one_notices() -> list[object]:
        death = asyncio.Event()
        dying = ScriptedReply(hold=death, error=EngineDiedError("gone"))
        waiting = ScriptedReply(pieces=("never",), hold=asyncio.Event())
        backend = ScriptedBackend([dying, waiting, waiting, "back"])
        engine = Engine(backend=backend)
        requests = [asyncio.ensure_future(engine.agenerate(HELLO)) for _ in range(3)]
        while backend.running < 3:
            await asyncio.sleep(0)
        death.set()
        outcomes = await asyncio.gather(*requests, return_exceptions=True)
        last = await engine.agenerate(HELLO)
        await engine.aclose()
        return [*(type(outcome) for outcome in outcomes), last.text]

    assert run(one_notices()) == [EngineDiedError, EngineDiedError, EngineDiedError, "back"]


def test_a_start_in_place_of_a_dead_engine_does_not_count_against_the_time_limit() -> None:
    class DiesWhileIdle(ScriptedBackend):
        """Is dead when somebody looks for the third time, and takes a while to start again."""

        looks = 0

        @property
        def alive(self) -> bool:
            self.looks += 1
            return self.looks != 3 and super().alive

        async def start(self, report: Report) -> BackendInfo:
            if self.starts:
                await asyncio.sleep(1.2)
            return await super().start(report)

    texts = ["first", "second", "third", "fourth"]
    backend = DiesWhileIdle(texts)
    with Engine(backend=backend) as engine:
        for text in texts:
            assert engine.generate(replace(HELLO, timeout=1)).text == text
    assert backend.starts == 2


def test_a_reply_that_is_whole_stays_one_though_its_engine_is_closed_that_moment() -> None:
    class ClosesItself(ScriptedBackend):
        def __init__(self) -> None:
            super().__init__(["whole"])
            self.handle: Engine | None = None

        async def stream(
            self, prompt: Prompt, sampling: Sampling, *, request_id: str, priority: int
        ) -> AsyncGenerator[RawDelta, None]:
            stream = super().stream(prompt, sampling, request_id=request_id, priority=priority)
            async for delta in stream:
                if delta.finish_reason is not None and self.handle is not None:
                    await self.handle.aclose()
                yield delta

    backend = ClosesItself()
    backend.handle = Engine(backend=backend)
    assert backend.handle.generate(HELLO).text == "whole"
    assert backend.handle.closed


def test_a_failed_start_is_tried_again_by_the_next_request() -> None:
    backend = FailingStart(["hello"], failures=2)
    with Engine(backend=backend) as engine:
        for _ in range(2):
            with pytest.raises(EngineStartError, match=r"no card buy one"):
                engine.generate(HELLO)
        assert engine.generate(HELLO).text == "hello"
    assert (backend.starts, backend.closes) == (3, 3)


def test_many_first_requests_wait_for_one_start() -> None:
    async def ask_all() -> int:
        backend = ScriptedBackend(["yes"] * 20)
        async with Engine(backend=backend) as engine:
            replies = await asyncio.gather(*(engine.agenerate(HELLO) for _ in range(20)))
        assert {reply.text for reply in replies} == {"yes"}
        return backend.starts

    assert asyncio.run(ask_all()) == 1


def test_closing_during_a_start_ends_the_start_and_tells_who_waits() -> None:
    backend = FailingStart([], hold=True)
    engine, outcome = Engine(backend=backend), list[Exception]()

    def ask() -> None:
        try:
            engine.generate(HELLO)
        except EngineClosedError as error:
            outcome.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    backend.starting.wait()
    engine.close()
    thread.join(10)
    assert [str(error) for error in outcome] == ["The engine was closed. `get_engine()` opens a new one."]
    assert backend.closes == 1


def test_a_cancelled_first_request_leaves_the_start_to_the_others() -> None:
    async def cancel_first() -> str:
        backend = ScriptedBackend(["hello"])
        async with Engine(backend=backend) as engine:
            first = asyncio.ensure_future(engine.agenerate(HELLO))
            second = asyncio.ensure_future(engine.agenerate(HELLO))
            await asyncio.sleep(0)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            return (await second).text

    assert asyncio.run(cancel_first()) == "hello"


def test_closing_ends_requests_that_run() -> None:
    # Longer than what may wait for the reader, who would get a reply that is whole.
    backend = ScriptedBackend(["a" * 500])
    engine = Engine(backend=backend)
    deltas = engine.stream(HELLO)
    assert next(deltas).text == "a"
    engine.close()
    with pytest.raises(EngineClosedError):
        list(deltas)
    assert backend.running == 0


def test_a_closed_engine_stays_closed_and_may_be_closed_again() -> None:
    engine = Engine(backend=ScriptedBackend(["never"]))
    engine.close()
    engine.close()
    asyncio.run(engine.aclose())
    assert engine.closed
    for use in (
        engine.start,
        engine.open,
        lambda: engine.generate(HELLO),
        lambda: list(engine.stream(HELLO)),
    ):
        with pytest.raises(EngineClosedError, match="`get_engine"):
            use()


def test_a_time_out_aborts_the_request() -> None:
    backend = SlowReply()
    with Engine(backend=backend) as engine:
        with pytest.raises(RequestTimeoutError, match=r"timeout=0\.05") as caught:
            engine.generate(replace(HELLO, timeout=0.05))
        assert isinstance(caught.value, TimeoutError)
        assert backend.aborted


def test_a_reply_in_time_is_not_touched_by_the_time_out() -> None:
    with Engine(backend=ScriptedBackend(["quick"])) as engine:
        assert engine.generate(replace(HELLO, timeout=30.0)).text == "quick"


def test_a_time_out_of_the_backend_itself_is_not_the_requests() -> None:
    with Engine(backend=ScriptedBackend([TimeoutError("socket")])) as engine:
        with pytest.raises(TimeoutError, match="socket") as caught:
            engine.generate(replace(HELLO, timeout=30.0))
        assert not isinstance(caught.value, RequestTimeoutError)


def test_a_stream_closed_early_aborts_its_request() -> None:
    backend = SlowReply()
    with Engine(backend=backend) as engine:
        with closing(engine.stream(HELLO)) as deltas:
            assert next(deltas).text == "a"
        assert backend.aborted


def test_a_cancelled_caller_aborts_its_request() -> None:
    async def cancel(backend: SlowReply) -> bool:
        async with Engine(backend=backend) as engine:
            asking = asyncio.ensure_future(engine.agenerate(HELLO))
            await asyncio.to_thread(backend.streaming.wait)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            return backend.aborted

    assert asyncio.run(cancel(SlowReply()))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (Sampling(max_tokens=0), "max_tokens=0"),
        (Sampling(temperature=-0.1), "temperature=-0.1"),
        (Sampling(temperature=float("nan")), "temperature=nan"),
        (Sampling(temperature=2.1), "temperature=2.1"),
        (Sampling(top_p=0.0), "top_p=0.0"),
        (Sampling(top_k=-1), "top_k=-1"),
        (Sampling(logprobs=21), "logprobs=21"),
        (Sampling(seed=2**64), "seed=18446744073709551616"),
        (Sampling(stop=("",)), "`stop[0]` is empty"),
        (Sampling(repetition=RepetitionStop(min_size=0)), "min_size=0"),
        (Sampling(repetition=RepetitionStop(min_size=9, max_size=8)), "min_size=9"),
        (Sampling(repetition=RepetitionStop(count=1)), "count=1"),
    ],
)
def test_sampling_out_of_range_is_refused_before_anything_is_sent(change: Sampling, named: str) -> None:
    backend = ScriptedBackend([])
    with Engine(backend=backend) as engine, pytest.raises(InvalidRequestError) as caught:
        engine.generate(replace(HELLO, sampling=change))
    assert named in caught.value.message
    assert (backend.prompts, backend.starts) == ([], 0)


def test_too_many_images_are_refused_before_anything_is_sent() -> None:
    two = Request(messages=(Message("user", (PAGE, PAGE)),))
    backend = ScriptedBackend(["two"])
    with Engine(EngineConfig(), backend=backend) as engine:
        with pytest.raises(TooManyImagesError, match="holds 2 images and 1 are allowed"):
            engine.generate(two)
        with pytest.raises(TooManyImagesError, match="holds 5 images and 4 are allowed"):
            engine.generate(Request(messages=(Message("user", (PAGE,) * 5),), max_images=4))
        assert backend.starts == 0
        assert engine.generate(replace(two, max_images=2)).text == "two"


def test_too_long_a_prompt_is_refused_before_anything_is_sent() -> None:
    backend = ScriptedBackend([])
    words = Request(messages=(Message("user", (TextPart("word " * 600),)),))
    with (
        Engine(EngineConfig(max_model_len=512), backend=backend) as engine,
        pytest.raises(PromptTooLongError, match=r"has \d+ tokens \(0 of images\) and the context holds 512"),
    ):
        engine.generate(words)
    assert backend.starts == 0


def test_images_reach_the_backend_as_exact_canvases_in_their_order() -> None:
    narrow, wide = (ImagePart(Image.new("RGB", size, "white")) for size in ((300, 900), (900, 300)))
    backend = ScriptedBackend(["seen"])
    with Engine(backend=backend) as engine:
        engine.generate(Request(messages=(Message("user", (narrow, TextPart("and"), wide)),), max_images=2))
    assert [image.size for image in backend.prompts[0].images] == [(512, 1536), (1536, 512)]


def test_an_image_that_is_an_exact_canvas_is_not_held_twice() -> None:
    file = io.BytesIO()
    assert isinstance(PAGE.image, Image.Image)
    PAGE.image.save(file, "PNG")
    in_its_file = Image.open(file)
    backend = ScriptedBackend(["seen", "seen"])
    with Engine(backend=backend) as engine:
        for image in (PAGE.image, in_its_file):
            engine.generate(Request(messages=(Message("user", (ImagePart(image),)),)))
    assert backend.prompts[0].images[0] is PAGE.image
    # One that is still in its file is decoded before it is sent.
    assert backend.prompts[1].images[0].tobytes() == PAGE.image.tobytes()
    assert backend.prompts[1].images[0] is not in_its_file
