"""Reading the inside of a `<TOOLCALL>` block: a list of calls, as models really write it."""

import re
from collections.abc import Mapping

from nemotron_vl_integrations.messages import InvalidToolCall, ToolCallDelta, ToolSpec
from nemotron_vl_integrations.reply_parsing.markers import BLOCK_END, BLOCK_START, ROLE_MARKER, is_undecided
from nemotron_vl_integrations.reply_parsing.tool_call_reader import MAX_CALLS, CallEnd, CallIds, CallReader

_TAG = re.compile(rf"(?P<end>{BLOCK_END})|{BLOCK_START}|{ROLE_MARKER}")
# What may stand between calls without a meaning of its own: separators, brackets, stray quotes.
_SEPARATORS = frozenset(" \t\r\n,[]}\"'")
_CONTENT = re.compile(r"\w")


class BlockScanner:
    """Reads one block, from behind its tag to its end, which may lack an end tag.

    Args:
        tools: The tools that may be called, by name.
        ids: Where the calls of this reply get their ids.
        next_index: Index of the first call that this block hands out.
    """

    __slots__ = (
        "_between",
        "_call",
        "_fragments",
        "_has_call",
        "_ids",
        "_invalid",
        "_is_closed",
        "_is_open",
        "_tools",
        "ended",
        "leftover",
        "next_index",
    )

    def __init__(self, tools: Mapping[str, ToolSpec], ids: CallIds, next_index: int) -> None:
        self.next_index = next_index
        self.ended = False
        self.leftover = ""
        self._tools = tools
        self._ids = ids
        self._call: CallReader | None = None
        self._between: list[str] = []
        self._has_call = self._is_open = self._is_closed = False
        self._fragments: list[ToolCallDelta] = []
        self._invalid: list[InvalidToolCall] = []

    def take_fragments(self) -> list[ToolCallDelta]:
        """Hands out fragments of calls that were not handed out before."""
        taken, self._fragments = self._fragments, []
        return taken

    def take_invalid(self) -> list[InvalidToolCall]:
        """Hands out invalid calls that were not handed out before."""
        taken, self._invalid = self._invalid, []
        return taken

    def scan(self, buffer: str, *, final: bool) -> int:
        """Reads as far as the text is certain; sets `ended` when the block is over.

        Args:
            buffer: Text from the place where the last scan stopped.
            final: Whether the reply ends here.

        Returns:
            How many characters have been read.
        """
        position = 0
        while position < len(buffer) and not self.ended:
            if buffer[position] == "<" and not (self._call and self._call.in_string):
                tag = _TAG.match(buffer, position)
                if tag:
                    self._close()
                    return tag.end() if tag["end"] else position
                if not final and is_undecided(buffer, position):
                    break
            position += self._push(buffer[position])
        if self._call:
            self._fragments += self._call.take_fragments()
        if final and not self.ended:
            if self._call and self._call.in_string:
                self.leftover = self._call.split_at_end_tag(BLOCK_END)
            self._close()
        return position

    def _push(self, character: str) -> bool:
        """Reads one character; False when it does not belong to what was open."""
        if self._call is None:
            return self._push_between(character)
        match self._call.push(character):
            case CallEnd.OPEN:
                return True
            case CallEnd.CLOSED:
                self._finish_call(self._call, closed=True)
                return True
            case CallEnd.CLOSED_BEFORE:
                self._finish_call(self._call, closed=False)
                return False

    def _push_between(self, character: str) -> bool:
        if character == "{":
            self._report_between()
            is_over_limit = self._ids.count >= MAX_CALLS
            self._call = CallReader(self._tools, self._ids.next(), self.next_index, is_over_limit)
            self._has_call = True
            return True
        is_over = self._is_closed or (self._has_call and not self._is_open)
        if is_over and character not in _SEPARATORS:
            # The end tag is missing and the answer goes on.
            self.leftover = re.split(r"[\],}\"']", "".join(self._between))[-1]
            self._between.clear()
            self.ended = True
            return False
        self._is_open = self._is_open or character == "["
        self._is_closed = self._is_closed or character == "]"
        self._between.append(character)
        return True

    def _close(self) -> None:
        self.ended = True
        if self._call:
            self._finish_call(self._call, closed=False)
        is_empty_list = self._is_open and self._is_closed
        if not self._report_between() and not self._has_call and not is_empty_list:
            self._refuse("".join(self._between), "the block holds no call")

    def _finish_call(self, call: CallReader, *, closed: bool) -> None:
        self._fragments += call.take_fragments()
        match call.finish(closed=closed):
            case ToolCallDelta() as fragment:
                self._fragments.append(fragment)
            case InvalidToolCall() as invalid:
                self._invalid.append(invalid)
            case None:
                pass
        self.next_index += call.announced
        self._call = None
        self._between.clear()

    def _report_between(self) -> bool:
        """Reports text that stands where a call should; returns whether there was any."""
        written = "".join(self._between)
        has_content = _CONTENT.search(written) is not None
        if has_content:
            self._refuse(written, "this text stands where a call should")
        return has_content

    def _refuse(self, written: str, reason: str) -> None:
        self._invalid.append(InvalidToolCall(self._ids.next(), "", written.strip(), reason))
        self._between.clear()
