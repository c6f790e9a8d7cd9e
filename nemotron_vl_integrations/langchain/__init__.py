"""The model as a LangChain chat model and tools, scanned files as documents; needs the extra `langchain`."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from nemotron_vl_integrations.errors import MissingExtraError

# Asked for here, so that what is missing is said once and by name.
if find_spec("langchain_core") is None:
    raise MissingExtraError(
        "LangChain is not installed.", hint='Run `pip install "nemotron-vl-integrations[langchain]"`.'
    )

from nemotron_vl_integrations.langchain.chat_model import ChatNemotronVL
from nemotron_vl_integrations.langchain.image_history import ImageHistory
from nemotron_vl_integrations.langchain.loader import NemotronVLLoader
from nemotron_vl_integrations.langchain.page_documents import page_key
from nemotron_vl_integrations.langchain.parser import NemotronVLParser
from nemotron_vl_integrations.langchain.toolkit import NemotronVLToolkit

if TYPE_CHECKING:
    from nemotron_vl_integrations.langchain.decision_model import (
        NemotronVLDecisionModel as NemotronVLDecisionModel,
    )

# The decision model is not among them: with an older LangChain, `import *` would fail for it.
__all__ = [
    "ChatNemotronVL",
    "ImageHistory",
    "NemotronVLLoader",
    "NemotronVLParser",
    "NemotronVLToolkit",
    "page_key",
]


def __getattr__(name: str) -> object:
    """Load what only newer versions of LangChain can."""
    if name != "NemotronVLDecisionModel":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if find_spec("langchain_core.decisions") is None:
        raise MissingExtraError(
            "Decision models came with langchain-core 1.8, and an older one is installed.",
            hint='Run `pip install "langchain-core>=1.8"`.',
        )
    from nemotron_vl_integrations.langchain.decision_model import NemotronVLDecisionModel

    return NemotronVLDecisionModel
