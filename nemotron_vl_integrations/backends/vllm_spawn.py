"""What vLLM's child processes inherit from this one, and what they must not."""

import multiprocessing
import multiprocessing.resource_tracker
import multiprocessing.spawn
import os
import signal
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nemotron_vl_integrations.vllm_plugin.engine_child import FAILURE_VARIABLE, PARENT_VARIABLE

PLUGIN = "nemotron_vl"
"""Name of this package's entry point in `vllm.general_plugins`."""

_environment_lock = threading.Lock()


@contextmanager
def environment(
    defaults: Mapping[str, str], forced: Mapping[str, str] | None = None
) -> Generator[None, None, None]:
    """Set environment variables for the children that are started inside, and restore them afterwards.

    Args:
        defaults: Set where the user has not set them.
        forced: Set in any case.
    """
    with _environment_lock:
        wanted = {name: value for name, value in defaults.items() if name not in os.environ} | dict(
            forced or {}
        )
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def engine_variables(failure: Path) -> dict[str, str]:
    """Variables that tell the engine's process whose it is, and that it must load this package's plugin.

    Args:
        failure: File for the errors of the engine's process.
    """
    variables = {
        PARENT_VARIABLE: str(os.getpid()),
        FAILURE_VARIABLE: str(failure),
        # A fork would copy this process's threads as locks that nobody opens again.
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    }
    plugins = os.environ.get("VLLM_PLUGINS")
    if plugins is not None and PLUGIN not in plugins.split(","):
        # The user's choice of plugins leaves ours out, and without it vLLM does not know this model's configuration.
        variables["VLLM_PLUGINS"] = ",".join(filter(None, (plugins, PLUGIN)))
    return variables


@contextmanager
def hidden_main_module() -> Generator[None, None, None]:
    """Keep children that this thread starts from running the user's script again.

    Expected: `spawn` starts a fresh interpreter. It also imports the parent's main module, so a script
    without `if __name__ == "__main__"` would start an engine inside the engine's own process. Nothing
    that vLLM sends to its children lives in the main module.
    See https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods.
    """
    starter = threading.current_thread()
    original: Callable[[str], dict[str, object]] = multiprocessing.spawn.get_preparation_data

    def without_main(name: str) -> dict[str, object]:
        data = original(name)
        if threading.current_thread() is starter:
            data.pop("init_main_from_name", None)
            data.pop("init_main_from_path", None)
        return data

    multiprocessing.spawn.get_preparation_data = without_main
    try:
        yield
    finally:
        multiprocessing.spawn.get_preparation_data = original


@contextmanager
def blocked_interrupts() -> Generator[None, None, None]:
    """Keep Ctrl-C from children that this thread starts inside: it must end a request, not the engine.

    Children inherit the mask. multiprocessing's resource tracker unblocks the signal in the thread that starts it,
    so that has to happen before.
    """
    multiprocessing.resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def engine_processes() -> set[int]:
    """Ids of vLLM's engine processes that this process has started and that still run."""
    return {
        child.pid
        for child in multiprocessing.active_children()
        if child.pid is not None and child.name.startswith("EngineCore")
    }
