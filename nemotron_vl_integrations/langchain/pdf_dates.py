"""Dates of a PDF's information dictionary in the form that LangChain's loaders give them."""

import re
from datetime import datetime
from typing import Final

_DATE: Final = re.compile(
    r"(?:D:)?(?P<year>\d{4})(?P<month>\d\d)?(?P<day>\d\d)?(?P<hour>\d\d)?(?P<minute>\d\d)?(?P<second>\d\d)?"
    r"(?P<zone>Z|[+-]\d\d)?'?(?P<zone_minute>\d\d)?'?.*",
    re.ASCII,
)


def to_iso_date(text: str) -> str:
    """Return a PDF date in ISO 8601; a text that is no such date is returned as it is.

    PDF 1.7, section 7.9.4: all after the year may be left out.

    Examples:
        >>> to_iso_date("D:20260312094500+01'00'"), to_iso_date("D:2026"), to_iso_date("last spring")
        ('2026-03-12T09:45:00+01:00', '2026-01-01T00:00:00', 'last spring')
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return text
    part = match.groupdict()
    date = f"{part['year']}-{part['month'] or '01'}-{part['day'] or '01'}"
    time = f"{part['hour'] or '00'}:{part['minute'] or '00'}:{part['second'] or '00'}"
    zone = part["zone"] or ""
    offset = "+00:00" if zone == "Z" else f"{zone}:{part['zone_minute'] or '00'}" if zone else ""
    try:
        return datetime.fromisoformat(f"{date}T{time}{offset}").isoformat()
    except ValueError:
        return text
