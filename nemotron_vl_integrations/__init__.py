"""NVIDIA Nemotron Nano 12B V2 VL in your own process, for LangChain and LlamaIndex.

Names load when they are first used, so that importing the package stays cheap.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nemotron_vl_integrations.asking import Answer as Answer
    from nemotron_vl_integrations.asking import aask_image as aask_image
    from nemotron_vl_integrations.asking import ask_image as ask_image
    from nemotron_vl_integrations.config import EngineConfig as EngineConfig
    from nemotron_vl_integrations.engine import Engine as Engine
    from nemotron_vl_integrations.engine import close_engine as close_engine
    from nemotron_vl_integrations.engine import get_engine as get_engine
    from nemotron_vl_integrations.errors import NemotronVLError as NemotronVLError
    from nemotron_vl_integrations.extraction import aextract_fields as aextract_fields
    from nemotron_vl_integrations.extraction import extract_fields as extract_fields
    from nemotron_vl_integrations.images import load_image as load_image
    from nemotron_vl_integrations.ledger import Ledger as Ledger
    from nemotron_vl_integrations.page_result import DocumentResult as DocumentResult
    from nemotron_vl_integrations.page_result import PageResult as PageResult
    from nemotron_vl_integrations.pages import RenderLimits as RenderLimits
    from nemotron_vl_integrations.reading import ReadingOptions as ReadingOptions
    from nemotron_vl_integrations.reading import ReadingProgress as ReadingProgress
    from nemotron_vl_integrations.reading import aiter_pages as aiter_pages
    from nemotron_vl_integrations.reading import aread_document as aread_document
    from nemotron_vl_integrations.reading import iter_pages as iter_pages
    from nemotron_vl_integrations.reading import read_document as read_document
    from nemotron_vl_integrations.reading import summarise as summarise
    from nemotron_vl_integrations.tiling import choose_grid as choose_grid
    from nemotron_vl_integrations.tiling import count_image_tokens as count_image_tokens
    from nemotron_vl_integrations.tiling import draw_grid as draw_grid
    from nemotron_vl_integrations.tiling import fit_to_grid as fit_to_grid
    from nemotron_vl_integrations.version import __version__ as __version__

_HOMES = {
    "Answer": "asking",
    "DocumentResult": "page_result",
    "Engine": "engine",
    "EngineConfig": "config",
    "Ledger": "ledger",
    "NemotronVLError": "errors",
    "PageResult": "page_result",
    "ReadingOptions": "reading",
    "ReadingProgress": "reading",
    "RenderLimits": "pages",
    "__version__": "version",
    "aask_image": "asking",
    "aextract_fields": "extraction",
    "aiter_pages": "reading",
    "aread_document": "reading",
    "ask_image": "asking",
    "choose_grid": "tiling",
    "close_engine": "engine",
    "count_image_tokens": "tiling",
    "draw_grid": "tiling",
    "extract_fields": "extraction",
    "fit_to_grid": "tiling",
    "get_engine": "engine",
    "iter_pages": "reading",
    "load_image": "images",
    "read_document": "reading",
    "summarise": "reading",
}

__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll] - the names load lazily


def __getattr__(name: str) -> object:
    """Load a public name from the module that owns it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = vars(importlib.import_module(f"{__name__}.{_HOMES[name]}"))[name]
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
