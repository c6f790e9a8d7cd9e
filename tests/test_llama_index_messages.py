"""Every block of LlamaIndex in every role: it reaches the model at its place, or is refused by name.

On a script, because what is looked at is the prompt.
"""

import base64
import io
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

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
from typing_extensions import override

from nemotron_vl_integrations.backends.base import Prompt
from nemotron_vl_integrations.chat.image_history import FORGOTTEN
from nemotron_vl_integrations.errors import (
    ImageTooLargeError,
    InvalidRequestError,
    NemotronVLError,
    TooManyImagesError,
)
from tests.paged_script import read_number
from tests.pdf_writer import Page, PdfWriter
from tests.scripted_llm import open_llm, write_png

PDF = PdfWriter([Page(), Page()]).write()
CALL = ToolCallBlock(tool_call_id="c1", tool_name="look", tool_kwargs={"page": 1})
ROLES = [role for role in MessageRole if role is not MessageRole.FUNCTION]

# A block, the words that it brings into the prompt, and how many images.
USED: dict[str, tuple[ContentBlock, str, int]] = {
    "text": (TextBlock(text="Rosa"), "Rosa", 0),
    "image": (ImageBlock(image=write_png()), "", 1),
    "document": (DocumentBlock(data=PDF, title="Lease"), "Lease", 2),
    "text file": (DocumentBlock(data="Grüße".encode()), "Grüße", 0),
    "citable": (
        CitableBlock(
            title="Lease", source="drawer", content=[TextBlock(text="Rent"), ImageBlock(image=write_png())]
        ),
        "Lease\ndrawer\nRent",
        1,
    ),
    "citation": (
        CitationBlock(title="", source="", cited_content=TextBlock(text="Rent"), additional_location_info={}),
        "Rent",
        0,
    ),
    "cache point": (CachePoint(cache_control=CacheControl(type="ephemeral")), "", 0),
}
OF_THE_ASSISTANT: dict[str, ContentBlock] = {"thinking": ThinkingBlock(content="Rosa"), "tool_call": CALL}
REFUSED: dict[str, ContentBlock] = {"audio": AudioBlock(audio=b"abc"), "video": VideoBlock(video=b"abc")}


def surround(role: MessageRole, block: ContentBlock) -> list[ChatMessage]:
    """A conversation in which a message of the role has its place, and ends so that the model may answer."""
    message = ChatMessage(role=role, blocks=[block])
    if role is MessageRole.TOOL:
        message.additional_kwargs = {"tool_call_id": "c1"}
        return [user("Look."), ChatMessage(role=MessageRole.ASSISTANT, blocks=[CALL]), message]
    return [message, user("Go on.")]


def user(*blocks: ContentBlock | str) -> ChatMessage:
    return ChatMessage(
        blocks=[TextBlock(text=block) if isinstance(block, str) else block for block in blocks]
    )


def look(content: str | Sequence[ContentBlock], call_id: str | None = "c1") -> ChatMessage:
    blocks = [TextBlock(text=content)] if isinstance(content, str) else list(content)
    extras = {} if call_id is None else {"tool_call_id": call_id}
    return ChatMessage(role=MessageRole.TOOL, blocks=blocks, additional_kwargs=extras)


def show(messages: Sequence[ChatMessage], **fields: object) -> Prompt:
    llm, backend = open_llm(["Yes."], **fields)
    llm.chat(messages)
    return backend.prompts[0]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", USED)
def test_a_block_reaches_the_model_in_every_role(kind: str, role: MessageRole) -> None:
    block, words, images = USED[kind]
    messages = surround(role, block)
    before = [message.model_dump() for message in messages]
    prompt = show(messages)
    # What tools return stands in the prompt as JSON.
    assert all(word in prompt.text for word in words.split("\n"))
    assert len(prompt.images) == images
    assert [message.model_dump() for message in messages] == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", REFUSED)
def test_what_the_model_cannot_hear_or_watch_is_refused_by_name(kind: str, role: MessageRole) -> None:
    with pytest.raises(InvalidRequestError, match=rf"messages\[\d\]\.blocks\[0\]: a block of type '{kind}'"):
        show(surround(role, REFUSED[kind]))


@pytest.mark.parametrize("role", [MessageRole.SYSTEM, MessageRole.USER, MessageRole.TOOL])
@pytest.mark.parametrize("kind", OF_THE_ASSISTANT)
def test_thoughts_and_calls_are_the_assistants_alone(kind: str, role: MessageRole) -> None:
    with pytest.raises(InvalidRequestError, match=f"{kind!r}, which only the assistant's messages hold"):
        show(surround(role, OF_THE_ASSISTANT[kind]))


