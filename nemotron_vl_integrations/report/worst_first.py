"""Which page of a report comes first."""

from nemotron_vl_integrations.page_result import PageResult

Rank = tuple[int, float]


def rank_page(page: PageResult) -> Rank:
    """Return a key that sorts pages by how much they need a look, those that need it most first.

    Failed pages come first; then those that the model looked at and gave no text for; then the others by their
    confidence; last those that the model never saw.

    Examples:
        >>> lost = PageResult(source="a", page=1, page_label="1", status="failed", confidence=0.9)
        >>> sure = PageResult(source="a", page=2, page_label="2", status="read", confidence=0.9)
        >>> rank_page(lost) < rank_page(sure)
        True
    """
    if page.status == "failed":
        return 0, page.confidence or 0.0
    if page.confidence is not None:
        return 2, page.confidence
    return (1 if page.attempts else 3), 0.0
