"""Every form in which LangChain lets images, documents and texts through: each arrives, or is refused by name."""

import asyncio
import base64
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from PIL import Image

from nemotron_vl_integrations.backends.base import Prompt
from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.langchain import ChatNemotronVL
from tests.paged_script import draw_number, open_script, read_number
from tests.pdf_writer import Page, PdfWriter, write_pdf
from tests.source_attacks import INSIDE
from tests.web_server import serving


def write_png(number: int = 1) -> bytes:
    file = io.BytesIO()
    draw_number(number).save(file, "PNG")
    return file.getvalue()


PNG = base64.b64encode(write_png()).decode()
PDF = base64.b64encode(PdfWriter([Page(), Page()]).write()).decode()
TEXT = base64.b64encode("Grüße".encode()).decode()
PNG_URL = f"data:image/png;base64,{PNG}"
PDF_URL = f"data:application/pdf;base64,{PDF}"

IMAGES: dict[str, Any] = {
    "openai image_url": {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "high"}},
    "bare image_url": {"type": "image_url", "image_url": PNG_URL},
    "image_url with a uuid": {"type": "image_url", "image_url": {"url": PNG_URL}, "uuid": "a"},
    "image_url of a wrong type": {
        "type": "image_url",
        "image_url": {"url": f"data:application/pdf;base64,{PNG}"},
    },
    "v1 base64": {"type": "image", "base64": PNG, "mime_type": "image/png"},
    "v1 without a type": {"type": "image", "base64": PNG},
    "v1 of a wrong type": {"type": "image", "base64": PNG, "mime_type": "application/pdf"},
    "v1 data url": {"type": "image", "url": PNG_URL},
    "v0 base64": {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
    "v0 without a type": {"type": "image", "source_type": "base64", "data": PNG},
    "v0 url": {"type": "image", "source_type": "url", "url": PNG_URL},
    "anthropic": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
    "anthropic url": {"type": "image", "source": {"type": "url", "url": PNG_URL}},
    "responses": {"type": "input_image", "image_url": PNG_URL},
    "bedrock": {"image": {"format": "png", "source": {"bytes": write_png()}}},
    "gemini media": {"type": "media", "mime_type": "image/png", "data": PNG},
    "gemini inline_data": {"inline_data": {"mime_type": "image/png", "data": PNG}},
    "hugging face": {"type": "image", "image": PNG_URL},
    "hugging face url": {"type": "image", "url": PNG_URL},
    "bytes": {"type": "image", "image": write_png()},
    "base64 in place of an address": {"type": "image_url", "image_url": {"url": PNG}},
    "an address with blanks around it": {"type": "image_url", "image_url": {"url": f" {PNG_URL}\n"}},
    "pil": {"type": "image", "image": draw_number(1)},
    "vllm pil": {"type": "image_pil", "image_pil": draw_number(1)},
    "image sent as a pdf": {"type": "file", "file": {"file_data": PNG_URL, "filename": "a.pdf"}},
    "non standard": {"type": "non_standard", "value": {"type": "input_image", "image_url": PNG_URL}},
    "nested in a document": {
        "type": "document",
        "source": {"type": "content", "content": [{"type": "image", "base64": PNG}]},
    },
}
DOCUMENTS: dict[str, Any] = {
    "openai file": {"type": "file", "file": {"file_data": PDF_URL, "filename": "a.pdf"}},
    "openai file without a header": {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
    "responses": {"type": "input_file", "file_data": PDF_URL, "filename": "a.pdf"},
    "v1": {"type": "file", "base64": PDF, "mime_type": "application/pdf"},
    "v1 url": {"type": "file", "url": PDF_URL},
    "v1 without a type": {"type": "file", "base64": PDF},
    "v0 url": {"type": "file", "source_type": "url", "url": PDF_URL, "mime_type": "application/pdf"},
    "responses url": {"type": "input_file", "file_url": PDF_URL},
    "anthropic url": {"type": "document", "source": {"type": "url", "url": PDF_URL}},
    "a pdf sent as an image": {"type": "image", "base64": PDF, "mime_type": "image/png"},
    "v0": {"type": "file", "source_type": "base64", "data": PDF, "mime_type": "application/pdf"},
    "anthropic": {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
    },
    "bedrock": {"document": {"format": "pdf", "name": "a", "source": {"bytes": base64.b64decode(PDF)}}},
    "gemini": {"type": "media", "mime_type": "application/pdf", "data": PDF},
}
TEXTS: dict[str, Any] = {
    "text": {"type": "text", "text": "Grüße"},
    "text with cache control": {"type": "text", "text": "Grüße", "cache_control": {"type": "ephemeral"}},
    "string": "Grüße",
    "responses": {"type": "input_text", "text": "Grüße"},
    "bedrock": {"text": "Grüße"},
    "text-plain": {"type": "text-plain", "text": "Grüße", "mime_type": "text/plain"},
    "text-plain base64": {"type": "text-plain", "base64": TEXT, "mime_type": "text/plain"},
    "text-plain url": {
        "type": "text-plain",
        "url": f"data:text/plain;base64,{TEXT}",
        "mime_type": "text/plain",
    },
    "file": {"type": "file", "base64": TEXT, "mime_type": "text/plain"},
    "v0 file": {"type": "file", "source_type": "base64", "data": TEXT, "mime_type": "text/plain"},
    "v0 file of text": {"type": "file", "source_type": "text", "text": "Grüße", "mime_type": "text/plain"},
    "openai file": {
        "type": "file",
        "file": {"file_data": f"data:text/plain;base64,{TEXT}", "filename": "a.txt"},
    },
    "anthropic content": {
        "type": "document",
        "source": {"type": "content", "content": [{"type": "text", "text": "Grüße"}]},
    },
    "bedrock document": {"document": {"format": "txt", "name": "a", "source": {"bytes": "Grüße".encode()}}},
    "gemini": {"type": "media", "mime_type": "text/plain", "data": TEXT},
    "a refusal": {"type": "refusal", "refusal": "Grüße"},
    "anthropic": {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"},
    },
    "json": {"type": "json", "json": {"word": "Grüße"}},
    "search result": {
        "type": "search_result",
        "title": "Letter",
        "source": "a.txt",
        "content": [{"type": "text", "text": "Grüße"}],
    },
}
REFUSED: dict[str, tuple[Any, str]] = {
    "an address": ({"type": "image", "url": "https://example.org/a.png"}, "nothing is fetched"),
    "an address of openai's form": (
        {"type": "image_url", "image_url": {"url": "http://example.org/a.png"}},
        "nothing is fetched",
    ),
    "a path": ({"type": "image", "path": "/etc/hostname"}, "is not allowed"),
    "a file address": ({"type": "image_url", "image_url": "file:///etc/hostname"}, "is not allowed"),
    "an id": ({"type": "image", "file_id": "file-1"}, "of another service by its id"),
    "an id of openai's form": ({"type": "file", "file": {"file_id": "file-1"}}, "of another service"),
    "an id of v0": ({"type": "image", "source_type": "id", "id": "file-1"}, "of another service"),
    "the id of a file": ({"type": "file", "file_id": "file-1"}, "of another service"),
    "an id of the responses' form": ({"type": "input_image", "file_id": "file-1"}, "of another service"),
    "the id of a file of the responses' form": ({"type": "input_file", "file_id": "file-1"}, "of another"),
    "an id of anthropic's form": (
        {"type": "image", "source": {"type": "file", "file_id": "file-1"}},
        "of another service",
    ),
    "a document's id of anthropic's form": (
        {"type": "document", "source": {"type": "file", "file_id": "file-1"}},
        "of another service",
    ),
    "an address of anthropic's form": (
        {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}},
        "nothing is fetched",
    ),
    "an address of gemini's form": (
        {"file_data": {"mime_type": "image/png", "file_uri": "https://example.org/a.png"}},
        "nothing is fetched",
    ),
    "an address of the responses' form": (
        {"type": "input_image", "image_url": "https://example.org/a.png"},
        "nothing is fetched",
    ),
    "no text": ({"type": "text", "text": None}, "the text of a block is None"),
    "no address": ({"type": "image_url", "image_url": None}, "'image_url': None"),
    "an empty image": ({"type": "image", "base64": "", "mime_type": "image/png"}, "it is empty"),
    "v0 audio": (
        {"type": "audio", "source_type": "base64", "data": PNG, "mime_type": "audio/wav"},
        "neither hears",
    ),
    "audio": ({"type": "audio", "base64": PNG, "mime_type": "audio/wav"}, "'audio'"),
    "openai's audio": (
        {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}},
        "neither hears",
    ),
    "video": ({"type": "video", "base64": PNG, "mime_type": "video/mp4"}, "'video'"),
    "vllm's video": ({"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AA"}}, "'video_url'"),
    "an unknown type": ({"type": "hologram", "data": "a"}, "'hologram'"),
    "no type": ({"colour": "red"}, "'colour'"),
    "thoughts of a user": ({"type": "thinking", "thinking": "hm"}, "'thinking'"),
    "damaged base64": ({"type": "image", "base64": "!!!", "mime_type": "image/png"}, "not base64"),
    "a zip": (
        {"type": "file", "base64": base64.b64encode(b"PK\x03\x04aaaa").decode(), "mime_type": "a/b"},
        "a ZIP file",
    ),
}