def test_thoughts_of_earlier_turns_are_left_out() -> None:
    prompt = show(surround(MessageRole.ASSISTANT, OF_THE_ASSISTANT["thinking"]))
    assert "Rosa" not in prompt.text


def test_images_stand_where_they_stood_between_texts() -> None:
    prompt = show(
        [user("First:", ImageBlock(image=write_png(1)), "Second:", ImageBlock(image=write_png(2)), "End.")]
    )
    assert "First:\n<image 1><image>\nSecond:\n<image 2><image>\nEnd." in prompt.text
    assert [read_number(image) for image in prompt.images] == [1, 2]


def test_a_system_message_that_stands_last_is_what_is_answered() -> None:
    system = ChatMessage(role=MessageRole.SYSTEM, content="Be brief.")
    last = ChatMessage(role=MessageRole.SYSTEM, content="Sum up.")
    prompt = show([system, user("Hello."), last])
    assert "System\nBe brief." in prompt.text
    assert "User\nHello.\n\nSum up." in prompt.text


def test_texts_of_one_message_stand_on_lines_of_their_own() -> None:
    assert "One.\nTwo." in show([user("One.", "Two.")]).text


def test_an_image_from_a_tool_is_shown_right_behind_the_results() -> None:
    calls = [CALL, ToolCallBlock(tool_call_id="c2", tool_name="look", tool_kwargs='{"page": 2}')]
    prompt = show(
        [
            user("Look."),
            ChatMessage(role=MessageRole.ASSISTANT, blocks=list(calls)),
            look([TextBlock(text="Page one"), ImageBlock(image=write_png(1))]),
            look([ImageBlock(image=write_png(2))], "c2"),
        ]
    )
    results, shown = prompt.text.split("</TOOL_RESPONSE>")
    assert results.index("Page one") < results.index("[1 image, shown in the next message]")
    assert shown.index("result of look (c1)") < shown.index("result of look (c2)")
    assert [read_number(image) for image in prompt.images] == [1, 2]


def test_results_find_their_calls_without_ids_and_with_ids_that_are_names() -> None:
    calls: list[ContentBlock] = [
        ToolCallBlock(tool_call_id=name, tool_name="look", tool_kwargs={"page": page})
        for name, page in (("look", 1), ("look", 2), (None, 3))
    ]
    prompt = show(
        [
            user("Look."),
            ChatMessage(role=MessageRole.ASSISTANT, blocks=calls),
            look("one", "look"),
            look("two", "look"),
            look("three", None),
        ]
    )
    assert prompt.text.index("one") < prompt.text.index("two") < prompt.text.index("three")
    assert prompt.text.count('"name": "look"') == 3


def test_calls_that_stand_beside_the_blocks_are_calls() -> None:
    old = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"page": 1}'}}
    asked = ChatMessage(role=MessageRole.ASSISTANT, content="", additional_kwargs={"tool_calls": [old]})
    prompt = show([user("Look."), asked, look("one")])
    assert '<TOOLCALL>[{"name": "look", "arguments": {"page": 1}}]' in prompt.text


def test_a_result_without_a_call_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match="the result of call 'c9', while the open calls are"):
        show([user("Look."), ChatMessage(role=MessageRole.ASSISTANT, blocks=[CALL]), look("one", "c9")])


def test_a_call_that_was_none_is_told_in_words_behind_the_other_results() -> None:
    broken = ToolCallBlock(tool_call_id="c0", tool_name="look", tool_kwargs='{"page": ')
    prompt = show(
        [
            user("Look."),
            ChatMessage(role=MessageRole.ASSISTANT, blocks=[broken, CALL]),
            look("no such argument", "c0"),
            look("one"),
        ]
    )
    assert prompt.text.index("could not be carried out") < prompt.text.index("one")
    assert prompt.text.index("one") < prompt.text.index("Result of the call of look: no such argument")


def sources(folder: Path) -> dict[str, ImageBlock]:
    file = folder / "page.png"
    file.write_bytes(write_png())
    encoded = base64.b64encode(write_png())
    return {
        "bytes": ImageBlock(image=write_png()),
        "base64": ImageBlock(image=encoded),
        "stream": ImageBlock(image=io.BytesIO(write_png())),
        "path": ImageBlock(path=file),
        "data address": ImageBlock(url=f"data:image/png;base64,{encoded.decode()}"),
        "file address": ImageBlock(url=file.as_uri()),
    }


