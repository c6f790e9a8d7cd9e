"""The files of `--out` and `--tiles`: safe names, nothing replaced unasked, complete or marked as part."""

import re
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from nemotron_vl_integrations.cli.terminal import dump_json
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.page_result import PAGE_BREAK, PageResult

_UNSAFE = re.compile(r"[^\w.\- ]+")
_STEM_BYTES = 160
_PART = ".part"


def safe_stem(name: str) -> str:
    """Make a file name, without its ending, of the name of a document.

    Examples:
        >>> safe_stem("../scans/Invoice 7.pdf"), safe_stem("..."), safe_stem("-rf.png")
        ('Invoice 7', 'document', 'rf')
    """
    stem = _UNSAFE.sub("_", Path(name).stem).strip(" .-_")
    # Cut by bytes, which is what file systems limit.
    return stem.encode("utf-8", "replace")[:_STEM_BYTES].decode("utf-8", "ignore") or "document"


def choose_stems(names: Iterable[str]) -> tuple[str, ...]:
    """Give each document a stem of its own, also on file systems that ignore case.

    Examples:
        >>> choose_stems(["a/page.pdf", "b/Page.png", "page-2.pdf"])
        ('page', 'Page-2', 'page-2-2')
    """
    taken: set[str] = set()
    stems: list[str] = []
    for stem in map(safe_stem, names):
        unique, number = stem, 2
        while unique.casefold() in taken:
            unique, number = f"{stem}-{number}", number + 1
        taken.add(unique.casefold())
        stems.append(unique)
    return tuple(stems)


def prepare_folder(folder: Path, file_names: Sequence[str], *, overwrite: bool) -> None:
    """Make a folder for output, and refuse to go on if a file in it would be replaced unasked.

    Raises:
        InvalidRequestError: The folder cannot be made, nothing can be written in it, or it holds one of the files.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise InvalidRequestError(f"The folder {str(folder)!r} cannot be made: {exc.strerror}.") from exc
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as exc:
        raise InvalidRequestError(
            f"Nothing can be written in the folder {str(folder)!r}: {exc.strerror}.",
            hint="Choose another folder.",
        ) from exc
    # A dangling link is a file too: it would be replaced.
    there = [name for name in file_names if (folder / name).exists() or (folder / name).is_symlink()]
    if there and not overwrite:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise InvalidRequestError(
            f"{str(folder / there[0])!r}{more} exists already.",
            hint="Choose another folder, or add --overwrite.",
        )


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """Which files one document is written to.

    Attributes:
        folder: Where they are.
        stem: Their common name.
        suffixes: Their endings; one of them may be `.jsonl`.
    """

    folder: Path
    stem: str
    suffixes: tuple[str, ...]

    @property
    def file_names(self) -> tuple[str, ...]:
        """Names of the files, in the order of the endings."""
        return tuple(self.stem + suffix for suffix in self.suffixes)


class DocumentFiles:
    """Writes the pages of a document as they come, to files that end in `.part` until it is complete.

    So a file with its final name is always a whole document, and an interrupt loses nothing that was read.
    """

    def __init__(self, plan: OutputPlan) -> None:
        self._plan = plan
        self._pages = 0
        self._files: dict[str, TextIO] = {}
        try:
            for name in plan.file_names:
                self._files[name] = _create(self._part(name))
        except OSError:
            self.abandon()
            raise

    def add(self, page: PageResult) -> None:
        """Write one page.

        Raises:
            OSError: It cannot be written; names the file.
        """
        for name, file in self._files.items():
            with _named(self._part(name)):
                file.write(_write_page(name, page, first=not self._pages))
                file.flush()
        self._pages += 1

    def finish(self) -> tuple[Path, ...]:
        """Give the files their final names, which are returned.

        Raises:
            OSError: The end cannot be written; names the file, and leaves all of them to `abandon`.
        """
        for name, file in self._files.items():
            with _named(self._part(name)):
                file.write(_write_end(name, empty=not self._pages))
                file.close()
        finished = tuple(self._part(name).replace(self._plan.folder / name) for name in self._files)
        self._files.clear()
        return finished

    def abandon(self) -> tuple[Path, ...]:
        """Close the files as they are; returns those that hold pages, the others are removed."""
        kept: list[Path] = []
        for name, file in self._files.items():
            with suppress(OSError):  # What a full disk did not take is tried again here, and is lost.
                file.close()
            part = self._part(name)
            if part.exists() and part.stat().st_size:
                kept.append(part)
            else:
                part.unlink(missing_ok=True)
        self._files.clear()
        return tuple(kept)

    def _part(self, name: str) -> Path:
        return self._plan.folder / (name + _PART)


def _write_page(name: str, page: PageResult, *, first: bool) -> str:
    match Path(name).suffix:
        case ".jsonl":
            return dump_json(page.to_json()) + "\n"
        case ".json":
            # One item a page: what a page that is blank or failed lacks is null.
            return ("[\n" if first else ",\n") + (page.text or "null")
        case _:
            return ("" if first else PAGE_BREAK) + page.text


def _write_end(name: str, *, empty: bool) -> str:
    match Path(name).suffix:
        case ".jsonl":
            return ""
        case ".json":
            return "[]\n" if empty else "\n]\n"
        case _:
            return "\n"


@contextmanager
def _named(path: Path) -> Generator[None]:
    """Put the name of the file into an error of writing, which has none of its own."""
    try:
        yield
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, str(path)) from exc


def _create(part: Path) -> TextIO:
    part.unlink(missing_ok=True)  # Never write through a link that someone left there.
    return part.open("x", encoding="utf-8", errors="replace", newline="\n")
