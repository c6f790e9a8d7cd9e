"""find_in_document: the pages on which words stand, read now where they were not read before."""

import asyncio
from collections import defaultdict
from contextlib import aclosing

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger import Ledger, SearchHit, hash_document
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.tools.arguments import FindInDocumentArguments
from nemotron_vl_integrations.tools.calls import CallContext
from nemotron_vl_integrations.tools.page_choice import advise, choose_pages
from nemotron_vl_integrations.tools.quoting import NOTICE, name_pages, name_source, quote, say_pages
from nemotron_vl_integrations.tools.reading_pages import read_in_time
from nemotron_vl_integrations.tools.results import ToolResult
from nemotron_vl_integrations.tools.sources import OpenedSource, open_source
from nemotron_vl_integrations.tools.workspace import Workspace

_MOST_HITS = 10_000


async def find_in_document(
    workspace: Workspace, arguments: FindInDocumentArguments, context: CallContext
) -> ToolResult:
    """Return the pages on which all words stand, the best first; else those on which most of them do.

    Pages that the ledger does not have are read first, as many as one call may read.

    Raises:
        InputError: The document or the pages cannot be read, or the query holds no word.
        RequestTimeoutError: Not one page was read in time.
        EngineError: The engine does not start, or died.
    """
    _check_query(arguments.query)
    source = await open_source(arguments.source, workspace, context)
    choice = await choose_pages(source, arguments.pages, workspace)
    searched = await _read_unread(source, choice.asked, workspace, context)
    ledger = await workspace.open_ledger()
    digest = await asyncio.to_thread(hash_document, source.content)
    hits, whole = await asyncio.to_thread(_search, ledger, digest, arguments.query, searched)
    left = choice.asked[len(searched) :]
    shown = hits[: workspace.limits.max_hits]
    pages = [quote("page", hit.mark(), {"source": source.name, "number": hit.page}) for hit in shown]
    opening = _tell(arguments.query, source, searched, hits, whole=whole)
    return ToolResult(
        text="\n\n".join(filter(None, (opening, *pages, advise(left, "find_in_document")))),
        data={
            "source": source.name,
            "page_count": choice.page_count,
            "searched": [*searched],
            "hits": [_describe(hit) for hit in shown],
            "left": name_pages(left),
        },
    )


def _check_query(query: str) -> None:
    # Before pages are read for it.
    if not any(letter.isalnum() for letter in query):
        raise InvalidRequestError(
            f"The query {show(query)} holds no word.", hint="Give a few words that are printed on the page."
        )


async def _read_unread(
    source: OpenedSource, asked: tuple[int, ...], workspace: Workspace, context: CallContext
) -> tuple[int, ...]:
    """Read the pages in their order until so many were new that one call may not read more."""
    searched: list[int] = []
    unread = workspace.limits.max_pages
    async with aclosing(read_in_time(source, asked, "text", workspace, context)) as results:
        async for page in results:
            searched.append(page.page)
            unread -= not page.from_ledger
            if not unread:
                break
    return tuple(searched)


def _search(
    ledger: Ledger, digest: str, query: str, searched: tuple[int, ...]
) -> tuple[list[SearchHit], bool]:
    """The hits, the best first, and whether all words stand on each of the pages."""

    def find(words: str) -> dict[int, SearchHit]:
        hits = ledger.search(words, _MOST_HITS, file_sha256=digest)
        # A page that was read in several modes is one page; the best hit comes first.
        return {hit.page: hit for hit in reversed(hits) if hit.page in searched}

    whole = find(query)
    if whole:
        return sorted(whole.values(), key=lambda hit: hit.rank), True
    # What was read may have a wrong letter in one of the words.
    found: defaultdict[int, list[SearchHit]] = defaultdict(list)
    for word in dict.fromkeys(query.split()):
        for page, hit in find(word).items():
            found[page].append(hit)
    best = sorted(found, key=lambda page: (-len(found[page]), page))
    return [found[page][0] for page in best], False


def _tell(
    query: str, source: OpenedSource, searched: tuple[int, ...], hits: list[SearchHit], *, whole: bool
) -> str:
    words, place = name_source(query), f"{say_pages(searched)} of {name_source(source.name)}"
    if not hits:
        return f"{words} is not on {place}. Try other words, or one word."
    found = say_pages([hit.page for hit in hits])
    if whole:
        return f"{words} on {place}: found on {found}, in [brackets]. {NOTICE}"
    return f"Of {place} none holds all of {words}; some of the words, in [brackets], are on {found}. {NOTICE}"


def _describe(hit: SearchHit) -> JSON:
    return {"page": hit.page, "snippet": hit.snippet, "matches": hit.to_json()["matches"]}
