"""An embedding that needs no download: texts are alike whose longer words share groups of three letters."""

import hashlib
import math
import re

from llama_index.core.embeddings import BaseEmbedding
from typing_extensions import override


class LetterGroups(BaseEmbedding):
    """Counts groups of three letters in words of four letters and more."""

    @override
    def _get_text_embedding(self, text: str) -> list[float]:
        counts = [0.0] * 1024
        for word in re.findall(r"\w{4,}", text.lower()):
            for start in range(len(word) - 2):
                group = hashlib.blake2b(word[start : start + 3].encode(), digest_size=2).digest()
                counts[int.from_bytes(group) % len(counts)] += 1
        damped = [1 + math.log(count) if count else 0.0 for count in counts]
        length = math.sqrt(sum(value * value for value in damped)) or 1.0
        return [value / length for value in damped]

    @override
    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    @override
    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)
