"""What one call of a tool may cost, whoever asked for it."""

from dataclasses import dataclass
from typing import Final

from nemotron_vl_integrations.argument_checks import check_number, check_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLimits:
    """Limits of one call. What they cut off is named in the answer, with the pages to ask for next.

    Attributes:
        max_pages: Most pages that one call reads.
        max_characters: Most characters of documents in one answer.
        max_bytes: Most bytes of one document.
        max_hits: Most pages that `find_in_document` shows.
        seconds: Longest time of one call, the start of the engine included. Pages that were read until then are given
            back, and the others can be asked for again.
        answer_tokens: Limit of an answer to a question, in tokens.

    Examples:
        >>> ToolLimits(max_pages=5).max_pages
        5
    """

    max_pages: int = 20
    max_characters: int = 20_000
    max_bytes: int = 128 * 1024 * 1024
    max_hits: int = 10
    seconds: float = 600.0
    answer_tokens: int = 1024

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            InvalidRequestError: One is of another type, or out of range.
        """
        check_whole("max_pages", self.max_pages, 1, 10_000)
        check_whole("max_characters", self.max_characters, 100, 10_000_000)
        check_whole("max_bytes", self.max_bytes, 1, 2**40)
        check_whole("max_hits", self.max_hits, 1, 1_000)
        check_number("seconds", self.seconds, 0.0, 86_400.0, with_low=False)
        check_whole("answer_tokens", self.answer_tokens, 1, 100_000)


DEFAULT_LIMITS: Final = ToolLimits()
