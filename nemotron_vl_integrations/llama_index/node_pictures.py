"""The picture that a document or node of LlamaIndex points to, as reading takes it."""

import base64
import binascii
from pathlib import Path, PurePath
from typing import TypeAlias

from llama_index.core.schema import BaseNode, ImageNode, Node

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError

Picture: TypeAlias = Path | bytes


def has_picture(node: BaseNode) -> bool:
    """Tell whether a node holds or names a picture."""
    match node:
        case Node():
            return node.image_resource is not None
        case ImageNode():
            return any((node.image, node.image_path, node.image_url))
        case _:
            return False


def find_picture(node: BaseNode, image_dir: Path | None) -> Picture:
    """Return a node's picture: its bytes, or a file of `image_dir`.

    A path counts by its last part. Nodes come out of databases that others may write to, so they name no other folder;
    and the folder may have moved since.

    Raises:
        InvalidRequestError: It names a file and there is no `image_dir`, or an address, which is not fetched.

    Examples:
        >>> find_picture(ImageNode(image_path="/elsewhere/page.png"), Path("pages"))
        PosixPath('pages/page.png')
    """
    data, path, url = _read_fields(node)
    if data:
        return _decode(data, node)
    if path is not None:
        return locate_picture(path, image_dir)
    raise InvalidRequestError(
        f"The picture of {node.node_id!r} is at the address {show(url)}, and nothing is fetched from addresses.",
        hint="Download it, and give its bytes or its path.",
    )


def locate_picture(path: str | PurePath, image_dir: Path | None) -> Path:
    """Return the file of `image_dir` that has the last part of a path for its name.

    Raises:
        InvalidRequestError: There is no `image_dir`, or the path ends in no name.
    """
    if image_dir is None:
        raise InvalidRequestError(
            f"A node names the picture {show(str(path))}, and no folder for pictures is known.",
            hint="Set `image_dir` to that of the reader.",
        )
    name = PurePath(path).name
    if name in ("", ".."):
        raise InvalidRequestError(f"{show(str(path))} names no file.", hint="Look at `page_image_path`.")
    return image_dir / name


def _read_fields(node: BaseNode) -> tuple[bytes | None, PurePath | str | None, object]:
    match node:
        case Node():
            resource = node.image_resource
            return (None, None, None) if resource is None else (resource.data, resource.path, resource.url)
        case ImageNode():
            data = node.image.encode("ascii", "replace") if node.image else None
            return data, node.image_path, node.image_url
        case _:
            return None, None, None


def _decode(data: bytes, node: BaseNode) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as exc:
        raise InvalidRequestError(
            f"The picture of {node.node_id!r} is not base64.",
            hint="Give its bytes to `MediaResource(data=...)`.",
        ) from exc
