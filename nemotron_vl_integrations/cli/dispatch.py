"""Runs a command and turns whatever happens into an exit code and at most one line on standard error."""

import sys
import traceback
from collections.abc import Sequence
from typing import assert_never, cast

from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.interrupts import InterruptedBySignalError, stop_on_signals
from nemotron_vl_integrations.cli.parser import (
    Arguments,
    AskArguments,
    DoctorArguments,
    ExtractArguments,
    LedgerArguments,
    McpArguments,
    ReadArguments,
    build_parser,
)
from nemotron_vl_integrations.cli.terminal import OutputClosedError, discard_output, report, use_utf8
from nemotron_vl_integrations.errors import (
    EngineConfigConflictError,
    EngineStartError,
    InvalidRequestError,
    MissingExtraError,
    NemotronVLError,
    UnsupportedModeError,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        argv: Arguments without the name of the program; None takes those of this process.

    Examples:
        >>> main(["--version"])
        nemotron-vl 0.1.0
        0
    """
    use_utf8()
    parser = build_parser()
    if not (sys.argv[1:] if argv is None else argv):
        parser.print_help(sys.stderr)
        return ExitCode.USAGE
    try:
        arguments = cast("Arguments", parser.parse_args(argv))
    except SystemExit as exit_:  # argparse ends --help, --version and wrong usage like this.
        return exit_.code if isinstance(exit_.code, int) else ExitCode.USAGE
    try:
        with stop_on_signals():
            return _run(arguments)
    except InterruptedBySignalError as interrupt:
        report("error", "interrupted")
        return interrupt.exit_code
    except OutputClosedError:
        discard_output()
        return ExitCode.OUTPUT_CLOSED
    except (NemotronVLError, OSError) as error:
        if arguments.debug:
            traceback.print_exc()
        report("error", _describe(error))
        return exit_code_of(error)


def exit_code_of(error: NemotronVLError | OSError) -> ExitCode:
    """The exit code of an error that ended a command.

    Examples:
        >>> exit_code_of(EngineStartError("no memory"))
        <ExitCode.NO_ENGINE: 3>
    """
    match error:
        case InvalidRequestError() | UnsupportedModeError():
            return ExitCode.USAGE
        case EngineStartError() | EngineConfigConflictError() | MissingExtraError():
            return ExitCode.NO_ENGINE
        case _:
            return ExitCode.FAILED


def _run(arguments: Arguments) -> ExitCode:
    # Each command is imported when it runs, so that `--help` loads none of what they need.
    match arguments.command:
        case "read":
            from nemotron_vl_integrations.cli.read import run_read

            return run_read(cast("ReadArguments", arguments))
        case "ask":
            from nemotron_vl_integrations.cli.ask import run_ask

            return run_ask(cast("AskArguments", arguments))
        case "extract":
            from nemotron_vl_integrations.cli.extract import run_extract

            return run_extract(cast("ExtractArguments", arguments))
        case "ledger":
            from nemotron_vl_integrations.cli.ledger import run_ledger

            return run_ledger(cast("LedgerArguments", arguments))
        case "mcp":
            from nemotron_vl_integrations.cli.mcp import run_mcp

            return run_mcp(cast("McpArguments", arguments))
        case "doctor":
            from nemotron_vl_integrations.cli.diagnose import run_doctor

            return run_doctor(cast("DoctorArguments", arguments))
        case _:
            assert_never(arguments.command)


def _describe(error: NemotronVLError | OSError) -> str:
    if isinstance(error, NemotronVLError):
        return str(error)
    place = f": {error.filename!r}" if error.filename is not None else ""
    return f"{error.strerror or error}{place}."
