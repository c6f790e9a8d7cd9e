"""Standard tests of LlamaIndex's LLMs, which LlamaIndex itself does not have.

Subclass the suite in a test module, say how the LLM is made, and pytest runs its tests:

    class TestMyLLM(LLMTests):
        def make_llm(self) -> LLM:
            return MyLLM(max_tokens=16)

No test needs a model that obeys: what the model saw is told by the tokens of its prompt, and calls and objects are
forced. What an LLM does not claim to do is switched off by the properties of `LLMSuite`; a test that it cannot pass is
overridden with `@pytest.mark.xfail(reason=...)`.
"""

from nemotron_vl_integrations.testing.llama_index_agents import AgentTests
from nemotron_vl_integrations.testing.llama_index_blocks import BlockTests
from nemotron_vl_integrations.testing.llama_index_chats import ChatTests
from nemotron_vl_integrations.testing.llama_index_objects import ObjectTests
from nemotron_vl_integrations.testing.llama_index_tool_calls import ToolCallTests

__all__ = ["LLMTests"]


class LLMTests(ChatTests, BlockTests, ToolCallTests, ObjectTests, AgentTests):
    """All tests of LLMs that chat, see, call tools and fill in objects."""
