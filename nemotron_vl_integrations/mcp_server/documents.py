"""The documents below the roots as resources: their bytes, and their text."""

import asyncio
import base64
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    BlobResourceContents,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from nemotron_vl_integrations.errors import NemotronVLError
from nemotron_vl_integrations.guarded_sources import ListedDocument, is_listed, type_of_name
from nemotron_vl_integrations.tools import CallContext, Workspace, select_tools

PAGE: Final = 200
"""Documents on one page of the list."""
MOST: Final = 10_000
MAX_BYTES: Final = 16 * 1024 * 1024
"""Of a document that is handed over whole: in base64 and JSON it is a third larger."""

BYTES: Final = "document"
TEXT: Final = "document-text"


async def list_resources(workspace: Workspace, cursor: str | None) -> ListResourcesResult:
    """Return a page of the list of documents.

    Raises:
        MCPError: The cursor is none of this list.
    """
    start = _read_cursor(cursor)
    documents = await asyncio.to_thread(workspace.documents, limit=MOST)
    shown = documents[start : start + PAGE]
    after = start + len(shown)
    return ListResourcesResult(
        resources=[_describe(document) for document in shown],
        next_cursor=str(after) if after < len(documents) else None,
    )


def list_templates() -> ListResourceTemplatesResult:
    """Return how the text of any document is asked for."""
    template = ResourceTemplate(
        name="Text of a document",
        uri_template=f"{TEXT}:///{{+path}}",
        description="The text of the first pages of a document, as read_document gives it.",
        mime_type="text/plain",
    )
    return ListResourceTemplatesResult(resource_templates=[template])


async def read_resource(workspace: Workspace, uri: str, context: CallContext) -> ReadResourceResult:
    """Return a document, or its text.

    Raises:
        MCPError: It is not allowed, missing, too large to be handed over, or cannot be read.
    """
    kind, name = _parse(uri)
    try:
        if kind == TEXT:
            (tool,) = select_tools(["read_document"])
            result = await tool.call(workspace, {"source": name}, context)
            return ReadResourceResult(
                contents=[TextResourceContents(uri=uri, mime_type="text/plain", text=result.text)]
            )
        if not is_listed(name):
            raise MCPError(INVALID_PARAMS, f"There is no resource {uri[:200]!r}.")
        limit = min(MAX_BYTES, workspace.limits.max_bytes)
        file = await asyncio.to_thread(workspace.paths.read, name, max_bytes=limit)
    except NemotronVLError as exc:
        raise MCPError(INVALID_PARAMS, exc.message) from exc
    data = await asyncio.to_thread(base64.b64encode, file.data)
    contents = BlobResourceContents(uri=uri, mime_type=type_of_name(file.name), blob=data.decode("ascii"))
    return ReadResourceResult(contents=[contents])


def _describe(document: ListedDocument) -> Resource:
    return Resource(
        name=document.name,
        uri=f"{BYTES}:///{quote(document.name)}",
        mime_type=document.media_type,
        size=document.size,
    )


def _parse(uri: str) -> tuple[str, str]:
    try:
        parts = urlsplit(uri)
    except ValueError as exc:
        raise MCPError(INVALID_PARAMS, f"The address {uri[:200]!r} cannot be read.") from exc
    if parts.scheme not in (BYTES, TEXT) or parts.netloc or parts.query or parts.fragment:
        raise MCPError(INVALID_PARAMS, f"There is no resource {uri[:200]!r}.")
    return parts.scheme, unquote(parts.path).removeprefix("/")


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and int(cursor[:9]) <= MOST):
        raise MCPError(INVALID_PARAMS, f"The cursor {cursor[:50]!r} is none of this list.")
    return int(cursor)
