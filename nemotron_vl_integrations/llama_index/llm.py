"""NemotronVL: the engine of this process as a LlamaIndex LLM."""

import multiprocessing
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    LLMMetadata,
)
from pydantic import ConfigDict, Field, PrivateAttr, field_serializer, model_validator
from typing_extensions import override

from nemotron_vl_integrations.chat import (
    MediaPolicy,
    MediaReader,
    choose_config,
    foresee_answerer,
    keep_newest_images,
    reply_with_retries,
    stream_with_retries,
)
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.config import IMAGES_PER_PROMPT, EngineConfig
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.field_errors import ExplainedFields, Number, Whole
from nemotron_vl_integrations.llama_index.call_options import CallOptions
from nemotron_vl_integrations.llama_index.global_settings import use_everywhere
from nemotron_vl_integrations.llama_index.memory import make_memory
from nemotron_vl_integrations.llama_index.message_conversion import convert_messages
from nemotron_vl_integrations.llama_index.reply_conversion import (
    ReplyWriter,
    convert_reply,
    write_completion,
)
from nemotron_vl_integrations.llama_index.structured_prediction import StructuredPrediction
from nemotron_vl_integrations.llama_index.tool_calling import ToolCalling, describe_tools
from nemotron_vl_integrations.llama_index.tracing import (
    atrace_stream,
    trace_stream,
    traced_chat,
    traced_completion,
)
from nemotron_vl_integrations.messages import Delta, Layout, Reply, Request, Sampling

if TYPE_CHECKING:
    from llama_index.core.memory import Memory
    from llama_index.core.tools.types import BaseTool


