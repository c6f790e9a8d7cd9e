"""This package's own standard tests of LlamaIndex LLMs, with the real engine and the demo checkpoint.

A class, because suites are written as such. Two decisions are not the model's, because the demo checkpoint is too weak
for them: agents are made to call their tool in the first step (`initial_tool_choice`), and the first reply of the ReAct
agent is the only one that it may choose. Every token is written by the model.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms.llm import LLM
from typing_extensions import override

from nemotron_vl_integrations.engine import get_engine
from nemotron_vl_integrations.llama_index import NemotronVL
from nemotron_vl_integrations.llama_index.call_options import CallOptions
from nemotron_vl_integrations.messages import Request
from nemotron_vl_integrations.testing.llama_index_llms import LLMTests


class TestNemotronVL(LLMTests):
    @override
    def make_llm(self) -> LLM:
        return NemotronVL(max_tokens=100, allowed_paths=(Path(tempfile.gettempdir()),), old_images="forget")

    @override
    def limit(self, tokens: int) -> dict[str, Any]:
        return {"max_tokens": tokens}

    @override
    def count_running(self) -> int:
        return get_engine().running

    @override
    def make_react_llm(self) -> LLM:
        return _WritesAnAction(max_tokens=100)


class _WritesAnAction(NemotronVL):
    """Has one choice for its first reply: to call the tool in the form that a ReAct agent reads."""

    @override
    async def _make_request(self, messages: Sequence[ChatMessage], options: CallOptions) -> Request:
        if len(messages) == 2:
            action = "Thought: I must look.\nAction: view_page\nAction Input: {}"
            options = options.model_copy(update={"response_format": {"type": "choice", "choices": [action]}})
        return await super()._make_request(messages, options)
