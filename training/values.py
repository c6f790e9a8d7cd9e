"""Values of form fields as JSON writes them: numbers, dates, yes and no."""

import re

from training.word_lists import MONTHS

_AMOUNT = re.compile(r"[^\d-]{0,5}(?P<number>-?[\d.,]*\d)(?:\s?[%€$£]|\s[A-Z]{3})?")
_AMERICAN = re.compile(r"-?(?:[1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?")
_EUROPEAN = re.compile(r"-?(?:[1-9]\d{0,2}(?:\.\d{3})+|0|[1-9]\d*),\d{2}")
_THOUSANDS_OR_DECIMALS = re.compile(r"-?\d{1,3}\.\d{3}")
_YES_AND_NO = {"yes": "true", "no": "false", "true": "true", "false": "false"}

_MONTH_NAMES = {name[:3].lower(): number for number, name in enumerate(MONTHS, start=1)}
_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)")
_DOTTED = re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})")
_SLASHED = re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})")
_NAMED = (
    re.compile(r"(?P<n>[A-Z][a-z]{2,8})\.? (?P<d>\d{1,2}), (?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})\.?[ -](?P<n>[A-Z][a-z]{2,8})\.?[ -](?P<y>\d{4})"),
)


def as_number(value: str) -> tuple[str, list[int]] | None:
    """A printed number or amount as JSON, and which character of the value each of its signs is.

    Returns:
        None where the value is no number or may be read in two ways.

    Examples:
        >>> as_number("$1,234.50")
        ('1234.50', [1, 3, 4, 5, 6, 7, 8])
        >>> as_number("1.234"), as_number("0075")
        (None, None)
    """
    match = _AMOUNT.fullmatch(value)
    if not match or (value[0].isalpha() and " " not in value):
        return None
    number, start = match["number"], match.start("number")
    if value.startswith("-") and not number.startswith("-"):
        return None
    if _THOUSANDS_OR_DECIMALS.fullmatch(number):
        return None
    if _AMERICAN.fullmatch(number):
        dropped = ","
    elif _EUROPEAN.fullmatch(number):
        dropped = "."
    else:
        return None
    places = [place for place, sign in enumerate(number) if sign != dropped]
    written = "".join(number[place] for place in places).replace(",", ".")
    return written, [start + place for place in places]


def as_date(value: str) -> str | None:
    """A printed date in the form of ISO 8601, or None where it is none or may be read in two ways.

    Examples:
        >>> as_date("5 March 2024"), as_date("31.12.2023"), as_date("03/04/2024")
        ('2024-03-05', '2023-12-31', None)
    """
    for pattern in (_ISO, _DOTTED, _SLASHED, *_NAMED):
        if match := pattern.fullmatch(value):
            found = match.groupdict()
            month = int(found["m"]) if "m" in found else _MONTH_NAMES.get(found["n"][:3].lower(), 0)
            day = int(found["d"])
            if pattern is _SLASHED and day < 13:
                return None
            return f"{found['y']}-{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else None
    return None


def as_boolean(value: str) -> str | None:
    """Yes or no as JSON.

    Examples:
        >>> as_boolean("Yes"), as_boolean("maybe")
        ('true', None)
    """
    return _YES_AND_NO.get(value.lower())