@pytest.mark.parametrize("kind", ["bytes", "base64", "stream", "path", "data address", "file address"])
def test_an_image_comes_from_everywhere(kind: str, tmp_path: Path) -> None:
    prompt = show([user(sources(tmp_path)[kind])], allowed_paths=(tmp_path,))
    assert read_number(prompt.images[0]) == 1


def test_bytes_that_were_put_into_a_block_afterwards_are_read() -> None:
    block = ImageBlock(image=b"abc")
    block.image = write_png()
    assert len(show([user(block)]).images) == 1


def test_a_stream_is_read_from_its_start_and_left_where_it_stood() -> None:
    stream = io.BytesIO(write_png())
    stream.seek(7)
    assert len(show([user(ImageBlock(image=stream))]).images) == 1
    assert stream.tell() == 7


def test_a_path_is_read_below_the_working_directory_unless_folders_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "page.png").write_bytes(write_png())
    monkeypatch.chdir(inside)
    assert len(show([user(ImageBlock(path=Path("page.png")))]).images) == 1
    with pytest.raises(InvalidRequestError, match="is not allowed"):
        show([user(ImageBlock(path=outside / "page.png"))])
    assert len(show([user(ImageBlock(path=outside / "page.png"))], allowed_paths=(outside,)).images) == 1


class _Unseekable(io.BytesIO):
    @override
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("block", "error", "words"),
    [
        (ImageBlock(), InvalidRequestError, "holds no bytes, no path and no address"),
        (ImageBlock(image=io.StringIO("text")), InvalidRequestError, "gives no bytes"),
        (ImageBlock(image=_Unseekable(b"abc")), InvalidRequestError, "cannot be read twice"),
        (ImageBlock(image=io.BytesIO(bytes(2000))), ImageTooLargeError, "more than 1,000 bytes"),
        (
            ImageBlock(url="https://example.org/page.png"),
            InvalidRequestError,
            "nothing is fetched from there",
        ),
        (DocumentBlock(path="s3://bucket/lease.pdf"), InvalidRequestError, "nothing is fetched from there"),
        (DocumentBlock(path="no such file.pdf"), InvalidRequestError, "No such file"),
        (DocumentBlock(data=bytes(range(200))), NemotronVLError, "no image, document or text"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    block: ContentBlock, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        show([user(block)], max_media_bytes=1000)


class _Pictures(BaseHTTPRequestHandler):
    """Sends a picture, or on to another host, or says that there is nothing."""

    def do_GET(self) -> None:
        self.send_response({"/page.png": 200, "/away": 302}.get(self.path, 404))
        if self.path == "/away":
            self.send_header("Location", "http://example.org/page.png")
        self.end_headers()
        if self.path == "/page.png":
            self.wfile.write(write_png())

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve_pictures() -> Generator[str]:
    with HTTPServer(("127.0.0.1", 0), _Pictures) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_an_address_is_fetched_from_allowed_hosts_alone() -> None:
    with serve_pictures() as host:
        block = ImageBlock(url=f"http://{host}/page.png")
        assert len(show([user(block)], allowed_hosts=(host,)).images) == 1
        with pytest.raises(InvalidRequestError, match="nothing is fetched from there"):
            show([user(block)], allowed_hosts=("example.org",))
        with pytest.raises(InvalidRequestError, match="answers 404 Not Found"):
            show([user(ImageBlock(url=f"http://{host}/lost"))], allowed_hosts=(host,))
        with pytest.raises(InvalidRequestError, match=r"example\.org.*nothing is fetched"):
            show([user(ImageBlock(url=f"http://{host}/away"))], allowed_hosts=(host,))


def test_more_images_than_the_model_takes_are_refused_or_forgotten_from_the_oldest() -> None:
    many = [user(f"Page {page}", ImageBlock(image=write_png(page))) for page in range(1, 7)]
    with pytest.raises(TooManyImagesError, match="6 images and 4 are allowed"):
        show(many)
    prompt = show(many, old_images="forget")
    assert [read_number(image) for image in prompt.images] == [3, 4, 5, 6]
    assert prompt.text.count(FORGOTTEN) == 2


def test_pages_of_a_document_are_limited() -> None:
    with pytest.raises(TooManyImagesError, match="has 2 pages and 1 are allowed"):
        show([user(DocumentBlock(data=PDF))], max_pages=1)
