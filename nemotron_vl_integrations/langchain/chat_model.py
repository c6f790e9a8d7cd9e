"""ChatNemotronVL: the engine of this process as a LangChain chat model."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput, ModelProfile
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import BaseMessage, MessageLikeRepresentation
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.prompt_values import ChatPromptValue, PromptValue
from pydantic import ConfigDict, Field, model_validator
from typing_extensions import override

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.chat import (
    MediaPolicy,
    MediaReader,
    choose_config,
    complete_fragment,
    refuse_option,
    reply_with_retries,
    stream_with_retries,
)
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.config import IMAGES_PER_PROMPT, EngineConfig
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.field_errors import ExplainedFields, Number, Whole
from nemotron_vl_integrations.langchain.call_options import CallOptions
from nemotron_vl_integrations.langchain.error_mapping import ChatInvalidRequestError, mapped_errors
from nemotron_vl_integrations.langchain.incomplete_blocks import complete_blocks
from nemotron_vl_integrations.langchain.message_conversion import convert_messages
from nemotron_vl_integrations.langchain.profile import make_profile
from nemotron_vl_integrations.langchain.reply_conversion import PROVIDER, ChunkWriter, convert_reply
from nemotron_vl_integrations.langchain.structured_calls import StructuredCalls
from nemotron_vl_integrations.langchain.tool_conversion import AnyTool, describe_tools
from nemotron_vl_integrations.messages import Delta, Layout, Reply, Request

_DEFAULT_CONTEXT = 16_384
# LangChain's own names beside the options of a call; they are for its traces.
_TRACED = frozenset({"ls_structured_output_format", "structured_output_format"})


class ChatNemotronVL(ExplainedFields, StructuredCalls):
    """Nemotron Nano VL in this process as a chat model: text, images, PDFs and text files in, text and calls out.

    Building one is cheap: the engine starts at the first call, and all chat models of a process share it.

    Attributes:
        model: Names the checkpoint, see `EngineConfig.model`; `"auto"` takes the engine that is open.
        config: Configuration of the engine; None takes the engine that is open, or the environment's variables.
        engine: Answers; takes the place of `model` and `config`. Not part of what is serialised or pickled.
        temperature: 0 or None takes the likeliest token each time.
        max_tokens: Limit of thoughts and answer together; None takes 2,048.
        timeout: Seconds until a call is aborted in the engine; None waits for ever.
        max_retries: How often a call is sent again when the engine died under it.
        stop: Strings that end the reply.
        repetition_penalty: Makes tokens that stand in prompt or reply less likely: 1.1 cures most loops of chats;
            `presence_penalty` and `frequency_penalty` are OpenAI's.
        reasoning: Whether the model thinks first; thoughts come apart from the content.
        thinking_budget: Most tokens of the thoughts; then they are ended, and the model answers.
        streaming: Whether `invoke` streams inside, for callbacks that want tokens.
        max_images: Most images and pages of a call, up to 4; None takes the limit of the engine's configuration.
        max_pages: Most pages of one document.
        allowed_paths: Folders and files that messages may name by their path; none unless given.
        allowed_hosts: Hosts that addresses in messages may name, see `UrlPolicy.hosts`; none unless given.

    Examples:
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> with Engine(backend=ScriptedBackend(["Good morning."])) as engine:
        ...     ChatNemotronVL(engine=engine).invoke("Hello").text
        'Good morning.'
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", validate_assignment=False)

    model: str = "auto"
    config: EngineConfig | None = None
    engine: Engine | None = Field(default=None, exclude=True, repr=False)
    temperature: Number | None = None
    max_tokens: Whole | None = None
    timeout: Number | None = None
    max_retries: Whole = Field(default=2, ge=0)
    stop: list[str] | str | None = None
    seed: Whole | None = None
    top_p: Number | None = None
    top_k: Whole | None = None
    logprobs: bool | None = None
    top_logprobs: Whole | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    repetition_penalty: Number | None = None
    streaming: bool = False
    reasoning: bool = False
    thinking_budget: Whole | None = None
    layout: Layout | None = None
    max_tiles: Whole | None = None
    max_images: Whole | None = IMAGES_PER_PROMPT
    max_pages: Whole = Field(default=4, ge=1, le=10_000)
    max_media_bytes: Whole = Field(default=64 * 1024 * 1024, ge=1, le=2**40)
    allowed_paths: tuple[Path, ...] = ()
    allowed_hosts: tuple[str, ...] = ()

    if not TYPE_CHECKING:  # Type checkers know the arguments from the fields, and would lose them here.

        def __init__(self, /, **values: object) -> None:
            """Take the fields as keyword arguments.

            Raises:
                ModelInvalidRequestError: A value does not fit or is out of range, or no field has that name.
            """
            with mapped_errors():
                super().__init__(**values)

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        # What would be refused at each call is refused now.
        self._config()
        self._policy()
        self._read_options({}, None)
        return self

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, values: object) -> object:
        for name, value in (
            cast("Mapping[str, object]", values).items() if isinstance(values, Mapping) else ()
        ):
            if name not in cls.model_fields:
                raise refuse_option(f"{cls.__name__} has no field", name, value, cls.model_fields)
        return cast("object", values)

    # What LangChain asks a model about itself.

    @property
    @override
    def _llm_type(self) -> str:
        return "chat-nemotron-vl"

    @property
    @override
    def _identifying_params(self) -> dict[str, Any]:
        return {name: value for name, value in self._fields().items() if value is not None}

    @classmethod
    @override
    def is_lc_serializable(cls) -> bool:
        """Whether LangChain may write it down; the engine is left out, and found again by its configuration."""
        return True

    @property
    @override
    def lc_attributes(self) -> dict[str, Any]:
        """Fields in the form in which they are written down."""
        config = None if self.config is None else self.config.model_dump(exclude_unset=True)
        return {"config": config, "allowed_paths": [str(path) for path in self.allowed_paths]}

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        config = self._config()
        length = None if config is None else config.max_model_len
        return make_profile(
            max_input_tokens=length or _DEFAULT_CONTEXT, image_addresses=bool(self.allowed_hosts)
        )

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = PROVIDER
        if "model" not in kwargs:
            config = self._config()
            params["ls_model_name"] = self.model if config is None else config.model
        ends = stop or ([self.stop] if isinstance(self.stop, str) else self.stop)
        if ends:
            params["ls_stop"] = ends
        return params

    # The engine.

    def get_engine(self) -> Engine:
        """Return the engine that answers; looking does not start it.

        Raises:
            InvalidRequestError: `model` and `config` name different checkpoints.
            EngineConfigConflictError: Another configuration is open in this process.
        """
        return self.engine or get_engine(self._config())

    def _config(self) -> EngineConfig | None:
        return choose_config(self.model, self.config, self.engine)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "ChatNemotronVL":
        """Copy everything but the engine, which stays the same."""
        shared = {} if memo is None else memo
        shared[id(self.engine)] = self.engine
        return super().__deepcopy__(shared)

    @override
    def __getstate__(self) -> dict[Any, Any]:
        """Leave the engine behind; its configuration finds it, or its like, in the other process."""
        state = super().__getstate__()
        if self.engine is None:
            return state
        return {**state, "__dict__": {**state["__dict__"], "engine": None, "config": self.engine.config}}

    # One call.

    @override
    def _convert_input(self, model_input: LanguageModelInput) -> PromptValue:
        try:
            prompt = super()._convert_input(model_input)
        except (AttributeError, LookupError, NotImplementedError, TypeError, ValueError) as exc:
            raise ChatInvalidRequestError(
                f"The input {show(model_input)} is no conversation: {type(exc).__name__}: {exc}.",
                hint="Give a text, or a list of messages such as ('human', 'Hello').",
            ) from exc
        messages = prompt.to_messages()
        with mapped_errors():
            completed = complete_blocks(messages)
        return prompt if completed == messages else ChatPromptValue(messages=completed)

    def _fields(self) -> dict[str, Any]:
        return {name: value for name, value in self if name not in ("engine", "callbacks", "cache")}

    def _policy(self) -> MediaPolicy:
        return MediaPolicy(
            allowed_paths=self.allowed_paths,
            allowed_hosts=self.allowed_hosts,
            max_bytes=self.max_media_bytes,
            max_pages=self.max_pages,
        )

    def _read_options(self, call: Mapping[str, object], stop: list[str] | None) -> CallOptions:
        known = CallOptions.model_fields
        named = {name: value for name, value in self if name in known}
        said = {name: value for name, value in call.items() if name not in _TRACED}
        return CallOptions.read(named, said if stop is None else {**said, "stop": stop})

    async def _make_request(self, messages: Sequence[BaseMessage], options: CallOptions) -> Request:
        config = self.get_engine().config
        layout, max_tiles = options.layout or config.layout, options.max_tiles or config.max_tiles
        reader = MediaReader(policy=self._policy(), layout=layout, max_tiles=max_tiles)
        turns = await convert_messages(messages, reader)
        return options.make_request(turns, layout=layout, max_tiles=max_tiles)

    async def _reply(self, messages: Sequence[BaseMessage], options: CallOptions) -> Reply:
        with mapped_errors():
            request = await self._make_request(messages, options)
            return await reply_with_retries(self.get_engine, request, retries=self.max_retries)

    async def _deltas(
        self, messages: Sequence[BaseMessage], options: CallOptions
    ) -> AsyncGenerator[Delta, None]:
        """The reply in pieces; sent again if the engine dies before the first."""
        with mapped_errors():
            request = await self._make_request(messages, options)
            replies = stream_with_retries(self.get_engine, request, retries=self.max_retries)
            async with aclosing(replies) as deltas:
                async for delta in deltas:
                    yield delta

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with mapped_errors():
            options = self._read_options(kwargs, stop)
            return _make_result(background_loop.run(self._reply(messages, options)))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with mapped_errors():
            options = self._read_options(kwargs, stop)
            return _make_result(await self._reply(messages, options))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with mapped_errors():
            options = self._read_options(kwargs, stop)
            writer = ChunkWriter(self.get_engine().model)
            deltas = self._deltas(messages, options)
            for delta in background_loop.iterate(deltas, ahead=background_loop.DELTAS_AHEAD):
                for chunk in writer.write(delta):
                    if run_manager is not None:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with mapped_errors():
            options = self._read_options(kwargs, stop)
            writer = ChunkWriter(self.get_engine().model)
            async with aclosing(self._deltas(messages, options)) as deltas:
                async for delta in deltas:
                    for chunk in writer.write(delta):
                        if run_manager is not None:
                            await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk

    # Counting.

    @override
    def get_num_tokens_from_messages(
        self, messages: Sequence[MessageLikeRepresentation], tools: Sequence[AnyTool] | None = None
    ) -> int:
        """Count the tokens of a prompt, images and tools included, as the engine will; it is not started.

        Pieces of a conversation are counted too, as trimming needs it, and never too low.

        Args:
            messages: The conversation, or a piece of one, of any form.
            tools: Tools that would be bound.

        Raises:
            ModelInvalidRequestError: Something in it cannot be used.
        """
        with mapped_errors():
            options = self._read_options({"tools": describe_tools(tools)} if tools else {}, None)
            turns = self._convert_input(list(messages)).to_messages()
            request = background_loop.run(self._make_request(turns, options))
            whole = replace(request, messages=complete_fragment(request.messages))
            return self.get_engine().count_tokens(whole).total

    def count_tokens(self, messages: Iterable[MessageLikeRepresentation]) -> int:
        """Count the tokens of messages, see `get_num_tokens_from_messages`: the `token_counter` that middleware takes.

        Args:
            messages: Messages of any form, or a piece of a conversation.

        Raises:
            ModelInvalidRequestError: Something in it cannot be used.
        """
        return self.get_num_tokens_from_messages(list(messages))

    @override
    def get_token_ids(self, text: str) -> list[int]:
        """Return the tokens of a plain text, by the checkpoint's own tokenizer; nothing is started or fetched."""
        with mapped_errors():
            return self.get_engine().tokenize(text)


def _make_result(reply: Reply) -> ChatResult:
    return ChatResult(generations=[convert_reply(reply)], llm_output={"model_name": reply.model})
