"""Results of pages as LangChain's documents: their text, their metadata, their ids."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from langchain_core.documents import Document

from nemotron_vl_integrations.errors import NemotronVLError
from nemotron_vl_integrations.extraction.merge import merge_pages
from nemotron_vl_integrations.json_schema import Schema
from nemotron_vl_integrations.langchain.found_documents import FoundDocument
from nemotron_vl_integrations.langchain.loading_settings import LoadingSettings
from nemotron_vl_integrations.langchain.pdf_dates import to_iso_date
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.pages import DocumentInfo

_NAMESPACE: Final = uuid.UUID("6f0f2a4e-5a0b-5d0c-9a55-3f1f0f6f8f7b")
_DATES: Final = frozenset({"creationdate", "moddate"})
_FIELDS: Final = "fields"


def page_key(document: Document) -> str:
    """Return a key for LangChain's `index(..., key_encoder=page_key)`, also for pieces of a page.

    It changes when the text of a page changes, and with nothing else. LangChain's own keys are made of all metadata, so
    one more page at the end of a file, or a new date in it, would make every page of it a new one.

    Examples:
        >>> one = Document("Dear Ms Hale,", metadata={"source": "a.pdf", "page": 0, "total_pages": 1})
        >>> two = Document("Dear Ms Hale,", metadata={"source": "a.pdf", "page": 0, "total_pages": 2})
        >>> page_key(one) == page_key(two)
        True
    """
    metadata = cast("dict[str, object]", document.metadata)
    named = [str(metadata.get(name)) for name in ("source", "page", "content", "status")]
    return _make_id(*named, document.page_content)


def make_page_document(
    page: PageResult, found: FoundDocument, info: DocumentInfo, settings: LoadingSettings
) -> Document:
    """Return the document of one page."""
    metadata = _describe_file(found, info, settings) | {
        "page": page.page - 1,
        "page_label": page.page_label,
        "status": page.status,
        "truncated": _is_part(page),
        "reason": page.reason or None,
        "confidence": None if page.confidence is None else round(page.confidence, 4),
        "rotation": page.rotation,
        "width": None if page.grid is None else page.grid.width,
        "height": None if page.grid is None else page.grid.height,
        "image": None if page.image is None else str(page.image),
        "model": page.model,
    }
    if settings.target is not None:
        metadata |= dict(_flatten(_read_fields(page)))
    return _make_document(page.text, metadata, found, f"page {page.page}", settings)


def make_file_document(
    pages: Sequence[PageResult], found: FoundDocument, info: DocumentInfo, settings: LoadingSettings
) -> Document:
    """Return the document of all pages of a file that were asked for.

    Raises:
        ExtractionError: The merged fields do not satisfy the schema.
    """
    failed = [page for page in pages if page.status == "failed"]
    sure = [page.confidence for page in pages if page.confidence is not None]
    metadata = _describe_file(found, info, settings) | {
        "status": _sum_up(pages),
        "truncated": any(map(_is_part, pages)),
        "reason": "; ".join(f"page {page.page}: {page.reason}" for page in failed) or None,
        "failed_pages": ",".join(str(page.page) for page in failed) or None,
        "confidence": round(min(sure), 4) if sure else None,
        "model": pages[0].model,
    }
    if settings.target is None:
        text = settings.pages_delimiter.join(page.text for page in pages)
    else:
        text = _merge_fields(pages, settings)
        metadata |= dict(_flatten(cast("Schema", json.loads(text)) if text else {}))
    return _make_document(text, metadata, found, "file", settings)


def make_failure_document(
    error: NemotronVLError, found: FoundDocument, settings: LoadingSettings
) -> Document:
    """Return the document of a file that cannot be read: no text, and the reason."""
    reason = f"{type(error).__name__}: {error}"
    metadata = _describe_file(found, None, settings) | {
        "status": "failed",
        "truncated": False,
        "reason": reason,
    }
    return _make_document("", metadata, found, "failure", settings)


def _make_document(
    text: str, metadata: Mapping[str, object], found: FoundDocument, place: str, settings: LoadingSettings
) -> Document:
    schema = "" if settings.target is None else json.dumps(settings.target.schema, sort_keys=True)
    known = {name: value for name, value in metadata.items() if value is not None}
    return Document(
        id=_make_id(found.name, place, _name_content(settings), schema), page_content=text, metadata=known
    )


def _describe_file(
    found: FoundDocument, info: DocumentInfo | None, settings: LoadingSettings
) -> dict[str, object]:
    own: dict[str, object] = {
        "source": found.name,
        "file_path": found.path,
        "content": _name_content(settings),
    }
    if info is None:
        return found.metadata | own
    said = {
        name.lower(): to_iso_date(text) if name.lower() in _DATES else text
        for name, text in info.properties.items()
    }
    return found.metadata | said | own | {"total_pages": info.page_count, "mimetype": _name_type(info.kind)}


def _name_type(kind: str) -> str | None:
    match kind:
        case "pdf":
            return "application/pdf"
        case "image":  # Bare pixels.
            return None
        case _:
            return f"image/{kind}"


def _name_content(settings: LoadingSettings) -> str:
    return settings.content if settings.target is None else _FIELDS


def _is_part(page: PageResult) -> bool:
    """Whether the text is not the whole page: of a failed page what stands before a loop or a cut is kept."""
    return page.status == "failed" and bool(page.text)


def _sum_up(pages: Sequence[PageResult]) -> str:
    statuses = {page.status for page in pages}
    if "failed" in statuses:
        return "failed" if statuses == {"failed"} else "partial"
    return "blank" if statuses == {"blank"} else "read"


def _read_fields(page: PageResult) -> Schema:
    return cast("Schema", json.loads(page.text)) if page.text else {}


def _merge_fields(pages: Sequence[PageResult], settings: LoadingSettings) -> str:
    assert settings.target is not None
    shown = [_read_fields(page) for page in pages if page.text]
    if not shown:
        return ""
    text = json.dumps(merge_pages(shown, settings.target.schema), ensure_ascii=False)
    settings.target.build(text)
    return text


def _flatten(fields: Schema) -> Iterator[tuple[str, object]]:
    """The fields that an index can filter by; lists and objects are in the text alone."""
    for name, value in fields.items():
        if isinstance(value, str | int | float | bool):
            yield f"field_{name}", value


def _make_id(*parts: str) -> str:
    # Some vector stores take nothing but UUIDs.
    return str(uuid.uuid5(_NAMESPACE, json.dumps(parts)))
