"""Compares this package's reader with Tesseract 5 on the same held-out scans, in one run.

    python -m training.evaluation.compare --model FOLDER --out FOLDER

Needs the Debian packages libreoffice-writer, poppler-utils, tesseract-ocr and its language data
(tesseract-ocr-deu, -fra, -ita, -por, -spa), and those of the held-out families: fonts-cantarell,
fonts-sil-charis, fonts-courier-prime, fonts-sil-gentiumplus, fonts-inter, fonts-jetbrains-mono, fonts-urw-base35,
fonts-paratype, fonts-vollkorn.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nemotron_vl_integrations.checkpoints import DEMO_MODEL
from nemotron_vl_integrations.errors import NemotronVLError
from training.evaluation.office_documents import make_documents
from training.evaluation.office_pages import MissingProgramError, Scan, make_scans
from training.evaluation.readers import open_engine, read_with_package, read_with_tesseract
from training.evaluation.scoring import Errors, count_errors


@dataclass(frozen=True, slots=True)
class Compared:
    """One page as the readers read it.

    Attributes:
        scan: The page.
        ours: What this package's reader wrote.
        theirs: What Tesseract wrote as it comes, with the better of its two languages.
        best: The best of Tesseract's four readings: both languages, with and without a search for blocks. Nobody
            knows beforehand which it will be.
    """

    scan: Scan
    ours: str
    theirs: str
    best: str

    def errors(self) -> tuple[Errors, Errors, Errors]:
        """Errors of the three readings."""
        ours, theirs, best = (
            count_errors(self.scan.text, text) for text in (self.ours, self.theirs, self.best)
        )
        return ours, theirs, best


def _best(scan: Scan, *texts: str) -> str:
    return min(texts, key=lambda text: count_errors(scan.text, text).edits)


def make_table(title: str, pages: Sequence[Compared], key: Callable[[Compared], str]) -> list[str]:
    """Rows of a Markdown table: pages grouped by `key`, the character error rates of the readers."""
    rows = [
        f"| {title} | pages | characters | this package | Tesseract 5 | Tesseract 5, best settings of each page |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in sorted({key(page) for page in pages}):
        group = [page.errors() for page in pages if key(page) == name]
        sums = [sum(errors, Errors(0, 0)) for errors in zip(*group, strict=True)]
        rates = " | ".join(f"{errors.rate:.2%}" for errors in sums)
        rows.append(f"| {name} | {len(group)} | {sums[0].characters} | {rates} |")
    return rows


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _describe(pages: Sequence[Compared], our_seconds: float, their_seconds: float) -> str:
    lines = make_table("layout", pages, lambda page: page.scan.layout)
    lines += ["", *make_table("language", pages, lambda page: page.scan.language)]
    lines += ["", *make_table("all", pages, lambda _: "pages"), ""]
    readers = ("this package", "Tesseract 5", "Tesseract 5 at its best")
    rates = [
        [errors.rate for errors in side] for side in zip(*(page.errors() for page in pages), strict=True)
    ]
    lines += [
        f"{reader}: mean of the pages {sum(own) / len(own):.2%}, median {_median(own):.2%}"
        for reader, own in zip(readers, rates, strict=True)
    ]
    won = sum(mine < other for mine, other in zip(rates[0], rates[1], strict=True))
    even = sum(mine == other for mine, other in zip(rates[0], rates[1], strict=True))
    lines += [
        f"{won} of {len(pages)} pages are read better than by Tesseract 5, {even} as well.",
        f"Seconds a page: {our_seconds:.2f} against {their_seconds:.2f}.",
    ]
    return "\n".join(lines)


def compare(model: str, out: Path) -> str:
    """Read all held-out scans with both readers; writes scans and texts into `out`, returns the report."""
    scans = make_scans(make_documents(), out)
    english, own, english_block, own_block = (
        read_with_tesseract(scans, own_language=own_language, one_block=one_block)
        for one_block in (False, True)
        for own_language in (False, True)
    )
    with open_engine(model) as engine:
        ours = read_with_package([scan.image for scan in scans], engine)
    pages = [
        Compared(scan, mine, _best(scan, *texts[:2]), _best(scan, *texts))
        for scan, mine, *texts in zip(
            scans, ours.texts, english.texts, own.texts, english_block.texts, own_block.texts, strict=True
        )
    ]
    report = _describe(pages, ours.seconds, min(english.seconds, own.seconds))
    _write(pages, report, out)
    return report


def _write(pages: Sequence[Compared], report: str, out: Path) -> None:
    records = [
        {
            "name": page.scan.name,
            "truth": page.scan.text,
            "texts": (page.ours, page.theirs, page.best),
            "rates": [round(errors.rate, 5) for errors in page.errors()],
        }
        for page in pages
    ]
    (out / "pages.json").write_text(json.dumps(records, ensure_ascii=False, indent=1), encoding="utf-8")
    (out / "report.md").write_text(report + "\n", encoding="utf-8")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.compare", description=__doc__)
    parser.add_argument(
        "--model", default=DEMO_MODEL, help="folder of a checkpoint, or the name of the bundled one"
    )
    parser.add_argument("--out", type=Path, help="keeps scans, texts and report here")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            print(compare(arguments.model, arguments.out or Path(folder)))
    except (MissingProgramError, NemotronVLError) as exc:
        parser.error(str(exc))


if __name__ == "__main__":
    main()
