"""Answers that are objects: LlamaIndex's structured predictions, with the schema enforced in the engine."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing, closing
from typing import Any, Final, Generic

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole, TextBlock
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictInProgressEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.program.utils import FlexibleModel
from llama_index.core.prompts import BasePromptTemplate
from llama_index.core.types import PydanticProgramMode
from llama_index_instrumentation import get_dispatcher
from typing_extensions import override

from nemotron_vl_integrations.extraction.prompt import list_fields
from nemotron_vl_integrations.llama_index.partial_objects import AnswerReader, ModelT
from nemotron_vl_integrations.llama_index.reply_conversion import read_finish_reason

_dispatcher = get_dispatcher(__name__)

_INSTRUCTION: Final = "Answer with one JSON object and nothing else. Its fields:\n\n"
# LlamaIndex takes them out of `llm_kwargs` as well: they are about the tool that other LLMs make of the schema.
_OF_TOOLS: Final = frozenset({"tool_required", "tool_choice", "allow_parallel_tool_calls"})


class StructuredPrediction(FunctionCallingLLM):
    """The structured predictions of an LLM whose chats take `response_format`.

    The engine enforces the schema token by token, so no tool is made of it. The fields with their descriptions stand
    behind the prompt, because a grammar alone tells the model nothing. With another `pydantic_program_mode` than
    `DEFAULT`, LlamaIndex's own programs run.
    """

    @override
    def structured_predict(
        self,
        output_cls: type[ModelT],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> ModelT:
        """Return an instance of a model; system prompt, images and options apply as in a chat.

        Args:
            output_cls: The pydantic model.
            prompt: What is asked.
            llm_kwargs: Options of the call, such as `max_tokens`.
            **prompt_args: Variables of the prompt.

        Raises:
            InvalidRequestError: A schema or an option that cannot be used.
            TruncatedError: The JSON was cut by `max_tokens`.
            ExtractionError: It does not pass the model's own checks.
        """
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            return super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)  # pyright: ignore[reportArgumentType] - a narrower type than it takes
        _begin(output_cls, prompt, prompt_args)
        asked = _Asked(self, output_cls, prompt, llm_kwargs, prompt_args)
        return _end(asked.build(self.chat(asked.messages, **asked.options)))

    @override
    async def astructured_predict(
        self,
        output_cls: type[ModelT],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> ModelT:
        """Return an instance of a model, see `structured_predict`."""
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            return await super().astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)  # pyright: ignore[reportArgumentType] - as above
        _begin(output_cls, prompt, prompt_args)
        asked = _Asked(self, output_cls, prompt, llm_kwargs, prompt_args)
        return _end(asked.build(await self.achat(asked.messages, **asked.options)))

    @override
    def stream_structured_predict(
        self,
        output_cls: type[ModelT],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[ModelT | FlexibleModel, None, None]:
        """Yield the object as it grows, and at last an instance of the model; see `structured_predict`."""
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            yield from super().stream_structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)  # pyright: ignore[reportArgumentType] - as above
            return
        _begin(output_cls, prompt, prompt_args)
        asked = _Asked(self, output_cls, prompt, llm_kwargs, prompt_args)
        with closing(self.stream_chat(asked.messages, **asked.options)) as responses:
            for response in responses:
                partial = asked.read(response)
                if partial is not None:
                    yield _tell(partial)
        whole = asked.build(asked.last)
        if whole != asked.shown:
            yield _tell(whole)
        _end(whole)

    @override
    async def astream_structured_predict(
        self,
        output_cls: type[ModelT],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[ModelT | FlexibleModel, None]:
        """Return a generator of the object as it grows, see `stream_structured_predict`."""
        if self.pydantic_program_mode is not PydanticProgramMode.DEFAULT:
            return await super().astream_structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)  # pyright: ignore[reportArgumentType] - as above
        return self._agrow(output_cls, prompt, llm_kwargs, prompt_args)

    async def _agrow(
        self,
        output_cls: type[ModelT],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None,
        prompt_args: dict[str, Any],
    ) -> AsyncGenerator[ModelT | FlexibleModel, None]:
        _begin(output_cls, prompt, prompt_args)
        asked = _Asked(self, output_cls, prompt, llm_kwargs, prompt_args)
        async with aclosing(await self.astream_chat(asked.messages, **asked.options)) as responses:
            async for response in responses:
                partial = asked.read(response)
                if partial is not None:
                    yield _tell(partial)
        whole = asked.build(asked.last)
        if whole != asked.shown:
            yield _tell(whole)
        _end(whole)


class _Asked(Generic[ModelT]):
    """One prediction: the chat that asks for it, and what its responses hold."""

    def __init__(
        self,
        llm: FunctionCallingLLM,
        output_cls: type[ModelT],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None,
        prompt_args: dict[str, Any],
    ) -> None:
        self._reader = AnswerReader(output_cls)
        instruction = _INSTRUCTION + list_fields(self._reader.target.schema)
        messages = llm._extend_messages(prompt.format_messages(llm=llm, **prompt_args))  # pyright: ignore[reportPrivateUsage] - the one place that knows the system prompt
        self.messages = _instruct(messages, instruction)
        kept = {name: value for name, value in (llm_kwargs or {}).items() if name not in _OF_TOOLS}
        self.options: dict[str, Any] = {**kept, "response_format": self._reader.response_format}
        self.last = ChatResponse(message=ChatMessage())
        self.shown: ModelT | FlexibleModel | None = None

    def read(self, response: ChatResponse) -> ModelT | FlexibleModel | None:
        """What a piece of the reply holds; None where it adds nothing, or is the last, which `build` reads."""
        self.last = response
        if read_finish_reason(response) is not None:
            return None
        partial = self._reader.read_partial(response.message.content or "")
        self.shown = partial or self.shown
        return partial

    def build(self, response: ChatResponse) -> ModelT:
        """The object of a whole reply."""
        return self._reader.build(response.message.content or "", read_finish_reason(response))


def _instruct(messages: Sequence[ChatMessage], instruction: str) -> list[ChatMessage]:
    """Put the instruction behind the last words of the user; the messages themselves stay as they are."""
    *before, last = messages
    if last.role is not MessageRole.USER:
        return [*messages, ChatMessage(role=MessageRole.USER, content=instruction)]
    block = TextBlock(text=f"\n{instruction}")
    return [*before, last.model_copy(update={"blocks": [*last.blocks, block]})]


def _begin(output_cls: type[ModelT], prompt: BasePromptTemplate, prompt_args: dict[str, Any]) -> None:
    _dispatcher.event(
        LLMStructuredPredictStartEvent(output_cls=output_cls, template=prompt, template_args=prompt_args)
    )


def _tell(output: ModelT) -> ModelT:
    _dispatcher.event(LLMStructuredPredictInProgressEvent(output=output))
    return output


def _end(output: ModelT) -> ModelT:
    _dispatcher.event(LLMStructuredPredictEndEvent(output=output))
    return output
