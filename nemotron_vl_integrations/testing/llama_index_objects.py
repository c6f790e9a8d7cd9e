"""Standard tests of LlamaIndex's LLMs: answers that are pydantic objects, whole, growing, cut."""

import asyncio
from enum import Enum
from typing import Any, Literal

import pytest
from llama_index.core.base.llms.types import ChatMessage, TextBlock
from llama_index.core.instrumentation.events.llm import LLMChatStartEvent
from llama_index.core.llms.llm import LLM
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel, Field

from nemotron_vl_integrations.testing.llama_index_llm_suite import (
    LLMSuite,
    name_events,
    recorded_events,
    show_page,
)

_PREDICT = ["LLMStructuredPredictStartEvent", "LLMStructuredPredictEndEvent"]
_PREDICT_STREAM = [
    "LLMStructuredPredictStartEvent",
    "LLMStructuredPredictInProgressEvent",
    "LLMStructuredPredictEndEvent",
]


class Colour(Enum):
    """Of paper."""

    WHITE = "white"
    GREY = "grey"


class Sheet(BaseModel):
    """A sheet of paper."""

    colour: Colour
    side: Literal["front", "back"] | None = None


class Document(BaseModel):
    """What a document is; bounded, so that any model comes to an end."""

    kind: Literal["letter", "bill", "lease"]
    pages: int = Field(ge=1, le=9, description="how many there are")
    sheets: list[Sheet] = Field(min_length=1, max_length=2)


_ASK = PromptTemplate("A {kind} of two pages on white paper. Describe it.")


class ObjectTests(LLMSuite):
    """Tests of structured predictions."""

    def test_all_four_ways_give_an_object(self, llm: LLM) -> None:
        """Whole and streamed, sync and async; the last of a stream is one of the class that was asked for."""
        options = self.limit(200)
        before = dict(options)

        async def predict() -> list[Any]:
            whole = await llm.astructured_predict(Document, _ASK, llm_kwargs=options, kind="lease")
            stream = await llm.astream_structured_predict(Document, _ASK, llm_kwargs=options, kind="lease")
            return [whole, [partial async for partial in stream][-1]]

        found = [
            *asyncio.run(predict()),
            llm.structured_predict(Document, _ASK, llm_kwargs=options, kind="lease"),
        ]
        found.append([*llm.stream_structured_predict(Document, _ASK, llm_kwargs=options, kind="lease")][-1])
        assert [type(item) for item in found] == [Document] * 4
        assert options == before

    def test_an_object_grows(self, llm: LLM) -> None:
        """A stream shows some fields before the others."""
        counts = [
            sum(value is not None for value in dict(partial).values())
            for partial in llm.stream_structured_predict(
                Document, _ASK, llm_kwargs=self.limit(200), kind="lease"
            )
        ]
        assert any(0 < count < len(Document.model_fields) for count in counts), counts
        assert counts == sorted(counts)

    def test_events_tell_beginning_and_end(self, llm: LLM) -> None:
        """Of the prediction, around those of the chat."""
        with recorded_events() as events:
            llm.structured_predict(Document, _ASK, llm_kwargs=self.limit(200), kind="lease")
        assert name_events(events, "StructuredPredict") == _PREDICT
        with recorded_events() as events:
            _ = [*llm.stream_structured_predict(Document, _ASK, llm_kwargs=self.limit(200), kind="lease")]
        assert name_events(events, "StructuredPredict") == _PREDICT_STREAM

    def test_the_system_prompt_applies(self, llm: LLM) -> None:
        """Sync and async."""
        llm.system_prompt = "Be brief."
        with recorded_events() as events:
            llm.structured_predict(Document, _ASK, llm_kwargs=self.limit(200), kind="lease")
            asyncio.run(llm.astructured_predict(Document, _ASK, llm_kwargs=self.limit(200), kind="lease"))
        starts = [event for event in events if isinstance(event, LLMChatStartEvent)]
        assert len(starts) == 2, "The chats of the predictions leave no trace."
        assert [event.messages[0].role.value for event in starts] == ["system", "system"]

    def test_images_are_seen(self, llm: LLM) -> None:
        """Through a structured LLM, as query engines use it; braces in texts are no variables."""
        if not self.sees_images:
            pytest.skip("The model sees no images.")
        shown = ChatMessage(blocks=[show_page(), TextBlock(text='Describe it. {"not": "a variable"}')])
        with recorded_events() as events:
            response = llm.as_structured_llm(Document).chat([shown])
        assert isinstance(response.raw, Document)
        asked = [event for event in events if isinstance(event, LLMChatStartEvent)][-1].messages
        kinds = [block.block_type for message in asked for block in message.blocks]
        assert "image" in kinds
        assert len(shown.blocks) == 2

    def test_half_an_object_is_an_error(self, llm: LLM) -> None:
        """A reply that was cut is no object, and none with the fields that it has by chance."""
        with pytest.raises(Exception, match=r"."):
            llm.structured_predict(Document, _ASK, llm_kwargs=self.limit(3), kind="lease")
