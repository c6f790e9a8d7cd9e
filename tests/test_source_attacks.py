"""Generated attacks on paths, links, resources and addresses, more than a thousand, each at its door: none gets out."""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpcore
import pytest
from httpcore._backends.anyio import AnyIOBackend
from mcp.shared.exceptions import MCPError
from mcp_types import BlobResourceContents

from nemotron_vl_integrations.errors import InputError, InvalidRequestError
from nemotron_vl_integrations.guarded_sources import UrlPolicy, fetch_url
from nemotron_vl_integrations.mcp_server.documents import read_resource
from nemotron_vl_integrations.tools import CallContext, Workspace
from nemotron_vl_integrations.tools.sources import open_source
from tests.source_attacks import (
    INSIDE,
    OUTSIDE,
    Ground,
    build_ground,
    generate_paths,
    generate_redirects,
    generate_resources,
    generate_urls,
)
from tests.web_server import Server, resolve_names, serving

EMPTY = CallContext()
LYING_NAMES = {
    "mixed.example": [["93.184.216.34", "127.0.0.1"]],
    "private.example": [["10.0.0.1"]],
    "metadata.example": [["169.254.169.254"]],
}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    ground = build_ground(tmp_path)
    (ground.root / ".git").mkdir()
    for name in (".hidden.pdf", ".git/letter.pdf", "token", "pages.ledger", "notes.txt"):
        (ground.root / name).write_bytes(OUTSIDE)
    return ground


def test_there_are_a_thousand_attacks_and_more(ground: Ground) -> None:
    counts = {
        "paths": len({*generate_paths(ground)}),
        "resources": len({*generate_resources(ground)}),
        "addresses": len({*generate_urls(1)}),
        "redirects": len({*generate_redirects(1)}),
    }
    print(counts)
    assert min(counts.values()) >= 200
    assert sum(counts.values()) >= 1000


@pytest.mark.parametrize("place", ["allowed", ".", "allowed/deep"])
async def test_no_path_leads_out_of_the_folder(
    ground: Ground, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ground.around / place)
    workspace = Workspace(ground.root)
    read: dict[str, bytes] = {}
    for attack in generate_paths(ground):
        with suppress(InputError):
            read[attack] = (await open_source(attack, workspace, EMPTY)).content
    assert {attack for attack, data in read.items() if data != INSIDE} == set()
    assert (await open_source("letter.pdf", workspace, EMPTY)).content == INSIDE


def test_the_paths_would_lead_out_without_a_guard(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ground.root)
    escapes = 0
    for attack in generate_paths(ground):
        with suppress(OSError, ValueError):
            path = Path(attack)
            escapes += path.is_file() and path.read_bytes()[: len(OUTSIDE)] == OUTSIDE
    assert escapes > 60


async def test_no_resource_lies_outside_the_folder_or_is_no_document(ground: Ground) -> None:
    workspace = Workspace(ground.root)
    read: dict[str, bytes] = {}
    for attack in generate_resources(ground):
        with suppress(MCPError):
            (contents,) = (await read_resource(workspace, attack, EMPTY)).contents
            assert isinstance(contents, BlobResourceContents)
            read[attack] = base64.b64decode(contents.blob)
    assert {attack for attack, data in read.items() if data != INSIDE} == set()
    assert (await read_resource(workspace, "document:///letter.pdf", EMPTY)).contents


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch, server: Server) -> list[tuple[str, int]]:
    """Machines that were connected to; those other than the server do not answer."""
    connected: list[tuple[str, int]] = []

    class Network(AnyIOBackend):
        async def connect_tcp(  # pyright: ignore[reportIncompatibleMethodOverride] - httpcore gives them in order
            self,
            host: str,
            port: int,
            *options: Any,  # noqa: ANN401 - handed on
        ) -> httpcore.AsyncNetworkStream:
            connected.append((host, port))
            if port != server.server_port:
                raise httpcore.ConnectError("nobody answers")
            return await super().connect_tcp(host, port, *options)

    monkeypatch.setattr(httpcore, "AnyIOBackend", Network)
    resolve_names(monkeypatch, LYING_NAMES)
    return connected


def test_no_address_makes_a_connection_to_a_private_machine(
    server: Server, connections: list[tuple[str, int]]
) -> None:
    policy = UrlPolicy(hosts=("*", f"*:{server.server_port}"), seconds=5.0)

    async def try_all() -> None:
        for attack in generate_urls(server.server_port):
            with pytest.raises(InvalidRequestError):
                await fetch_url(attack, policy)

    asyncio.run(try_all())
    assert connections == []
    assert server.visited == []
    # A public machine would have been connected to.
    with pytest.raises(InvalidRequestError, match="cannot be asked"):
        asyncio.run(fetch_url("http://93.184.216.34/", policy))
    assert connections == [("93.184.216.34", 80)]


def test_no_redirect_makes_a_connection_to_a_private_machine(
    server: Server, connections: list[tuple[str, int]]
) -> None:
    port = server.server_port
    server.targets = [*generate_redirects(port)]
    policy = UrlPolicy(hosts=("*", f"*:{port}", f"localhost:{port}"), seconds=5.0)

    async def try_all() -> None:
        for number in range(len(server.targets)):
            with pytest.raises(InvalidRequestError):
                await fetch_url(f"http://localhost:{port}/target/{number}", policy)

    asyncio.run(try_all())
    assert {*connections} == {("127.0.0.1", port)}
    # What leads back to the server by the name that was allowed is no escape.
    assert {*server.names} == {f"localhost:{port}"}
    assert len(server.visited) >= len(server.targets)
