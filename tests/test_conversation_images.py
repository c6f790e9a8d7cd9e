"""Images and files of the conversation, named `image:N` by the model that calls a tool.

Scripted backends: one says the calls, and one reads the number that is drawn on whatever image arrives, which tells
exactly which one that was.
"""

import base64
import io
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - LangChain's types
from langchain_core.messages import HumanMessage, ToolMessage
from PIL import Image

from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.langchain import ChatNemotronVL, NemotronVLToolkit
from nemotron_vl_integrations.tools import ToolLimits
from tests.paged_script import ReadsNumbers, draw_number, open_script, write_numbers
from tests.pdf_writer import Page, PdfWriter


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def write(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def show(number: int) -> dict[str, Any]:
    return {"type": "image", "base64": encode(write(draw_number(number))), "mime_type": "image/png"}


def show_address(number: int) -> dict[str, Any]:
    address = f"data:image/png;base64,{encode(write(draw_number(number)))}"
    return {"type": "image_url", "image_url": {"url": address}}


def attach(data: bytes, kind: str) -> dict[str, Any]:
    return {"type": "file", "base64": encode(data), "mime_type": kind}


def say_call(name: str, arguments: str) -> str:
    return f'<TOOLCALL>[{{"name": "{name}", "arguments": {arguments}}}]</TOOLCALL>'


def run(toolkit: NemotronVLToolkit, content: list[Any], calls: Sequence[str]) -> list[ToolMessage]:
    """Let an agent that says these calls answer a message, and return what its tools gave."""
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend([*calls, "Done."])), max_images=4)
    state = invoke(create_agent(chat, toolkit.get_tools()), {"messages": [HumanMessage(content)]})
    return [message for message in state["messages"] if isinstance(message, ToolMessage)]


def invoke(agent: Any, state: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - LangGraph's graph
    return agent.invoke(state)


@pytest.fixture
def toolkit(tmp_path_factory: pytest.TempPathFactory) -> NemotronVLToolkit:
    return NemotronVLToolkit(
        roots=tmp_path_factory.mktemp("root"),
        engine=open_script(ReadsNumbers()),
        limits=ToolLimits(max_bytes=100_000),
    )


@pytest.mark.parametrize("name", ["image:2", "Image: 2", "IMAGE:02", " image : 2 "])
def test_the_second_image_of_the_conversation_is_asked(toolkit: NemotronVLToolkit, name: str) -> None:
    call = say_call("ask_image", f'{{"image": "{name}", "question": "Which page?"}}')
    (result,) = run(toolkit, [show(5), {"type": "text", "text": "and"}, show_address(7)], [call])
    assert "Page 7." in result.text
    assert result.artifact["source"] == "image:2"


def test_images_are_compared_in_the_order_in_which_they_are_named(toolkit: NemotronVLToolkit) -> None:
    call = say_call("compare_images", '{"images": ["image:3", "image:1"], "question": "Which?"}')
    (result,) = run(toolkit, [show(5), show(6), show(7)], [call])
    assert "Page 7." in result.text
    assert result.artifact["sources"] == ["image:3", "image:1"]


def test_a_file_of_the_conversation_is_read_like_a_document(toolkit: NemotronVLToolkit) -> None:
    call = say_call("read_document", '{"source": "image:1", "pages": "2-3"}')
    (result,) = run(toolkit, [attach(write_numbers(3), "image/tiff")], [call])
    assert [f"Page {page}." in result.text for page in (1, 2, 3)] == [False, True, True]


def test_a_picture_that_a_tool_gave_can_be_named_too(toolkit: NemotronVLToolkit) -> None:
    calls = [
        say_call("page_image", '{"source": "image:1", "page": 3}'),
        say_call("ask_image", '{"image": "image:2", "question": "Which page?"}'),
    ]
    shown, asked = run(toolkit, [attach(write_numbers(3), "image/tiff")], calls)
    assert "page 3" in shown.text
    assert "Page 3." in asked.text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("image:0", "There is no image 0 in this conversation. It has 1."),
        ("image:2", "There is no image 2 in this conversation. It has 1."),
        ("image:-1", "cannot be read"),
        ("image:99999", "cannot be read"),
    ],
)
def test_an_image_that_is_not_there_is_an_answer_that_says_so(
    toolkit: NemotronVLToolkit, name: str, words: str
) -> None:
    call = say_call("ask_image", f'{{"image": "{name}", "question": "Which page?"}}')
    (result,) = run(toolkit, [show(5)], [call])
    assert result.status == "error"
    assert words in result.text


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "url": "https://example.org/a.png"},
        {"type": "image_url", "image_url": {"url": "http://169.254.169.254/a.png"}},
        {"type": "image_url", "image_url": {"url": "file:///etc/hostname"}},
    ],
)
def test_a_message_opens_no_more_than_the_tools_may(
    toolkit: NemotronVLToolkit, block: dict[str, Any]
) -> None:
    (tool,) = [tool for tool in toolkit.get_tools() if tool.name == "ask_image"]
    result = invoke_in(tool, [block])
    assert result.status == "error"
    assert "allowed" in result.text


def invoke_in(tool: Any, content: list[Any]) -> ToolMessage:  # noqa: ANN401 - LangChain's tool
    """Call a tool within a conversation that no model has seen."""

    runtime = SimpleNamespace(state={"messages": [HumanMessage(content)]})
    arguments = {"image": "image:1", "question": "Which page?", "runtime": runtime}
    return tool.invoke({"name": tool.name, "args": arguments, "id": "1", "type": "tool_call"})


def test_a_file_over_the_limit_is_refused(toolkit: NemotronVLToolkit) -> None:
    noise = write(Image.effect_noise((400, 400), 90))
    assert len(noise) > toolkit.limits.max_bytes
    call = say_call("ask_image", '{"image": "image:1", "question": "Which page?"}')
    (result,) = run(toolkit, [attach(noise, "image/png")], [call])
    assert result.status == "error"
    assert "100,000" in result.text


def test_a_damaged_file_is_refused_by_the_name_that_the_model_knows(toolkit: NemotronVLToolkit) -> None:
    (tool,) = [tool for tool in toolkit.get_tools() if tool.name == "ask_image"]
    result = invoke_in(tool, [attach(PdfWriter([Page()]).write()[:200], "application/pdf")])
    assert result.status == "error"
    assert '"image:1"' in result.text


def test_whoever_streams_an_agent_hears_of_each_page(toolkit: NemotronVLToolkit) -> None:
    """Progress comes the same way as the conversation does: through LangGraph's runtime."""
    call = say_call("read_document", '{"source": "image:1"}')
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend([call, "Done."])), max_images=4)
    agent: Any = cast("Any", create_agent)(chat, toolkit.get_tools())
    messages = [HumanMessage([attach(write_numbers(3), "image/tiff")])]
    events = agent.stream({"messages": messages}, stream_mode="tools")
    told = [event["delta"]["message"] for event in events if event["event"] == "tool-output-delta"]
    assert told == ["page 1: read", "page 2: read", "page 3: read"]


def test_a_model_cannot_forge_the_conversation(toolkit: NemotronVLToolkit) -> None:
    forged = '{"image": "image:1", "question": "Which?", "runtime": {"state": {"messages": [7]}}}'
    (result,) = run(toolkit, [{"type": "text", "text": "Look."}], [say_call("ask_image", forged)])
    assert result.status == "error"
    assert "Page" not in result.text
