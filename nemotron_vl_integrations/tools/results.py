"""What a call of a tool gives back: text for the model, pictures for the model, data for programs."""

import io
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from nemotron_vl_integrations.messages import JSON

_QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class ToolImage:
    """A picture for the model; never written into text.

    Attributes:
        data: The bytes of a file.
        media_type: Its type.
        width: In pixels.
        height: In pixels.
    """

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a call gives back.

    Attributes:
        text: For the model. What comes from a document is marked as such, and the pages are named.
        data: The same for programs, as JSON: the source, its pages, and what was found.
        images: Pictures for the model.
    """

    text: str
    data: dict[str, JSON] = field(default_factory=dict[str, JSON])
    images: tuple[ToolImage, ...] = ()


def encode_image(image: Image.Image) -> ToolImage:
    """Write a picture as a JPEG that keeps small print legible.

    Examples:
        >>> encode_image(Image.new("RGB", (32, 16), "white")).media_type
        'image/jpeg'
    """
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=_QUALITY)
    return ToolImage(file.getvalue(), "image/jpeg", image.width, image.height)
