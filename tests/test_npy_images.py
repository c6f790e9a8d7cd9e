"""Arrays in NumPy's file format as images, however they were damaged; and what four channels are."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from nemotron_vl_integrations.errors import ImageTooLargeError, UnreadableImageError
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.images.four_channels import name_four_channels
from nemotron_vl_integrations.images.npy import decode_npy

LIMITS = ImageLimits(max_pixels=1_000_000)


def write(array: npt.NDArray[np.generic]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def draw(mode: str, paper: tuple[int, ...] | int, ink: tuple[int, ...] | int) -> Image.Image:
    image = Image.new(mode, (120, 80), paper)
    ImageDraw.Draw(image).rectangle((20, 20, 60, 30), fill=ink)
    return image


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 1), (4, 3, 2), (4, 3, 3), (4, 3, 4)])
def test_every_number_of_channels_is_an_image(shape: tuple[int, ...]) -> None:
    image = decode_npy(write(np.full(shape, 255, np.uint8)), limits=LIMITS)
    channels = shape[2] if len(shape) == 3 else 1
    assert (image.size, len(image.getbands())) == ((3, 4), channels)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        write(np.zeros((4, 3), np.uint8))[:-1],
        write(np.array([["a"]])),
        write(np.zeros((0, 3), np.uint8)),
        write(np.zeros((4, 3, 2, 1), np.uint8)),
        b"\x93NUMPY\x01\x00" + (b"{\'descr\': \'|u1\', \'fortran_order\': False, \'shape\': (%d, 9)}" % 10**15).join(
            [b"\x3a\x00", b"\n"]
        ),
    ],
)  # fmt: skip
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableImageError):
        decode_npy(data, limits=LIMITS)


def test_objects_are_never_unpickled() -> None:
    file = io.BytesIO()
    np.save(file, np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(UnreadableImageError, match="allow_pickle=False"):
        decode_npy(file.getvalue(), limits=LIMITS)


def test_an_image_over_a_limit_is_refused() -> None:
    with pytest.raises(ImageTooLargeError):
        decode_npy(write(np.zeros((1001, 1000), np.uint8)), limits=LIMITS)
    with pytest.raises(ImageTooLargeError):
        decode_npy(write(np.zeros((10, 10), np.uint8)), limits=ImageLimits(max_bytes=100))


@given(
    changes=st.dictionaries(st.integers(6, 140), st.integers(0, 255), max_size=8), length=st.integers(0, 200)
)
def test_a_damaged_file_is_an_image_or_an_error_of_ours(changes: dict[int, int], length: int) -> None:
    data = bytearray(write(np.arange(60, dtype=np.uint8).reshape(4, 5, 3)))
    for place, value in changes.items():
        data[place] = value
    try:
        image = decode_npy(bytes(data[: len(data) - length]), limits=LIMITS)
    except UnreadableImageError:
        return
    assert image.width * image.height <= LIMITS.max_pixels


@pytest.mark.parametrize(
    ("image", "mode"),
    [
        (draw("CMYK", (0, 0, 0, 0), (255, 200, 0, 0)), "CMYK"),  # Clean paper, blue ink.
        (draw("CMYK", (8, 6, 14, 2), (180, 170, 160, 9)), "CMYK"),  # A scan.
        (draw("RGBA", (255, 255, 255, 255), (0, 0, 0, 255)), "RGBA"),
        (draw("RGBA", (0, 0, 0, 0), (200, 0, 0, 255)), "RGBA"),  # A drawing without a ground.
        (draw("RGBA", (255, 255, 255, 0), (0, 0, 0, 200)), "RGBA"),
        (draw("CMYK", (0, 0, 0, 0), (0, 0, 0, 255)), "RGBA"),  # Black ink alone: both give the same.
        (draw("RGBA", (250, 250, 250, 0), (10, 10, 10, 0)), "RGB"),  # A byte to fill up.
    ],
)
def test_four_channels_are_what_hides_nothing(image: Image.Image, mode: str) -> None:
    nameless = Image.frombytes("RGBA", image.size, image.tobytes())
    assert name_four_channels(nameless).mode == mode
