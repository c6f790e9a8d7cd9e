"""The model as LlamaIndex knows models; needs the extra `llama-index`.

Names load when they are first used: LlamaIndex takes seconds to import.
"""

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING

from nemotron_vl_integrations.errors import MissingExtraError

# Asked for here, so that what is missing is said once and by name. Whoever has another part of LlamaIndex has the
# namespace `llama_index`, so its core is asked for.
if find_spec("llama_index") is None or find_spec("llama_index.core") is None:
    raise MissingExtraError(
        "LlamaIndex is not installed.", hint='Run `pip install "nemotron-vl-integrations[llama-index]"`.'
    )

if TYPE_CHECKING:
    from nemotron_vl_integrations.llama_index.llm import NemotronVL as NemotronVL
    from nemotron_vl_integrations.llama_index.node_parser import NemotronVLNodeParser as NemotronVLNodeParser
    from nemotron_vl_integrations.llama_index.page_image_postprocessor import (
        NemotronVLPageImagePostprocessor as NemotronVLPageImagePostprocessor,
    )
    from nemotron_vl_integrations.llama_index.reader import NemotronVLReader as NemotronVLReader
    from nemotron_vl_integrations.llama_index.tool_spec import NemotronVLToolSpec as NemotronVLToolSpec

# Each public name, and the module of this package that owns it.
_HOMES = {
    "NemotronVL": "llm",
    "NemotronVLNodeParser": "node_parser",
    "NemotronVLPageImagePostprocessor": "page_image_postprocessor",
    "NemotronVLReader": "reader",
    "NemotronVLToolSpec": "tool_spec",
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
