"""Makes clean pages look printed, copied and scanned; works on whole batches, on the GPU where there is one."""

import math
import random

import torch
from torch import Tensor
from torch.nn import functional

_LEAST_SCALE = {512: 0.8, 1024: 0.66, 1536: 0.58}
_SMALLEST_SCALE = 0.5
_FAX_SHARE = 0.05


def degrade(pixels: Tensor, centres: Tensor, rng: random.Random) -> tuple[Tensor, Tensor]:
    """Degrade a batch of pages.

    Args:
        pixels: Grey pages, uint8, (pages, height, width); 255 is paper.
        centres: Where characters stand, (pages, characters, 2) in pixels.
        rng: Decides for the batch; PyTorch's own generator decides for each page.

    Returns:
        Colour pages from 0 to 1, (pages, 3, height, width), and the centres after the page has moved.
    """
    page = pixels.to(torch.float32).div_(255).unsqueeze(1)
    if rng.random() < 0.6:
        page, centres = move(page, centres)
    if rng.random() < 0.4:
        page = resample(page, rng)
    if rng.random() < 0.25:
        page = spread_or_erode(page)
    if rng.random() < 0.3:
        page = blur(page)
    touched = (_chance(page) < 0.6).float()
    if rng.random() < 0.2:
        page = shine_through(page, touched)
    page = tint(page, touched)
    if rng.random() < 0.25:
        page = shade_edges(page, touched)
    if rng.random() < 0.5:
        page = add_light_and_noise(page, touched)
    if rng.random() < 0.15:
        page = add_specks(page, touched)
    if rng.random() < 0.4:
        page = fax(page)
    return page.clamp(0, 1), centres


def _chance(page: Tensor, channels: int = 1) -> Tensor:
    return torch.rand(page.shape[0], channels, 1, 1, device=page.device)


