import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
from collections.abc import Generator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import aclosing, closing

import pytest

from nemotron_vl_integrations.concurrency.background_loop import aiterate, arun, iterate, on_loop_thread, run
from nemotron_vl_integrations.errors import InvalidRequestError
from tests.number_stream import Counter


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def fail() -> int:
    raise LookupError("nothing here")


async def thread_name() -> str:
    return threading.current_thread().name


FORMS = pytest.mark.parametrize("ahead", [0, 1, 8])
"""Items that are asked for one by one, and items that come by themselves."""


def run_script(script: str, *, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
    source = textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", source],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_a_result_comes_back_from_the_loop_thread() -> None:
    assert run(double(21)) == 42
    assert run(thread_name()) == "nemotron-vl-loop"
    assert asyncio.run(arun(thread_name())) == "nemotron-vl-loop"


def test_an_error_reaches_the_caller_as_it_is() -> None:
    with pytest.raises(LookupError, match="nothing here"):
        run(fail())
    with pytest.raises(LookupError, match="nothing here"):
        asyncio.run(arun(fail()))


@FORMS
def test_streams_arrive_whole_and_in_order(ahead: int) -> None:
    async def collect() -> list[int]:
        return [number async for number in aiterate(Counter(100).stream(), ahead=ahead)]

    assert list(iterate(Counter(100).stream(), ahead=ahead)) == list(range(100))
    assert asyncio.run(collect()) == list(range(100))


@FORMS
@pytest.mark.parametrize("length", [0, 3, 20])
def test_an_error_in_a_stream_comes_after_what_was_before_it(length: int, ahead: int) -> None:
    counter, seen = Counter(length, error=LookupError("cut")), list[int]()
    with pytest.raises(LookupError, match="cut"):
        for number in iterate(counter.stream(), ahead=ahead):
            seen.append(number)
    assert seen == list(range(length))
    assert (counter.given, counter.closed) == (length, True)


def test_a_blocking_call_inside_a_running_loop_works_as_in_a_notebook() -> None:
    async def cell() -> tuple[int, list[int]]:
        return run(double(4)), list(iterate(Counter(3).stream()))

    assert asyncio.run(cell()) == (8, [0, 1, 2])


def test_a_blocking_call_from_the_loop_itself_is_refused() -> None:
    async def blocks() -> int:
        return run(double(1))

    async def iterates() -> list[int]:
        return list(iterate(Counter(3).stream()))

    with pytest.raises(InvalidRequestError, match="own event loop"):
        run(blocks())
    with pytest.raises(InvalidRequestError, match="own event loop"):
        run(iterates())


def test_async_forms_nest_on_the_loop() -> None:
    async def nested() -> tuple[int, list[int], bool]:
        return await arun(double(3)), [item async for item in aiterate(Counter(2).stream())], on_loop_thread()

    assert run(nested()) == (6, [0, 1], True)
    assert not on_loop_thread()


def test_three_runs_in_a_row_share_one_loop() -> None:
    async def loop_id() -> int:
        return id(asyncio.get_running_loop())

    assert len({asyncio.run(arun(loop_id())) for _ in range(3)}) == 1


def test_many_threads_make_one_loop() -> None:
    script = """
        import asyncio, threading
        from concurrent.futures import ThreadPoolExecutor
        from nemotron_vl_integrations.concurrency.background_loop import run
        async def ident():
            await asyncio.sleep(0)
            return threading.get_ident()
        with ThreadPoolExecutor(32) as pool:
            print(len(set(pool.map(lambda _: run(ident()), range(200)))))
        print(sum(thread.name == "nemotron-vl-loop" for thread in threading.enumerate()))
    """
    assert run_script(script).stdout.split() == ["1", "1"]


def test_two_hundred_calls_from_32_threads_all_come_back() -> None:
    def call(number: int) -> int:
        return run(double(number))

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(call, range(200))) == list(range(0, 400, 2))


def test_work_that_is_cancelled_on_the_loop_is_reported_as_cancelled() -> None:
    async def cancel_itself() -> None:
        asyncio.current_task().cancel()  # pyright: ignore[reportOptionalMemberAccess] - a task runs this
        await asyncio.sleep(0)

    with pytest.raises(CancelledError):
        run(cancel_itself())


@FORMS
def test_closing_a_half_read_iterator_closes_the_stream(ahead: int) -> None:
    counter = Counter()
    with closing(iterate(counter.stream(), ahead=ahead)) as numbers:
        assert [next(numbers) for _ in range(3)] == [0, 1, 2]
    assert counter.closed


@FORMS
def test_closing_a_half_read_async_iterator_closes_the_stream(ahead: int) -> None:
    async def read_a_little(counter: Counter) -> None:
        async with aclosing(aiterate(counter.stream(), ahead=ahead)) as numbers:
            async for number in numbers:
                if number == 2:
                    break

    counter = Counter()
    asyncio.run(read_a_little(counter))
    assert counter.closed


@FORMS
def test_an_iterator_that_was_never_read_closes_without_a_word(ahead: int) -> None:
    counter = Counter()
    iterate(counter.stream(), ahead=ahead).close()
    assert counter.given == 0


@FORMS
def test_a_forgotten_iterator_closes_its_stream_when_it_is_collected(ahead: int) -> None:
    counter = Counter()
    numbers = iterate(counter.stream(), ahead=ahead)
    next(numbers)
    del numbers
    gc.collect()
    assert counter.closed


@FORMS
def test_an_iterator_may_be_collected_on_the_loop_thread(ahead: int) -> None:
    counter, held = Counter(), list[Generator[int, None, None]]()
    numbers = iterate(counter.stream(), ahead=ahead)
    next(numbers)
    held.append(numbers)
    del numbers

    async def drop() -> None:
        held.clear()
        gc.collect()

    run(drop())
    run(double(1))  # The closing was put on the loop before this call.
    for _ in range(1000):
        if counter.closed:
            break
        run(double(1))
    assert counter.closed


def test_work_that_exits_does_not_stop_the_loop_for_others() -> None:
    async def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        run(leave())
    assert run(double(2)) == 4


def test_a_fork_gets_an_error_instead_of_waiting_for_ever() -> None:
    script = """
        import os
        from nemotron_vl_integrations.concurrency.background_loop import iterate, run
        from nemotron_vl_integrations.errors import EngineForkedError
        async def one():
            return 1
        async def numbers():
            yield 1
            yield 2
        run(one())
        half_read = iterate(numbers())
        next(half_read)
        child = os.fork()
        if child == 0:
            try:
                run(one())
            except EngineForkedError as error:
                print("refused:", error, flush=True)
            half_read.close()
            os._exit(0)
        os.waitpid(child, 0)
        print("parent:", run(one()))
    """
    done = run_script(script)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("refused: The engine's thread stayed in process"), done
    assert lines[1:] == ["parent: 1"]
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("ahead", [0, 8])
@pytest.mark.parametrize("ending", ["", "raise SystemExit(0)", "numbers = None"])
def test_an_exit_with_a_half_read_iterator_neither_hangs_nor_complains(ending: str, ahead: int) -> None:
    script = f"""
        import asyncio
        from nemotron_vl_integrations.concurrency.background_loop import iterate
        async def count():
            number = 0
            while True:
                await asyncio.sleep(0)
                yield number
                number += 1
        numbers = iterate(count(), ahead={ahead})
        print(next(numbers), next(numbers))
        {ending}
    """
    done = run_script(script)
    assert (done.stdout, done.stderr, done.returncode) == ("0 1\n", "", 0)
