"""Parses what the model answers in a form: whole, and dicts piece by piece while they stream."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.output_parsers import BaseTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.json import parse_partial_json
from pydantic import ConfigDict
from typing_extensions import override

from nemotron_vl_integrations.langchain.structured_output import AnswerForm


class AnswerParser(BaseTransformOutputParser[Any]):
    """Parses messages in a form.

    Of a stream, an answer that is a dict comes as often as it grows, as LangChain's own parser of JSON gives it; the
    last one is whole and checked. Any other answer comes once.

    Attributes:
        form: What is parsed, and how.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    form: AnswerForm

    @property
    @override
    def OutputType(self) -> Any:
        return Any

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Return what the message holds.

        Raises:
            OutputParserException: It does not have the form.
        """
        generation = result[0]
        assert isinstance(generation, ChatGeneration)
        return self.form.parse(cast("AIMessage", generation.message))

    @override
    def parse(self, text: str) -> Any:
        """Return what a text holds."""
        return self.form.parse(AIMessage(text))

    @override
    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        growing = _GrowingAnswer(self.form)
        for piece in input:
            yield from growing.add(piece)
        yield from growing.finish()

    @override
    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        growing = _GrowingAnswer(self.form)
        async for piece in input:
            for answer in growing.add(piece):
                yield answer
        for answer in growing.finish():
            yield answer


@dataclass(slots=True)
class _GrowingAnswer:
    """Adds up the pieces of a message, and gives the answer whenever there is more of it."""

    form: AnswerForm
    _message: AIMessage | None = None
    _shown: dict[str, object] | None = None

    def add(self, piece: str | BaseMessage) -> Iterator[object]:
        message = AIMessageChunk(content=piece) if isinstance(piece, str) else cast("AIMessage", piece)
        if isinstance(self._message, AIMessageChunk) and isinstance(message, AIMessageChunk):
            message = add_ai_message_chunks(self._message, message)
        self._message = message
        part = _parse_part(message) if self.form.grows else None
        if part is not None and part != self._shown:
            self._shown = part
            yield part

    def finish(self) -> Iterator[object]:
        if self._message is None:
            return
        answer = self.form.parse(self._message)
        if self._shown is None or answer != self._shown:
            yield answer


def _parse_part(message: AIMessage) -> dict[str, object] | None:
    if message.tool_calls:
        return message.tool_calls[0]["args"]
    try:
        part = cast("object", parse_partial_json(message.text))
    except ValueError:
        return None
    return cast("dict[str, object]", part) if isinstance(part, dict) else None


def parse_answers(
    model: Runnable[LanguageModelInput, AIMessage], form: AnswerForm, *, include_raw: bool
) -> Runnable[LanguageModelInput, object]:
    """Return a runnable that parses what the model answers.

    Args:
        model: Answers in the form.
        form: Parses the answer.
        include_raw: Whether to return the message and the error as well.
    """
    parser = AnswerParser(form=form, name="parse_answer")
    if not include_raw:
        return cast("Runnable[LanguageModelInput, object]", model | parser)
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownMemberType] - LangChain's types
    failed = RunnablePassthrough.assign(parsed=lambda _: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownMemberType] - as above
    either = parsed.with_fallbacks(
        [failed], exceptions_to_handle=(OutputParserException,), exception_key="parsing_error"
    )
    return cast("Runnable[LanguageModelInput, object]", RunnableMap(raw=model) | either)