def send(messages: Sequence[BaseMessage], **fields: Any) -> Prompt:  # noqa: ANN401 - fields of the model
    backend = ScriptedBackend(["Yes."])
    with open_script(backend) as engine:
        ChatNemotronVL(engine=engine, **fields).invoke(list(messages))
    return backend.prompts[0]


def surround(block: object) -> HumanMessage:
    content: list[Any] = ["Before", block, {"type": "text", "text": "After"}]
    return HumanMessage(content)


@pytest.mark.parametrize("form", IMAGES)
def test_an_image_of_any_form_arrives_in_its_place(form: str) -> None:
    prompt = send([surround(IMAGES[form])])
    assert [read_number(image) for image in prompt.images] == [1]
    assert prompt.text.index("Before") < prompt.text.index("<image>") < prompt.text.index("After")


@pytest.mark.parametrize("form", DOCUMENTS)
def test_a_document_of_any_form_arrives_as_its_pages(form: str) -> None:
    prompt = send([surround(DOCUMENTS[form])])
    assert len(prompt.images) == 2
    assert prompt.text.count("<image>") == 2


@pytest.mark.parametrize("form", TEXTS)
def test_a_text_of_any_form_arrives_in_its_place(form: str) -> None:
    text = send([surround(TEXTS[form])]).text
    assert text.index("Before") < text.index("Grüße") < text.index("After")


