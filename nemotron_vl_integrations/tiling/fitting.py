"""The canvas that fills a grid exactly, so that vLLM has nothing left to resize."""

from PIL import Image

from nemotron_vl_integrations.argument_checks import check_instance
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.images.decoding import decoder_errors
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.tiling.grid import MAX_TILES, choose_grid, place_image

_WHITE = (255, 255, 255)


def fit_to_grid(
    image: Image.Image, *, layout: Layout = "reference", max_tiles: int = MAX_TILES
) -> Image.Image:
    """Fit an upright RGB image to the exact canvas of its grid, with bicubic resampling.

    vLLM chooses the same grid for that canvas and leaves its pixels as they are, whatever `layout`
    and `max_tiles` were: a canvas of c x r tiles is closest to c x r, and large enough for it.
    An image that already is such a canvas comes back with the same pixels. vLLM then makes the
    thumbnail from the canvas, where it would have made it from the image: the difference is a rounding.

    Args:
        image: Upright, mode RGB, see `images.load_image`. It is not changed.
        layout: `reference` stretches the image over the canvas, `detail` centres it on white.
        max_tiles: Most tiles, 1 to 12, the thumbnail not counted.

    Returns:
        A new RGB image of `grid.width` x `grid.height` pixels.

    Raises:
        InvalidRequestError: No image, one in another mode or without pixels, no such layout, or `max_tiles` outside
            1 to 12.
        UnreadableImageError: An image whose file is damaged or closed.

    Examples:
        >>> fit_to_grid(Image.new("RGB", (1654, 2339), "white")).size
        (1024, 1536)
    """
    check_instance("image", image, Image.Image)
    if image.mode != "RGB":
        raise InvalidRequestError(
            f"fit_to_grid() takes mode 'RGB', not {image.mode!r}.", hint="Pass it through load_image() first."
        )
    grid = choose_grid(image.width, image.height, layout=layout, max_tiles=max_tiles)
    place = place_image(image.width, image.height, grid, layout=layout)
    # An image that is still in its file is decoded only here.
    with decoder_errors("The image", hint="Its file is damaged or was closed: open it with load_image()."):
        scaled = image.resize((place.width, place.height), Image.Resampling.BICUBIC)
    if scaled.size == (grid.width, grid.height):
        return scaled
    canvas = Image.new("RGB", (grid.width, grid.height), _WHITE)
    canvas.paste(scaled, (place.left, place.top))
    return canvas
