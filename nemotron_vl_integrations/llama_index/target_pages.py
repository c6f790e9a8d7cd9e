"""LlamaParse's way to name pages, `target_pages="0,2-5"`: it counts from 0, everything else here counts from 1."""

import re
from typing import Final

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import PageRangeError

_PART: Final = re.compile(r"\s*([0-9]{1,9})\s*(?:-\s*([0-9]{1,9})\s*)?", re.ASCII)
_LONGEST: Final = 10_000


def convert_target_pages(target_pages: str) -> str:
    """Return the same pages counted from 1.

    Raises:
        PageRangeError: It is not of LlamaParse's form.

    Examples:
        >>> convert_target_pages("0,2-5")
        '1,3-6'
    """
    parts = [_PART.fullmatch(part) for part in target_pages[: _LONGEST + 1].split(",")]
    if len(target_pages) > _LONGEST or None in parts:
        raise PageRangeError(
            f"`target_pages={show(target_pages)}` cannot be read.",
            hint="Write for instance '0,2-5': LlamaParse counts pages from 0. `pages` counts from 1.",
        )
    return ",".join(
        "-".join(str(int(number) + 1) for number in part.groups() if number is not None)
        for part in parts
        if part is not None
    )
