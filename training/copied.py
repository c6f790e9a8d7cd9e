"""An answer in the making, that knows which of its characters stand on the page."""

import json
from collections.abc import Sequence

import numpy as np

from training.conversations import NOWHERE, Places


class Copied:
    """Text written by us and text copied from a page, one after the other."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._places: list[int] = []

    def write(self, text: str) -> "Copied":
        """Add text that stands nowhere."""
        self._written.append(text)
        self._places.extend([NOWHERE] * len(text))
        return self

    def copy(self, text: str, start: int) -> "Copied":
        """Add text that stands on the page from the character `start` on."""
        self._written.append(text)
        self._places.extend(range(start, start + len(text)))
        return self

    def pick(self, text: str, places: Sequence[int]) -> "Copied":
        """Add text whose characters stand at `places`."""
        self._written.append(text)
        self._places.extend(places)
        return self

    def quote(self, text: str, start: int) -> "Copied":
        """Add text that stands on the page as a JSON string."""
        quoted = json.dumps(text, ensure_ascii=False)
        if quoted[1:-1] != text:
            return self.write(quoted)
        return self.write('"').copy(text, start).write('"')

    @property
    def text(self) -> str:
        """All that was added."""
        return "".join(self._written)

    @property
    def places(self) -> Places:
        """Where each character stands on the page, -1 where nowhere."""
        return np.array(self._places, np.int32)
