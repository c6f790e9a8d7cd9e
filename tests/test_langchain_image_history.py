"""Long conversations with many images: the newest stay in their form, older ones become their text."""

import asyncio
import base64
import io
from typing import Any

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from PIL import Image

from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.langchain import ChatNemotronVL, ImageHistory
from tests.paged_script import draw_number, open_script, read_number
from tests.pdf_writer import Page, PdfWriter
from tests.web_server import serving


def show(number: int) -> dict[str, Any]:
    file = io.BytesIO()
    draw_number(number).save(file, "PNG")
    return {"type": "image", "base64": base64.b64encode(file.getvalue()).decode(), "mime_type": "image/png"}


PDF = {
    "type": "file",
    "base64": base64.b64encode(PdfWriter([Page(), Page()]).write()).decode(),
    "mime_type": "application/pdf",
}
LOOK = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "call_1"}])


def ask(*blocks: Any) -> HumanMessage:  # noqa: ANN401 - blocks of any form
    return HumanMessage([*blocks, {"type": "text", "text": "What is it?"}])


def list_texts(message: AnyMessage) -> list[str]:
    return [block["text"] for block in message.content_blocks if block["type"] == "text"]


def test_a_conversation_with_few_images_stays_as_it_is() -> None:
    messages = [ask(show(1)), AIMessage("One."), ask(show(2))]
    trimmed = ImageHistory(limit=2).trim(messages)
    assert all(new is old for new, old in zip(trimmed, messages, strict=True))


def test_older_images_become_their_text_and_the_messages_that_came_in_stay_as_they_are() -> None:
    messages: list[AnyMessage] = [
        ask(show(1), show(2)),
        LOOK,
        ToolMessage([show(3)], tool_call_id="call_1"),
        ask(show(4)),
    ]
    history = ImageHistory(limit=2, read=lambda image: f"Page {read_number(image)}")
    first, _, result, last = history.trim(messages)
    assert list_texts(first) == [
        "[an image that was shown here before] Page 1",
        "[an image that was shown here before] Page 2",
        "What is it?",
    ]
    assert (result.content, last.content) == (messages[2].content, messages[3].content)
    assert messages[0] == ask(show(1), show(2))


def test_what_is_trimmed_fits_the_model() -> None:
    messages = [ask(show(number)) for number in range(1, 8)]
    backend = ScriptedBackend(["Yes."])
    with open_script(backend) as engine:
        ChatNemotronVL(engine=engine).invoke(ImageHistory().trim(messages))
    assert [read_number(image) for image in backend.prompts[0].images] == [4, 5, 6, 7]


def test_the_pages_of_a_document_stay_or_go_together() -> None:
    pages = ImageHistory(limit=2).trim([ask(PDF), ask(show(1))])
    assert list_texts(pages[0])[0].count("an image that was shown here before") == 2
    assert ImageHistory(limit=3).trim([ask(PDF), ask(show(1))])[0].content == ask(PDF).content


def test_once_an_image_has_gone_no_older_one_stays() -> None:
    first, _, _ = ImageHistory(limit=2).trim([ask(show(1)), ask(PDF), ask(show(2))])
    assert list_texts(first)[0] == "[an image that was shown here before]"


def test_each_image_is_read_once() -> None:
    read: list[int] = []

    def note(image: Image.Image) -> str:
        read.append(read_number(image))
        return "text"

    history = ImageHistory(limit=1, read=note)
    for _ in range(3):
        history.trim([ask(show(1)), ask(show(2)), ask(show(3))])
    assert sorted(read) == [1, 2]


def test_results_inside_human_messages_are_trimmed_too() -> None:
    result: Any = {"type": "tool_result", "tool_use_id": "call_1", "content": [show(1)]}
    message, _ = ImageHistory(limit=1).trim([HumanMessage([result]), ask(show(2))])
    content: Any = message.content
    assert content[0]["content"] == [{"type": "text", "text": "[an image that was shown here before]"}]


@pytest.mark.parametrize(
    "block", [{"type": "hologram", "data": "a"}, {"type": "audio", "base64": "AA"}, {"colour": "red"}]
)
def test_blocks_that_the_model_refuses_are_left_to_it(block: dict[str, Any]) -> None:
    message = HumanMessage([block])
    assert ImageHistory(limit=0).trim([message]) == [message]


def test_an_image_that_cannot_be_read_is_an_error_of_langchains() -> None:
    with pytest.raises(ModelInvalidRequestError):
        ImageHistory().trim([ask({"type": "image", "base64": "AAAA", "mime_type": "image/png"})])


def test_addresses_of_allowed_hosts_are_looked_at_as_the_model_does() -> None:
    with serving() as server:
        host = f"localhost:{server.server_port}"
        message = HumanMessage(
            [{"type": "text-plain", "url": f"http://{host}/picture", "mime_type": "text/plain"}]
        )
        assert ImageHistory(allowed_hosts=[host]).trim([message]) == [message]
        with pytest.raises(ModelInvalidRequestError, match="nothing is fetched"):
            ImageHistory().trim([message])


@pytest.mark.parametrize("limit", [-1, 5, "4"])
def test_a_limit_that_the_model_does_not_have_is_refused(limit: Any) -> None:  # noqa: ANN401 - as users err
    with pytest.raises(InvalidRequestError, match="`limit="):
        ImageHistory(limit=limit)


def test_it_can_be_awaited() -> None:
    trimmed = asyncio.run(ImageHistory(limit=1).atrim([ask(show(1)), ask(show(2))]))
    assert list_texts(trimmed[0])[0] == "[an image that was shown here before]"
