import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from nemotron_vl_integrations.vllm_plugin.engine_child import FAILURE_VARIABLE, PARENT_VARIABLE, serve_parent

PARENT = """
    import multiprocessing, os, signal
    from nemotron_vl_integrations.vllm_plugin import engine_child

    def serve(pipe):
        engine_child.serve_parent()
        pipe.send(os.getpid())
        signal.pause()

    if __name__ == "__main__":
        os.environ[engine_child.PARENT_VARIABLE] = str(os.getpid())
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        context.Process(target=serve, args=(theirs,)).start()
        print(ours.recv(), flush=True)
        signal.pause()
"""

FAILING_CHILD = """
    import logging, os, sys
    from nemotron_vl_integrations.vllm_plugin import engine_child
    os.environ[engine_child.PARENT_VARIABLE] = str(os.getppid())
    logger = logging.getLogger("vllm")
    logger.addHandler(logging.StreamHandler())
    logger.setLevel("INFO")
    engine_child.serve_parent()
    logger.error("first trouble")
    try:
        raise OSError("no ninja")
    except OSError:
        logging.getLogger("vllm.v1.engine.core").exception("EngineCore failed to start.")
        sys.stderr.write("the same traceback again")
"""


def run_failing_child(failure: Path, level: str) -> str:
    """Gives what reached the terminal."""
    environment = os.environ | {FAILURE_VARIABLE: str(failure), "VLLM_LOGGING_LEVEL": level}
    command = [sys.executable, "-c", textwrap.dedent(FAILING_CHILD)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, env=environment
    ).stderr


def test_the_engines_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        try:
            parent.communicate(timeout=30)  # Both processes hold the pipes, so this waits for both to end.
        except subprocess.TimeoutExpired:
            os.kill(child, signal.SIGKILL)
            raise


def test_other_processes_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # As in the parent itself, where vLLM loads the plugin while both variables are set for the child.
    monkeypatch.setenv(PARENT_VARIABLE, str(os.getpid()))
    monkeypatch.setenv(FAILURE_VARIABLE, str(tmp_path / "errors.txt"))
    threads, handlers = threading.active_count(), list(logging.getLogger("vllm").handlers)
    serve_parent()
    assert threading.active_count() == threads
    assert logging.getLogger("vllm").handlers == handlers
    assert os.environ[PARENT_VARIABLE] == str(os.getpid())
    assert not (tmp_path / "errors.txt").exists()


def test_a_failed_start_is_left_to_the_parent_to_say(tmp_path: Path) -> None:
    failure = tmp_path / "errors.txt"
    assert run_failing_child(failure, "ERROR") == "first trouble\n"
    recorded = failure.read_text()
    assert recorded.startswith("first trouble\nEngineCore failed to start.\nTraceback")
    assert recorded.endswith("OSError: no ninja\n")


def test_who_asks_for_vllms_log_gets_all_of_it(tmp_path: Path) -> None:
    shown = run_failing_child(tmp_path / "errors.txt", "INFO")
    assert "OSError: no ninja" in shown
    assert shown.endswith("the same traceback again")