@pytest.mark.parametrize("form", REFUSED)
def test_what_cannot_be_used_is_refused_by_name(form: str) -> None:
    block, reason = REFUSED[form]
    with pytest.raises(ModelInvalidRequestError, match=reason):
        send([surround(block)])


@pytest.mark.parametrize("form", [*IMAGES, *(f"pdf {form}" for form in DOCUMENTS)])
def test_a_tool_may_return_any_form(form: str) -> None:
    is_document = form.startswith("pdf ")
    block = DOCUMENTS[form[4:]] if is_document else IMAGES[form]
    call = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "call_1"}])
    result = ToolMessage([{"type": "text", "text": "Seen."}, block], tool_call_id="call_1", name="look")
    prompt = send([HumanMessage("Look."), call, result])
    assert len(prompt.images) == (2 if is_document else 1)
    assert prompt.text.index("Seen.") < prompt.text.index("result of look (call_1)")
    assert prompt.text.index("result of look (call_1)") < prompt.text.index("<image>")


def test_a_path_below_an_allowed_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(write_png(7))
    block = {"type": "image", "url": (tmp_path / "page.png").as_uri()}
    prompt = send([surround(block)], allowed_paths=(tmp_path,))
    assert [read_number(image) for image in prompt.images] == [7]


ADDRESSED: dict[str, Callable[[str], dict[str, Any]]] = {
    "openai": lambda url: {"type": "image_url", "image_url": {"url": url}},
    "bare": lambda url: {"type": "image_url", "image_url": url},
    "v1": lambda url: {"type": "image", "url": url},
    "v0": lambda url: {"type": "file", "source_type": "url", "url": url, "mime_type": "text/plain"},
    "anthropic": lambda url: {"type": "document", "source": {"type": "url", "url": url}},
    "responses": lambda url: {"type": "input_file", "file_url": url},
    "gemini": lambda url: {"file_data": {"mime_type": "text/plain", "file_uri": url}},
    "hugging face": lambda url: {"type": "image", "path": url},
}


