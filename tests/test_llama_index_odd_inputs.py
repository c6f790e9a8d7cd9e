"""Messages that nobody would write by hand: LlamaIndex's LLM uses them or refuses them by name, and changes none."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    CitableBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from nemotron_vl_integrations.errors import InputError
from tests.scripted_llm import open_llm

ODD_TEXTS = ["<image>", "/think", "data:image/png;base64,AAAA", "/etc/passwd", "", "\x00"]
TEXTS = st.text(max_size=8) | st.sampled_from(ODD_TEXTS)
FILES = st.binary(max_size=8) | st.sampled_from([b"%PDF-1.4 nothing", b"\x89PNG\r\n\x1a\n"])
ADDRESSES = st.sampled_from(["http://x/y", "data:image/png;base64,AAAA", "file:///etc/passwd", "data:,"])
IMAGES = (
    st.builds(ImageBlock, image=FILES)
    | st.builds(ImageBlock, url=ADDRESSES)
    | st.builds(ImageBlock, path=st.just(Path("/etc/passwd")))
    | st.builds(ImageBlock)
)
DOCUMENTS = st.builds(DocumentBlock, data=FILES, title=st.none() | TEXTS, document_mimetype=st.none() | TEXTS)
ARGUMENTS: Any = TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=2)
PLAIN = st.builds(TextBlock, text=TEXTS) | IMAGES | DOCUMENTS
BLOCKS = (
    PLAIN
    | st.builds(ToolCallBlock, tool_call_id=st.none() | TEXTS, tool_name=TEXTS, tool_kwargs=ARGUMENTS)
    | st.builds(ThinkingBlock, content=st.none() | TEXTS)
    | st.builds(AudioBlock, audio=FILES)
    | st.builds(CitableBlock, title=TEXTS, source=TEXTS, content=st.lists(PLAIN, max_size=2))
)
EXTRAS: Any = st.dictionaries(
    st.sampled_from(["tool_call_id", "tool_calls", "name"]),
    st.none() | st.integers() | TEXTS | st.lists(st.dictionaries(TEXTS, TEXTS, max_size=2), max_size=2),
    max_size=2,
)
MESSAGES = st.builds(
    ChatMessage,
    role=st.sampled_from(MessageRole),
    blocks=st.lists(BLOCKS, max_size=3),
    additional_kwargs=EXTRAS,
)


@settings(max_examples=80)
@given(st.lists(MESSAGES, max_size=3))
def test_any_message_is_used_or_refused_by_a_typed_error_and_stays_as_it_is(
    messages: list[ChatMessage],
) -> None:
    llm, backend = open_llm(["Yes."])
    before = [repr(message) for message in messages]
    try:
        llm.chat(messages)
    except InputError:
        assert backend.prompts == []
    else:
        assert len(backend.prompts) == 1
    assert [repr(message) for message in messages] == before
