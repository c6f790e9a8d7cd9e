"""The agent tools, defined once; LangChain, LlamaIndex and MCP are three doors to them.

definitions       the table of tools: name, description, arguments, function
arguments         what a model may say to each, and what it is told when that does not fit
workspace         what the tools of one agent share: folders, hosts, ledger, engine, limits
calls             what comes along with one call: progress, images of the conversation
sources           from what a model named to the bytes of a document
limits            what one call may cost
results           what a call gives back
quoting           text of documents, marked as such
page_choice       which of the asked pages one call reads, and which are left
reading_pages     read_document
finding           find_in_document
questions         ask_page, ask_image, compare_images
extracting        extract_fields; schema_limits what a schema of a model may be
page_pictures     page_image; page_rendering one page as the model sees it
time_limit        bounds the time of a call
"""

from nemotron_vl_integrations.tools.arguments import describe_mistakes
from nemotron_vl_integrations.tools.calls import CallContext, ToolProgress
from nemotron_vl_integrations.tools.definitions import TOOLS, AnyTool, select_tools
from nemotron_vl_integrations.tools.limits import ToolLimits
from nemotron_vl_integrations.tools.results import ToolImage, ToolResult
from nemotron_vl_integrations.tools.workspace import Workspace

__all__ = [
    "TOOLS",
    "AnyTool",
    "CallContext",
    "ToolImage",
    "ToolLimits",
    "ToolProgress",
    "ToolResult",
    "Workspace",
    "describe_mistakes",
    "select_tools",
]
