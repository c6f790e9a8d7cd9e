"""`nemotron-vl mcp`: the agent tools over the Model Context Protocol, until the client or a signal ends it."""

import asyncio
from contextlib import suppress
from pathlib import Path

from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.parser import McpArguments
from nemotron_vl_integrations.cli.settings import load_engine_config
from nemotron_vl_integrations.cli.sources import read_passwords
from nemotron_vl_integrations.cli.terminal import report
from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError, NemotronVLError
from nemotron_vl_integrations.guarded_sources import UrlPolicy
from nemotron_vl_integrations.mcp_server import HttpAccess, make_server, serve_http, serve_stdio
from nemotron_vl_integrations.tools import ToolLimits, Workspace

_TOKEN_BYTES = 4096


def run_mcp(arguments: McpArguments) -> ExitCode:
    """Serve; what is wrong with the arguments is told before anything is opened."""
    access = _read_access(arguments)
    phase = _Phase(quiet=arguments.quiet)
    with Engine(load_engine_config(arguments.model), report=phase.show) as engine:
        workspace = _make_workspace(arguments, engine)
        engine.open()
        run(_serve(arguments, workspace, access, phase))
    return ExitCode.OK


class _Phase:
    """What the engine does while it starts, for standard error and for clients that wait."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self.line = ""

    def show(self, line: str) -> None:
        """Take a line of the engine."""
        self.line = line
        if not self._quiet:
            report("note", line)


async def _serve(
    arguments: McpArguments, workspace: Workspace, access: HttpAccess | None, phase: _Phase
) -> None:
    engine = workspace.engine
    server = make_server(workspace, phase=lambda: phase.line if engine.info is None else "")
    warming = asyncio.create_task(_warm(engine, wanted=arguments.warm))
    try:
        if access is None:
            await serve_stdio(server)
        else:
            await serve_http(server, access, announce=lambda url: report("serving", url))
    finally:
        warming.cancel()
        with suppress(asyncio.CancelledError):
            await warming


async def _warm(engine: Engine, *, wanted: bool) -> None:
    if not wanted:
        return
    try:
        await engine.astart()
    except NemotronVLError as error:
        # Clients are told as well, by the first call that needs the engine.
        report("error", str(error))


def _make_workspace(arguments: McpArguments, engine: Engine) -> Workspace:
    return Workspace(
        arguments.root,
        urls=UrlPolicy(hosts=tuple(arguments.fetch)) if arguments.fetch else None,
        ledger=arguments.ledger,
        engine=engine,
        limits=ToolLimits(max_pages=arguments.max_pages),
        passwords=read_passwords(arguments.password_file),
        layout=arguments.layout,
        max_tiles=arguments.max_tiles,
    )


def _read_access(arguments: McpArguments) -> HttpAccess | None:
    if not arguments.http:
        return None
    return HttpAccess(
        host=arguments.host,
        port=arguments.port,
        names=tuple(arguments.name),
        token=_read_token(arguments.token_file),
    )


def _read_token(path: Path | None) -> str | None:
    """Read the token; it is never taken from the command line, where others can see it."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            token = file.read(_TOKEN_BYTES).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidRequestError(f"The token file {str(path)!r} cannot be read: {exc}.") from exc
    return token
