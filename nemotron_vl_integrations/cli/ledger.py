"""`nemotron-vl ledger`: what is in a ledger, as lines for people or for programs."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import assert_never, get_args

from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.parser import LedgerArguments
from nemotron_vl_integrations.cli.terminal import dump_json, one_line, report, write_json, write_text
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger import Ledger, LedgerEntry, SearchHit
from nemotron_vl_integrations.page_result import PageResult, PageStatus

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def run_ledger(arguments: LedgerArguments) -> ExitCode:
    """Look into a ledger; makes none, and mends none."""
    with Ledger(arguments.file, create=False) as ledger:
        match arguments.action:
            case "ls":
                _list_pages(ledger.entries(status=arguments.status), as_json=arguments.json)
            case "failed":
                _list_pages(ledger.entries(status="failed"), as_json=arguments.json)
            case "export":
                _export(ledger, arguments)
            case "find":
                _show_hits(ledger.search(arguments.query, arguments.limit), as_json=arguments.json)
            case _:
                assert_never(arguments.action)
    return ExitCode.OK


def _list_pages(entries: Iterable[LedgerEntry], *, as_json: bool) -> None:
    counts = Counter[PageStatus]()
    for entry in entries:
        if as_json:
            write_json({name: value for name, value in entry.to_json().items() if name != "text"})
            continue
        counts[entry.result.status] += 1
        write_text(describe_page(entry.result) + "\n")
    if not as_json:
        write_text(describe_counts(counts) + "\n")


def describe_page(page: PageResult) -> str:
    """Make one line of a page: status, number, confidence, document and, if there is one, the reason.

    Examples:
        >>> describe_page(PageResult(source="a.pdf", page=12, page_label="iv", status="read", confidence=0.984))
        'read           12  0.98  a.pdf (page iv)'
    """
    confidence = "" if page.confidence is None else f"{page.confidence:.2f}"
    label = "" if page.page_label == str(page.page) else f" (page {one_line(page.page_label)})"
    reason = f": {one_line(page.reason)}" if page.reason else ""
    return f"{page.status:<10} {page.page:>6}  {confidence:>4}  {one_line(page.source)}{label}{reason}"


def describe_counts(counts: Counter[PageStatus]) -> str:
    """Make one line of how many pages there are of each status.

    Examples:
        >>> describe_counts(Counter({"failed": 1, "read": 2}))
        '3 pages: 2 read, 1 failed'
    """
    pages = "1 page" if counts.total() == 1 else f"{counts.total()} pages"
    parts = [f"{counts[status]} {status}" for status in get_args(PageStatus) if counts[status]]
    return f"{pages}: {', '.join(parts)}" if parts else pages


def _show_hits(hits: tuple[SearchHit, ...], *, as_json: bool) -> None:
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    for hit in hits:
        if as_json:
            write_json(hit.to_json())
            continue
        write_text(f"{one_line(hit.source)}, page {one_line(hit.page_label)}: ")
        if coloured:
            _write_bold(hit)
        else:
            write_text(one_line(hit.mark()) + "\n")


def _write_bold(hit: SearchHit) -> None:
    last = 0
    for start, end in hit.matches:
        # Written past `write_text`, which takes escapes out.
        sys.stdout.write(
            one_line(hit.snippet[last:start]) + _BOLD + one_line(hit.snippet[start:end]) + _PLAIN
        )
        last = end
    write_text(one_line(hit.snippet[last:]) + "\n")


def _export(ledger: Ledger, arguments: LedgerArguments) -> None:
    lines = _export_text(ledger.entries()) if arguments.text else _export_json(ledger.entries())
    if arguments.out is None:
        for line in lines:
            write_text(line)
        return
    _refuse_replacing(arguments.out, arguments.file, overwrite=arguments.overwrite)
    _write_file(arguments.out, lines)
    report("wrote", str(arguments.out))


def _export_json(entries: Iterator[LedgerEntry]) -> Iterator[str]:
    for entry in entries:
        yield dump_json(entry.to_json()) + "\n"


def _export_text(entries: Iterator[LedgerEntry]) -> Iterator[str]:
    for entry in entries:
        page = entry.result
        yield f"==> {one_line(page.source)}, page {one_line(page.page_label)} <==\n{page.text}\n\n"


def _refuse_replacing(out: Path, ledger: Path, *, overwrite: bool) -> None:
    if out.exists() and out.samefile(ledger):
        raise InvalidRequestError(f"{str(out)!r} is the ledger itself.", hint="Choose another file.")
    # A dangling link is a file too: it would be replaced.
    if (out.exists() or out.is_symlink()) and not overwrite:
        raise InvalidRequestError(
            f"{str(out)!r} exists already.", hint="Choose another file, or add --overwrite."
        )


def _write_file(out: Path, lines: Iterator[str]) -> None:
    """Write a file that has its name when it is complete."""
    part = out.with_name(out.name + ".part")
    part.unlink(missing_ok=True)  # Never write through a link that someone left there.
    try:
        with part.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(lines)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
