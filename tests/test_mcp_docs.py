"""The set-ups of clients that docs/mcp.md shows start a server, or reach one, that serves the tools."""

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from mcp import Client, StdioServerParameters
from starlette.testclient import TestClient

from nemotron_vl_integrations.mcp_server import HttpAccess, make_app, make_server
from nemotron_vl_integrations.tools import TOOLS, Workspace
from tests.test_docs import ROOT, read_page

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


def list_servers() -> Iterator[dict[str, Any]]:
    for block in read_page("docs/mcp.md").blocks:
        if block.language in ("json", "toml"):
            settings = json.loads(block.text) if block.language == "json" else tomllib.loads(block.text)
            ((_, servers),) = settings.items()
            yield servers["nemotron-vl"]


STARTED = [server for server in list_servers() if "command" in server]
REACHED = [server for server in list_servers() if "url" in server]


def test_the_page_shows_both_kinds() -> None:
    assert (len(STARTED), len(REACHED)) == (3, 2)


@pytest.mark.parametrize("server", STARTED, ids=str)
async def test_a_client_starts_the_server_as_the_page_shows(server: dict[str, Any], tmp_path: Path) -> None:
    assert server["command"] == "nemotron-vl"
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    words = ["-m", "nemotron_vl_integrations", *server["args"]]
    started = StdioServerParameters(command=sys.executable, args=words, cwd=tmp_path)
    async with Client(started) as client:
        assert len((await client.list_tools()).tools) == len(TOOLS)


@pytest.mark.parametrize("server", REACHED, ids=str)
def test_a_client_is_let_in_as_the_page_shows(server: dict[str, Any]) -> None:
    place = urlsplit(str(server["url"]))
    headers: dict[str, str] = server.get("headers", {})
    assert place.hostname is not None
    token = headers.get("Authorization", "").removeprefix("Bearer ") or None
    host = "127.0.0.1" if token is None else "0.0.0.0"
    access = HttpAccess(host=host, names=(place.hostname,) if token else (), token=token)
    assert place.port == access.port
    app = make_app(make_server(Workspace("samples")), access, port=access.port)
    with TestClient(app, base_url=f"http://{place.netloc}") as client:
        assert client.post(place.path, json=HELLO, headers={**ACCEPT, **headers}).status_code == 200
        stranger = {**ACCEPT, **headers, "Host": "evil.example"}
        assert client.post(place.path, json=HELLO, headers=stranger).status_code == 421
