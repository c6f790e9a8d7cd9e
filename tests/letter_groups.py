"""An embedding that needs no download: texts are alike that share groups of three letters."""

import hashlib
import math

from llama_index.core.embeddings import BaseEmbedding
from typing_extensions import override

_SIZE = 1024


class LetterGroups(BaseEmbedding):
    """Counts the groups of three letters of a text."""

    @override
    def _get_text_embedding(self, text: str) -> list[float]:
        letters = " ".join(text.lower().split())
        counts = [0.0] * _SIZE
        for group in (letters[start : start + 3] for start in range(len(letters) - 2)):
            counts[int.from_bytes(hashlib.blake2b(group.encode(), digest_size=2).digest()) % _SIZE] += 1
        length = math.sqrt(sum(count * count for count in counts)) or 1.0
        return [count / length for count in counts]

    @override
    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    @override
    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)
