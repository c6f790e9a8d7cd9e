"""LlamaIndex's settings of a process, for this package's LLM."""

from collections.abc import Callable

from llama_index.core import Settings
from llama_index.core.indices.prompt_helper import ChatPromptHelper, PromptHelper
from llama_index.core.llms import LLM
from llama_index.core.utils import (
    set_global_tokenizer,  # pyright: ignore[reportUnknownVariableType] - a bare list
)


def use_everywhere(llm: LLM, tokenizer: Callable[[str], list[int]]) -> None:
    """Make an LLM, its tokenizer and the size of its context the defaults of indices, splitters and agents.

    Args:
        llm: Answers wherever no other LLM is named.
        tokenizer: Turns a text into tokens.
    """
    Settings.llm = llm
    # Not through `Settings.tokenizer`, which imports transformers to see whether it is one of theirs.
    set_global_tokenizer(tokenizer)
    # Made anew: those that were made before know the context of another LLM.
    window, output = llm.metadata.context_window, llm.metadata.num_output
    Settings.prompt_helper = PromptHelper(context_window=window, num_output=output)
    Settings.chat_prompt_helper = ChatPromptHelper(context_window=window, num_output=output)
