"""`nemotron-vl doctor`: what is installed, which engine would start, what to fix."""

import os
import sys

from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.parser import DoctorArguments
from nemotron_vl_integrations.cli.settings import load_engine_config
from nemotron_vl_integrations.cli.terminal import is_terminal, one_line, write_json, write_text
from nemotron_vl_integrations.doctor import (
    Check,
    Status,
    examine_checkpoint,
    examine_installation,
    has_problem,
)
from nemotron_vl_integrations.errors import InvalidRequestError

_COLOURS: dict[Status, str] = {"ok": "32", "warn": "33", "problem": "31"}


def run_doctor(arguments: DoctorArguments) -> ExitCode:
    """Write every check, with its mark and the next step."""
    checks = _examine(arguments)
    if arguments.json:
        write_json([check.to_json() for check in checks])
    else:
        coloured = (
            is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
        width = max(len(check.name) for check in checks)
        for check in checks:
            _write_check(check, width, coloured=coloured)
    return ExitCode.FAILED if has_problem(checks) else ExitCode.OK


def _examine(arguments: DoctorArguments) -> tuple[Check, ...]:
    try:
        checks = examine_installation(load_engine_config(arguments.model))
    except InvalidRequestError as error:
        checks = (Check("settings", "problem", error.message, error.hint),)
    if arguments.checkpoint is not None:
        checks += examine_checkpoint(arguments.checkpoint)
    return checks


def _write_check(check: Check, width: int, *, coloured: bool) -> None:
    mark = f"{check.status:<7}"
    if coloured:
        # Written past `write_text`, which takes escapes out.
        sys.stdout.write(f"\x1b[{_COLOURS[check.status]}m{mark}\x1b[0m")
        mark = ""
    write_text(f"{mark}  {one_line(check.name):<{width}}  {one_line(check.value)}\n")
    if check.hint:
        write_text(f"{'':<7}  {'':<{width}}  -> {one_line(check.hint)}\n")