def move(page: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """Turn pages by up to 1.5 degrees, scale them by up to 3 %, shift them by a few pixels, tip them slightly."""
    height, width = page.shape[-2:]
    forward = _draw_maps(page)
    grid = _sample_grid(torch.inverse(forward), height, width)
    moved = 1 - functional.grid_sample(1 - page, grid, padding_mode="zeros", align_corners=False)
    u, v = centres[..., 0] - width / 2, centres[..., 1] - height / 2
    x, y = _project(forward, u, v)
    return moved, torch.stack([x + width / 2, y + height / 2], dim=-1)


def _draw_maps(page: Tensor) -> Tensor:
    """Maps from the old to the new page in pixels from the middle, (pages, 3, 3)."""
    count, _, height, width = page.shape
    draw = (torch.rand(8, count, device=page.device) - 0.5) * 2
    angle = draw[0] * math.radians(1.5) * (draw[5] < 0.3) * min(1, 1024 / max(height, width))
    scale_x, scale_y = 1 + draw[1] * 0.03, 1 + draw[2] * 0.03
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    tipped = (draw[7] > 0.5).float() * 0.012 / max(height, width)
    rows = (
        torch.stack([angle.cos() * scale_x, -angle.sin() * scale_y, draw[3] * 4], dim=-1),
        torch.stack([angle.sin() * scale_x, angle.cos() * scale_y, draw[4] * 6], dim=-1),
        torch.stack([draw[6] * tipped, zero + draw[5] * tipped, one], dim=-1),
    )
    return torch.stack(rows, dim=1)


def _project(maps: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Send points (pages, ...) through maps (pages, 3, 3)."""
    shape = (-1, *([1] * (x.dim() - 1)))

    def row(number: int) -> Tensor:
        a, b, c = (maps[:, number, place].view(shape) for place in range(3))
        return a * x + b * y + c

    depth = row(2)
    return row(0) / depth, row(1) / depth


def _sample_grid(inverse: Tensor, height: int, width: int) -> Tensor:
    """Where each pixel of the new page comes from, in units of half a page, (pages, height, width, 2)."""
    x = torch.arange(width, device=inverse.device, dtype=inverse.dtype) + 0.5 - width / 2
    y = torch.arange(height, device=inverse.device, dtype=inverse.dtype) + 0.5 - height / 2
    u, v = _project(inverse, x.view(1, 1, -1), y.view(1, -1, 1))
    return torch.stack([u * (2 / width), v * (2 / height)], dim=-1)


def resample(page: Tensor, rng: random.Random) -> Tensor:
    """Make pages as if scanned at another resolution and resized to the grid."""
    height, width = page.shape[-2:]
    factor = rng.uniform(_LEAST_SCALE.get(height, _SMALLEST_SCALE), 1.35)
    other = _resize(page, (int(height * factor), int(width * factor)))
    return _resize(other, (height, width)).clamp(0, 1)


def _resize(page: Tensor, size: tuple[int, int]) -> Tensor:
    return functional.interpolate(page, size=size, mode="bicubic", antialias=True, align_corners=False)


def spread_or_erode(page: Tensor) -> Tensor:
    """Let ink run into the paper on some pages, and wear it off on others."""
    wider = -functional.max_pool2d(-page, 3, stride=1, padding=1)
    thinner = functional.max_pool2d(page, 3, stride=1, padding=1)
    kind = _chance(page)
    page = torch.lerp(page, wider, _chance(page) * 0.5 * (kind < 0.3))
    return torch.lerp(page, thinner, _chance(page) * 0.3 * (kind > 0.75))


def blur(page: Tensor) -> Tensor:
    """Blur each page by another amount."""
    kernel = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], device=page.device) / 16
    padded = functional.pad(page, (2, 2, 2, 2), value=1.0)
    rows = functional.conv2d(padded, kernel.view(1, 1, 1, 5))
    blurred = functional.conv2d(rows, kernel.view(1, 1, 5, 1))
    return torch.lerp(page, blurred, _chance(page) * 0.8)


def shine_through(page: Tensor, touched: Tensor) -> Tensor:
    """Let the mirrored text of another page of the batch shine through."""
    back = functional.avg_pool2d(page.roll(1, 0).flip(-1), 3, stride=1, padding=1, count_include_pad=False)
    return page * (1 - (1 - back) * (touched * _chance(page) * 0.15))


def tint(page: Tensor, touched: Tensor) -> Tensor:
    """Colour paper and ink of the pages that are `touched`; turns grey (one channel) into colour (three)."""
    darker = _chance(page) * 0.25 * (_chance(page) < 0.5)
    paper = 1 - touched * (_chance(page, 3) * 0.08 + darker)
    faded = _chance(page) * _chance(page) * 0.4
    ink = touched * (faded + (_chance(page, 3) < 0.2) * _chance(page, 3) * 0.25)
    return paper * page + torch.minimum(ink, paper * 0.6) * (1 - page)


def shade_edges(page: Tensor, touched: Tensor) -> Tensor:
    """Darken one side of pages, as the fold of a book or the lid of a scanner does."""
    width = page.shape[-1]
    across = torch.linspace(0, 1, width, device=page.device).view(1, 1, 1, -1)
    side = (_chance(page) < 0.5).float()
    distance = torch.lerp(across, 1 - across, side)
    shadow = torch.exp(-distance / (0.005 + _chance(page) * 0.06))
    return page * (1 - shadow * (touched * _chance(page) * 0.7))


def add_light_and_noise(page: Tensor, touched: Tensor) -> Tensor:
    """Add uneven light, the grain of paper and the noise of a sensor to the pages that are `touched`."""
    count, _, height, width = page.shape
    coarse = torch.randn(count, 1, 4, 4, device=page.device)
    light = functional.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=False)
    noise = torch.randn(count, 1, height, width, device=page.device)
    return page + light * (touched * _chance(page) * 0.05) + noise * (touched * _chance(page).square() * 0.1)


def add_specks(page: Tensor, touched: Tensor) -> Tensor:
    """Strew dark and light specks over the pages that are `touched`."""
    count, _, height, width = page.shape
    dice = torch.rand(count, 1, height, width, device=page.device)
    share = touched * _chance(page).square() * 0.004
    return torch.where(dice < share, 0.15, torch.where(dice > 1 - share, 0.98, page))


def fax(page: Tensor) -> Tensor:
    """Reduce a few pages to black and white."""
    chosen = _chance(page) < _FAX_SHARE / 0.4
    limit = page.mean(dim=(2, 3), keepdim=True) * (0.62 + 0.16 * _chance(page))
    return torch.where(chosen, (page > limit).to(page.dtype), page)
