"""Long conversations with many images: the newest stay, the older ones become a word in their place."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nemotron_vl_integrations.messages import ImagePart, Message, Part, TextPart

FORGOTTEN: Final = "[an image that was shown here before]"


def keep_newest_images(messages: Sequence[Message], limit: int) -> tuple[Message, ...]:
    """Return the conversation with at most so many images, the last ones.

    The model was trained with up to four images a prompt, and an agent that looks at pages has soon seen more. What the
    assistant said about the older ones is still there.

    Args:
        messages: Of any roles.
        limit: How many images stay.

    Examples:
        >>> from PIL import Image
        >>> page = ImagePart(Image.new("RGB", (32, 32)))
        >>> [len(message.content) for message in keep_newest_images([Message("user", (page, page))], 1)]
        [2]
    """
    surplus = sum(isinstance(part, ImagePart) for message in messages for part in message.content) - limit
    kept: list[Message] = []
    for message in messages:
        content: list[Part] = []
        for part in message.content:
            forget = surplus > 0 and isinstance(part, ImagePart)
            content.append(TextPart(FORGOTTEN) if forget else part)
            surplus -= forget
        kept.append(replace(message, content=tuple(content)))
    return tuple(kept)
