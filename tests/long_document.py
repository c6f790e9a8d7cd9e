"""A run over a long PDF that measures its own memory: started as a program, it prints one JSON object.

python -m tests.long_document PAGES PROBE_FROM FOLDER
"""

import asyncio
import json
import os
import sys
import time
from contextlib import aclosing
from pathlib import Path
from statistics import median

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.reading import ReadingOptions
from nemotron_vl_integrations.reading.pipeline import DocumentToRead, PageDone, ReadingRun, read_documents
from nemotron_vl_integrations.report import ReportWriter
from tests.paged_script import open_script
from tests.pdf_writer import Page, text, write_pdf
from tests.rendered_pages import child_pids

MEGABYTE = 2**20
PROBE_EVERY = 2


class AlwaysAnswers(ScriptedBackend):
    """Reads every page, and remembers no prompt, each of which holds a picture."""

    def _next_step(self) -> ScriptedReply:
        self.prompts.clear()
        self.samplings.clear()
        return ScriptedReply(pieces=("This is one of many pages, ", "and there is little on it."))


def write_document(pages: int) -> bytes:
    """Every other page is blank."""
    drawn = [Page(size=(300, 300), content=text(f"Page {page}", at=(60, 150))) for page in range(pages)]
    return write_pdf(*[Page(size=(300, 300)) if page % 2 else full for page, full in enumerate(drawn)])


def measure_memory(process: int) -> int:
    """Resident bytes."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


async def read(pages: int, folder: Path) -> list[tuple[int, int]]:
    """Read with everything on that could hold on to a page; memory of this process and of the renderers, by page."""
    probes: list[tuple[int, int]] = []
    report = ReportWriter(folder / "report.html")
    path = folder / "long.pdf"
    path.write_bytes(write_document(pages))
    with Ledger(folder / "pages.ledger") as ledger:
        async with open_script(AlwaysAnswers([])) as engine:
            run = ReadingRun(
                engine=engine,
                mode="text",
                layout="reference",
                max_tiles=12,
                options=ReadingOptions(orientation="as_is"),
                ledger=ledger,
                thumbnails=480,
            )
            events = read_documents([DocumentToRead(source=path, name="long.pdf")], run)
            done = 0
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, PageDone):
                        report.add(event.page, event.thumbnail)
                        done += 1
                        if done % PROBE_EVERY == 0:
                            renderers = sum(map(measure_memory, child_pids()))
                            probes.append((measure_memory(os.getpid()), renderers))
    assert done == pages
    report.finish()
    return probes


def describe_levels(levels: list[float], first: int) -> dict[str, float]:
    """Say how memory went on after the first probes.

    Allocators give back late and in large pieces, so that memory goes up and down by tens of megabytes without end.
    Growth is what rises above the highest level of the first pages; the drift of the median says whether it goes on.

    Args:
        levels: One for each probe.
        first: Probes of the first pages.
    """
    early, late = levels[:first], levels[first:]
    half = len(late) // 2
    return {
        "first_peak": max(early),
        "late_peak": max(late),
        "growth": max(late) - max(early),
        "above_last_of_first": max(late) - early[-1],
        "drift": median(late[half:]) - median(late[:half]),
    }


def main() -> None:
    """Read and print what was measured."""
    pages, probe_from, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    began = time.monotonic()
    probes = asyncio.run(read(pages, folder))
    figures: dict[str, float] = {"seconds": round(time.monotonic() - began, 1)}
    for column, name in enumerate(("parent", "renderer")):
        levels = [probe[column] / MEGABYTE for probe in probes if probe[column]]
        for what, value in describe_levels(levels, probe_from // PROBE_EVERY).items():
            figures[f"{name}_{what}_mb"] = round(value, 1)
    figures["report_mb"] = round((folder / "report.html").stat().st_size / MEGABYTE, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
