"""Finds which way up the pages of a document are: by their pixels, and where these leave a doubt, by the model."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from nemotron_vl_integrations.errors import EngineDiedError, EngineError, InputError
from nemotron_vl_integrations.orientation import (
    QUESTION_TOKENS,
    ROTATIONS,
    DocumentVote,
    Rotation,
    RotationAnswer,
    choose_rotation,
    crops_for_question,
    propose_rotations,
)
from nemotron_vl_integrations.page_checks.confidence import measure_confidence
from nemotron_vl_integrations.reading.page_requests import FATAL, PageRequests

UNSURE = 0.85
"""Confidence below which a page is looked at again whose pixels did not say which way up it is."""


@dataclass(slots=True)
class Uprighter:
    """Decides for the pages of one document; pages that leave a doubt follow the majority of the others."""

    _vote: DocumentVote = field(default_factory=DocumentVote)

    async def propose(self, image: Image.Image) -> tuple[Rotation, ...]:
        """Return the turns that may bring a page upright, as far as its pixels tell; one if they are sure."""
        return await asyncio.to_thread(propose_rotations, image)

    async def decide(
        self, image: Image.Image, proposed: Sequence[Rotation], requests: PageRequests
    ) -> Rotation:
        """Choose a turn before the page is read.

        The model is only asked where the pixels speak against the page as it is: nearly all pages are upright, and a
        page of capitals or figures must not cost more than others.

        Raises:
            EngineError: The engine does not start, was closed, or died.
        """
        if proposed[0] == 0:
            return self._vote.settle(0) if len(proposed) == 1 else 0
        asked: tuple[Rotation, ...] = (0, *(turn for turn in proposed if turn))
        return self._vote.settle(await self.ask_model(image, requests, asked))

    async def ask_model(
        self, image: Image.Image, requests: PageRequests, rotations: Sequence[Rotation] = ROTATIONS
    ) -> Rotation | None:
        """Let the model read one tile of a page at each turn; None if it reads none clearly better than the others.

        Raises:
            EngineError: The engine does not start, was closed, or died.
        """
        crops = await asyncio.to_thread(crops_for_question, image, rotations)
        answers = await asyncio.gather(*(self._ask(turn, crop, requests) for turn, crop in crops.items()))
        return choose_rotation(answers)

    async def _ask(self, rotation: Rotation, crop: Image.Image, requests: PageRequests) -> RotationAnswer:
        try:
            reply = await requests.look(crop, max_tokens=QUESTION_TOKENS)
        except (EngineDiedError, *FATAL):
            raise
        except (EngineError, InputError):
            return RotationAnswer(rotation, "", None)
        confidence = measure_confidence(reply.logprobs)
        return RotationAnswer(rotation, reply.text, math.log(confidence) if confidence else None)
