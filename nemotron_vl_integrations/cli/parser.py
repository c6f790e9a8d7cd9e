"""Flags of every command and the types of their values; imports nothing beyond `argparse`."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nemotron_vl_integrations.cli.mcp_options import add_mcp_options
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.version import __version__

if TYPE_CHECKING:
    from nemotron_vl_integrations.page_result import PageStatus

Command = Literal["read", "ask", "extract", "doctor", "ledger", "mcp"]

# Those of `page_result`, which would load Pillow.
_STATUSES = ("read", "retried", "continued", "split", "text_layer", "blank", "failed")
_PAGES = re.compile(r"[0-9]+\s*(-\s*[0-9]*)?|-\s*[0-9]+")
_FIELD = re.compile(r"[^\W\d]\w{0,63}")
_EXIT_CODES = """\
exit codes:
  0    everything went well
  1    a page, a file or an answer failed
  2    the command line or a NEMOTRON_VL_* variable is wrong
  3    the engine could not start
  130  interrupted by Ctrl-C (143: by SIGTERM, 129: the terminal was closed)
  141  the reader of the output went away
"""
_EXIT_CODES_WITH_DOCTOR = _EXIT_CODES.replace("failed\n", "failed; for doctor: something must be fixed\n")
_ENVIRONMENT = """\
environment:
  NEMOTRON_VL_MODEL and the other NEMOTRON_VL_* variables set what EngineConfig holds;
  --model goes before NEMOTRON_VL_MODEL. NO_COLOR switches colours off.
"""


class Arguments(argparse.Namespace):
    """What every command takes."""

    command: Command
    debug: bool


class EngineArguments(Arguments):
    """What every command takes that needs the engine."""

    model: str | None
    quiet: bool
    json: bool
    layout: Layout | None
    max_tiles: int | None
    password_file: Path | None


class ReadArguments(EngineArguments):
    """`nemotron-vl read`."""

    files: list[str]
    pages: str | None
    mode: Literal["text", "markdown", "tables", "json"]
    schema: Path | None
    fields: tuple[str, ...] | None
    out: Path | None
    tiles: Path | None
    report: Path | None
    overwrite: bool
    ledger: Path | None
    retry_failed: bool
    text_layer: Literal["auto", "ignore", "prefer"]
    images: Path | None
    keep_images: Literal["failed", "all"]


class AskArguments(EngineArguments):
    """`nemotron-vl ask`."""

    images: list[str]
    question: str
    page: int | None
    think: bool


class ExtractArguments(EngineArguments):
    """`nemotron-vl extract`."""

    file: str
    schema: Path | None
    fields: tuple[str, ...] | None
    pages: str | None


class DoctorArguments(Arguments):
    """`nemotron-vl doctor`."""

    model: str | None
    json: bool
    checkpoint: Path | None


class LedgerArguments(Arguments):
    """`nemotron-vl ledger`; each action sets what it takes."""

    action: Literal["ls", "failed", "export", "find"]
    file: Path
    json: bool
    status: "PageStatus | None"
    jsonl: bool
    text: bool
    out: Path | None
    overwrite: bool
    query: str
    limit: int


class McpArguments(EngineArguments):
    """`nemotron-vl mcp`."""

    root: list[Path]
    ledger: Path | None
    fetch: list[str]
    max_pages: int
    warm: bool
    http: bool
    host: str
    port: int
    name: list[str]
    token_file: Path | None


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line, with one sub-parser for each command.

    Examples:
        >>> build_parser().parse_args(["read", "letter.pdf", "--pages", "1-3,7"]).pages
        '1-3,7'
    """
    parser = argparse.ArgumentParser(
        prog="nemotron-vl",
        description="Read scanned pages with NVIDIA Nemotron Nano 12B V2 VL, in this process.",
        epilog=_ENVIRONMENT + "\n" + _EXIT_CODES_WITH_DOCTOR,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"nemotron-vl {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: Command, summary: str, fill: Callable[[argparse.ArgumentParser], None]) -> None:
        command = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=_EXIT_CODES_WITH_DOCTOR if name == "doctor" else _EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        fill(command)
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")

    add("read", "read the text of documents and images, page by page", _fill_read)
    add("ask", "ask a question about an image or a page", _fill_ask)
    add("extract", "extract fields of a document or an image as JSON", _fill_extract)
    add("ledger", "look into a ledger: its pages, what failed, their texts", _fill_ledger)
    add("mcp", "serve the agent tools over MCP, for documents below a folder", _fill_mcp)
    add("doctor", "show what is installed, which engine would start, and what to fix", _fill_doctor)
    return parser


def _fill_read(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="PDF or image; - is standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object for each page, one a line")
    parser.add_argument("--pages", type=_page_range, help="pages, counted from 1: 1-3,7 or 5-")
    parser.add_argument(
        "--mode",
        choices=("text", "markdown", "tables", "json"),
        default="text",
        help="text: as printed, line by line (default); markdown: headings and tables marked; "
        "tables: the tables alone; each where the checkpoint has a prompt for it; "
        "json: one object a page, with --schema or --fields",
    )
    _add_schema_options(parser, of="a page's object", required=False)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write one .txt or .md (with --json also .jsonl) a document"
    )
    parser.add_argument(
        "--tiles", type=Path, metavar="DIR", help="write a picture of the tile grid of each page"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write one HTML file with all pages to look at, worst first",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files in --out and --tiles, and the --report"
    )
    parser.add_argument(
        "--ledger", type=Path, metavar="FILE", help="keep results there, and read nothing that is in it again"
    )
    parser.add_argument(
        "--retry-failed", action="store_true", help="read pages again that the ledger holds as failed"
    )
    parser.add_argument(
        "--text-layer",
        choices=("auto", "ignore", "prefer"),
        default="auto",
        help="a PDF's own text: auto takes it where reading fails, prefer instead of reading, ignore never",
    )
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="keep pictures of pages there (default: beside the ledger)"
    )
    parser.add_argument(
        "--keep-images",
        choices=("failed", "all"),
        default="failed",
        help="which pages: failed ones (default) or all",
    )
    _add_engine_options(parser)


