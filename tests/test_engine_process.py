"""What becomes of the engine's process: interrupts, forks, deaths, exits. Scripts run in processes of their own."""

import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import EngineStartError
from tests.drawn_pages import ask_to_read, draw_page

pytestmark = pytest.mark.own_engine

PRELUDE = """
    import os, signal, sys, threading
    from nemotron_vl_integrations.config import EngineConfig
    from nemotron_vl_integrations.engine import close_engine, get_engine
    from nemotron_vl_integrations.errors import EngineDiedError, EngineForkedError
    from nemotron_vl_integrations.messages import Message, RegexConstraint, Request, Sampling, TextPart
    import multiprocessing

    hello = (Message("user", (TextPart("Hello"),)),)
    short = Request(messages=hello, sampling=Sampling(max_tokens=4))
    endless = Request(
        messages=hello,
        sampling=Sampling(max_tokens=8000, repetition=None, constraint=RegexConstraint("(ab ){8000}")),
    )
    config = EngineConfig(device="cpu", warm_up=False)

    def say(*words):
        print(*words, flush=True)

    def answers():
        return get_engine(config).generate(short).usage.completion_tokens > 0

    def children():
        return [child.pid for child in multiprocessing.active_children()]
"""

# There is no `if __name__ == "__main__"`, as in most scripts.
INTERRUPTED = """
    stream = get_engine(config).stream(endless)
    next(stream)
    threading.Timer(0.2, os.killpg, (os.getpgid(0), signal.SIGINT)).start()
    try:
        for _ in stream:
            pass
    except KeyboardInterrupt:
        say("interrupted", get_engine(config).running)
    say("answers", answers())

    child = os.fork()
    if child == 0:
        try:
            answers()
        except EngineForkedError as error:
            say("refused", error)
        os._exit(0)
    say("fork", os.waitpid(child, 0)[1])
    say("answers", answers())
    half_read = get_engine(config).stream(endless)
    next(half_read)
    say("exit without closing")
"""

KILLED = """
    engine = get_engine(config)
    say("answers", answers(), len(children()))
    close_engine()
    say("closed", children())

    streams = [get_engine(config).stream(endless) for _ in range(3)]
    for stream in streams:
        next(stream)
    os.kill(children()[0], signal.SIGKILL)
    for stream in streams:
        try:
            for _ in stream:
                pass
        except EngineDiedError as error:
            say("died", error)
    say("answers", answers())
    idle = multiprocessing.active_children()[0]
    os.kill(idle.pid, signal.SIGKILL)
    idle.join()
    say("answers after an idle death", answers())
    # Nobody can close anything now. The pipe of this process stays open as long as the engine's process lives.
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run_script(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(PRELUDE) + textwrap.dedent(body))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=250)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(script, process.returncode, output, errors)


def test_interrupts_and_forks_leave_the_engine_alive_and_an_exit_leaves_nothing(tmp_path: Path) -> None:
    done = run_script(tmp_path, INTERRUPTED)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["interrupted 0", "answers True"], done.stderr
    assert lines[2].startswith("refused The engine's thread stayed in process")
    assert lines[3:] == ["fork 0", "answers True", "exit without closing"]
    assert done.returncode == 0
    # The run ended although the engine's process held its pipes: so it has ended too.
    assert "Traceback" not in done.stderr
    assert "ERROR" not in done.stderr


def test_deaths_are_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    done = run_script(tmp_path, KILLED)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["answers True 1", "closed []"], done.stderr
    assert {line[:47] for line in lines[2:5]} == {"died The engine's process ended while it worked"}
    assert lines[5:] == ["answers True", "answers after an idle death True"], done.stderr
    assert done.returncode == -signal.SIGKILL


def test_damaged_weights_are_a_sentence_and_no_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The user's choice of plugins must not keep ours from the engine's process.
    monkeypatch.setenv("VLLM_PLUGINS", "someone_elses")
    folder = tmp_path / "checkpoint"
    shutil.copytree(resolve_checkpoint(DEMO_MODEL).folder, folder)
    weights = folder / "model.safetensors"
    header_length = int.from_bytes(weights.read_bytes()[:8], "little")
    content = bytearray(weights.read_bytes())
    content[8 : 8 + header_length] = re.sub(rb'"BF16"', b'"BF17"', content[8 : 8 + header_length])
    weights.write_bytes(content)
    with Engine(EngineConfig(model=str(folder), device="cpu", warm_up=False)) as engine:
        with pytest.raises(EngineStartError, match="The weights of 'checkpoint' are damaged") as caught:
            engine.start()
        cause = caught.value.__cause__
        assert cause is not None
        assert any("SafetensorError" in note for note in cause.__notes__)
    assert "Traceback" not in "".join(capfd.readouterr())
    assert os.environ["VLLM_PLUGINS"] == "someone_elses"


def test_the_engine_reads_in_float32_too() -> None:
    with Engine(EngineConfig(device="cpu", dtype="float32", warm_up=False)) as engine:
        reply = engine.generate(ask_to_read(draw_page("Meeting notes", "The budget was approved.")))
        assert engine.info is not None
        assert engine.info.dtype == "float32"
    assert reply.text == "Meeting notes\nThe budget was approved."
    assert multiprocessing.active_children() == []


def test_a_start_that_takes_too_long_is_given_up() -> None:
    config = EngineConfig(device="cpu", warm_up=False, start_timeout=0.5)
    with (
        Engine(config) as engine,
        pytest.raises(EngineStartError, match=r"not ready after `start_timeout=0\.5` seconds"),
    ):
        engine.start()
