"""Measures a checkpoint on held-out pages, without another reader beside it.

    python -m training.evaluation.measure --model FOLDER --sets drawn office markdown wordings

`drawn` needs the held-out fonts alone; `office` and `markdown` need what `training.evaluation.compare` needs.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from nemotron_vl_integrations.checkpoints import DEMO_MODEL
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import NemotronVLError
from training.evaluation.blocks import tables_of
from training.evaluation.drawn_pages import draw_pages
from training.evaluation.markdown_check import find_faults, plain_text, share_of_cells
from training.evaluation.office_documents import make_documents
from training.evaluation.office_pages import MissingProgramError, Scan, make_scans
from training.evaluation.readers import open_engine, read_with_package
from training.evaluation.scoring import Errors, count_errors
from training.evaluation.wordings import MAIN_WORDING, UNSEEN_WORDINGS, read_with_wording

_PAGES_OF_A_WORDING = 8
_TABLE_LAYOUTS = ("invoice", "table")


def _summarise(scans: Sequence[Scan], texts: Sequence[str], key: Callable[[Scan], str]) -> list[str]:
    """One line for each group of pages: how many, and the character error rate."""
    lines: list[str] = []
    for name in sorted({key(scan) for scan in scans}):
        errors = [count_errors(s.text, text) for s, text in zip(scans, texts, strict=True) if key(s) == name]
        lines.append(f"  {name}: {len(errors)} pages, {sum(errors, Errors(0, 0)).rate:.2%}")
    return lines


def _keep(scans: Sequence[Scan], texts: Sequence[str], file: Path) -> None:
    records = [{"name": s.name, "truth": s.text, "read": text} for s, text in zip(scans, texts, strict=True)]
    file.write_text(json.dumps(records, ensure_ascii=False, indent=1), encoding="utf-8")


def measure_drawn(engine: Engine, out: Path) -> list[str]:
    """Character errors on pages drawn by Pillow."""
    scans = draw_pages(out / "drawn")
    readings = read_with_package([scan.image for scan in scans], engine)
    _keep(scans, readings.texts, out / "drawn.json")
    lines = _summarise(scans, readings.texts, lambda scan: scan.layout)
    lines += _summarise(scans, readings.texts, lambda scan: scan.language)
    return [*lines, f"  {readings.seconds:.2f} s a page"]


def measure_office(engine: Engine, out: Path) -> list[str]:
    """Character errors on LibreOffice pages."""
    scans = make_scans(make_documents(), out / "office")
    readings = read_with_package([scan.image for scan in scans], engine)
    _keep(scans, readings.texts, out / "office.json")
    lines = _summarise(scans, readings.texts, lambda scan: scan.layout)
    lines += _summarise(scans, readings.texts, lambda scan: scan.language)
    lines += _summarise(scans, readings.texts, lambda _: "all")
    return [*lines, f"  {readings.seconds:.2f} s a page"]


def measure_markdown(engine: Engine, out: Path) -> list[str]:
    """Form, text and table cells of LibreOffice pages read as Markdown."""
    documents = make_documents()
    scans = make_scans(documents, out / "office")
    texts = read_with_package([scan.image for scan in scans], engine, "markdown").texts
    _keep(scans, texts, out / "markdown.json")
    faulty = [
        f"{s.name}: {faults[0]}"
        for s, text in zip(scans, texts, strict=True)
        if (faults := find_faults(text))
    ]
    cells = [
        share_of_cells(table.rows, text)
        for document, text in zip(documents, texts, strict=True)
        if document.layout in _TABLE_LAYOUTS
        for table in tables_of(document)
    ]
    plain = [plain_text(text) for text in texts]
    wanted = [
        replace(scan, text=document.unmarked_text) for scan, document in zip(scans, documents, strict=True)
    ]
    return [
        f"  {len(scans) - len(faulty)} of {len(scans)} pages are well formed",
        *(f"    {fault}" for fault in faulty),
        f"  {sum(cells) / len(cells):.1%} of the cells of {len(cells)} tables are right and in their places",
        *_summarise(wanted, plain, lambda scan: scan.layout),
        *_summarise(wanted, plain, lambda _: "all"),
    ]


def measure_wordings(engine: Engine, out: Path) -> list[str]:
    """Character errors on single tiles, for the main wording and for unseen ones."""
    scans = [scan for scan in draw_pages(out / "drawn") if scan.layout == "tile"][:_PAGES_OF_A_WORDING]
    main = read_with_wording(scans, engine, MAIN_WORDING).rate
    lines = [f"  {main:.2%} {MAIN_WORDING}"]
    rates = {wording: read_with_wording(scans, engine, wording).rate for wording in UNSEEN_WORDINGS}
    lines += [f"  {rate:.2%} {wording}" for wording, rate in rates.items()]
    near = sum(rate <= main + 0.002 for rate in rates.values())
    return [*lines, f"  {near} of {len(rates)} wordings read within 0.2 points of the main one"]


SETS: dict[str, Callable[[Engine, Path], list[str]]] = {
    "drawn": measure_drawn,
    "office": measure_office,
    "markdown": measure_markdown,
    "wordings": measure_wordings,
}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.measure", description=__doc__)
    parser.add_argument(
        "--model", default=DEMO_MODEL, help="folder of a checkpoint, or the name of the bundled one"
    )
    parser.add_argument(
        "--sets", nargs="+", choices=list(SETS), default=["drawn", "office"], help="what is measured"
    )
    parser.add_argument("--out", type=Path, help="keeps pages and texts here")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder, open_engine(arguments.model) as engine:
            out: Path = arguments.out or Path(folder)
            out.mkdir(parents=True, exist_ok=True)
            for name in arguments.sets:
                print("\n".join([f"{name}:", *SETS[name](engine, out)]), flush=True)
    except (MissingProgramError, NemotronVLError) as exc:
        parser.error(str(exc))


if __name__ == "__main__":
    main()
