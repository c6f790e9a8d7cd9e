"""Flags of `nemotron-vl mcp`."""

import argparse
from pathlib import Path


def add_mcp_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes beside the options of the engine."""
    parser.add_argument(
        "--root",
        type=Path,
        action="append",
        required=True,
        metavar="DIR",
        help="folder, or file, that clients may read; may be given several times",
    )
    parser.add_argument(
        "--ledger", type=Path, metavar="FILE", help="keep pages there, so that none is read twice"
    )
    parser.add_argument(
        "--fetch",
        action="append",
        default=[],
        metavar="HOST",
        help="host that may be fetched from, such as example.org; may be given several times (default: none)",
    )
    parser.add_argument(
        "--max-pages",
        type=_count,
        default=20,
        metavar="N",
        help="most pages that one call reads (default: 20)",
    )
    parser.add_argument(
        "--warm", action="store_true", help="start the engine at once and not at the first call"
    )
    _add_http_options(parser)


def _add_http_options(parser: argparse.ArgumentParser) -> None:
    http = parser.add_argument_group("over HTTP instead of standard input and output")
    http.add_argument("--http", action="store_true", help="serve streamable HTTP at /mcp")
    http.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen at (default: this machine only)",
    )
    http.add_argument("--port", type=_port, default=8808, help="port to listen at; 0 takes a free one")
    http.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="NAME",
        help="name by which clients call the server, if not by its address; may be given several times",
    )
    http.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="file with the token that clients must send; needed where other machines can connect",
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 10000")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)
