"""Which of the asked pages one call takes, and which it leaves for another."""

from dataclasses import dataclass

from nemotron_vl_integrations.errors import InputError
from nemotron_vl_integrations.pages import ainspect_document
from nemotron_vl_integrations.pages.ranges import select_pages
from nemotron_vl_integrations.tools.quoting import name_pages
from nemotron_vl_integrations.tools.sources import OpenedSource, blame
from nemotron_vl_integrations.tools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PageChoice:
    """Pages of a document.

    Attributes:
        page_count: All that it has.
        asked: Those that were asked for, in that order.
    """

    page_count: int
    asked: tuple[int, ...]


async def choose_pages(source: OpenedSource, pages: str | None, workspace: Workspace) -> PageChoice:
    """Look how many pages a document has, and which of them are meant.

    Raises:
        InvalidRequestError: It cannot be opened, or has no such page.
    """
    try:
        info = await ainspect_document(
            source.content, passwords=workspace.passwords, limits=workspace.render_limits
        )
        return PageChoice(info.page_count, select_pages(pages, info.page_count))
    except InputError as exc:
        raise blame(source, exc) from exc


def advise(left: tuple[int, ...], tool: str) -> str:
    """Say which pages are left, and how to get at them.

    Examples:
        >>> advise((5, 6, 7), "read_document")
        'Pages 5-7 are left: call read_document again with pages="5-7".'
    """
    if not left:
        return ""
    named = name_pages(left)
    pages = f"Page {named} is" if len(left) == 1 else f"Pages {named} are"
    return f'{pages} left: call {tool} again with pages="{named}".'