class NemotronVL(ExplainedFields, StructuredPrediction, ToolCalling):
    """Nemotron Nano VL in this process as an LLM: text, images, PDFs and text files in, text, calls and objects out.

    Building one is cheap: the engine starts at the first call, and all LLMs of a process share it.

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
        reasoning: Whether the model thinks first; thoughts are blocks of their own.
        thinking_budget: Most tokens of the thoughts; then they are ended, and the model answers.
        max_images: Most images and pages of a call, up to 4.
        old_images: What becomes of more images than that: `"refuse"` is an error, `"forget"` keeps the newest and
            puts a word in the place of the others, which long runs of agents need.
        max_pages: Most pages of one document.
        max_media_bytes: Most bytes of one image or document.
        allowed_paths: Folders and files that blocks may name by their path; the working directory unless given.
        allowed_hosts: Hosts that `https` addresses of blocks may name; none unless given.
        is_function_calling_model: What agents ask; False makes them write calls as text, as `ReActAgent` does.

    Examples:
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> with Engine(backend=ScriptedBackend(["Good morning."])) as engine:
        ...     NemotronVL(engine=engine).complete("Hello").text
        'Good morning.'
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

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
    reasoning: bool = False
    thinking_budget: Whole | None = None
    layout: Layout | None = None
    max_tiles: Whole | None = None
    max_images: Whole = IMAGES_PER_PROMPT
    old_images: Literal["refuse", "forget"] = "refuse"
    max_pages: Whole = Field(default=4, ge=1, le=10_000)
    max_media_bytes: Whole = Field(default=64 * 1024 * 1024, ge=1, le=2**40)
    allowed_paths: tuple[Path, ...] = (Path(),)
    allowed_hosts: tuple[str, ...] = ()
    is_function_calling_model: bool = True

    _in_worker: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _find_config(self) -> Self:
        # So that a copy in another process, or one read from JSON, finds the same engine or its like.
        self.config = choose_config(self.model, self.config, self.engine)
        return self

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        # What would be refused at each call is refused now.
        self._policy()
        self._read_options({})
        return self

    @field_serializer("allowed_paths")
    def _write_paths(self, paths: tuple[Path, ...]) -> list[str]:
        return [str(path) for path in paths]

    @classmethod
    @override
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex writes it down."""
        return "NemotronVL"

    @property
    @override
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex asks an LLM about itself; looking neither starts an engine nor fetches a checkpoint."""
        outlook = foresee_answerer(self.config, self.engine)
        return LLMMetadata(
            context_window=outlook.context_length,
            num_output=self.max_tokens or Sampling().max_tokens,
            is_chat_model=True,
            is_function_calling_model=self.is_function_calling_model,
            model_name=outlook.model,
        )

    @override
    def to_payload(self) -> dict[str, Any]:
        """Return what traces show: the metadata, and the options that are set."""
        options = {name: value for name, value in self._fields().items() if value is not None}
        return {**super().to_payload(), **options}

    # The engine.

    def get_engine(self) -> Engine:
        """Return the engine that answers; looking does not start it.

        Raises:
            EngineConfigConflictError: Another configuration is open in this process.
            EngineStartError: The LLM was sent to a worker process, which would load the model once more.
        """
        if self._in_worker:
            raise EngineStartError(
                "This LLM was pickled into a worker process, where each worker would load the model once more.",
                hint="Call it from the main process: the engine runs many requests side by side, so use `arun()` or "
                "`aload_data()` without worker processes. Or build the LLM inside the worker.",
            )
        return self.engine or get_engine(self.config)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Copy everything but the engine, which stays the same."""
        shared = {} if memo is None else memo
        shared[id(self.engine)] = self.engine
        return super().__deepcopy__(shared)

    @override
    def __getstate__(self) -> dict[str, Any]:
        """Leave the engine behind; the configuration finds it, or its like, where it is unpickled."""
        if self.engine is not None:
            return self.model_copy(update={"engine": None}).__getstate__()
        return super().__getstate__()

    @override
    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._in_worker = multiprocessing.parent_process() is not None

    # One call.

    def _fields(self) -> dict[str, Any]:
        return {name: value for name, value in self if name in CallOptions.model_fields}

    def _policy(self) -> MediaPolicy:
        return MediaPolicy(
            allowed_paths=self.allowed_paths,
            allowed_hosts=self.allowed_hosts,
            max_bytes=self.max_media_bytes,
            max_pages=self.max_pages,
        )

    def _read_options(self, call: Mapping[str, Any]) -> CallOptions:
        return CallOptions.read(self._fields(), call)

    async def _make_request(self, messages: Sequence[ChatMessage], options: CallOptions) -> Request:
        config = self.get_engine().config
        layout, max_tiles = options.layout or config.layout, options.max_tiles or config.max_tiles
        reader = MediaReader(policy=self._policy(), layout=layout, max_tiles=max_tiles)
        turns = await convert_messages(messages, reader)
        if self.old_images == "forget" and options.max_images is not None:
            turns = keep_newest_images(turns, options.max_images)
        return options.make_request(turns, layout=layout, max_tiles=max_tiles)

    async def _reply(self, messages: Sequence[ChatMessage], options: CallOptions) -> Reply:
        request = await self._make_request(messages, options)
        return await reply_with_retries(self.get_engine, request, retries=self.max_retries)

    async def _deltas(
        self, messages: Sequence[ChatMessage], options: CallOptions
    ) -> AsyncGenerator[Delta, None]:
        request = await self._make_request(messages, options)
        replies = stream_with_retries(self.get_engine, request, retries=self.max_retries)
        async with aclosing(replies) as deltas:
            async for delta in deltas:
                yield delta

    def _responses(
        self, messages: Sequence[ChatMessage], options: CallOptions
    ) -> Generator[ChatResponse, None, None]:
        writer = ReplyWriter(self.get_engine().model, parallel=options.parallel)
        replies = background_loop.iterate(self._deltas(messages, options), ahead=background_loop.DELTAS_AHEAD)
        with closing(replies) as deltas:
            for delta in deltas:
                yield writer.write(delta)

    async def _aresponses(
        self, messages: Sequence[ChatMessage], options: CallOptions
    ) -> AsyncGenerator[ChatResponse, None]:
        writer = ReplyWriter(self.get_engine().model, parallel=options.parallel)
        async with aclosing(self._deltas(messages, options)) as deltas:
            async for delta in deltas:
                yield writer.write(delta)

    # Chats.

    @override
    @traced_chat
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Return the reply to a conversation.

        Args:
            messages: Oldest first; they stay as they are.
            **kwargs: Options of the call: those that are fields as well, and `tools`, `tool_choice`,
                `parallel_tool_calls`, `response_format`.

        Raises:
            InputError: A message, a block or an option that cannot be used; the message names it.
            EngineError: The engine did not start, died, or ran out of time.
        """
        options = self._read_options(kwargs)
        reply = background_loop.run(self._reply(messages, options))
        return convert_reply(reply, parallel=options.parallel)

    @override
    @traced_chat
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Return the reply to a conversation, see `chat`; cancelling it aborts the request."""
        options = self._read_options(kwargs)
        return convert_reply(await self._reply(messages, options), parallel=options.parallel)

    @override
    def stream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> Generator[ChatResponse, None, None]:
        """Yield the reply as it grows, see `chat`; closing the generator aborts the request."""
        stream = self._responses(messages, self._read_options(kwargs))
        return trace_stream(self, messages, stream, kwargs)

    @override
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> AsyncGenerator[ChatResponse, None]:
        """Return a generator of the reply as it grows, see `stream_chat`."""
        stream = self._aresponses(messages, self._read_options(kwargs))
        return await atrace_stream(self, messages, stream, kwargs)

    # Completions.

    @override
    @traced_completion
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Return the reply to a text, which is the one message of a user.

        Args:
            prompt: The text.
            formatted: Taken, and changes nothing.
            **kwargs: Options of the call, see `chat`.

        Raises:
            InputError: An option that cannot be used.
            EngineError: The engine did not start, died, or ran out of time.
        """
        options = self._read_options(kwargs)
        reply = background_loop.run(self._reply(_ask(prompt), options))
        return write_completion(convert_reply(reply, parallel=options.parallel))

    @override
    @traced_completion
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Return the reply to a text, see `complete`."""
        options = self._read_options(kwargs)
        reply = await self._reply(_ask(prompt), options)
        return write_completion(convert_reply(reply, parallel=options.parallel))

    @override
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> Generator[CompletionResponse, None, None]:
        """Yield the reply to a text as it grows, see `complete`; closing the generator aborts the request."""
        stream = self._completions(prompt, self._read_options(kwargs))
        return trace_stream(self, prompt, stream, kwargs)

    @override
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> AsyncGenerator[CompletionResponse, None]:
        """Return a generator of the reply to a text as it grows, see `stream_complete`."""
        stream = self._acompletions(prompt, self._read_options(kwargs))
        return await atrace_stream(self, prompt, stream, kwargs)

    def _completions(self, prompt: str, options: CallOptions) -> Generator[CompletionResponse, None, None]:
        with closing(self._responses(_ask(prompt), options)) as responses:
            for response in responses:
                yield write_completion(response)

    async def _acompletions(
        self, prompt: str, options: CallOptions
    ) -> AsyncGenerator[CompletionResponse, None]:
        async with aclosing(self._aresponses(_ask(prompt), options)) as responses:
            async for response in responses:
                yield write_completion(response)

    # Counting.

    def count_tokens(self, messages: Sequence[ChatMessage], tools: "Sequence[BaseTool] | None" = None) -> int:
        """Count the tokens of a prompt, images and tools included, as the engine will; it is not started.

        Args:
            messages: The conversation.
            tools: Tools that the model may call.

        Raises:
            InputError: Something in it cannot be used.
        """
        options = self._read_options({"tools": describe_tools(tools)} if tools else {})
        request = background_loop.run(self._make_request(messages, options))
        return self.get_engine().count_tokens(request).total

    @property
    def tokenizer(self) -> Callable[[str], list[int]]:
        """Turns a text into its tokens; takes the place of LlamaIndex's tokenizer, which is another model's."""
        # Looked up for each text: as LlamaIndex's default it outlives an engine that is closed.
        return lambda text: self.get_engine().tokenize(text)

    def default_memory(self, token_limit: int | None = None) -> "Memory":
        """Return a memory for agents that counts with this model's tokens, images included.

        Args:
            token_limit: Tokens that it holds; None takes the context without the reply.
        """
        metadata, config = self.metadata, self.get_engine().config
        return make_memory(
            self.tokenizer,
            token_limit=token_limit or metadata.context_window - metadata.num_output,
            max_tiles=self.max_tiles or config.max_tiles,
            max_pages=self.max_pages,
        )

    def install_settings(self) -> None:
        """Make this LLM, its tokenizer and the size of its context LlamaIndex's defaults in this process."""
        use_everywhere(self, self.tokenizer)


def _ask(prompt: str) -> list[ChatMessage]:
    return [ChatMessage(content=prompt)]
