"""A server of the web on this machine, and a name server that lies, for tests of what is fetched."""

import http.server
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

import pytest

from tests.source_attacks import INSIDE

LIMIT = 1000


class Server(http.server.ThreadingHTTPServer):
    """Notes what is asked for and by which name of the server, and answers by the path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.visited: list[str] = []
        self.names: list[str] = []
        self.targets: list[str] = []

    @property
    def visits(self) -> int:
        """How often somebody came."""
        return len(self.visited)


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.visited.append(self.path)
        self.server.names.append(self.headers["Host"])
        match self.path.strip("/").split("/", 1):
            case ["picture"]:
                self._answer(200, INSIDE)
            case ["to", target]:
                self._redirect(target)
            case ["target", number]:
                self._redirect(self.server.targets[int(number)])
            case ["large"]:
                self._answer(200, bytes(LIMIT * 10))
            case ["packed"]:
                self._answer(200, INSIDE, coding="gzip")
            case ["slow"]:
                self.send_response(200)
                self.end_headers()
                with suppress(OSError):
                    while True:
                        self.wfile.write(b".")
                        self.wfile.flush()
                        threading.Event().wait(0.05)
            case _:
                self._answer(404, b"")

    def _redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.end_headers()

    def _answer(self, status: int, body: bytes, coding: str = "identity") -> None:
        self.send_response(status)
        self.send_header("Content-Encoding", coding)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Generator[Server]:
    """A server on a free port."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def resolve_names(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[list[str]]]) -> None:
    """Answer for names as a hostile name server does: with another address at each question, and else this machine."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, family: int, *rest: int) -> list[tuple[object, ...]]:
        kind, protocol, _ = rest
        with suppress(socket.gaierror):
            return [*look_up(host, port, family, kind, protocol, socket.AI_NUMERICHOST)]
        turns = answers.get(host, [["127.0.0.1"]])
        turn = turns.pop(0) if len(turns) > 1 else turns[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in turn]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
