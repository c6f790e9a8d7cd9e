"""read_document: the text of pages, as much of it as one answer takes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from nemotron_vl_integrations.errors import InputError, RequestTimeoutError
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.page_result import Mode, PageResult
from nemotron_vl_integrations.reading import ReadingOptions, aiter_pages
from nemotron_vl_integrations.tools.arguments import ReadDocumentArguments
from nemotron_vl_integrations.tools.calls import CallContext, ToolProgress
from nemotron_vl_integrations.tools.page_choice import advise, choose_pages
from nemotron_vl_integrations.tools.quoting import NOTICE, name_pages, name_source, quote, say_pages
from nemotron_vl_integrations.tools.results import ToolResult
from nemotron_vl_integrations.tools.sources import OpenedSource, blame, open_source
from nemotron_vl_integrations.tools.workspace import Workspace


async def read_document(
    workspace: Workspace, arguments: ReadDocumentArguments, context: CallContext
) -> ToolResult:
    """Return the text of pages, until the answer is full, the pages are too many, or the time is over.

    Raises:
        InputError: The document or the pages cannot be read, or the mode does not exist.
        RequestTimeoutError: Not one page was read in time.
        EngineError: The engine does not start, or died.
    """
    source = await open_source(arguments.source, workspace, context)
    choice = await choose_pages(source, arguments.pages, workspace)
    wanted = choice.asked[: workspace.limits.max_pages]
    pages: list[PageResult] = []
    room = workspace.limits.max_characters
    async with aclosing(read_in_time(source, wanted, arguments.mode, workspace, context)) as results:
        async for page in results:
            if pages and len(page.text) > room:
                break
            pages.append(page)
            room -= len(page.text)
    left = choice.asked[len(pages) :]
    numbers = [page.page for page in pages]
    opening = (
        f"{say_pages(numbers).capitalize()} of {choice.page_count} of {name_source(source.name)}. {NOTICE}"
    )
    shown = [_show(page, source, workspace.limits.max_characters) for page in pages]
    return ToolResult(
        text="\n\n".join(filter(None, (opening, *shown, advise(left, "read_document")))),
        data={
            "source": source.name,
            "page_count": choice.page_count,
            "pages": [_describe(page) for page in pages],
            "left": name_pages(left),
        },
    )


async def read_in_time(
    source: OpenedSource, wanted: tuple[int, ...], mode: Mode, workspace: Workspace, context: CallContext
) -> AsyncGenerator[PageResult, None]:
    """Yield pages as they are read, out of the ledger where it has them, and stop when the time is over.

    Raises:
        RequestTimeoutError: That was before the first page.
        InputError: The document cannot be read, or the mode does not exist.
    """
    seconds, done = workspace.limits.seconds, 0
    deadline = asyncio.get_running_loop().time() + seconds
    results = aiter_pages(
        source.content,
        wanted,
        mode=mode,
        layout=workspace.layout,
        max_tiles=workspace.max_tiles,
        passwords=workspace.passwords,
        name=source.name,
        ledger=await workspace.open_ledger(),
        options=ReadingOptions(limits=workspace.render_limits),
        engine=workspace.engine,
    )
    async with aclosing(results):
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    page = await anext(results, None)
            except TimeoutError as exc:
                if done:
                    return
                raise RequestTimeoutError(
                    f"{say_pages(wanted).capitalize()} of {name_source(source.name)} took longer than {seconds:g} s.",
                    hint="Ask for fewer pages.",
                ) from exc
            except InputError as exc:
                raise blame(source, exc) from exc
            if page is None:
                return
            done += 1
            await context.report(ToolProgress(done, len(wanted), f"page {page.page}: {page.status}"))
            yield page


def _show(page: PageResult, source: OpenedSource, most: int) -> str:
    text, facts = page.text, dict[str, str | int](source=source.name, number=page.page)
    if page.status in ("blank", "failed"):
        facts["status"] = page.status
    if page.status == "failed":
        text = f"{text}\n({page.reason})".strip()
    if len(text) > most:
        facts["cut"] = (
            f"after {most:,} of {len(text):,} characters; ask_page and find_in_document see the rest"
        )
        text = text[:most]
    return quote("page", text, facts)


def _describe(page: PageResult) -> JSON:
    facts = page.to_json()
    return {name: facts[name] for name in ("page", "page_label", "status", "text", "confidence", "model")}
