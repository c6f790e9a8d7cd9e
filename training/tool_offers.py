"""The tools that a conversation offers: random ones, ones of daily life, and those that people try first."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nemotron_vl_integrations.messages import ToolCall, ToolSpec
from training.known_tools import KNOWN, ask_known
from training.natural_tools import ask_naturally, draw_natural_tool
from training.tool_requests import ToolRequests
from training.tools import ToolMaker

MOST_TOOLS = 8
NATURAL_SHARE = 0.3
KNOWN_SHARE = 0.06
CHARACTERS_PER_TOKEN = 1.75
LONG_ROOM = 2000
"""Tokens of the conversations that have room for eight tools."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool, and how it is asked for.

    Attributes:
        spec: The tool as the model sees it.
        ask: Draws a message that asks for it, and the call that is meant.
        results: What it gives back, with a place for a number; none for a tool that may give back anything.
    """

    spec: ToolSpec
    ask: Callable[[], tuple[str, ToolCall]]
    results: tuple[str, ...] = ()


class ToolOffers:
    """Draws the tools of conversations.

    Args:
        maker: Where random tools come from.
    """

    def __init__(self, maker: ToolMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._requests = ToolRequests(maker)

    def draw(self, room: int, count: int | None = None) -> list[Offer]:
        """Draw one to eight tools whose schemas fit into `room` tokens, or `count` of them."""
        rng = self._rng
        wanted = count or rng.randrange(1, MOST_TOOLS + 1)
        left = (room * CHARACTERS_PER_TOKEN - 400) * (1.0 if count else rng.uniform(0.3, 1.0))
        offers: dict[str, Offer] = {}
        for offer in self._candidates(wanted):
            size = spec_size(offer.spec)
            if count or size < left:
                offers.setdefault(offer.spec.name, offer)
                left -= size
        if not offers:
            small = min(self._candidates(4), key=lambda offer: spec_size(offer.spec))
            offers[small.spec.name] = small
        drawn = list(offers.values())
        rng.shuffle(drawn)
        return drawn

    def _candidates(self, count: int) -> list[Offer]:
        """Tools of all sorts; the random ones among them resemble each other."""
        kinds = [self._rng.random() for _ in range(count)]
        natural = sum(kind < NATURAL_SHARE for kind in kinds)
        known = sum(NATURAL_SHARE <= kind < NATURAL_SHARE + KNOWN_SHARE for kind in kinds)
        offers = [self._natural() for _ in range(natural)] + [self._known() for _ in range(known)]
        for tool in self._maker.tools(count - natural - known):
            offers.append(Offer(tool.spec, partial(self._requests.draw, tool)))
        self._rng.shuffle(offers)
        return offers

    def _natural(self) -> Offer:
        tool = draw_natural_tool(self._rng)
        return Offer(tool.spec, partial(ask_naturally, self._maker, tool))

    def _known(self) -> Offer:
        spec, (questions, results) = self._rng.choice(KNOWN)
        return Offer(spec, partial(ask_known, self._maker, spec, questions), results)


def spec_size(spec: ToolSpec) -> int:
    """Characters of a tool in the prompt."""
    return len(json.dumps(spec.parameters)) + len(spec.name) + len(spec.description) + 50
