"""What the suites for LlamaIndex's LLMs have in common: how an LLM is made, what it can do, what it is asked."""

import io
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, ImageBlock
from llama_index.core.callbacks.token_counting import get_tokens_from_response
from llama_index.core.llms.llm import LLM
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.base import BaseEvent
from llama_index_instrumentation.event_handlers import BaseEventHandler
from PIL import Image, ImageDraw
from typing_extensions import override

HELLO: Final = "Say good morning."


class LLMSuite:
    """Describes an LLM to the suites. Say how one is made, and switch off what it does not claim to do."""

    def make_llm(self) -> LLM:
        """Return a new LLM; its replies should be short, so that the suite is quick."""
        raise NotImplementedError

    def limit(self, tokens: int) -> dict[str, Any]:
        """Return the option of a call that cuts a reply after so many tokens."""
        return {"max_tokens": tokens}

    def count_running(self) -> int | None:
        """Return how many requests whatever computes the replies works on; None where nobody can say."""
        return None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values, such as keys, that must not be written down."""
        return ()

    @property
    def is_deterministic(self) -> bool:
        """Whether the same question has the same answer."""
        return True

    @property
    def sees_images(self) -> bool:
        """Whether it takes images."""
        return True

    @property
    def reads_documents(self) -> bool:
        """Whether it takes PDFs."""
        return True

    @property
    def calls_tools(self) -> bool:
        """Whether it calls tools."""
        return True

    @property
    def calls_by_force(self) -> bool:
        """Whether it can be made to call a tool."""
        return True

    @pytest.fixture
    def llm(self) -> LLM:
        """An LLM of the test's own."""
        return self.make_llm()


def ask(text: str = HELLO) -> list[ChatMessage]:
    """Return a conversation of one question."""
    return [ChatMessage(content=text)]


def count_tokens(response: ChatResponse | CompletionResponse) -> tuple[int, int]:
    """Return the tokens of prompt and reply, as LlamaIndex reads them out of a response."""
    return get_tokens_from_response(response)


def draw_page(words: str = "Good morning.") -> bytes:
    """Return a small page with a few words, as a PNG."""
    page = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(page).text((40, 40), words, fill="black")
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()


def draw_pdf() -> bytes:
    """Return the small page as a PDF."""
    file = io.BytesIO()
    Image.open(io.BytesIO(draw_page())).save(file, "PDF")
    return file.getvalue()


def show_page() -> ImageBlock:
    """Return the small page as a block."""
    return ImageBlock(image=draw_page(), image_mimetype="image/png")


class _Recorder(BaseEventHandler):
    events: list[BaseEvent]

    @classmethod
    @override
    def class_name(cls) -> str:
        return "Recorder"

    @override
    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        self.events.append(event)


@contextmanager
def recorded_events() -> Generator[list[BaseEvent]]:
    """Give a list that fills with LlamaIndex's events while the block runs."""
    root, events = get_dispatcher("root"), list[BaseEvent]()
    recorder = _Recorder.model_construct(events=events)
    root.add_event_handler(recorder)
    try:
        yield events
    finally:
        root.event_handlers.remove(recorder)


def name_events(events: list[BaseEvent], part: str) -> list[str]:
    """Return the names of the events whose name holds a word, runs of the same one as one."""
    names = [type(event).__name__ for event in events if part in type(event).__name__]
    return [name for place, name in enumerate(names) if not place or names[place - 1] != name]


def dump(value: Mapping[str, Any] | list[ChatMessage]) -> object:
    """Return a value in a form that shows whether it was changed."""
    return [message.model_dump() for message in value] if isinstance(value, list) else dict(value)
