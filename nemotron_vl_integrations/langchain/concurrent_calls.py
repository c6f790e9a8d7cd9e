"""Many calls at once: the engine runs as many side by side as fit, so nothing here makes it wait."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, cast, overload
from uuid import UUID

from langchain_core.callbacks import Callbacks
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables.config import (
    ContextThreadPoolExecutor,
    RunnableConfig,
    get_config_list,
)
from typing_extensions import override

AT_ONCE: Final = 64
"""Calls that are in the engine at once unless the caller says otherwise; each is a thread that waits."""


class ConcurrentCalls(BaseChatModel):
    """The calls of `BaseChatModel` that take many inputs.

    LangChain's own `batch` runs as many as there are processors and a few more, and its `generate` one by one.
    """

    @override
    def batch(
        self,
        inputs: list[LanguageModelInput],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[AIMessage]:
        """Run inputs side by side and return the messages in their order."""
        configs = _with_concurrency(config, len(inputs))
        return super().batch(inputs, configs, return_exceptions=return_exceptions, **kwargs)

    @override
    async def abatch(
        self,
        inputs: list[LanguageModelInput],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[AIMessage]:
        """Run inputs side by side and return the messages in their order."""
        configs = _with_concurrency(config, len(inputs))
        return await super().abatch(inputs, configs, return_exceptions=return_exceptions, **kwargs)

    @overload
    def batch_as_completed(
        self,
        inputs: Sequence[LanguageModelInput],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: Literal[False] = False,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Iterator[tuple[int, AIMessage]]: ...

    @overload
    def batch_as_completed(
        self,
        inputs: Sequence[LanguageModelInput],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: Literal[True],
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Iterator[tuple[int, AIMessage | Exception]]: ...

    @override
    def batch_as_completed(
        self,
        inputs: Sequence[LanguageModelInput],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Iterator[tuple[int, AIMessage | Exception]]:
        """Run inputs side by side and yield each message with its place, as they come."""
        configs = _with_concurrency(config, len(inputs))
        if return_exceptions:
            yield from super().batch_as_completed(inputs, configs, return_exceptions=True, **kwargs)
        else:
            yield from super().batch_as_completed(inputs, configs, **kwargs)

    @override
    def generate(
        self,
        messages: list[list[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        *,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        run_name: str | None = None,
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Run conversations side by side and return what LangChain's `generate` returns."""
        run = super().generate

        def generate_one(index: int) -> LLMResult:
            return run(
                [messages[index]],
                stop,
                callbacks,
                tags=tags,
                metadata=metadata,
                run_name=run_name,
                run_id=run_id if index == 0 else None,
                **kwargs,
            )

        if len(messages) == 1:
            return generate_one(0)
        with ContextThreadPoolExecutor(max_workers=max(1, min(AT_ONCE, len(messages)))) as executor:
            results = list(executor.map(generate_one, range(len(messages))))
        return self._join(results)

    def _join(self, results: Sequence[LLMResult]) -> LLMResult:
        joined = LLMResult(
            generations=[generation for result in results for generation in result.generations],
            llm_output=self._combine_llm_outputs([result.llm_output for result in results]),
        )
        joined.run = [run for result in results for run in result.run or []]
        return joined


def _with_concurrency(
    config: RunnableConfig | Sequence[RunnableConfig] | None, count: int
) -> list[RunnableConfig]:
    if not count:
        return []
    return [
        cast("RunnableConfig", {**one, "max_concurrency": one.get("max_concurrency") or min(AT_ONCE, count)})
        for one in get_config_list(config, count)
    ]