def _fill_ask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="image or PDF; - is standard input")
    parser.add_argument("question", metavar="QUESTION", help="what to ask")
    parser.add_argument("--json", action="store_true", help="answer, tokens, confidence as one JSON object")
    parser.add_argument("--think", action="store_true", help="let the model reason before it answers")
    parser.add_argument(
        "--page", type=_positive, metavar="N", help="page of a PDF, counted from 1 (default: 1)"
    )
    _add_engine_options(parser)


def _fill_extract(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="PDF or image; - is standard input")
    _add_schema_options(parser, of="the result, an object", required=True)
    parser.add_argument("--pages", type=_page_range, help="pages, counted from 1: 1-3,7 or 5-")
    parser.set_defaults(json=True)
    _add_engine_options(parser)


def _fill_mcp(parser: argparse.ArgumentParser) -> None:
    add_mcp_options(parser)
    _add_engine_options(parser)


def _fill_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the checks as one JSON array")
    parser.add_argument("--model", help="plan for this folder or Hub id instead of NEMOTRON_VL_MODEL")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="DIR",
        help="also check the files of a checkpoint",
    )


def _fill_ledger(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        action = actions.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=_EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        action.add_argument("file", type=Path, metavar="FILE", help="the ledger")
        # Without a default of its own, which would undo `ledger --debug ls`.
        action.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
        )
        return action

    pages = add("ls", "list the pages, one a line, and count them")
    pages.add_argument("--status", choices=_STATUSES, help="only pages of this status")
    failed = add("failed", "list the pages that could not be read, with the reason")
    export = add("export", "write all that was read")
    form = export.add_mutually_exclusive_group()
    form.add_argument("--jsonl", action="store_true", help="one JSON object a page, one a line (the default)")
    form.add_argument("--text", action="store_true", help="the texts, with a line before each page")
    export.add_argument("--out", type=Path, metavar="FILE", help="write to a file, complete or not at all")
    export.add_argument("--overwrite", action="store_true", help="replace that file")
    find = add("find", "search the texts, whatever the case and the accents; all words must occur")
    find.add_argument("query", metavar="QUERY", help="what to look for, as text")
    find.add_argument("--limit", type=_positive, default=20, metavar="N", help="most hits (default: 20)")
    for action in (pages, failed, find):
        action.add_argument("--json", action="store_true", help="one JSON object a line, for programs")


def _add_schema_options(parser: argparse.ArgumentParser, *, of: str, required: bool) -> None:
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument("--schema", type=Path, metavar="FILE", help=f"JSON schema of {of}")
    group.add_argument(
        "--fields", type=_field_names, metavar="NAMES", help="names of text fields: name,date,total"
    )


def _add_engine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--layout",
        choices=("reference", "detail"),
        help="reference: the tiles that the model was trained with (default); detail: the tiles that show "
        "the page largest, for small print",
    )
    parser.add_argument(
        "--max-tiles", type=_tile_limit, metavar="N", help="most tiles of a page, 1 to 12; fewer cost less"
    )
    parser.add_argument("--model", help="folder or Hub id of the checkpoint instead of NEMOTRON_VL_MODEL")
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help="passwords for encrypted PDFs, one a line"
    )
    parser.add_argument("--quiet", action="store_true", help="only warnings and errors on stderr")


def _page_range(text: str) -> str:
    for piece in text.split(","):
        if not _PAGES.fullmatch(piece.strip()):
            raise argparse.ArgumentTypeError(f"{text!r} is not a page range such as 1-3,7 or 5- or -2")
    return text


def _positive(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _tile_limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 12:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 12")
    return int(text)


def _field_names(text: str) -> tuple[str, ...]:
    names = tuple(piece.strip() for piece in text.split(","))
    for name in names:
        if not _FIELD.fullmatch(name):
            raise argparse.ArgumentTypeError(f"{name!r} is not a field name; write --fields name,date,total")
    if len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"{text!r} names a field twice")
    return names
