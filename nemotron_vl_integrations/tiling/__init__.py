"""How an image becomes tiles: the grid, the canvas, the token count, and a picture of it for people."""

from nemotron_vl_integrations.tiling.fitting import fit_to_grid
from nemotron_vl_integrations.tiling.grid import (
    MAX_TILES,
    TILE_SIZE,
    TOKENS_PER_TILE,
    Grid,
    Placement,
    check_fitting,
    choose_grid,
    count_image_tokens,
    place_image,
)
from nemotron_vl_integrations.tiling.picture import draw_grid
from nemotron_vl_integrations.tiling.thumbnail import draw_thumbnail

__all__ = [
    "MAX_TILES",
    "TILE_SIZE",
    "TOKENS_PER_TILE",
    "Grid",
    "Placement",
    "check_fitting",
    "choose_grid",
    "count_image_tokens",
    "draw_grid",
    "draw_thumbnail",
    "fit_to_grid",
    "place_image",
]
