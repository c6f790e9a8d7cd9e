"""Reading one tool call character by character, as it arrives.

Models write `{"name": "f", "arguments": {"x": 1}}`, and now and then leave out the last brace, turn the
keys round, or hand in the arguments as a string. The reader follows the JSON just closely enough to know
where strings, values and the call end, passes the raw text of the arguments on at once, and judges the call
when it is complete. A call that cannot be carried out becomes an `InvalidToolCall` with the reason.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import assert_never, cast

from nemotron_vl_integrations.messages import InvalidToolCall, ToolCallDelta, ToolSpec
from nemotron_vl_integrations.reply_parsing.tool_arguments import (
    ArgumentsError,
    check_arguments,
    parse_arguments,
)

MAX_CALLS = 64
MAX_CALL_CHARACTERS = 1_000_000
_MAX_DEPTH = 64
_WHITE_SPACE = frozenset(" \t\r\n")
_BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CLOSING = {"{": "}", "[": "]"}
_ARGUMENT_KEYS = frozenset(("arguments", "parameters"))


class CallIds:
    """Ids of the calls of one reply: nine letters and digits, the form that Mistral's models use.

    The first seven are drawn once a reply, at its first call, the last two count.
    """

    __slots__ = ("_count", "_reply")

    def __init__(self) -> None:
        self._reply = ""
        self._count = 0

    @property
    def count(self) -> int:
        """How many ids have been given out."""
        return self._count

    def next(self) -> str:
        """Gives out the next id."""
        if not self._reply:
            self._reply = "".join(secrets.choice(_BASE_62) for _ in range(7))
        high, low = divmod(self._count, 62)
        self._count += 1
        return f"{self._reply}{_BASE_62[high % 62]}{_BASE_62[low]}"


class _Step(Enum):
    """What a character did to the value that is being read."""

    INSIDE = auto()
    LAST = auto()
    BEHIND = auto()
    WRONG = auto()


@dataclass(slots=True)
class _Value:
    """One JSON value, followed up to its end."""

    characters: list[str] = field(default_factory=list[str])
    in_string: bool = False
    _escaped: bool = False
    _open: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        return "".join(self.characters)

    def push(self, character: str) -> _Step:
        if not self.in_string and self.characters and not self._open and character in ' \t\r\n,:"{}[]':
            return _Step.BEHIND
        self.characters.append(character)
        if self.in_string:
            return self._push_in_string(character)
        match character:
            case '"':
                self.in_string = True
            case "{" | "[":
                self._open.append(character)
                if len(self._open) > _MAX_DEPTH:
                    return _Step.WRONG
            case "}" | "]":
                if not self._open or _CLOSING[self._open.pop()] != character:
                    return _Step.WRONG
                return _Step.INSIDE if self._open else _Step.LAST
            case _:
                pass
        return _Step.INSIDE

    def _push_in_string(self, character: str) -> _Step:
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        elif character == '"':
            self.in_string = False
            return _Step.INSIDE if self._open else _Step.LAST
        return _Step.INSIDE


class _Place(Enum):
    """Where in a call object the next character stands."""

    KEY = auto()
    IN_KEY = auto()
    COLON = auto()
    VALUE = auto()
    IN_VALUE = auto()
    AFTER = auto()
    BROKEN = auto()


class CallEnd(Enum):
    """What a character did to a call object."""

    OPEN = auto()
    CLOSED = auto()
    CLOSED_BEFORE = auto()
    """The object lacks its brace; the character belongs to what follows."""


@dataclass(slots=True)
class CallReader:
    """Reads one call object, from the character behind its opening brace."""

    tools: Mapping[str, ToolSpec]
    id: str
    index: int
    is_over_limit: bool = False
    raw: list[str] = field(default_factory=lambda: ["{"])
    _place: _Place = _Place.KEY
    _reason: str = ""
    _key: str = ""
    _value: _Value = field(default_factory=_Value)
    _name: str | None = None
    _arguments: _Value | None = None
    _fields: int = 0
    _announced: bool = False
    _sent: int = 0

    def __post_init__(self) -> None:
        """Lets a call past the limit take in its text and come out as invalid."""
        if self.is_over_limit:
            self._break(f"a reply holds at most {MAX_CALLS} calls")

    @property
    def in_string(self) -> bool:
        """Whether an end tag at this place is part of a JSON string."""
        return self._place in (_Place.IN_KEY, _Place.IN_VALUE) and self._value.in_string

    @property
    def announced(self) -> bool:
        """Whether its name has been handed out, which uses up its index."""
        return self._announced

    def push(self, character: str) -> CallEnd:
        """Reads one character."""
        end = self._push(character)
        if end is not CallEnd.CLOSED_BEFORE:
            self.raw.append(character)
            if len(self.raw) > MAX_CALL_CHARACTERS and self._place is not _Place.BROKEN:
                self._break(f"the call is longer than {MAX_CALL_CHARACTERS} characters")
        return end

    def take_fragments(self) -> list[ToolCallDelta]:
        """Hands out what is new: the name once it is whole, then the raw text of the arguments."""
        fragments: list[ToolCallDelta] = []
        if self._name is None or self._name not in self.tools:
            return fragments
        if not self._announced:
            self._announced = True
            fragments.append(ToolCallDelta(self.index, id=self.id, name=self._name))
        if self._arguments is not None and self._arguments.characters[:1] == ["{"]:
            new = self._arguments.characters[self._sent :]
            self._sent += len(new)
            if new:
                fragments.append(ToolCallDelta(self.index, arguments="".join(new)))
        return fragments

    def finish(self, *, closed: bool) -> ToolCallDelta | InvalidToolCall | None:
        """Judges the call once nothing more belongs to it.

        Args:
            closed: Whether its brace has been read; without it only whole arguments are taken.

        Returns:
            A last fragment, the reason why the call is invalid, or None when all has been handed out.
        """
        try:
            text = self._judge(closed=closed)
        except ArgumentsError as exc:
            return InvalidToolCall(self.id, self._name or "", self._written(), str(exc))
        return ToolCallDelta(self.index, arguments=text) if self._sent == 0 else None

    def split_at_end_tag(self, tag: str) -> str:
        """Takes back what stands behind an end tag that an open string has swallowed."""
        _, found, behind = "".join(self.raw).partition(tag)
        if found:
            del self.raw[-len(tag + behind) :]
        return behind

    def _written(self) -> str:
        """The arguments if they are whole, else all that was written of the call."""
        if self._arguments is None or self._reason or self._place not in (_Place.KEY, _Place.AFTER):
            return "".join(self.raw)
        return self._arguments.text

    def _judge(self, *, closed: bool) -> str:
        if self._reason:
            raise ArgumentsError(self._reason)
        if self._name is None:
            raise ArgumentsError("the call has no name")
        if (tool := self.tools.get(self._name)) is None:
            known = ", ".join(self.tools)
            raise ArgumentsError(f"there is no tool {self._name!r}; the tools are: {known}")
        if self._place in (_Place.IN_KEY, _Place.COLON, _Place.VALUE, _Place.IN_VALUE):
            raise ArgumentsError("the call ends before it is complete")
        if self._arguments is None and not closed:
            raise ArgumentsError("the call ends before its arguments")
        text = "{}" if self._arguments is None else self._arguments.text
        if text.startswith('"'):
            text = _unquote(text)
        check_arguments(parse_arguments(text), tool.parameters)
        return text

    def _push(self, character: str) -> CallEnd:
        match self._place:
            case _Place.KEY:
                return self._push_at_key(character)
            case _Place.IN_KEY | _Place.IN_VALUE:
                return self._push_in_value(character)
            case _Place.COLON:
                if character == ":":
                    self._place = _Place.VALUE
                elif character not in _WHITE_SPACE:
                    self._break(f"a colon is missing behind the key {self._key!r}")
            case _Place.VALUE:
                self._push_at_value(character)
            case _Place.AFTER:
                return self._push_after_value(character)
            case _Place.BROKEN:
                pass
            case _:
                assert_never(self._place)
        return CallEnd.OPEN

    def _push_at_key(self, character: str) -> CallEnd:
        match character:
            case '"':
                self._place = _Place.IN_KEY
                self._value = _Value()
                _ = self._value.push(character)
            case "}":
                return CallEnd.CLOSED
            case "{" if self._fields == 0:
                # NVIDIA's text model writes its calls in doubled braces.
                pass
            case "]" | "{":
                return CallEnd.CLOSED_BEFORE
            case " " | "\t" | "\r" | "\n" | ",":
                pass
            case _:
                self._break(f"{character!r} stands where a key should")
        return CallEnd.OPEN

    def _push_at_value(self, character: str) -> None:
        if character in _WHITE_SPACE:
            return
        if character in ",:}]":
            self._break(f"the value of the key {self._key!r} is missing")
            return
        self._place = _Place.IN_VALUE
        self._value = _Value()
        if self._key in _ARGUMENT_KEYS:
            if self._arguments is None:
                self._arguments = self._value
            else:
                self._reason = "the call has arguments twice"
        _ = self._value.push(character)

    def _push_in_value(self, character: str) -> CallEnd:
        match self._value.push(character):
            case _Step.INSIDE:
                return CallEnd.OPEN
            case _Step.WRONG:
                self._break(f"{character!r} closes nothing, or the nesting is deeper than {_MAX_DEPTH}")
                return CallEnd.OPEN
            case _Step.LAST:
                self._take_value()
                return CallEnd.OPEN
            case _Step.BEHIND:
                self._take_value()
                return self._push(character)

    def _take_value(self) -> None:
        if self._place is _Place.IN_KEY:
            self._key = _string(self._value.text) or ""
            self._place = _Place.COLON
            return
        self._place = _Place.AFTER
        self._fields += 1
        if self._key == "name":
            name = _string(self._value.text)
            if name is None or self._name is not None:
                self._reason = "the name of the call is not one string"
            else:
                self._name = name

    def _push_after_value(self, character: str) -> CallEnd:
        match character:
            case ",":
                self._place = _Place.KEY
            case "}":
                return CallEnd.CLOSED
            case "]":
                return CallEnd.CLOSED_BEFORE
            case " " | "\t" | "\r" | "\n":
                pass
            case _:
                self._break(f"{character!r} stands behind the value of the key {self._key!r}")
        return CallEnd.OPEN

    def _break(self, reason: str) -> None:
        self._place = _Place.BROKEN
        self._reason = reason


def _string(text: str) -> str | None:
    try:
        value = cast("object", json.loads(text))
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _unquote(text: str) -> str:
    inner = _string(text)
    if inner is None:
        raise ArgumentsError("the arguments are a string that is not valid JSON")
    return inner.strip()
