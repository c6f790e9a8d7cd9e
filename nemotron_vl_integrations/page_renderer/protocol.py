"""What the renderer and its parent say to each other: one JSON object a line, pixels after the line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from nemotron_vl_integrations.messages import JSON, Layout

LONGEST_LABEL = 100
LONGEST_TEXT_LAYER = 100_000
LONGEST_PROPERTY = 1000
MOST_PROPERTIES = 20
LONGEST_LINE = 16 * 1024 * 1024


class ProtocolError(Exception):
    """A line that the other side would not write if all were well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """The first line to a renderer: the document, and what it may take.

    Attributes:
        descriptor: An inherited, open file descriptor of the document.
        kind: Its type, see `images.sniff_type`.
        name: What messages call it.
        passwords: Passwords to try on an encrypted PDF, after the empty one.
        parent: Process id of the parent; the renderer ends when the parent does.
        memory_bytes: Most address space of the renderer.
        max_pages: Most pages of the document.
        max_pixels: Most pixels of an image.
    """

    descriptor: int
    kind: str
    name: str
    passwords: tuple[str, ...]
    parent: int
    memory_bytes: int
    max_pages: int
    max_pixels: int


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Every further line to a renderer: the page to render, counted from 1."""

    page: int
    layout: Layout
    max_tiles: int
    text_layer: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """The renderer has started."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The document is open.

    Attributes:
        labels: One a page.
        properties: What the document says about itself, such as its `Title`.
    """

    labels: tuple[str, ...]
    properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The page is rendered to this grid; its pixels follow the line, RGB, row by row."""

    columns: int
    rows: int
    text_layer: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The document or the page cannot be used; `locked` means that no password fits."""

    message: str
    hint: str
    locked: bool = False


ReplyLine = Ready | Opened | Rendered | Failed


def write_line(fields: Mapping[str, JSON | Sequence[str] | Mapping[str, str]]) -> bytes:
    """Write a line of fields that make up one of the values of this module."""
    return json.dumps(fields, ensure_ascii=True).encode("ascii") + b"\n"


def read_open_request(line: bytes) -> OpenRequest:
    """Read the first line to a renderer."""
    match _parse(line):
        case {
            "descriptor": int(descriptor),
            "kind": str(kind),
            "name": str(name),
            "passwords": list(passwords),
            "parent": int(parent),
            "memory_bytes": int(memory_bytes),
            "max_pages": int(max_pages),
            "max_pixels": int(max_pixels),
        }:
            return OpenRequest(
                descriptor=descriptor,
                kind=kind,
                name=name,
                passwords=_strings(passwords),
                parent=parent,
                memory_bytes=memory_bytes,
                max_pages=max_pages,
                max_pixels=max_pixels,
            )
        case _:
            raise ProtocolError("not a request to open a document")


def read_page_request(line: bytes) -> PageRequest:
    """Read a further line to a renderer."""
    match _parse(line):
        case {
            "page": int(page),
            "layout": str(layout),
            "max_tiles": int(max_tiles),
            "text_layer": bool(text_layer),
        } if layout in get_args(Layout):
            return PageRequest(page, cast("Layout", layout), max_tiles, text_layer)
        case _:
            raise ProtocolError("not a request to render a page")


def read_reply(line: bytes) -> ReplyLine:
    """Read a line from a renderer, whose decoders hostile input may have taken over."""
    match _parse(line):
        case {"ready": True}:
            return Ready()
        case {"labels": list(labels), "properties": dict(properties)} if len(properties) <= MOST_PROPERTIES:
            return Opened(_strings(labels), _short_texts(properties))
        case {"columns": int(columns), "rows": int(rows), "text_layer": str(text)} if (
            len(text) <= LONGEST_TEXT_LAYER
        ):
            return Rendered(columns, rows, text)
        case {"message": str(message), "hint": str(hint), "locked": bool(locked)}:
            return Failed(message, hint, locked)
        case _:
            raise ProtocolError("not a reply")


def _parse(line: bytes) -> JSON:
    try:
        return cast("JSON", json.loads(line))
    except (ValueError, RecursionError) as exc:
        raise ProtocolError("not JSON") from exc


def _short_texts(values: dict[str, JSON]) -> dict[str, str]:
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    if len(texts) != len(values) or any(
        len(text) > LONGEST_PROPERTY for pair in texts.items() for text in pair
    ):
        raise ProtocolError("not a list of properties")
    return texts


def _strings(values: list[JSON]) -> tuple[str, ...]:
    strings = tuple(value for value in values if isinstance(value, str))
    if len(strings) != len(values):
        raise ProtocolError("not a list of texts")
    return strings
