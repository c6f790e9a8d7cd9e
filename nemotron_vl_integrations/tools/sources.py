"""From what a model named to the bytes of a document, within the workspace."""

import asyncio
import io
import re
from dataclasses import dataclass
from typing import Final

from PIL import Image

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.chat import MediaPolicy, MediaReader
from nemotron_vl_integrations.errors import InputError, InvalidRequestError
from nemotron_vl_integrations.guarded_sources import fetch_url, is_url
from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.tools.calls import CallContext
from nemotron_vl_integrations.tools.quoting import name_source
from nemotron_vl_integrations.tools.workspace import Workspace

_OF_CONVERSATION: Final = re.compile(r"\s*image\s*:\s*([0-9]{1,4})\s*", re.IGNORECASE)
_PAGE: Final = re.compile(r"(?P<source>.+)#page=(?P<page>[0-9]{1,7})", re.DOTALL)
_SUGGESTED: Final = 10


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A document that a model named.

    Attributes:
        name: What answers call it.
        content: Its bytes.
    """

    name: str
    content: bytes


async def open_source(named: str, workspace: Workspace, context: CallContext) -> OpenedSource:
    """Return the document that a model named: by its path, by an address, or as one of the conversation.

    Raises:
        InvalidRequestError: It is not allowed, missing, too large, or there is no such image.
        InputError: An image of the conversation that cannot be decoded.
    """
    of_conversation = _OF_CONVERSATION.fullmatch(named)
    if of_conversation is not None:
        number = int(of_conversation[1])
        return OpenedSource(f"image:{number}", await _open_image(number, workspace, context))
    if is_url(named):
        return OpenedSource(named, await _fetch(named, workspace))
    try:
        file = await asyncio.to_thread(workspace.paths.read, named, max_bytes=workspace.limits.max_bytes)
    except InvalidRequestError as exc:
        raise InvalidRequestError(exc.message, hint=await asyncio.to_thread(_suggest, workspace)) from exc
    return OpenedSource(file.name, file.data)


def split_page(named: str) -> tuple[str, int | None]:
    """Split the number of a page off the name of an image.

    Examples:
        >>> split_page("contract.pdf#page=3"), split_page("photo.png")
        (('contract.pdf', 3), ('photo.png', None))
    """
    match = _PAGE.fullmatch(named)
    return (named, None) if match is None else (match["source"], int(match["page"]))


async def _open_image(number: int, workspace: Workspace, context: CallContext) -> bytes:
    count = len(context.images)
    if not 1 <= number <= count:
        known = f"It has {count}." if count else "It has none."
        raise InvalidRequestError(
            f"There is no image {number} in this conversation. {known}", hint="Name a document by its path."
        )
    media = context.images[number - 1]
    if isinstance(media.source, Image.Image):
        return await asyncio.to_thread(_write_png, media.source)
    policy = MediaPolicy(
        allowed_paths=workspace.paths.paths,
        allowed_hosts=() if workspace.urls is None else workspace.urls.hosts,
        max_bytes=workspace.limits.max_bytes,
    )
    return await MediaReader(policy=policy).fetch(media)


def _write_png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    load_image(image).save(file, "PNG")
    return file.getvalue()


async def _fetch(url: str, workspace: Workspace) -> bytes:
    if workspace.urls is None:
        raise InvalidRequestError(
            f"{show(url)} is an address, and nothing is fetched from addresses.",
            hint=await asyncio.to_thread(_suggest, workspace),
        )
    return await fetch_url(url, workspace.urls)


def _suggest(workspace: Workspace) -> str:
    found = workspace.documents(limit=_SUGGESTED + 1)
    if not found:
        return "There are no documents to read."
    names = ", ".join(name_source(document.name) for document in found[:_SUGGESTED])
    return f"Documents that can be read: {names}{' and more' if len(found) > _SUGGESTED else ''}."


def blame(source: OpenedSource, error: InputError) -> InputError:
    """The error about a document, with the name that the model knows it by."""
    return InvalidRequestError(f"{name_source(source.name)}: {error.message}", hint=error.hint)
