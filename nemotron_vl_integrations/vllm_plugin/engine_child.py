"""What vLLM's engine process does for its parent: ends with it, says why it fails, and keeps no memory for nothing.

The parent sets two environment variables around the start, and `vllm_plugin` calls `serve_parent` in the child.
"""

import io
import logging
import multiprocessing
import os
import sys
import threading
from multiprocessing.connection import wait
from pathlib import Path

from nemotron_vl_integrations.freed_memory import IdleMemory, find_trim

PARENT_VARIABLE = "_NEMOTRON_VL_PARENT"
"""Id of the process that started the engine; without it, nothing here does anything."""

FAILURE_VARIABLE = "_NEMOTRON_VL_FAILURE"
"""File that the engine's process writes its errors to."""

_POLL_SECONDS = 5.0
_QUIET_LEVELS = ("ERROR", "CRITICAL")


def serve_parent() -> None:
    """Watch the parent and record errors for it; in any other process than an engine's, do nothing."""
    # The parent itself comes here too, with both variables set for its child.
    if os.environ.get(PARENT_VARIABLE) != str(os.getppid()):
        return
    del os.environ[PARENT_VARIABLE]
    threading.Thread(
        target=_end_with_parent, args=(os.getppid(),), name="nemotron-vl-parent", daemon=True
    ).start()
    if failure := os.environ.pop(FAILURE_VARIABLE, ""):
        _record_errors(Path(failure))


def _end_with_parent(parent: int) -> None:
    """End this process as soon as its parent has ended, however that came about: vLLM itself would stay."""
    process = multiprocessing.parent_process()
    sentinels = [] if process is None else [process.sentinel]
    # A fork of the parent may hold the sentinel open, so the parent's id is asked for as well.
    memory = IdleMemory(find_trim())
    while os.getppid() == parent and not wait(sentinels, timeout=_POLL_SECONDS):
        memory.look()
    os._exit(1)


def _record_errors(file: Path) -> None:
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setLevel(logging.ERROR)
    logger = logging.getLogger("vllm")
    if os.environ.get("VLLM_LOGGING_LEVEL") in _QUIET_LEVELS:
        for other in logger.handlers:
            other.addFilter(_leave_start_failure_to_parent)
    logger.addHandler(handler)


def _leave_start_failure_to_parent(record: logging.LogRecord) -> bool:
    """Keep a failed start off the terminal: the parent reads it from the file and says it in a sentence.

    The process ends right after this record, and multiprocessing would print the same traceback again.
    """
    if "failed to start" not in record.getMessage():
        return True
    sys.stderr = io.StringIO()
    return False


def find_error_lines(log: str) -> str:
    r"""Take the lines that name errors out of a log with tracebacks: those that are not indented.

    Examples:
        >>> find_error_lines("Traceback (most recent call last):\n  File 'a.py', line 1\nOSError: no ninja")
        'OSError: no ninja'
    """
    lines = (line.rstrip() for line in log.splitlines())
    return "\n".join(
        line for line in lines if line and not line[0].isspace() and not line.startswith("Traceback (")
    )
