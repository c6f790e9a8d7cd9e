"""Standard tests of LlamaIndex's LLMs: each content block in each role is seen by the model, or refused.

What the model sees is told by the tokens of the prompt, so the tests need no model that obeys.
"""

import base64
import io
from pathlib import Path
from typing import Final

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.llms.llm import LLM

from nemotron_vl_integrations.testing.llama_index_llm_suite import (
    LLMSuite,
    count_tokens,
    draw_page,
    draw_pdf,
    dump,
    show_page,
)

_WORDS: Final = "The rent is due on the first of May, and Rosa pays it at the counter of the bank."
_SEEN: Final = 12
"""Tokens that each of the blocks below brings with it at least, whatever the tokenizer."""

_BLOCKS: Final[dict[str, ContentBlock]] = {
    "text": TextBlock(text=_WORDS),
    "image": show_page(),
    "document": DocumentBlock(data=draw_pdf(), document_mimetype="application/pdf"),
    "citable": CitableBlock(title="Lease", source="drawer", content=[TextBlock(text=_WORDS)]),
    "citation": CitationBlock(
        title="Lease", source="drawer", cited_content=TextBlock(text=_WORDS), additional_location_info={}
    ),
    "audio": AudioBlock(audio=b"RIFF" + bytes(400), format="wav"),
    "video": VideoBlock(video=bytes(400), video_mimetype="video/mp4"),
}
_CALL: Final = ToolCallBlock(tool_call_id="call00001", tool_name="look", tool_kwargs={"page": 1})


class BlockTests(LLMSuite):
    """Tests of what messages may hold."""

    @property
    def block_roles(self) -> tuple[MessageRole, ...]:
        """The roles in which blocks are tried."""
        return (MessageRole.SYSTEM, MessageRole.USER, MessageRole.ASSISTANT, MessageRole.TOOL)

    @property
    def must_see(self) -> tuple[str, ...]:
        """Kinds of blocks that must be seen in messages of the user, not refused."""
        return ("text", *["image"] * self.sees_images, *["document"] * self.reads_documents)

    @pytest.mark.parametrize("kind", _BLOCKS)
    @pytest.mark.parametrize("role", ["system", "user", "assistant", "tool"])
    def test_a_block_is_seen_or_refused(self, llm: LLM, kind: str, role: str) -> None:
        """What vanishes without a word is answered as if it had never been sent."""
        asked = MessageRole(role)
        if asked not in self.block_roles or (asked is MessageRole.TOOL and not self.calls_tools):
            pytest.skip("The model has no such role.")
        without = self._count(llm, _surround(asked, TextBlock(text="So.")))
        must = asked is MessageRole.USER and kind in self.must_see
        try:
            with_it = self._count(llm, _surround(asked, TextBlock(text="So."), _BLOCKS[kind]))
        except Exception:
            assert not must, f"A block of type {kind!r} is refused in a message of role {role!r}."
            return
        assert with_it >= without + _SEEN, (
            f"A block of type {kind!r} vanished from a message of role {role!r}."
        )

    @pytest.mark.parametrize("kind", ["thinking", "cache"])
    def test_what_the_model_need_not_see_is_taken(self, llm: LLM, kind: str) -> None:
        """Histories of other LLMs hold thoughts and points of caches; neither is a reason to fail."""
        block = (
            ThinkingBlock(content=_WORDS)
            if kind == "thinking"
            else CachePoint(cache_control=CacheControl(type="ephemeral"))
        )
        role = MessageRole.ASSISTANT if kind == "thinking" else MessageRole.USER
        assert self._count(llm, _surround(role, TextBlock(text="So."), block)) > 0

    @pytest.mark.parametrize("source", ["base64", "stream", "path", "data address"])
    def test_an_image_is_the_same_wherever_it_comes_from(self, llm: LLM, source: str, tmp_path: Path) -> None:
        """Bytes, base64, a stream, a path, a `data:` address."""
        if not self.sees_images:
            pytest.skip("The model sees no images.")
        plain = self._count(llm, [ChatMessage(blocks=[show_page(), TextBlock(text="Look.")])])
        block = self._write(source, tmp_path)
        assert self._count(llm, [ChatMessage(blocks=[block, TextBlock(text="Look.")])]) == plain

    def test_messages_stay_as_they_are(self, llm: LLM) -> None:
        """They are the caller's, and will be sent again."""
        blocks = [block for kind, block in _BLOCKS.items() if kind in self.must_see]
        messages = [ChatMessage(role=MessageRole.SYSTEM, content="So."), ChatMessage(blocks=blocks)]
        before = dump(messages)
        self._count(llm, messages)
        _ = [*llm.stream_chat(messages, **self.limit(1))]
        assert dump(messages) == before

    def _count(self, llm: LLM, messages: list[ChatMessage]) -> int:
        return count_tokens(llm.chat(messages, **self.limit(1)))[0]

    def _write(self, source: str, folder: Path) -> ImageBlock:
        page = draw_page()
        encoded = base64.b64encode(page)
        match source:
            case "base64":
                return ImageBlock(image=encoded, image_mimetype="image/png")
            case "stream":
                return ImageBlock(image=io.BytesIO(page), image_mimetype="image/png")
            case "path":
                file = folder / "page.png"
                file.write_bytes(page)
                return ImageBlock(path=file)
            case _:
                return ImageBlock(url=f"data:image/png;base64,{encoded.decode()}")


def _surround(role: MessageRole, *blocks: ContentBlock) -> list[ChatMessage]:
    """A conversation in which a message of the role has its place."""
    message = ChatMessage(role=role, blocks=list(blocks))
    asked, more = ChatMessage(content="Look."), ChatMessage(content="Go on.")
    match role:
        case MessageRole.USER:
            return [message]
        case MessageRole.TOOL:
            message.additional_kwargs = {"tool_call_id": "call00001", "name": "look"}
            return [asked, ChatMessage(role=MessageRole.ASSISTANT, blocks=[_CALL]), message]
        case MessageRole.ASSISTANT:
            return [asked, message, more]
        case _:
            return [message, asked]
