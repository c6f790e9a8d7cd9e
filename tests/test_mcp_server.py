"""The MCP server under the official client: over standard input and output, and over HTTP on this machine."""

import asyncio
import base64
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen

import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ImageContent, TextContent

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.mcp_server import HttpAccess, make_server
from nemotron_vl_integrations.tools import TOOLS, Workspace
from tests.mcp_serving import serving_here

SAMPLES = Path("samples")
COMMAND = ("-W", "error", "-m", "nemotron_vl_integrations", "mcp", "--root", str(SAMPLES), "--quiet")
TOKEN = "a-token-of-some-length"


def text_of(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


@contextmanager
def serving(*options: str) -> Generator[str]:
    """A server on a free port of this machine; gives its address."""
    words = (sys.executable, *COMMAND[:-1], "--http", "--port", "0", *options)
    with Popen(words, stderr=PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "serving" in line)
            yield line.split()[-1]
        finally:
            process.terminate()
            process.wait(30)


async def test_a_client_over_standard_input_sees_the_tools_and_gets_a_page_as_an_image() -> None:
    async with Client(StdioServerParameters(command=sys.executable, args=list(COMMAND))) as client:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == [tool.name for tool in TOOLS]
        result = await client.call_tool("page_image", {"source": "letter.pdf", "page": 1})
    (image,) = [part for part in result.content if isinstance(part, ImageContent)]
    assert load_image(base64.b64decode(image.data)).width >= 512
    assert image.data[:40] not in text_of(result)


async def test_a_client_over_http_sees_documents_as_resources_and_no_others() -> None:
    with serving() as address:
        async with Client(address) as client:
            resources = {str(resource.uri) for resource in (await client.list_resources()).resources}
            outside = await client.call_tool("page_image", {"source": "../README.md", "page": 1})
    assert any(uri.endswith("letter.pdf") for uri in resources)
    assert outside.is_error
    assert "README.md" in text_of(outside)


async def test_a_client_has_the_real_engine_read_a_page(engine: Engine) -> None:
    server = make_server(Workspace(SAMPLES, engine=engine))
    told: list[str] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        told.append(message or "")

    async with Client(server) as client:
        result = await client.call_tool("read_document", {"source": "receipt.png"}, progress_callback=note)
        mistaken = await client.call_tool("read_document", {"source": "receipt.png", "page": 1})
    assert "Willow Paper Shop" in text_of(result)
    assert told
    assert mistaken.is_error
    assert "page" in text_of(mistaken)


async def wait_for_running(engine: Engine, *, busy: bool) -> None:
    async with asyncio.timeout(60):
        while bool(engine.running) != busy:
            await asyncio.sleep(0)


@asynccontextmanager
async def connected(workspace: Workspace, transport: str) -> AsyncGenerator[Client]:
    if transport == "memory":
        async with Client(make_server(workspace)) as client:
            yield client
    else:
        async with serving_here(workspace) as address, Client(address) as client:
            yield client


@pytest.mark.parametrize("transport", ["memory", "http"])
async def test_a_call_that_its_client_cancels_is_aborted_in_the_engine(
    engine: Engine, transport: str
) -> None:
    engine.start()
    async with connected(Workspace(SAMPLES, engine=engine), transport) as client:
        call = asyncio.create_task(client.call_tool("read_document", {"source": "contract.pdf"}))
        await wait_for_running(engine, busy=True)
        call.cancel()
        await wait_for_running(engine, busy=False)
        # The server goes on, and so does the engine.
        question = {"source": "receipt.png", "page": 1, "question": "What is the Total?"}
        result = await client.call_tool("ask_page", question)
    assert call.cancelled()
    assert not result.is_error
    assert engine.running == 0


async def test_a_client_that_goes_away_leaves_nothing_running(engine: Engine) -> None:
    engine.start()
    async with serving_here(Workspace(SAMPLES, engine=engine)) as address:
        async with Client(address) as client:
            call = asyncio.create_task(client.call_tool("read_document", {"source": "contract.pdf"}))
            await wait_for_running(engine, busy=True)
        await wait_for_running(engine, busy=False)
        with suppress(asyncio.CancelledError, MCPError):
            await call


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_foreign_names_and_origins_are_refused(header: dict[str, str]) -> None:
    with serving() as address:
        reply = httpx.post(address, headers={"Accept": "application/json", **header}, json={})
    assert reply.status_code in (403, 421)


def test_without_its_token_nobody_is_let_in(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    with serving("--token-file", str(file)) as address:
        assert httpx.post(address, json={}).status_code == 401
        assert httpx.post(address, headers={"Authorization": "Bearer x"}, json={}).status_code == 401
        let_in = httpx.post(address, headers={"Authorization": f"Bearer {TOKEN}"}, json={})
    assert let_in.status_code != 401


def test_an_address_that_others_reach_needs_a_token() -> None:
    with pytest.raises(InvalidRequestError, match="no token is set"):
        HttpAccess(host="0.0.0.0")
    assert HttpAccess(host="0.0.0.0", token=TOKEN).token == TOKEN
