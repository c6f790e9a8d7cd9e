"""Folders: which files are read, and that nothing outside them is, whatever links and patterns say."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nemotron_vl_integrations.errors import InvalidRequestError, UnreadableDocumentError
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.langchain import NemotronVLLoader
from nemotron_vl_integrations.langchain.found_documents import FoundDocument, find_documents
from tests.paged_script import ReadsNumbers, open_script


def find(folder: object, glob: str | None = None) -> list[FoundDocument]:
    return find_documents(folder, glob=glob, limits=ImageLimits())


def names(folder: Path, glob: str | None = None) -> list[str]:
    return [Path(found.name).relative_to(folder).as_posix() for found in find(folder, glob)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "scans [1]"
    for name in ("b.PDF", "a.png", "notes.txt", ".hidden.png", "deep/er/c.tiff", ".git/d.png", "a [b].pdf"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def test_without_a_pattern_pdfs_and_pictures_are_found_and_hidden_ones_left(folder: Path) -> None:
    assert names(folder) == ["a [b].pdf", "a.png", "b.PDF", "deep/er/c.tiff"]


def test_a_pattern_is_taken_at_its_word(folder: Path) -> None:
    assert names(folder, "*.txt") == ["notes.txt"]
    assert names(folder, "**/*.tiff") == ["deep/er/c.tiff"]
    assert names(folder, "deep/*/c.*") == ["deep/er/c.tiff"]
    assert names(folder, "*.pdf") == ["a [b].pdf"]


def test_the_name_of_a_file_is_no_pattern(folder: Path) -> None:
    (found,) = find(str(folder / "a [b].pdf"))
    assert (found.name, found.refusal) == (str(folder / "a [b].pdf"), None)
    (missing,) = find(str(folder / "*.png"))
    assert missing.content == folder / "*.png"


def test_a_pattern_without_a_folder_to_look_in_is_refused(folder: Path, tmp_path: Path) -> None:
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"")
    for documents in (scan, b"%PDF-", [scan, b"%PDF-"]):
        with pytest.raises(InvalidRequestError, match=r"glob='\*.pdf'"):
            find(documents, "*.pdf")
    assert [one.path for one in find([scan, folder], "no-such-file")] == [str(scan)]
    assert [one.path for one in find(tmp_path / "missing", "*.pdf")] == [str(tmp_path / "missing")]


@pytest.mark.parametrize("glob", ["../*", "deep/../../*", "/etc/*", "", ".", "a\0b", "**.pdf", 7])
def test_a_pattern_that_leads_out_or_is_none_is_refused(folder: Path, glob: Any) -> None:  # noqa: ANN401 - as users err
    with pytest.raises(InvalidRequestError, match="glob"):
        find(folder, glob)


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.pdf").write_bytes(b"x")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "s.pdf").write_bytes(b"x")
    (folder / "out.pdf").symlink_to(tmp_path / "secret.pdf")
    (folder / "in.pdf").symlink_to(folder / "b.PDF")
    (folder / "linked").symlink_to(tmp_path / "secrets")
    (folder / "round.pdf").symlink_to(folder / "round.pdf")
    found = {Path(one.name).name: one.refusal for one in find(folder)}
    assert {name for name, refusal in found.items() if refusal is not None} == {"out.pdf"}
    assert {"in.pdf", "round.pdf"} <= set(found)
    assert "s.pdf" not in found
    (linked,) = find(folder, "linked/*.pdf")
    assert isinstance(linked.refusal, UnreadableDocumentError)
    assert "leads out" in str(linked.refusal)


def test_what_is_no_file_is_found_so_that_its_error_is_told(folder: Path) -> None:
    os.mkfifo(folder / "pipe.pdf")
    (folder / "dangling.pdf").symlink_to(folder / "gone.pdf")
    assert {"pipe.pdf", "dangling.pdf"} <= set(names(folder))
    with open_script(ReadsNumbers()) as engine:
        loader = NemotronVLLoader(folder, glob="*g*.pdf", on_error="document", engine=engine)
        (document,) = loader.load()
    assert document.metadata["status"] == "failed"


@pytest.mark.parametrize("glob", [None, "**/*.tiff", "deep/er/*.tiff", "*/*/*.tiff"])
def test_a_folder_that_cannot_be_listed_is_told_and_not_passed_over(
    folder: Path, glob: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The superuser may list everything, so the refusal of the system is made here.
    scandir = os.scandir

    def refuse(path: str | Path) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("er"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (found,) = [one for one in find(folder, glob) if one.refusal is not None]
    assert Path(found.name) == folder / "deep" / "er"
    assert "cannot be listed: Permission denied" in str(found.refusal)
    assert (
        find(folder, "*.png")
        == [
            FoundDocument(name=str(folder / "a.png"), content=folder / "a.png", path=str(folder / "a.png")),
            FoundDocument(
                name=str(folder / ".hidden.png"),
                content=folder / ".hidden.png",
                path=str(folder / ".hidden.png"),
            ),
        ][::-1]
    )


def test_an_empty_folder_gives_nothing_and_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert NemotronVLLoader(tmp_path, glob="*.pdf").load() == []
    assert "There is nothing to read in" in caplog.text


def test_a_name_that_is_not_utf_8_is_shown_with_escapes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.pdf")
    path.write_bytes(b"x")
    (found,) = find(tmp_path)
    assert found.name.endswith("caf\\udce9.pdf")
    assert found.content == path


def test_an_address_is_not_fetched() -> None:
    with open_script(ReadsNumbers()) as engine:
        loader = NemotronVLLoader("https://example.org/a.pdf", engine=engine)
        with pytest.raises(UnreadableDocumentError, match="nothing is fetched"):
            loader.load()
