"""LlamaIndex's LLM on a script, and files to show it."""

import io
from collections.abc import Sequence
from typing import Any

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptStep
from nemotron_vl_integrations.llama_index import NemotronVL
from tests.paged_script import draw_number, open_script


def open_llm(script: Sequence[ScriptStep], **fields: Any) -> tuple[NemotronVL, ScriptedBackend]:  # noqa: ANN401 - fields of the LLM
    backend = ScriptedBackend(script)
    return NemotronVL(engine=open_script(backend), **fields), backend


def write_png(number: int = 1) -> bytes:
    file = io.BytesIO()
    draw_number(number).save(file, "PNG")
    return file.getvalue()
