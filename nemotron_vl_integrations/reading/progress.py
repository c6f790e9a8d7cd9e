"""How far a run has come: counts, speed, time left, and a summary that names every page to look at."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nemotron_vl_integrations.page_result import PageResult, PageStatus

_REASON_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingProgress:
    """The state of a run.

    Attributes:
        done: Pages with a result.
        total: Pages in all, as far as the documents were opened by now.
        counts: Pages of each status that occurred.
        from_ledger: Pages whose result was found in the ledger.
        seconds: Since the first page was asked for.
    """

    done: int = 0
    total: int = 0
    counts: dict[PageStatus, int] = field(default_factory=dict[PageStatus, int])
    from_ledger: int = 0
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        """Pages that no attempt could read."""
        return self.counts.get("failed", 0)

    @property
    def retried(self) -> int:
        """Pages that took more than one attempt and were read in the end."""
        return sum(self.counts.get(status, 0) for status in ("retried", "continued", "split"))

    @property
    def pages_per_second(self) -> float:
        """Speed so far, without the pages that the ledger had.

        Examples:
            >>> ReadingProgress(done=10, total=40, from_ledger=4, seconds=3.0).pages_per_second
            2.0
        """
        return (self.done - self.from_ledger) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Time until the end at the speed so far; None before the first page was read.

        Examples:
            >>> ReadingProgress(done=10, total=40, seconds=5.0).seconds_left
            15.0
        """
        speed = self.pages_per_second
        return max(0, self.total - self.done) / speed if speed > 0 else None


class ProgressCounter:
    """Counts the pages of a run; belongs to one event loop."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.state = ReadingProgress()

    def expect(self, pages: int) -> None:
        """Add pages that are to come."""
        self.state = replace(self.state, total=self.state.total + pages)

    def count(self, page: PageResult) -> ReadingProgress:
        """Add a page that has come."""
        counts = Counter(self.state.counts)
        counts[page.status] += 1
        self.state = replace(
            self.state,
            done=self.state.done + 1,
            counts=dict(counts),
            from_ledger=self.state.from_ledger + page.from_ledger,
            seconds=time.monotonic() - self._began,
        )
        return self.state


def describe_progress(progress: ReadingProgress) -> str:
    """Say how far a run is, in a few words.

    Examples:
        >>> describe_progress(ReadingProgress(done=10, total=40, seconds=5.0, counts={"read": 9, "failed": 1}))
        '10/40 pages, 2.0 pages/s, 0:15 left, 1 failed'
    """
    parts = [f"{progress.done:,}/{progress.total:,} {'page' if progress.total == 1 else 'pages'}"]
    left = progress.seconds_left
    if left is not None:
        speed = progress.pages_per_second
        parts += [f"{speed:.1f} pages/s" if speed >= 1 else f"{1 / speed:.1f} s/page"]
        parts += [f"{int(left) // 60}:{int(left) % 60:02} left"] if progress.done < progress.total else []
    parts += [f"{progress.retried:,} retried"] if progress.retried else []
    parts += [f"{progress.failed:,} failed"] if progress.failed else []
    return ", ".join(parts)


@dataclass(slots=True)
class ReadingSummary:
    """Adds up how pages came out, in memory that does not grow with their text.

    Attributes:
        counts: Pages of each status.
        unread: Documents that could not be opened, or not further.
        remarks: A line for each page that is not simply `read`; failed ones among them are known by their key.
    """

    counts: Counter[PageStatus] = field(default_factory=Counter[PageStatus])
    unread: int = 0
    remarks: list[tuple[bool, str]] = field(default_factory=list[tuple[bool, str]])

    def add(self, page: PageResult) -> None:
        """Add a page."""
        self.counts[page.status] += 1
        if page.status != "read":
            self.remarks.append((page.status != "failed", _describe(page)))

    def add_unread(self, message: str) -> None:
        """Add a document that could not be read; the message names it."""
        self.unread += 1
        self.remarks.append((False, message[:_REASON_CHARACTERS]))

    def lines(self) -> list[str]:
        """Return a line with the counts, then one for each page that is not `read`, failed ones first."""
        total = self.counts.total()
        pages = "1 page" if total == 1 else f"{total:,} pages"
        parts = ", ".join(f"{number:,} {_name(status)}" for status, number in self.counts.most_common())
        documents = "1 document" if self.unread == 1 else f"{self.unread:,} documents"
        counted = [f"{pages}: {parts}"] if total else []
        counted += [f"{documents} not read"] if self.unread else []
        return [
            "; ".join(counted) or "0 pages",
            *(line for _, line in sorted(self.remarks, key=lambda remark: remark[0])),
        ]


def summarise(pages: Iterable[PageResult]) -> str:
    """Say how the pages came out: a line with the counts, then one for each page that is not `read`, failed ones first.

    Examples:
        >>> read = PageResult(source="a.pdf", page=1, page_label="1", status="read")
        >>> lost = PageResult(source="a.pdf", page=2, page_label="2", status="failed", reason="It is torn.")
        >>> print(summarise([read, lost]))
        2 pages: 1 read, 1 failed
        a.pdf, page 2: failed. It is torn.
    """
    summary = ReadingSummary()
    for page in pages:
        summary.add(page)
    return "\n".join(summary.lines())


def _describe(page: PageResult) -> str:
    reason = page.reason[:_REASON_CHARACTERS]
    return f"{page.source}, page {page.page}: {_name(page.status)}.{' ' if reason else ''}{reason}"


def _name(status: PageStatus) -> str:
    return status.replace("_", " ")
