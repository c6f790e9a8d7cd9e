"""What stands around the pages of a report: the style, the counts with their filter, what was left out."""

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from string import Template
from typing import get_args

from nemotron_vl_integrations.page_result import PageResult, PageStatus
from nemotron_vl_integrations.report.escaping import escape_name

_PAGES = "<!-- the pages -->\n"
_FILES = files("nemotron_vl_integrations.report")
_STYLE = _FILES.joinpath("style.css").read_text(encoding="utf-8")
_START, END = _FILES.joinpath("template.html").read_text(encoding="utf-8").split(_PAGES)


@dataclass(slots=True)
class ReportTotals:
    """Adds up a run.

    Attributes:
        counts: Pages of each status.
        sources: Names of the documents.
        models: Names of the checkpoints that read.
        from_ledger: Pages whose result was found in the ledger.
        completion_tokens: What the model wrote in all.
        lost: Documents that could not be read: name and message.
    """

    counts: Counter[PageStatus] = field(default_factory=Counter[PageStatus])
    sources: set[str] = field(default_factory=set[str])
    models: set[str] = field(default_factory=set[str])
    from_ledger: int = 0
    completion_tokens: int = 0
    lost: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def add(self, page: PageResult) -> None:
        """Add a page."""
        self.counts[page.status] += 1
        self.sources.add(page.source)
        self.models.add(page.model)
        self.from_ledger += page.from_ledger
        self.completion_tokens += page.completion_tokens


def render_start(totals: ReportTotals, *, left_out: int, complete: bool) -> str:
    """Return what stands before the pages.

    Args:
        totals: Of all pages.
        left_out: Pages that are not shown.
        complete: Whether the run came to its end.
    """
    return Template(_START).substitute(
        style=_STYLE,
        # The policy knows this one style by its hash, and allows no script at all.
        style_hash=base64.b64encode(hashlib.sha256(_STYLE.encode("utf-8")).digest()).decode("ascii"),
        totals=_describe(totals),
        filters="\n".join(_render_filter(status, totals) for status in _known_statuses(totals)),
        notices="\n".join(_list_notices(totals, left_out=left_out, complete=complete)),
    )


def _describe(totals: ReportTotals) -> str:
    parts = [
        f"{_count(totals.counts.total(), 'page')} of {_count(len(totals.sources), 'document')}",
        f"{_count(totals.completion_tokens, 'token')} written",
    ]
    parts += [f"{totals.from_ledger:,} from the ledger"] if totals.from_ledger else []
    models = ", ".join(f"<bdi>{escape_name(name)}</bdi>" for name in sorted(totals.models) if name)
    parts += [f"read by {models}"] if models else []
    parts += [f"{datetime.now():%Y-%m-%d %H:%M}"]
    return " &middot; ".join(parts)


def _known_statuses(totals: ReportTotals) -> list[PageStatus]:
    # The worst stands first here too.
    order: tuple[PageStatus, ...] = get_args(PageStatus)
    return [status for status in reversed(order) if totals.counts[status]]


def _render_filter(status: PageStatus, totals: ReportTotals) -> str:
    name = status.replace("_", " ")
    return (
        f'<label class="{status}"><input type="checkbox" id="show-{status}" checked>'
        f"{name} <b>{totals.counts[status]:,}</b></label>"
    )


def _list_notices(totals: ReportTotals, *, left_out: int, complete: bool) -> list[str]:
    notices = [] if complete else ["The run was interrupted. This report holds what was read until then."]
    if left_out:
        shown = totals.counts["read"] - left_out
        notices.append(
            f"{_count(left_out, 'page')} with the status &ldquo;read&rdquo; left out: "
            f"of these only the {shown:,} with the lowest confidence are shown. All other pages are here."
        )
    lost = [
        f"<bdi>{escape_name(message if name in message else f'{name}: {message}')}</bdi>"
        for name, message in totals.lost
    ]
    return [f'<p class="notice">{line}</p>' for line in notices] + [
        f'<p class="notice lost">{line}</p>' for line in lost
    ]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
