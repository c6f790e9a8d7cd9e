"""One page of the report: its picture, its text, and how it was read."""

import base64
from collections.abc import Iterator

from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.report.escaping import escape_name, escape_text


def render_card(page: PageResult, thumbnail: bytes | None) -> str:
    """Return the HTML of a page; nothing of a document or a name stands anywhere but between tags.

    Args:
        page: What came of it.
        thumbnail: JPEG file of it.
    """
    label = "" if page.page_label == str(page.page) else f" ({escape_name(page.page_label)})"
    reason = f'<p class="reason" dir="auto">{escape_name(page.reason)}</p>\n' if page.reason else ""
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in _list_facts(page))
    text = (
        f'<div class="text" dir="auto">{escape_text(page.text)}</div>'
        if page.text
        else '<p class="none">No text.</p>'
    )
    return (
        f'<article class="page {page.status}">\n{_render_picture(page, thumbnail)}\n'
        f'<header><span class="status">{page.status.replace("_", " ")}</span>'
        f"<h2><bdi>{escape_name(page.source)}</bdi>, page {page.page}{label}</h2></header>\n"
        f"{reason}<dl>{facts}</dl>\n{text}\n</article>\n"
    )


def _render_picture(page: PageResult, thumbnail: bytes | None) -> str:
    if thumbnail is not None:
        data = base64.b64encode(thumbnail).decode("ascii")
        return f'<figure><img alt="Page {page.page} with its tiles" src="data:image/jpeg;base64,{data}"></figure>'
    if page.grid is None:
        why = "No picture: the page could not be rendered."
    elif page.from_ledger:
        why = "No picture: the result comes from the ledger, and no picture of the page was kept."
    else:
        why = "No picture."
    return f'<figure class="empty"><figcaption>{why}</figcaption></figure>'


def _list_facts(page: PageResult) -> Iterator[tuple[str, str]]:
    if page.confidence is not None:
        number = f"{page.confidence:.3f}"
        yield "confidence", f'<meter min="0" max="1" value="{number}"></meter> {number}'
    yield "attempts", f"{page.attempts:,}"
    yield "seconds", f"{page.seconds:,.1f}"
    yield "tokens", f"{page.prompt_tokens:,} + {page.completion_tokens:,}"
    if page.grid is not None:
        yield "tiles", f"{page.grid.columns} \u00d7 {page.grid.rows}"
    if page.rotation:
        yield "turned", f"{page.rotation}\u00b0"
    if page.repetition >= 0.005:
        yield "repeats", f"{page.repetition:.0%}"
    if page.from_ledger:
        yield "from", "the ledger"
