import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from nemotron_vl_integrations.concurrency.ordered_map import map_in_order
from nemotron_vl_integrations.messages import TokenLogprob
from nemotron_vl_integrations.page_checks.blank_page import is_uniform
from nemotron_vl_integrations.page_checks.confidence import measure_confidence
from nemotron_vl_integrations.reading.request_gate import RequestGate


@pytest.mark.parametrize("colour", ["white", "ivory", "black", "lightblue"])
def test_a_page_of_one_colour_is_uniform_in_spite_of_a_scanner(colour: str) -> None:
    page = Image.new("RGB", (1024, 1024), colour)
    noise = Image.effect_noise((1024, 1024), 5).convert("RGB")
    assert is_uniform(ImageChops.add(page, noise, 1, -128))


@pytest.mark.parametrize(
    ("ink", "paper"),
    [("black", "white"), ((150, 150, 150), "white"), ("white", "black"), ("red", (76, 76, 76))],
)
def test_a_page_number_alone_is_enough_to_be_read(ink: str | tuple[int, int, int], paper: str) -> None:
    page = Image.new("RGB", (1536, 2048), paper)
    ImageDraw.Draw(page).text((760, 2000), "7", fill=ink)
    assert not is_uniform(page)


def test_control_tokens_do_not_count_for_confidence() -> None:
    sure, unsure = math.log(0.99), math.log(0.5)
    tokens = [TokenLogprob("Dear", unsure), TokenLogprob("", sure), TokenLogprob("<SPECIAL_12>", sure)]
    assert measure_confidence(tokens) == pytest.approx(0.5)
    assert measure_confidence(tokens[1:]) is None


@given(st.lists(st.floats(min_value=-1e6, max_value=0.001) | st.just(-math.inf), min_size=1))
def test_confidence_is_a_share(logprobs: list[float]) -> None:
    confidence = measure_confidence([TokenLogprob("a", logprob) for logprob in logprobs])
    assert confidence is not None
    assert 0 <= confidence <= 1


class Numbers:
    """Counts up, and knows whether it was closed."""

    def __init__(self, end: int, *, error: Exception | None = None) -> None:
        self._end = end
        self._error = error
        self.closed = False

    async def stream(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(self._end):
                await asyncio.sleep(0)
                yield number
            if self._error is not None:
                raise self._error
        finally:
            self.closed = True


async def sleep_over(number: int) -> int:
    for _ in range(number * 7 % 5):
        await asyncio.sleep(0)
    return number


@pytest.mark.parametrize("concurrency", [1, 2, 7])
def test_results_keep_the_order_of_the_items(concurrency: int) -> None:
    async def collect() -> list[int]:
        numbers = Numbers(20)
        return [
            number
            async for number in map_in_order(numbers.stream(), sleep_over, concurrency=concurrency, window=8)
        ]

    assert asyncio.run(collect()) == list(range(20))


def test_a_slow_first_item_lets_no_more_than_the_window_begin() -> None:
    async def collect() -> tuple[list[int], int]:
        gate, started, running = asyncio.Event(), list[int](), list[int]()
        most = 0

        async def work(number: int) -> int:
            nonlocal most
            started.append(number)
            running.append(number)
            most = max(most, len(running))
            for _ in range(5):
                await (gate.wait() if number == 0 else asyncio.sleep(0))
            running.remove(number)
            return number

        results = map_in_order(Numbers(50).stream(), work, concurrency=3, window=8)
        async with aclosing(results):
            first = asyncio.ensure_future(anext(results))
            for _ in range(500):
                await asyncio.sleep(0)
            begun = list(started)
            gate.set()
            assert [await first, *[number async for number in results]] == list(range(50))
        return begun, most

    assert asyncio.run(collect()) == (list(range(8)), 3)


def test_an_error_of_the_source_comes_after_the_results_before_it() -> None:
    async def collect() -> tuple[list[int], bool]:
        numbers, seen = Numbers(3, error=KeyError("end")), list[int]()
        with pytest.raises(KeyError, match="end"):
            async for number in map_in_order(numbers.stream(), sleep_over, concurrency=2, window=2):
                seen.append(number)
        return seen, numbers.closed

    assert asyncio.run(collect()) == ([0, 1, 2], True)


def test_an_error_of_the_work_is_raised_in_its_place_and_ends_the_rest() -> None:
    running: set[int] = set()

    async def work(number: int) -> int:
        if number == 2:
            raise KeyError(number)
        running.add(number)
        try:
            await asyncio.sleep(0 if number < 2 else 60)
        finally:
            running.discard(number)
        return number

    async def collect() -> tuple[list[int], bool]:
        numbers, seen = Numbers(100), list[int]()
        with pytest.raises(KeyError):
            async for number in map_in_order(numbers.stream(), work, concurrency=4, window=8):
                seen.append(number)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return seen, numbers.closed

    assert asyncio.run(collect()) == ([0, 1], True)
    assert running == set()


def test_closing_ends_the_work_and_the_source() -> None:
    async def collect() -> bool:
        numbers = Numbers(100)
        async with aclosing(map_in_order(numbers.stream(), sleep_over, concurrency=4, window=8)) as results:
            assert await anext(results) == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return numbers.closed

    assert asyncio.run(collect())


def test_who_is_alone_in_the_gate_is_alone() -> None:
    inside: list[str] = []
    seen: list[tuple[str, ...]] = []

    async def enter(gate: RequestGate, kind: str) -> None:
        async with gate.alone() if kind == "alone" else gate.together():
            inside.append(kind)
            for _ in range(3):
                seen.append(tuple(inside))
                await asyncio.sleep(0)
            inside.remove(kind)

    async def crowd() -> None:
        gate = RequestGate()
        kinds = ["together", "together", "alone", "together", "alone", "together"]
        await asyncio.gather(*[enter(gate, kind) for kind in kinds])

    asyncio.run(crowd())
    assert {group for group in seen if "alone" in group} == {("alone",)}
    assert ("together", "together") in seen
    assert len(seen) == 18
