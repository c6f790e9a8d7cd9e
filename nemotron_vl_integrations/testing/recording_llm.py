"""A LlamaIndex chat model that answers nothing and remembers what it was shown."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.custom import CustomLLM
from pydantic import PrivateAttr
from typing_extensions import override


class RecordingLLM(CustomLLM):
    """Remembers the messages of every chat.

    Examples:
        >>> llm = RecordingLLM()
        >>> llm.chat([ChatMessage("Hello")]).message.content
        'Seen.'
        >>> [message.content for message in llm.seen]
        ['Hello']
    """

    _seen: list[ChatMessage] = PrivateAttr(default_factory=list[ChatMessage])

    @property
    def seen(self) -> list[ChatMessage]:
        """All messages so far."""
        return self._seen

    @property
    @override
    def metadata(self) -> LLMMetadata:
        """A chat model with a context of 16,384 tokens."""
        return LLMMetadata(context_window=16_384, num_output=256, is_chat_model=True, model_name="recording")

    @override
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Remember the messages."""
        self._seen.extend(messages)
        return ChatResponse(message=ChatMessage("Seen.", role=MessageRole.ASSISTANT))

    @override
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Remember the prompt as a message."""
        self._seen.append(ChatMessage(prompt))
        return CompletionResponse(text="Seen.")

    @override
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Remember the prompt as a message."""

        def answer() -> CompletionResponseGen:
            self._seen.append(ChatMessage(prompt))
            yield CompletionResponse(text="Seen.", delta="Seen.")

        return answer()
