"""The agent tools over the Model Context Protocol; needs the extra `mcp`.

server          what is offered: tools, documents, and how a call is carried out
documents       the documents below the roots as resources
progress        progress notifications, which also keep a client waiting while the engine starts
stdio           over standard input and output
http            over HTTP; access says who may come
"""

from importlib.util import find_spec

from nemotron_vl_integrations.errors import MissingExtraError

# Asked for here, so that what is missing is said once and by name.
if find_spec("mcp") is None:
    raise MissingExtraError(
        "The Model Context Protocol is not installed.",
        hint='Run `pip install "nemotron-vl-integrations[mcp]"`.',
    )

from nemotron_vl_integrations.mcp_server.access import HttpAccess
from nemotron_vl_integrations.mcp_server.http import make_app, serve_http
from nemotron_vl_integrations.mcp_server.server import make_server
from nemotron_vl_integrations.mcp_server.stdio import serve_stdio

__all__ = ["HttpAccess", "make_app", "make_server", "serve_http", "serve_stdio"]
