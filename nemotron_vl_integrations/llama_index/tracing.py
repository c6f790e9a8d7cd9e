"""LlamaIndex's traces and callbacks around chats, completions and their streams.

LlamaIndex wraps a stream into a generator that does not close what it iterates, and takes a reader who stops early for
an exception. Here a reader who stops closes the engine's stream first; the wrapper then sees an ordinary end, and tells
it with all that was written.
"""

from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from typing import Any, TypeVar, cast

from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms import callbacks

T = TypeVar("T")
FunctionT = TypeVar("FunctionT", bound=Callable[..., object])
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]

# Their own types say nothing of what they return.
_wrap_chat = cast("Wrap", callbacks.llm_chat_callback())  # pyright: ignore[reportUnknownMemberType] - see above
_wrap_completion = cast("Wrap", callbacks.llm_completion_callback())  # pyright: ignore[reportUnknownMemberType] - see above


def traced_chat(method: FunctionT) -> FunctionT:
    """Tell LlamaIndex when a chat begins and ends."""
    return cast("FunctionT", _wrap_chat(method))


def traced_completion(method: FunctionT) -> FunctionT:
    """Tell LlamaIndex when a completion begins and ends."""
    return cast("FunctionT", _wrap_completion(method))


def trace_stream(
    llm: BaseLLM,
    asked: Sequence[ChatMessage] | str,
    stream: Generator[T, None, None],
    options: Mapping[str, object],
) -> Generator[T, None, None]:
    """Yield what a stream yields, with LlamaIndex's events; closing it closes the stream, and tells an ordinary end.

    Args:
        llm: That was asked.
        asked: The messages of a chat, or the text of a completion.
        stream: Of responses.
        options: Of the call, for the events.
    """

    def hand_over(*_: object, **__: object) -> Generator[T, None, None]:
        return stream

    wrap = _wrap_completion if isinstance(asked, str) else _wrap_chat
    traced: Generator[T, None, None] = wrap(hand_over)(llm, asked, **options)
    return _close_together(traced, stream)


async def atrace_stream(
    llm: BaseLLM,
    asked: Sequence[ChatMessage] | str,
    stream: AsyncGenerator[T, None],
    options: Mapping[str, object],
) -> AsyncGenerator[T, None]:
    """Return a generator of what a stream yields, see `trace_stream`."""

    async def hand_over(*_: object, **__: object) -> AsyncGenerator[T, None]:
        return stream

    wrap = _wrap_completion if isinstance(asked, str) else _wrap_chat
    traced: AsyncGenerator[T, None] = await wrap(hand_over)(llm, asked, **options)
    return _aclose_together(traced, stream)


def _close_together(
    traced: Generator[T, None, None], stream: Generator[T, None, None]
) -> Generator[T, None, None]:
    try:
        # Not `yield from`, which would hand the reader's `GeneratorExit` to the wrapper.
        for item in traced:  # noqa: UP028 - see above
            yield item
    except GeneratorExit:
        stream.close()
        for _ in traced:
            pass
        raise
    finally:
        stream.close()


async def _aclose_together(
    traced: AsyncGenerator[T, None], stream: AsyncGenerator[T, None]
) -> AsyncGenerator[T, None]:
    try:
        async for item in traced:
            yield item
    except GeneratorExit:
        await stream.aclose()
        async for _ in traced:
            pass
        raise
    finally:
        await stream.aclose()
