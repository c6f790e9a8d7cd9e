"""LangChain's own tests of tools, for each of the agent tools, with the real engine and the demo checkpoint.

Classes, because LangChain's tests are written as such.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from nemotron_vl_integrations.langchain import NemotronVLToolkit
from nemotron_vl_integrations.tools import TOOLS, ToolLimits
from tests.paged_script import draw_text

EXAMPLES: dict[str, dict[str, Any]] = {
    "read_document": {"source": "note.png", "pages": "1"},
    "find_in_document": {"source": "note.png", "query": "total"},
    "ask_page": {"source": "note.png", "page": 1, "question": "What is the Total?"},
    "ask_image": {"image": "note.png", "question": "What is the Total?"},
    "extract_fields": {"source": "note.png", "fields": ["Total"]},
    "compare_images": {"images": ["note.png", "note.png#page=1"], "question": "Are they the same?"},
    "page_image": {"source": "note.png", "page": 1},
}
NAMES = [tool.name for tool in TOOLS]


@pytest.fixture(scope="module")
def toolkit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NemotronVLToolkit]:
    folder = tmp_path_factory.mktemp("standard")
    draw_text("Total: 30.00", size=40).save(folder / "note.png")
    yield NemotronVLToolkit(roots=folder, limits=ToolLimits(answer_tokens=16))


class EachTool:
    """Runs each test once for each tool."""

    _tool: BaseTool

    @pytest.fixture(autouse=True, params=NAMES)
    def _pick(self, request: pytest.FixtureRequest, toolkit: NemotronVLToolkit) -> None:
        (self._tool,) = [tool for tool in toolkit.get_tools() if tool.name == request.param]

    @property
    def tool_constructor(self) -> type[BaseTool] | BaseTool:
        return self._tool

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return EXAMPLES[self._tool.name]


class TestUnit(EachTool, ToolsUnitTests):
    pass


@pytest.mark.usefixtures("engine")
class TestIntegration(EachTool, ToolsIntegrationTests):
    pass
