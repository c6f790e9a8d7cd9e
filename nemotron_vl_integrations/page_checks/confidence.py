"""How sure the model was of what it wrote, in one number between 0 and 1."""

import math
import re
from collections.abc import Iterable

from nemotron_vl_integrations.messages import TokenLogprob

_CONTROL = re.compile(r"<SPECIAL_\d+>|</?s>|<unk>|")


def measure_confidence(tokens: Iterable[TokenLogprob]) -> float | None:
    """Return the geometric mean probability of the tokens, or None if there are none.

    That is `exp(mean(logprob))`, the inverse of the perplexity, so it does not fall with the length of the text.
    Control tokens such as `<SPECIAL_12>`, which ends a reply, and tokens without text are left out: a sure stop says
    nothing about the words before it.

    Args:
        tokens: The reply's tokens, from `Sampling(logprobs=0)`.

    Returns:
        A share from 0 to 1. It compares pages of one model; it is no promise of so many right characters.

    Examples:
        >>> measure_confidence([TokenLogprob("a", math.log(0.5)), TokenLogprob("b", math.log(0.5))])
        0.5
        >>> measure_confidence([]) is None
        True
    """
    logprobs = [token.logprob for token in tokens if not _CONTROL.fullmatch(token.token)]
    if not logprobs:
        return None
    # A logprob is at most 0; rounding in the engine's kernels can lift one a little above it.
    return min(1.0, math.exp(math.fsum(logprobs) / len(logprobs)))
