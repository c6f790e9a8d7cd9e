"""The command line `nemotron-vl`: read, ask, extract, ledger, mcp, doctor.

    parser          flags and what they mean; loads nothing heavy, so that `--help` is quick
    dispatch        runs a command and turns what happens into an exit code
    read            documents (several side by side), outputs (`--out`), tile_pictures (`--tiles`)
    ask, extract    one question, one object
    ledger          what is in a ledger
    mcp             the agent tools for MCP clients; mcp_options its flags
    diagnose        the command `doctor`
    session         the engine of one command; settings what configures it
    interrupts      Ctrl-C, SIGTERM, SIGHUP
    sources         files and standard input as documents
    progress        the display on standard error; live_progress draws it, log_lines writes warnings beside it
    schemas         `--schema` and `--fields`
    terminal        what may reach a terminal or a pipe, and how

An error becomes one line and an `ExitCode`, unless `--debug` asks for its traceback.
"""

from nemotron_vl_integrations.cli.dispatch import main
from nemotron_vl_integrations.cli.parser import build_parser

__all__ = ["build_parser", "main"]
