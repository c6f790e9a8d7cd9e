"""What a loader was given, as a list of documents: paths, folders, bytes and blobs."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final, TypeAlias, cast

from langchain_core.documents.base import Blob

from nemotron_vl_integrations.argument_checks import check_text, show, wrong_type
from nemotron_vl_integrations.errors import (
    InvalidRequestError,
    NemotronVLError,
    UnreadableDocumentError,
    UnreadableImageError,
)
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.langchain.handed_pictures import decode_picture
from nemotron_vl_integrations.pages import DocumentSource

LoaderSource: TypeAlias = str | PurePath | bytes | Blob | Sequence[str | PurePath | bytes | Blob]

SUFFIXES: Final = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".heic", ".heif"}
)
"""Names of files that are taken from a folder when no `glob` says which."""

_WANTED: Final = "a path, the bytes of a file, a Blob, or a list of these"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDocument:
    """A document to read, or the reason why it is not read.

    Attributes:
        name: What its documents have as `source`: the path, the blob's source, or the digest of the bytes.
        content: The path, bytes or image.
        path: Where the file is, if it is one.
        metadata: What the blob says about it.
        refusal: Why it is not read, though it was found.
    """

    name: str
    content: DocumentSource = b""
    path: str | None = None
    metadata: dict[str, object] = field(default_factory=dict[str, object])
    refusal: NemotronVLError | None = None


def check_loading(source: object, glob: object) -> None:
    """Check what a loader was given, without a look at the disk.

    Raises:
        InvalidRequestError: Another type, an empty path, or a `glob` that leads out of the folder.
    """
    for item in _list_items(source):
        if not isinstance(item, str | PurePath | bytes | Blob):
            raise wrong_type("source", item, _WANTED)
        if item == "":
            raise InvalidRequestError("The path is empty.", hint="Give the path of a file or a folder.")
    if glob is not None:
        _check_glob(check_text("glob", glob, "a pattern, such as '**/*.pdf'"))


def find_documents(source: object, *, glob: str | None, limits: ImageLimits) -> list[FoundDocument]:
    """Turn what a loader was given into documents; a folder becomes its files, in the order of their paths.

    A name is never taken for a pattern, nor a file in a folder for one outside it: a link that leads out of the folder
    is found and refused.

    Args:
        source: A path, the bytes of a file, a blob, or a list of these.
        glob: Which files of a folder are meant; None takes those whose suffix is in `SUFFIXES`.
        limits: Limits of pictures in blobs.

    Raises:
        InvalidRequestError: Another type, an empty path, or a `glob` that leads out of the folder or has none to
            look in.
    """
    check_loading(source, glob)
    items = _list_items(source)
    if glob is not None and items and all(_is_document(item) for item in items):
        raise InvalidRequestError(
            f"`glob={show(glob)}` chooses files of a folder, and there is none in {show(items)}.",
            hint="Give the folder, or leave `glob` out.",
        )
    return [found for item in items for found in _find(item, glob, limits)]


def find_blob(blob: object, *, limits: ImageLimits) -> FoundDocument:
    """Turn a blob into a document.

    Raises:
        InvalidRequestError: Not a blob, or one without data and path.
    """
    if not isinstance(blob, Blob):
        raise wrong_type("blob", blob, "a Blob of langchain_core.documents")
    metadata = {str(key): value for key, value in cast("dict[object, object]", blob.metadata).items()}
    path = None if blob.path is None else _show_path(blob.path)
    if blob.data is None:
        if blob.path is None:
            raise InvalidRequestError("The blob has neither data nor a path.", hint="Give it one of them.")
        content: DocumentSource = Path(blob.path)
        return FoundDocument(name=blob.source or str(path), content=content, path=path, metadata=metadata)
    data = blob.as_bytes()
    name = blob.source or _name_bytes(data)
    try:
        picture = decode_picture(data, limits=limits, named=blob.source is not None)
    except UnreadableImageError as error:
        return FoundDocument(name=name, path=path, metadata=metadata, refusal=error)
    return FoundDocument(
        name=name, content=data if picture is None else picture, path=path, metadata=metadata
    )


def _list_items(source: object) -> Sequence[object]:
    return cast("Sequence[object]", source) if isinstance(source, list | tuple) else (source,)


def _find(item: object, glob: str | None, limits: ImageLimits) -> Iterator[FoundDocument]:
    match item:
        case str() | PurePath():
            yield from _find_path(Path(item), _show_path(item), glob)
        case bytes():
            yield FoundDocument(name=_name_bytes(item), content=item)
        case Blob():
            yield find_blob(item, limits=limits)
        case _:
            raise wrong_type("source", item, _WANTED)


def _is_document(item: object) -> bool:
    return isinstance(item, bytes | Blob) or (isinstance(item, str | PurePath) and Path(item).is_file())


def _find_path(path: Path, name: str, glob: str | None) -> Iterator[FoundDocument]:
    if path.is_dir():
        yield from _list_folder(path, glob)
    else:
        yield FoundDocument(name=name, content=path, path=name)


def _list_folder(folder: Path, glob: str | None) -> Iterator[FoundDocument]:
    closed: list[OSError] = []
    paths = _walk(folder, closed) if glob is None else _match(folder, glob, closed)
    refusals = {path: _refuse_link(path, folder) for path in paths}
    refusals |= {Path(str(error.filename)): _closed_folder(error) for error in closed}
    for path, refusal in sorted(refusals.items(), key=lambda found: found[0]):
        name = _show_path(path)
        yield FoundDocument(name=name, content=path, path=name, refusal=refusal)


def _walk(folder: Path, closed: list[OSError]) -> Iterator[Path]:
    """All files whose name says that they can be read; hidden ones and linked folders are left out."""
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and PurePath(name).suffix.lower() in SUFFIXES:
                yield Path(parent, name)


def _match(folder: Path, glob: str, closed: list[OSError]) -> Iterator[Path]:
    try:
        yield from (path for path in folder.glob(glob) if not path.is_dir())
    except ValueError as exc:
        raise InvalidRequestError(
            f"`glob={show(glob)}` is no pattern: {exc}.", hint="Give one such as '**/*.pdf'."
        ) from exc
    # A folder that cannot be listed matches nothing, without a word.
    parts = PurePath(glob).parts
    for parent, folders, _ in os.walk(folder, onerror=closed.append):
        here = PurePath(parent).relative_to(folder)
        folders[:] = [name for name in folders if _may_hold(here / name, parts)]


def _may_hold(folder: PurePath, pattern: tuple[str, ...]) -> bool:
    """Whether a file somewhere in a folder can match a pattern."""
    depth = len(folder.parts)
    if "**" in pattern[:depth]:
        return True
    return depth < len(pattern) and folder.match("/".join(pattern[:depth]))


def _check_glob(glob: str) -> None:
    pattern = PurePath(glob)
    if not pattern.parts or pattern.is_absolute() or ".." in pattern.parts or "\0" in glob:
        raise InvalidRequestError(
            f"`glob={show(glob)}` leads out of the folder or matches nothing.",
            hint="Give a pattern below the folder, such as '**/*.pdf'.",
        )


def _refuse_link(path: Path, folder: Path) -> UnreadableDocumentError | None:
    try:
        if path.resolve().is_relative_to(folder.resolve()):
            return None
    except (OSError, RuntimeError):  # Links in a circle: whoever opens it says so.
        return None
    return UnreadableDocumentError(
        f"{_show_path(path)!r} is a link that leads out of the folder {_show_path(folder)!r}.",
        hint="Name the file itself if it is meant.",
    )


def _closed_folder(error: OSError) -> UnreadableDocumentError:
    return UnreadableDocumentError(
        f"The folder {_show_path(str(error.filename))!r} cannot be listed: {error.strerror}.",
        hint="Allow this user to read it.",
    )


def _name_bytes(data: bytes) -> str:
    # Two documents of one name would take each other's place in an index.
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _show_path(path: str | PurePath) -> str:
    """A path as a text that can be written as UTF-8; bytes of a name that are none become escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")
