"""Where a document that LlamaIndex hands in comes from: what is opened, what it is called, what its ids are made of."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import IOBase
from pathlib import Path, PurePath
from typing import IO, TypeAlias, cast

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from PIL import Image

from nemotron_vl_integrations.argument_checks import wrong_type
from nemotron_vl_integrations.errors import UnreadableDocumentError
from nemotron_vl_integrations.ledger import hash_document, hash_page_image
from nemotron_vl_integrations.pages import DocumentSource

FileInput: TypeAlias = str | PurePath | bytes | bytearray | memoryview | IO[bytes] | Image.Image
Metadata: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentOrigin:
    """A document as it was handed in.

    Attributes:
        source: What is opened.
        name: What page results, the ledger and errors call it.
        identity: What tells it from every other document and stays when its content changes: the path, the address
            on a remote file system, or the name that came with bytes. Of bytes and images without a name it is their
            SHA-256.
        file_name: Last part of the path; empty if there is none.
        file_path: The path or address; empty if there is none.
        error: Why it could not be taken into memory, if that had to be done.
    """

    source: DocumentSource
    name: str
    identity: str
    file_name: str = ""
    file_path: str = ""
    error: UnreadableDocumentError | None = None


def find_origin(
    file: object,
    extra_info: Metadata,
    *,
    fs: AbstractFileSystem | None = None,
    root: Path | None = None,
    max_bytes: int,
) -> DocumentOrigin:
    """Say where a document comes from; one on a remote file system, or in an open file, is read into memory.

    Args:
        file: A `FileInput`: a path, the bytes of a file, a file that is open for reading bytes, or a PIL image.
        extra_info: What came with it; `file_path` or `file_name` names bytes.
        fs: File system of the path; None is the local one.
        root: Folder below which a local path counts by what follows, so that the folder may move.
        max_bytes: Most bytes that are taken into memory.

    Returns:
        The origin, with its error if a remote or open file cannot be read or is too large.

    Raises:
        InvalidRequestError: Another type.

    Examples:
        >>> find_origin("scans/a.pdf", {}, root=Path("scans"), max_bytes=1).identity
        'a.pdf'
        >>> find_origin(b"%PDF-1.7", {"file_name": "b.pdf"}, max_bytes=1).name
        'b.pdf'
    """
    match file:
        case str() | PurePath():
            if fs is not None and not isinstance(fs, LocalFileSystem):
                return _fetch(str(file), fs, max_bytes)
            return _locate(file, root)
        case bytes() | bytearray() | memoryview():
            data = bytes(cast("bytes", file))
            return _name(data, "<bytes>", f"sha256:{hash_document(data)}", extra_info)
        case Image.Image():
            return _name(file, "<image>", f"sha256:{hash_page_image(file)}", extra_info)
        case IOBase():
            return _drain(cast("IO[bytes]", file), extra_info, max_bytes)
        case _:
            wanted = "a path, the bytes of a file, a file opened in binary, or a PIL image"
            raise wrong_type("file_path", file, wanted)


def make_storable(text: str) -> str:
    r"""Return a text that every store can write down: halves of characters, as in names that are no UTF-8, are spelt.

    Examples:
        >>> make_storable("caf\udce9.pdf")
        'caf\\udce9.pdf'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _locate(file: str | PurePath, root: Path | None) -> DocumentOrigin:
    path = Path(os.path.abspath(file))  # noqa: PTH100 - `resolve` would follow links, and ids with them.
    shown = path
    if root is not None and path.is_relative_to(base := Path(os.path.abspath(root))):  # noqa: PTH100
        shown = path.relative_to(base)
    text = make_storable(shown.as_posix())
    source = file if isinstance(file, str) else Path(file)
    return DocumentOrigin(
        source=source, name=str(file), identity=text, file_name=make_storable(path.name), file_path=text
    )


def _fetch(path: str, fs: AbstractFileSystem, max_bytes: int) -> DocumentOrigin:
    address = make_storable(fs.unstrip_protocol(path))
    name = make_storable(PurePath(path).name)
    origin = DocumentOrigin(source=b"", name=address, identity=address, file_name=name, file_path=address)
    try:
        with fs.open(path, "rb") as file:
            return replace(origin, source=_read(file, repr(address), max_bytes))
    except OSError as exc:
        hint = "Check the path and the file system."
        return replace(
            origin, error=UnreadableDocumentError(f"{address!r} cannot be read: {exc}.", hint=hint)
        )
    except UnreadableDocumentError as exc:
        return replace(origin, error=exc)


def _drain(file: IO[bytes], extra_info: Metadata, max_bytes: int) -> DocumentOrigin:
    try:
        data = _read(file, "The open file", max_bytes)
    except (OSError, UnreadableDocumentError) as exc:
        error = exc if isinstance(exc, UnreadableDocumentError) else _unreadable(exc)
        return replace(_name(b"", "<bytes>", "", extra_info), error=error)
    return _name(data, "<bytes>", f"sha256:{hash_document(data)}", extra_info)


def _unreadable(error: OSError) -> UnreadableDocumentError:
    return UnreadableDocumentError(f"The open file cannot be read: {error}.", hint="Open it again.")


def _read(file: IO[bytes], name: str, max_bytes: int) -> bytes:
    data = cast("object", file.read(max_bytes + 1))
    if not isinstance(data, bytes):
        raise UnreadableDocumentError(f"{name} gives no bytes.", hint="Open it in binary.")
    if len(data) > max_bytes:
        raise UnreadableDocumentError(
            f"{name} has more than {max_bytes:,} bytes.", hint="Raise `RenderLimits.max_bytes`."
        )
    return data


def _name(source: bytes | Image.Image, shown: str, digest: str, extra_info: Metadata) -> DocumentOrigin:
    names = [make_storable(name) for key in ("file_path", "file_name") if (name := _text(extra_info, key))]
    if not names:
        return DocumentOrigin(source=source, name=shown, identity=digest)
    return DocumentOrigin(source=source, name=names[0], identity=names[0], file_name=PurePath(names[0]).name)


def _text(extra_info: Metadata, key: str) -> str:
    value = extra_info.get(key)
    return value if isinstance(value, str) else ""
