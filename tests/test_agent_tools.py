"""The agent tools on the real engine, through their table and through LangChain's toolkit."""

import json
from pathlib import Path
from typing import Any

import pytest

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InputError, InvalidRequestError
from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.langchain import NemotronVLToolkit
from nemotron_vl_integrations.tools import TOOLS, ToolResult, Workspace

SAMPLES = Path("samples")


async def call(engine: Engine, name: str, arguments: dict[str, object]) -> ToolResult:
    (tool,) = [tool for tool in TOOLS if tool.name == name]
    return await tool.call(Workspace(SAMPLES, engine=engine), arguments)


async def test_a_document_is_read_and_the_answer_names_its_page(engine: Engine) -> None:
    result = await call(engine, "read_document", {"source": "receipt.png"})
    assert "Willow Paper Shop" in result.text
    assert "page 1" in result.text.lower()


async def test_words_are_found_with_the_page_on_which_they_stand(engine: Engine) -> None:
    result = await call(engine, "find_in_document", {"source": "letter.pdf", "query": "Harrow Lane"})
    assert "page 1" in result.text.lower()
    assert "Harrow" in result.text


async def test_a_page_is_asked(engine: Engine) -> None:
    result = await call(
        engine, "ask_page", {"source": "receipt.png", "page": 1, "question": "What is the Total?"}
    )
    assert "page 1" in result.text.lower()


async def test_fields_come_as_json(engine: Engine) -> None:
    result = await call(engine, "extract_fields", {"source": "receipt.png", "fields": ["Total"]})
    assert "Total" in json.dumps(result.data)


async def test_a_page_is_shown_as_an_image_and_never_as_text(engine: Engine) -> None:
    result = await call(engine, "page_image", {"source": "letter.pdf", "page": 1})
    (image,) = result.images
    assert load_image(image.data).height >= 512
    assert len(result.text) < 1000


@pytest.mark.parametrize(
    "source", ["../README.md", "/etc/hostname", "nothing.pdf", "https://example.org/a.pdf"]
)
async def test_what_is_not_below_the_root_does_not_exist(engine: Engine, source: str) -> None:
    with pytest.raises(InputError):
        await call(engine, "read_document", {"source": source})


@pytest.mark.parametrize(
    "arguments",
    [{"ledger": 5}, {"layout": "small"}, {"layout": ""}, {"max_tiles": 13}, {"engine": "demo"}],
)
def test_what_a_workspace_cannot_use_is_refused_by_name_before_any_call(arguments: dict[str, Any]) -> None:
    (name,) = arguments
    with pytest.raises(InvalidRequestError, match=f"`{name}="):
        Workspace(SAMPLES, **arguments)


async def test_arguments_that_do_not_fit_are_named(engine: Engine) -> None:
    with pytest.raises(InvalidRequestError, match="page"):
        await call(engine, "ask_page", {"source": "receipt.png", "page": 0, "question": "Who?"})


def test_the_toolkit_gives_langchain_an_error_that_a_model_can_mend(engine: Engine) -> None:
    tools = {tool.name: tool for tool in NemotronVLToolkit(roots=SAMPLES, engine=engine).get_tools()}
    assert set(tools) == {tool.name for tool in TOOLS}
    reply = tools["read_document"].invoke(
        {"name": "read_document", "args": {"source": "missing.pdf"}, "id": "1", "type": "tool_call"}
    )
    assert reply.status == "error"
    assert "missing.pdf" in reply.text


async def test_the_toolkit_reads_with_the_shared_engine(engine: Engine) -> None:
    (tool,) = NemotronVLToolkit(roots=SAMPLES, engine=engine, tools=["read_document"]).get_tools()
    reply = await tool.ainvoke(
        {"name": "read_document", "args": {"source": "receipt.png"}, "id": "1", "type": "tool_call"}
    )
    assert "Willow Paper Shop" in reply.text
    assert reply.artifact
