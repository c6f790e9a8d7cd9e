"""The least that langchain-core takes for a chat model: what it costs, no integration can save."""

from collections.abc import AsyncIterator, Callable

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import agenerate_from_stream
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr
from typing_extensions import override

from nemotron_vl_integrations.concurrency import background_loop


class BareChat(BaseChatModel):
    """A chat model whose reply to anything is what a function yields.

    Args:
        open_reply: Called for each reply. `astream` runs it on the caller's event loop, `invoke` on the background
            loop.
    """

    _open_reply: Callable[[], AsyncIterator[ChatGenerationChunk]] = PrivateAttr()

    def __init__(self, open_reply: Callable[[], AsyncIterator[ChatGenerationChunk]]) -> None:
        super().__init__()
        self._open_reply = open_reply

    @property
    @override
    def _llm_type(self) -> str:
        return "bare"

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: object,
    ) -> ChatResult:
        return background_loop.run(agenerate_from_stream(self._open_reply()))

    @override
    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: object,
    ) -> AsyncIterator[ChatGenerationChunk]:
        # Handed on as it is: another generator around it would be measured too.
        return self._open_reply()
