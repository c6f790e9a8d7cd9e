"""LlamaIndex's tool spec: what a model is told, methods and tools in two forms, content blocks, errors.

Scripted backends where a certain answer or call is needed; the real engine runs it in test_agent_tasks.py.
"""

import inspect
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool, ToolMetadata

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptStep
from nemotron_vl_integrations.errors import InvalidRequestError, NemotronVLError
from nemotron_vl_integrations.images import load_image
from nemotron_vl_integrations.llama_index import NemotronVLToolSpec
from nemotron_vl_integrations.tools import TOOLS
from tests.paged_script import draw_number, open_script, write_numbers
from tests.scripted_llm import open_llm

NAMES = [tool.name for tool in TOOLS]
CALLS: dict[str, dict[str, Any]] = {
    "read_document": {"source": "three.tiff", "pages": "2", "mode": "text"},
    "find_in_document": {"source": "three.tiff", "query": "answer", "pages": "2"},
    "ask_page": {"source": "three.tiff", "page": 2, "question": "Which page?"},
    "ask_image": {"image": "one.png", "question": "Which page?"},
    "extract_fields": {"source": "one.png", "fields": ["number"]},
    "compare_images": {"images": ["one.png", "three.tiff#page=3"], "question": "Which?"},
    "page_image": {"source": "three.tiff", "page": 3},
}
REPLIES: dict[str, str] = {"extract_fields": '{"number": "7"}'}


def open_spec(folder: Path, script: Sequence[ScriptStep]) -> NemotronVLToolSpec:
    draw_number(1).save(folder / "one.png")
    (folder / "three.tiff").write_bytes(write_numbers(3))
    return NemotronVLToolSpec(folder, engine=open_script(ScriptedBackend(script)))


def get_tool(spec: NemotronVLToolSpec, name: str) -> FunctionTool:
    (tool,) = spec.to_tool_list([name])
    return tool


def test_each_tool_is_named_described_and_has_its_own_arguments(tmp_path: Path) -> None:
    tools = open_spec(tmp_path, []).to_tool_list()
    assert [tool.metadata.name for tool in tools] == NAMES
    for tool, definition in zip(tools, TOOLS, strict=True):
        assert tool.metadata.description == definition.description
        assert tool.metadata.fn_schema is definition.arguments
        told = tool.metadata.to_openai_tool()["function"]
        assert "FieldInfo" not in str(told)
        assert set(told["parameters"]["properties"]) == set(definition.arguments.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_methods_take_what_the_tools_take_in_both_forms(tmp_path: Path, name: str) -> None:
    spec = open_spec(tmp_path, [])
    (definition,) = [tool for tool in TOOLS if tool.name == name]
    for method in (getattr(spec, name), getattr(spec, f"a{name}")):
        parameters = inspect.signature(method).parameters
        assert [*parameters] == [*definition.arguments.model_fields]
        for parameter, field in definition.arguments.model_fields.items():
            default = parameters[parameter].default
            assert default == (inspect.Parameter.empty if field.is_required() else field.default)


@pytest.mark.parametrize("name", NAMES)
async def test_methods_and_tools_give_the_same_blocks_sync_and_async(tmp_path: Path, name: str) -> None:
    spec = open_spec(tmp_path, [REPLIES.get(name, "An answer.")] * 4)
    tool, arguments = get_tool(spec, name), CALLS[name]
    outputs = [tool.call(**arguments), await tool.acall(**arguments)]
    methods = [getattr(spec, name)(**arguments), await getattr(spec, f"a{name}")(**arguments)]
    dumps = [[block.model_dump() for block in blocks] for blocks in (*(o.blocks for o in outputs), *methods)]
    assert dumps[0] == dumps[1] == dumps[2] == dumps[3]
    assert [type(block) for block in outputs[0].blocks] == [TextBlock] + [ImageBlock] * (name == "page_image")
    assert not any(output.is_error for output in outputs)
    assert "base64" not in outputs[0].content


def test_the_picture_of_a_page_is_a_block_with_its_bytes(tmp_path: Path) -> None:
    text, picture = open_spec(tmp_path, []).page_image("three.tiff", 3)
    assert isinstance(text, TextBlock)
    assert isinstance(picture, ImageBlock)
    assert picture.image_mimetype == "image/jpeg"
    assert "page 3" in text.text
    data = picture.resolve_image().read()
    assert load_image(data).size == (512, 512)
    assert len(text.text) < 300


def test_a_spec_offers_some_of_the_tools_in_the_order_asked_for(tmp_path: Path) -> None:
    spec = NemotronVLToolSpec(tmp_path, tools=["page_image", "ask_page"])
    assert [tool.metadata.name for tool in spec.to_tool_list()] == ["page_image", "ask_page"]
    picked = spec.to_tool_list([("ask_page", "aask_page")])
    assert [tool.metadata.name for tool in picked] == ["ask_page"]
    with pytest.raises(InvalidRequestError, match="burn_page"):
        NemotronVLToolSpec(tmp_path, tools=["burn_page"])
    with pytest.raises(InvalidRequestError, match="burn_page"):
        spec.to_tool_list(["burn_page"])


def test_a_tool_may_have_other_words(tmp_path: Path) -> None:
    other = ToolMetadata(name="look", description="Looks.", fn_schema=TOOLS[0].arguments)
    (tool,) = NemotronVLToolSpec(tmp_path).to_tool_list(["read_document"], {"read_document": other})
    assert (tool.metadata.name, tool.metadata.description) == ("look", "Looks.")


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("read_document", {"source": "../one.png"}, "not allowed"),
        ("read_document", {"source": "one.png", "pages": "2"}, "its only page is 1"),
        ("ask_page", {"source": "one.png", "page": 0, "question": "?"}, "greater than or equal to 1"),
        ("ask_image", {"image": "image:1", "question": "?"}, "no image 1 in this conversation. It has none"),
        ("ask_image", {"image": "three.tiff", "question": "?"}, "has 3 pages"),
        ("page_image", {"source": "one.png", "page": 1, "zoom": 2}, "zoom"),
    ],
)
async def test_what_cannot_be_done_is_raised_by_name(
    tmp_path: Path, name: str, arguments: dict[str, Any], words: str
) -> None:
    tool = get_tool(open_spec(tmp_path, []), name)
    with pytest.raises(NemotronVLError, match=words):
        tool.call(**arguments)
    with pytest.raises(NemotronVLError, match=words):
        await tool.acall(**arguments)


async def test_an_agent_is_told_of_an_error_and_sees_the_picture_of_its_next_call(tmp_path: Path) -> None:
    spec = open_spec(tmp_path, [])
    calls = [
        f'<TOOLCALL>[{{"name": "page_image", "arguments": {{"source": "{source}", "page": 3}}}}]</TOOLCALL>'
        for source in ("four.tiff", "three.tiff")
    ]
    llm, backend = open_llm([*calls, "Page three."])
    agent: Any = FunctionAgent(tools=cast("Any", spec.to_tool_list()), llm=llm)
    run = agent.run(user_msg="Show page 3.")
    results = [event async for event in run.stream_events() if isinstance(event, ToolCallResult)]
    assert str(await run) == "Page three."
    assert [result.tool_output.is_error for result in results] == [True, False]
    assert 'Documents that can be read: "one.png", "three.tiff"' in results[0].tool_output.content
    (image,) = backend.prompts[-1].images
    file = io.BytesIO()
    image.save(file, "PNG")
    assert image.size == (512, 512)
