"""ask_page, ask_image and compare_images: questions about what can be seen."""

from collections.abc import Sequence

from nemotron_vl_integrations.asking import Answer, aask_image
from nemotron_vl_integrations.config import IMAGES_PER_PROMPT
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.pages import PageImage
from nemotron_vl_integrations.tools.arguments import (
    AskImageArguments,
    AskPageArguments,
    CompareImagesArguments,
)
from nemotron_vl_integrations.tools.calls import CallContext, ToolProgress
from nemotron_vl_integrations.tools.page_rendering import render_image, render_page
from nemotron_vl_integrations.tools.quoting import NOTICE, name_source, quote
from nemotron_vl_integrations.tools.results import ToolResult
from nemotron_vl_integrations.tools.sources import open_source, split_page
from nemotron_vl_integrations.tools.time_limit import time_limit
from nemotron_vl_integrations.tools.workspace import Workspace

_REMARKS = {
    "stop": "",
    "length": "The answer was cut by its limit of tokens.",
    "repetition": "The model repeated itself and was stopped; do not trust the end of the answer.",
    "abort": "The answer was stopped before its end.",
}


async def ask_page(workspace: Workspace, arguments: AskPageArguments, context: CallContext) -> ToolResult:
    """Answer a question about a page.

    Raises:
        InputError: The page cannot be shown.
        RequestTimeoutError: No answer in time.
        EngineError: The engine does not start, or died.
    """
    async with time_limit(workspace):
        source = await open_source(arguments.source, workspace, context)
        image = await render_page(source, arguments.page, workspace)
        answer = await _ask([image], arguments.question, workspace, context)
    name = f"page {arguments.page} of {name_source(source.name)}"
    return _tell(name, answer, {"source": source.name, "pages": [arguments.page]})


async def ask_image(workspace: Workspace, arguments: AskImageArguments, context: CallContext) -> ToolResult:
    """Answer a question about an image.

    Raises:
        InputError: The image cannot be shown.
        RequestTimeoutError: No answer in time.
        EngineError: The engine does not start, or died.
    """
    async with time_limit(workspace):
        name, image = await _open(arguments.image, workspace, context)
        answer = await _ask([image], arguments.question, workspace, context)
    return _tell(name_source(name), answer, {"source": name, "pages": [image.page]})


async def compare_images(
    workspace: Workspace, arguments: CompareImagesArguments, context: CallContext
) -> ToolResult:
    """Answer a question about several images side by side.

    Raises:
        InputError: One of the images cannot be shown.
        RequestTimeoutError: No answer in time.
        EngineError: The engine does not start, or died.
    """
    async with time_limit(workspace):
        opened = [await _open(image, workspace, context) for image in arguments.images]
        answer = await _ask([image for _, image in opened], arguments.question, workspace, context)
    names = ", ".join(
        f"image {number} {name_source(name)}" for number, (name, _) in enumerate(opened, start=1)
    )
    data: dict[str, JSON] = {
        "sources": [name for name, _ in opened],
        "pages": [image.page for _, image in opened],
    }
    return _tell(names, answer, data)


async def _open(named: str, workspace: Workspace, context: CallContext) -> tuple[str, PageImage]:
    name, page = split_page(named)
    source = await open_source(name, workspace, context)
    image = await render_image(source, page, workspace)
    return (source.name if page is None else f"{source.name}#page={page}"), image


async def _ask(
    images: Sequence[PageImage], question: str, workspace: Workspace, context: CallContext
) -> Answer:
    await context.report(ToolProgress(0, 1, "looking"))
    engine = workspace.engine
    answer = await aask_image(
        images,
        question,
        layout=workspace.layout,
        max_tiles=workspace.max_tiles,
        max_images=max(engine.config.max_images, min(len(images), IMAGES_PER_PROMPT)),
        max_tokens=workspace.limits.answer_tokens,
        timeout=workspace.limits.seconds,
        engine=engine,
    )
    await context.report(ToolProgress(1, 1, "answered"))
    return answer


def _tell(about: str, answer: Answer, data: dict[str, JSON]) -> ToolResult:
    remark = _REMARKS[answer.finish_reason] if answer.text else "The answer is empty; ask in other words."
    opening = f"Answer about {about}. {NOTICE}"
    return ToolResult(
        text="\n\n".join(filter(None, (opening, quote("answer", answer.text, {}), remark))),
        data={
            **data,
            "answer": answer.text,
            "finish_reason": answer.finish_reason,
            "confidence": answer.confidence,
            "model": answer.model,
        },
    )
