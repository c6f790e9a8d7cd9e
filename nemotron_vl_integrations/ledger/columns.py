"""Texts and digests as columns."""

from nemotron_vl_integrations.errors import InvalidRequestError

_DIGEST_DIGITS = 64


def to_column(text: str) -> str | bytes:
    r"""Return a text as a column takes it.

    A file name may hold bytes that are no UTF-8, which Python shows as lone surrogates; SQLite's TEXT cannot.

    Examples:
        >>> to_column("Zoë.pdf"), to_column("\udce9.pdf")
        ('Zoë.pdf', b'\xed\xb3\xa9.pdf')
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def from_column(value: str | bytes) -> str:
    r"""Return the text that `to_column` was given.

    Examples:
        >>> from_column(to_column("\udce9.pdf"))
        '\udce9.pdf'
    """
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")


def decode_text(data: bytes) -> str:
    """Read TEXT as SQLite hands it over; bytes that damage has left there do not make a page unreadable."""
    return data.decode("utf-8", "replace")


def to_digest(digits: str) -> bytes:
    """Return a SHA-256 as 32 bytes.

    Raises:
        InvalidRequestError: It is not 64 hexadecimal digits.

    Examples:
        >>> len(to_digest("0f" * 32))
        32
    """
    try:
        digest = bytes.fromhex(digits)
    except ValueError:
        digest = b""
    if len(digest) * 2 != _DIGEST_DIGITS or len(digits) != _DIGEST_DIGITS:
        raise InvalidRequestError(
            f"{digits!r} is not a SHA-256.", hint=f"It has {_DIGEST_DIGITS} hexadecimal digits."
        )
    return digest
