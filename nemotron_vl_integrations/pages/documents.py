"""A document as an open file descriptor: checked, bounded, of a known type, and not parsed."""

import io
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from PIL import Image

from nemotron_vl_integrations.argument_checks import check_instance, check_number, check_whole, wrong_type
from nemotron_vl_integrations.errors import InvalidRequestError, UnreadableDocumentError
from nemotron_vl_integrations.images import DEFAULT_LIMITS as DEFAULT_IMAGE_LIMITS
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.images.decoding import IMAGE_TYPES, require_heic
from nemotron_vl_integrations.images.file_types import SNIFF_BYTES, describe_type, sniff_type
from nemotron_vl_integrations.images.source_files import FileTooLargeError, open_regular_file

DocumentSource: TypeAlias = str | Path | bytes | Image.Image

_DAY: Final = 86_400.0
_GIBIBYTE: Final = 1024 * 1024 * 1024
_LONGEST_NAME: Final = 300
_MULTI_PAGE: Final = frozenset({"pdf", "tiff"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderLimits:
    """What rendering may take.

    Attributes:
        seconds: Longest time for one page, and for opening the document.
        memory_bytes: Most address space of the rendering process, beside the document itself.
        max_pages: Most pages of a document, whichever of them are asked for.
        max_bytes: Most bytes of a PDF or TIFF; for one picture `image.max_bytes` holds.
        image: Limits of each image.
    """

    seconds: float = 60.0
    memory_bytes: int = 2 * _GIBIBYTE
    max_pages: int = 10_000
    max_bytes: int = 2 * _GIBIBYTE
    image: ImageLimits = DEFAULT_IMAGE_LIMITS

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            InvalidRequestError: One is of another type, or out of range.
        """
        check_number("seconds", self.seconds, 0.0, _DAY, with_low=False)
        for name, value in (("memory_bytes", self.memory_bytes), ("max_bytes", self.max_bytes)):
            check_whole(name, value, 1, 2**62)
        check_whole("max_pages", self.max_pages, 1, 10_000_000)
        check_instance("image", self.image, ImageLimits)


DEFAULT_LIMITS: Final = RenderLimits()


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """An open document.

    Attributes:
        descriptor: Its file descriptor; whoever holds this value closes it.
        kind: Its type.
        size: Its size in bytes.
        name: What messages call it.
    """

    descriptor: int
    kind: str
    size: int
    name: str


def check_source(source: object) -> DocumentSource:
    """Return what can be read as a document, or say what would.

    Raises:
        InvalidRequestError: Another type, or an empty path.

    Examples:
        >>> check_source(bytearray(b"%PDF"))
        b'%PDF'
    """
    match source:
        case str() | Path() | bytes() | Image.Image():
            if source == "":
                raise InvalidRequestError(
                    "The path of the document is empty.", hint="Give the path of a file."
                )
            return source
        case bytearray() | memoryview():
            return bytes(cast("bytearray", source))
        case io.IOBase():
            raise wrong_type("source", source, "a path, or the bytes that its `.read()` returns")
        case _:
            raise wrong_type("source", source, "a path, the bytes of a file, or a PIL image")


def name_document(source: DocumentSource) -> str:
    """Say what messages call a document: its quoted path, or what it is."""
    match source:
        case str() | Path():
            text = str(source)
            return repr(text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}...")
        case bytes():
            return f"the document of {len(source):,} bytes"
        case Image.Image():
            return "the image"


def open_document_file(source: str | Path | bytes, *, limits: RenderLimits) -> DocumentFile:
    """Open a document and tell its type from its bytes.

    Raises:
        UnreadableDocumentError: Missing, not a regular file, too large, empty, or of a type without pages.
        MissingExtraError: HEIC without the extra `heic`.
    """
    name = name_document(source)
    descriptor = (
        _copy_to_memory(source) if isinstance(source, bytes) else _open_path(Path(source), name, limits)
    )
    try:
        try:
            head, size = os.pread(descriptor, SNIFF_BYTES, 0), os.fstat(descriptor).st_size
        except OSError as exc:
            raise _unreadable(name, exc) from exc
        kind = sniff_type(head)
        if kind is None or (kind != "pdf" and kind not in IMAGE_TYPES):
            what, hint = describe_type(kind, head)
            raise UnreadableDocumentError(f"{_sentence(name)} is not a document: it is {what}.", hint=hint)
        max_bytes = limits.max_bytes if kind in _MULTI_PAGE else min(limits.max_bytes, limits.image.max_bytes)
        if size > max_bytes:
            raise _too_large(name, size, max_bytes)
        if kind == "heic":
            require_heic()
    except BaseException:
        os.close(descriptor)
        raise
    return DocumentFile(descriptor, kind, size, name)


def _open_path(path: Path, name: str, limits: RenderLimits) -> int:
    if str(path).lower().startswith(("http:/", "https:/", "ftp:/", "s3:/", "gs:/", "file:/", "data:")):
        raise UnreadableDocumentError(
            f"{name} is an address, and nothing is fetched from addresses.",
            hint="Download it first and pass the path or the bytes.",
        )
    try:
        return open_regular_file(path, max_bytes=limits.max_bytes)
    except FileTooLargeError as exc:
        raise _too_large(name, exc.size, exc.max_bytes) from exc
    except OSError as exc:
        raise _unreadable(name, exc) from exc


def _unreadable(name: str, error: OSError) -> UnreadableDocumentError:
    hint = "Name the files in it." if isinstance(error, IsADirectoryError) else "Check the path."
    return UnreadableDocumentError(f"{name} cannot be read: {error.strerror}.", hint=hint)


def _copy_to_memory(data: bytes) -> int:
    # The renderer gets a descriptor either way; on Linux the bytes of a document never touch a disk.
    if sys.platform == "linux":
        descriptor = os.memfd_create("document")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    return descriptor


def _too_large(name: str, size: int, max_bytes: int) -> UnreadableDocumentError:
    return UnreadableDocumentError(
        f"{_sentence(name)} has {size:,} bytes, more than the limit of {max_bytes:,}.",
        hint="Split it, or raise RenderLimits.max_bytes (of an image: ImageLimits.max_bytes).",
    )


def _sentence(name: str) -> str:
    return name[:1].upper() + name[1:]
