"""What determines the result of a page: two readings with equal settings need only be done once."""

import hashlib
import json
from dataclasses import asdict, dataclass

from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.page_result import Mode

READING_RULES = 2
"""Version of the rules that turn a reply into a result; raised when the same reply would be judged differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """The settings of a page's first attempt, which are the key of its row.

    What later attempts changed (the tiles, the rotation) is part of the result.

    Attributes:
        mode: Form of the text.
        prompt: The reading prompt, word for word.
        layout: How pages are fitted to tiles.
        max_tiles: Most tiles of a page.
        max_tokens: Limit of a page's text.
        text_layer: Name of the policy for a document's own text.
        orientation: Name of the policy for pages that lie on their side.
        schema: JSON schema of the mode's output as text, in its own order of keys, which the model writes in; or None.
        model: Name of the checkpoint.
        revision: What tells two checkpoints of that name apart: a commit, or a fingerprint of the weights.
        rules: See `READING_RULES`.
    """

    mode: Mode
    prompt: str
    layout: Layout
    max_tiles: int
    max_tokens: int
    text_layer: str
    orientation: str
    schema: str | None = None
    model: str
    revision: str
    rules: int = READING_RULES

    def to_json(self) -> str:
        """Return the settings as one canonical line of JSON: equal settings give equal lines."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical line, as 64 hexadecimal digits.

        Examples:
            >>> settings = ReadingSettings(
            ...     mode="text", prompt="Read.", layout="reference", max_tiles=12, max_tokens=4096,
            ...     text_layer="auto", orientation="auto", model="demo", revision="1",
            ... )
            >>> settings.fingerprint[:8], len(settings.fingerprint)
            ('...', 64)
        """
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()
