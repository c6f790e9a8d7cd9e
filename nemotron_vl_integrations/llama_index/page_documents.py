"""Pages as LlamaIndex documents: stable ids, flat metadata, and what of it a model or an index gets to see."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias
from uuid import UUID, uuid5

from llama_index.core.schema import Document, MediaResource

from nemotron_vl_integrations.llama_index.document_origins import DocumentOrigin, make_storable
from nemotron_vl_integrations.page_result import Mode, PageResult, PageStatus

DocumentStatus: TypeAlias = PageStatus | Literal["deferred"]
Value: TypeAlias = str | int | float | None

FILE_FACTS: Final = ("file_size", "creation_date", "last_modified_date", "last_accessed_date")
"""What `SimpleDirectoryReader` adds and what changes while a page stays the same."""

_NAMESPACE: Final = UUID("5b0c8f6e-1f0a-5d1e-9d0f-6a3f2f1f4d21")
SHOWN_TO_MODELS: Final = ("file_name", "page_label")
"""Of our own metadata what a model gets to see, so that it can say where it found something."""
_LONGEST: Final = {"file_name": 255, "page_label": 40, "page_reason": 300, "failed_pages": 200}


def make_page_id(identity: str, page: int) -> str:
    """Return the id of a page: a UUID, because some stores take no other, and the same in every run.

    Args:
        identity: Of its document.
        page: Counts from 1; 0 is the document as a whole.

    Examples:
        >>> make_page_id("scans/a.pdf", 1) == make_page_id("scans/a.pdf", 1) != make_page_id("scans/a.pdf", 2)
        True
    """
    return str(uuid5(_NAMESPACE, f"{identity}\n{page}"))


def make_part_id(document_id: str, number: int) -> str:
    """Return the id of a part of a document, counted from 0: a UUID that is the same in every run."""
    return str(uuid5(_NAMESPACE, f"{document_id}\n{number}"))


def make_document(
    identifier: str,
    text: str,
    metadata: Mapping[str, Value],
    extra_info: Mapping[str, object],
    image: Path | None = None,
) -> Document:
    """Make a document; what came with the file wins over what it is called here, and keeps its own visibility.

    Of our own metadata a model sees the file's name and the page's label, and an index none, unless there is no text:
    some embeddings refuse an empty one.

    Args:
        identifier: Its id.
        text: May be empty; it is there all the same, because without a text LlamaIndex's caches know a document
            neither by its text nor by its metadata.
        metadata: Our own.
        extra_info: What came with the file.
        image: Its picture.
    """
    own = [name for name in metadata if name not in extra_info]
    given = {
        name: make_storable(value) if isinstance(value, str) else value for name, value in extra_info.items()
    }
    whole: dict[str, object] = {**metadata, **given}
    unseen = [name for name in own if name not in SHOWN_TO_MODELS]
    return Document(
        id_=identifier,
        text_resource=MediaResource(text=make_storable(text)),
        image_resource=None if image is None else MediaResource(path=image),
        metadata=whole,
        excluded_llm_metadata_keys=unseen,
        excluded_embed_metadata_keys=own if text.strip() else unseen,
    )


def describe_page(
    origin: DocumentOrigin,
    *,
    page: int,
    label: str,
    status: DocumentStatus,
    reason: str = "",
    mode: Mode | None = None,
    model: str = "",
    image: Path | None = None,
    image_sha256: str = "",
) -> dict[str, Value]:
    """Return the metadata of a page: flat, short, and the same in every run as long as the page is.

    Args:
        origin: Its document.
        page: Counts from 1.
        label: The number in the document's own numbering.
        status: How its text came about; `deferred` has not been read.
        reason: Why.
        mode: Form of the text.
        model: Name of the checkpoint that read.
        image: Its picture.
        image_sha256: Of its pixels.
    """
    metadata: dict[str, Value] = {
        "file_name": origin.file_name,
        "page_label": label,
        "page_number": page,
        "file_path": origin.file_path,
        "page_status": status,
        "page_reason": reason,
        "ocr_mode": mode or "",
        "ocr_model": model,
        "page_image_path": "" if image is None else str(image),
        "page_sha256": image_sha256,
    }
    return tidy_metadata(metadata)


def make_page_document(
    origin: DocumentOrigin, result: PageResult, mode: Mode, extra_info: Mapping[str, object]
) -> Document:
    """Make the document of a page that was read, with the text that it has and nothing else for a text."""
    metadata = describe_page(
        origin,
        page=result.page,
        label=result.page_label,
        status=result.status,
        reason=result.reason,
        mode=mode,
        model=result.model,
        image=result.image,
    )
    identifier = make_page_id(origin.identity, result.page)
    return make_document(identifier, result.text, metadata, extra_info, result.image)


def make_whole_document(
    origin: DocumentOrigin,
    pages: Sequence[PageResult],
    separator: str,
    mode: Mode,
    extra_info: Mapping[str, object],
) -> Document:
    """Make one document of all pages, blank and failed ones in their place."""
    failed = ",".join(str(page.page) for page in pages if page.status == "failed")
    metadata: dict[str, Value] = {
        "file_name": origin.file_name,
        "file_path": origin.file_path,
        "page_count": len(pages),
        "failed_pages": failed,
        "ocr_mode": mode,
        "ocr_model": pages[0].model if pages else "",
    }
    text = separator.join(page.text for page in pages)
    return make_document(make_page_id(origin.identity, 0), text, tidy_metadata(metadata), extra_info)


def make_unreadable_document(
    origin: DocumentOrigin, error: Exception, extra_info: Mapping[str, object]
) -> Document:
    """Make the document of a file that cannot be opened: no text, and the reason beside it."""
    status: DocumentStatus = "failed"
    metadata: dict[str, Value] = {
        "file_name": origin.file_name,
        "file_path": origin.file_path,
        "page_status": status,
        "page_reason": f"{type(error).__name__}: {error}",
    }
    return make_document(make_page_id(origin.identity, 0), "", tidy_metadata(metadata), extra_info)


def read_status(metadata: Mapping[str, object]) -> str:
    """Return the status in a document's metadata; empty if another reader made it."""
    status = metadata.get("page_status", "")
    return status if isinstance(status, str) else ""


def tidy_metadata(metadata: Mapping[str, Value]) -> dict[str, Value]:
    """Leave out what is empty, and cut what a document could make as long as it likes."""
    return {
        name: make_storable(value)[: _LONGEST.get(name)] if isinstance(value, str) else value
        for name, value in metadata.items()
        if value != ""
    }
