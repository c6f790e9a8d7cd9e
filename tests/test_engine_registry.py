"""Who shares which engine. Nothing starts here: a share is taken before the first request."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine, close_engine, get_engine
from nemotron_vl_integrations.engine.registry import acquire, only_config
from nemotron_vl_integrations.errors import EngineClosedError, EngineConfigConflictError, InvalidRequestError

# The shared engine of the run is closed first: an open one would be in the way of other configurations.
pytestmark = pytest.mark.own_engine

CPU = EngineConfig(device="cpu")
SIX_TILES = EngineConfig(device="cpu", max_tiles=6)


def test_everybody_gets_the_same_engine() -> None:
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(get_engine) for _ in range(64)]
        engines = {future.result() for future in asked}
    assert len(engines) == 1


def test_without_a_configuration_the_open_one_is_taken() -> None:
    engine = get_engine(SIX_TILES)
    assert get_engine() is engine
    assert only_config() == SIX_TILES


def test_handles_of_one_configuration_share_and_the_last_one_closes() -> None:
    first, second = Engine(CPU), Engine(EngineConfig(device="cpu"))
    first.open()
    second.open()
    host = acquire(CPU, alongside=False)
    assert host.users == 3
    first.close()
    first.close()
    assert (host.users, host.closed, second.closed) == (2, False, False)
    second.close()
    assert not host.closed


def test_a_second_configuration_is_a_conflict_that_names_the_difference() -> None:
    get_engine(CPU)
    with pytest.raises(EngineConfigConflictError, match=r"\(max_tiles: 12 -> 6\)") as caught:
        get_engine(SIX_TILES)
    assert "close_engine()" in caught.value.hint
    assert "alongside=True" in caught.value.hint


def test_a_second_engine_may_be_asked_for() -> None:
    first, second = get_engine(CPU), get_engine(SIX_TILES, alongside=True)
    assert first is not second
    assert (get_engine(CPU), get_engine(SIX_TILES)) == (first, second)
    assert only_config() is None


def test_a_handle_that_was_never_used_takes_no_share() -> None:
    Engine(CPU).close()
    Engine(CPU)
    assert only_config() is None


def test_after_its_end_another_configuration_is_welcome() -> None:
    with Engine(CPU) as engine:
        engine.open()
    with Engine(SIX_TILES) as engine:
        engine.open()
        assert only_config() == SIX_TILES


def test_close_engine_closes_every_handle_and_get_engine_opens_a_new_one() -> None:
    old, handle = get_engine(CPU), Engine(CPU)
    handle.open()
    close_engine()
    close_engine()
    assert old.closed
    assert handle.closed
    with pytest.raises(EngineClosedError):
        handle.start()
    handle.close()
    new = get_engine(CPU)
    assert new is not old
    assert not new.closed


class HeldLoop:
    """Keeps the engine's loop busy, so that a close takes as long as the test wants."""

    def __init__(self) -> None:
        self._held, self._free = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=run, args=(self._hold(),))

    async def _hold(self) -> None:
        self._held.set()
        self._free.wait()  # Blocks the loop, which is what is wanted.

    def __enter__(self) -> None:
        self._thread.start()
        self._held.wait()

    def __exit__(self, *_: object) -> None:
        self._free.set()
        self._thread.join()


def test_an_engine_that_is_opened_while_another_closes_stays_open() -> None:
    old = get_engine(CPU)
    closer = threading.Thread(target=close_engine)
    with HeldLoop():
        closer.start()
        while (new := get_engine(CPU)) is old:
            pass
    closer.join()
    assert (old.closed, new.closed) == (True, False)
    assert get_engine(CPU) is new


def test_a_second_close_waits_for_the_first() -> None:
    engine = get_engine(CPU)
    first, second = threading.Thread(target=close_engine), threading.Thread(target=close_engine)
    with HeldLoop():
        first.start()
        while only_config() is not None:
            pass
        second.start()
        second.join(0.2)
        assert second.is_alive()
    first.join()
    second.join()
    assert engine.closed


def test_closing_on_the_engines_own_loop_is_refused() -> None:
    async def close() -> None:
        close_engine()

    with pytest.raises(InvalidRequestError, match="event loop"):
        run(close())


def test_what_reports_may_use_the_engine() -> None:
    seen = list[bool]()

    def ask() -> None:
        for use in (lambda: get_engine(CPU, report=look).open(), lambda: Engine(CPU, report=look).open()):
            use()
            close_engine()

    def look(line: str) -> None:
        seen.append("demo checkpoint" in line and not get_engine(CPU).closed)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(20)
    assert seen == [True, True]


def test_looking_at_an_engine_does_not_start_it() -> None:
    engine = get_engine(CPU)
    assert engine.model == "nemotron-vl-demo"
    assert engine.checkpoint.is_demo
    assert (engine.info, engine.running) == (None, 0)


def test_the_demo_checkpoint_announces_itself_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = list[str]()
    get_engine(EngineConfig(device="cpu"), report=lines.append).open()
    Engine(CPU, report=lines.append).open()
    assert len(lines) == 1
    assert "demo checkpoint" in lines[0]
    assert capsys.readouterr().out == ""
