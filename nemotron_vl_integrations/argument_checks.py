"""Checks of single arguments; a refusal names the argument, its value and what would do."""

import re
import reprlib
from collections.abc import Sequence
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import cast, get_args

from nemotron_vl_integrations.errors import InvalidRequestError

_LONGEST_NUMBER_BITS = 256
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Shortened(reprlib.Repr):
    """Values in a few words, however large or broken they are."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 100
        self.maxlong = 80

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to write numbers of thousands of digits.
        if x.bit_length() > _LONGEST_NUMBER_BITS:
            return f"<a whole number of {x.bit_length()} bits>"
        return super().repr_int(x, level)


_shortened = _Shortened()


def show(value: object) -> str:
    """The value as a message shows it: its `repr`, shortened.

    Examples:
        >>> show("a" * 1000)[:12], len(show("a" * 1000)) < 110
        ("'aaaaaaaaaaa", True)
    """
    return _shortened.repr(value)


def wrong_type(name: str, value: object, wanted: str) -> InvalidRequestError:
    """The error for an argument of another type than `wanted`."""
    return InvalidRequestError(
        f"`{name}={show(value)}` is of type {type(value).__name__!r}.", hint=f"Give {wanted}."
    )


def out_of_range(name: str, value: object, wanted: str) -> InvalidRequestError:
    """The error for an argument of the right type whose value does not do."""
    return InvalidRequestError(f"`{name}={show(value)}` is out of range.", hint=f"Give {wanted}.")


def check_whole(name: str, value: object, low: int, high: int) -> int:
    """Return a whole number as an `int`; NumPy's are whole numbers too, booleans and 40.0 are not.

    Raises:
        InvalidRequestError: Another type, or below `low` or above `high`.

    Examples:
        >>> check_whole("max_tiles", 6, 1, 12)
        6
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise wrong_type(name, value, _describe_whole(low, high))
    number = int(value)
    if not low <= number <= high:
        raise out_of_range(name, value, _describe_whole(low, high))
    return number


def _describe_whole(low: int, high: int) -> str:
    return f"a whole number from {low:,} to {high:,}"


def check_number(
    name: str, value: object, low: float, high: float = float("inf"), *, with_low: bool = True
) -> float:
    """Return a number as a `float`; whole numbers will do, booleans and NaN will not.

    Args:
        name: What the message calls it.
        value: The argument.
        low: Its lower bound.
        high: Its upper bound, which is allowed.
        with_low: Whether the lower bound is allowed too.

    Raises:
        InvalidRequestError: Another type, or out of range.

    Examples:
        >>> check_number("temperature", 1, 0.0, 2.0)
        1.0
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise wrong_type(name, value, _describe_number(low, high, with_low))
    try:
        number = float(value)
    except OverflowError as exc:
        raise out_of_range(name, value, _describe_number(low, high, with_low)) from exc
    if not low <= number <= high or (number == low and not with_low):
        raise out_of_range(name, value, _describe_number(low, high, with_low))
    return number


def _describe_number(low: float, high: float, with_low: bool) -> str:
    start = f"from {low:g}" if with_low else f"above {low:g}"
    return f"a number {start}" + ("" if high == float("inf") else f" to {high:g}")


def check_flag(name: str, value: object) -> bool:
    """Return a boolean; `"no"` is none.

    Raises:
        InvalidRequestError: Another type.
    """
    if not isinstance(value, bool):
        raise wrong_type(name, value, "True or False")
    return value


def check_text(name: str, value: object, wanted: str = "a text") -> str:
    """Return a text.

    Raises:
        InvalidRequestError: Another type.
    """
    if not isinstance(value, str):
        raise wrong_type(name, value, wanted)
    return value


def check_enforceable_text(name: str, value: object) -> str:
    """Return a text that the engine can compare with what the model writes: not empty, and without half characters.

    Raises:
        InvalidRequestError: Another type, empty, or with a lone surrogate, which no model writes.
    """
    text = check_text(name, value)
    if not text:
        raise InvalidRequestError(f"`{name}` is empty.", hint="Give a text, or leave it out.")
    if holds_surrogates(text):
        raise InvalidRequestError(
            f"`{name}={show(text)}` holds half a character (a lone surrogate).",
            hint="No model writes one: decode the text it came from as UTF-8.",
        )
    # Without what a subclass brings along, such as an enumeration's own way of being written.
    return str.__str__(text)


def holds_surrogates(text: str) -> bool:
    r"""Whether halves of characters stand in a text, as `os.fsdecode` makes of names that are not UTF-8.

    Examples:
        >>> holds_surrogates("caf\udce9.pdf"), holds_surrogates("café.pdf")
        (True, False)
    """
    return not text.isascii() and _SURROGATE.search(text) is not None


def check_choice(name: str, value: object, choices: Sequence[str]) -> str:
    """Return one of the texts that are allowed.

    Raises:
        InvalidRequestError: Any other value.

    Examples:
        >>> check_choice("layout", "detail", ("reference", "detail"))
        'detail'
    """
    if not isinstance(value, str):
        raise wrong_type(name, value, " or ".join(map(repr, choices)))
    if value not in choices:
        raise InvalidRequestError(
            f"`{name}={show(value)}` does not exist.", hint=f"Give {' or '.join(map(repr, choices))}."
        )
    return value


def check_items(name: str, value: object, wanted: str) -> tuple[object, ...]:
    """Return the items of a tuple or a list; a text is none, though Python would take it for its letters.

    Args:
        name: What the message calls it.
        value: The argument.
        wanted: What it should be a tuple of.

    Raises:
        InvalidRequestError: Another type.
    """
    if not isinstance(value, tuple | list):
        raise wrong_type(name, value, f"a tuple of {wanted}")
    return tuple(cast("Sequence[object]", value))


def check_function(name: str, value: object, wanted: str) -> None:
    """Check that an optional argument can be called.

    Args:
        name: What the message calls it.
        value: The argument; None is none.
        wanted: What it should be.

    Raises:
        InvalidRequestError: It cannot be called at all.
    """
    if value is not None and not callable(value):
        raise wrong_type(name, value, f"{wanted}, or None")


def check_instance(name: str, value: object, wanted: type | UnionType) -> None:
    """Check the type of an argument.

    Raises:
        InvalidRequestError: Another type.

    Examples:
        >>> check_instance("name", None, str | None)
    """
    if not isinstance(value, wanted):
        described = wanted.__name__ if isinstance(wanted, type) else " or ".join(_names(wanted))
        raise wrong_type(name, value, described)


def _names(union: UnionType) -> list[str]:
    return ["None" if member is NoneType else member.__name__ for member in get_args(union)]
