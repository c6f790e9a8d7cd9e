"""The model as a LangChain chat model; needs the extra `langchain`."""

from importlib.util import find_spec

from nemotron_vl_integrations.errors import MissingExtraError

# Asked for here, so that what is missing is said once and by name.
if find_spec("langchain_core") is None:
    raise MissingExtraError(
        "LangChain is not installed.", hint='Run `pip install "nemotron-vl-integrations[langchain]"`.'
    )

from nemotron_vl_integrations.langchain.chat_model import ChatNemotronVL

__all__ = ["ChatNemotronVL"]
