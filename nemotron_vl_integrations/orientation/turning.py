"""Quarter turns of a page."""

from typing import TYPE_CHECKING, Final, Literal, assert_never

if TYPE_CHECKING:
    from PIL.Image import Image

Rotation = Literal[0, 90, 180, 270]
"""Degrees clockwise."""

ROTATIONS: Final[tuple[Rotation, ...]] = (0, 90, 180, 270)


def turn_image(image: "Image", rotation: Rotation) -> "Image":
    """Turn an image clockwise; no pixel is lost or blended.

    Args:
        image: Any mode. It is not changed, and given back as it is for 0.
        rotation: Degrees clockwise.

    Examples:
        >>> from PIL import Image
        >>> page = Image.new("L", (2, 1))
        >>> page.putpixel((0, 0), 255)
        >>> turned = turn_image(page, 90)
        >>> turned.size, turned.getpixel((0, 0))
        ((1, 2), 255)
    """
    # Pillow's names count against the clock.
    from PIL.Image import Transpose

    match rotation:
        case 0:
            return image
        case 90:
            return image.transpose(Transpose.ROTATE_270)
        case 180:
            return image.transpose(Transpose.ROTATE_180)
        case 270:
            return image.transpose(Transpose.ROTATE_90)
        case _:
            assert_never(rotation)


def combine_rotations(first: Rotation, second: Rotation) -> Rotation:
    """Return the one turn that does what two do, one after the other.

    Examples:
        >>> combine_rotations(270, 180)
        90
    """
    return ROTATIONS[(first + second) // 90 % 4]