def test_an_address_of_any_form_is_fetched_from_an_allowed_host() -> None:
    with serving() as server:
        for form, write in ADDRESSED.items():
            host = f"localhost:{server.server_port}"
            text = send([surround(write(f"http://{host}/picture"))], allowed_hosts=(host,)).text
            assert text.index("Before") < text.index(INSIDE.decode()) < text.index("After"), form
        assert server.visits == len(ADDRESSED)


def test_a_link_out_of_an_allowed_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(write_png())
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "page.png").symlink_to(tmp_path / "secret.png")
    block = {"type": "image", "path": str(tmp_path / "open" / "page.png")}
    with pytest.raises(ModelInvalidRequestError, match="is not allowed"):
        send([surround(block)], allowed_paths=(tmp_path / "open",))


def test_a_document_with_too_many_pages_is_refused_before_it_is_rendered() -> None:
    with pytest.raises(ModelInvalidRequestError, match="2 pages and 1 are allowed"):
        send([surround(DOCUMENTS["v1"])], max_pages=1)


def test_an_encrypted_document_is_refused_with_what_to_do() -> None:
    locked = base64.b64encode(write_pdf(Page(), password="x")).decode()
    with pytest.raises(ModelInvalidRequestError, match=r"messages\[0\].*a copy without a password"):
        send([surround({"type": "file", "base64": locked, "mime_type": "application/pdf"})])


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(ModelInvalidRequestError, match="the limit of 10"):
        send([surround(IMAGES["v1 base64"])], max_media_bytes=10)


def test_neighbours_of_one_role_become_one_turn() -> None:
    text = send(
        [
            SystemMessage("Be brief."),
            SystemMessage("Be kind."),
            HumanMessage("One."),
            HumanMessage("Two."),
            AIMessage("Three."),
            AIMessage("Four."),
            HumanMessage("Five."),
        ]
    ).text
    assert "Be brief.\n\nBe kind." in text
    assert "One.\n\nTwo." in text
    assert "Three.\n\nFour." in text


def test_the_name_of_a_user_is_told() -> None:
    assert "Anna: Hello" in send([HumanMessage("Hello", name="Anna")]).text


def test_results_in_anthropics_form_are_results() -> None:
    call: list[Any] = [{"type": "tool_use", "id": "a", "name": "look", "input": {"page": 3}}]
    result: list[Any] = [
        {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "A letter."}]},
        {"type": "text", "text": "What is it?"},
    ]
    calling = AIMessage(call, tool_calls=[{"name": "look", "args": {"page": 3}, "id": "a"}])
    text = send([HumanMessage("Look."), calling, HumanMessage(result)]).text
    assert text.count('"page": 3') == 1
    assert text.index('"page": 3') < text.index("A letter.") < text.index("What is it?")


def test_a_failed_tool_says_so() -> None:
    call = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "a"}])
    result = ToolMessage("No such page.", tool_call_id="a", status="error")
    assert "Error: No such page." in send([HumanMessage("Look."), call, result]).text


def test_an_invalid_call_and_its_result_stay_in_the_history() -> None:
    calling = AIMessage(
        "",
        invalid_tool_calls=[
            {"name": "look", "args": "{pa", "id": "a", "error": "cut", "type": "invalid_tool_call"}
        ],
    )
    text = send(
        [HumanMessage("Look."), calling, ToolMessage("Write JSON.", tool_call_id="a", name="look")]
    ).text
    assert text.index("{pa") < text.index("Result of the call of look: Write JSON.")


def test_thoughts_of_earlier_turns_are_left_out() -> None:
    content: list[Any] = [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Yes."}]
    text = send([HumanMessage("Really?"), AIMessage(content), HumanMessage("Sure?")]).text
    assert "Hm." not in text
    assert "Yes." in text


def test_media_are_read_from_a_running_loop_too() -> None:
    async def ask() -> AnyMessage:
        with open_script(ScriptedBackend(["Yes."])) as engine:
            return await ChatNemotronVL(engine=engine).ainvoke([surround(IMAGES["v1 base64"])])

    assert asyncio.run(ask()).text == "Yes."


def test_the_image_of_a_pil_block_is_not_changed() -> None:
    image = Image.new("L", (64, 64), 128)
    send([surround({"type": "image", "image": image})])
    assert (image.mode, image.size) == ("L", (64, 64))
