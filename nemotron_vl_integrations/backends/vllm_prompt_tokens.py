"""Hands vLLM the tokens of a prompt that were counted before, so that it need not find them once more.

Both read the same `tokenizer.json`. What vLLM makes of it is up to its release and to transformers, so a text is turned
into tokens both ways at each start.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, cast

from vllm import TextPrompt, TokensPrompt
from vllm.renderers import BaseRenderer

from nemotron_vl_integrations.backends.base import Prompt

if TYPE_CHECKING:
    from vllm.inputs import EngineInput, TokensInput

Tokenize = Callable[[str], Sequence[int]]
"""Turns a text as it stands into the ids of its tokens."""

# What tokenizers treat each in a way of its own: control tokens, digits, apostrophes, white space, capitals, scripts,
# combining marks, characters of four bytes.
TRIAL: Final = (
    "<s><SPECIAL_10>System\nBe brief.\n\n<SPECIAL_11>User\n<image>\n It's 1,234.50 EUR: we'LL pay\u2026 12/03\t\t"
    "TOTALprice  x_1=(3);\r\n\n Zürich, cafe\u0301, \u6771\u4eac, Москва, \u0627\u0644\u0639, \U0001f600"
    "\u200b<\u200bimage>  \n<SPECIAL_11>Assistant\n<think></think>"
)


async def makes_the_same_tokens(renderer: BaseRenderer, tokenize: Tokenize) -> bool:
    """Whether vLLM turns a text into the tokens that `tokenize` finds.

    Args:
        renderer: Of the running engine.
        tokenize: Of its checkpoint, see `PromptRenderer.tokenize`.
    """
    rendered = await render_text(renderer, Prompt(text=TRIAL))
    return cast("TokensInput", rendered)["prompt_token_ids"] == list(tokenize(TRIAL))


async def render_text(renderer: BaseRenderer, prompt: Prompt) -> "EngineInput":
    """Return the text of a prompt as vLLM's engine takes it; an `<image>` in it is one token.

    Args:
        renderer: Of the running engine.
        prompt: With its tokens, or without; its images are left out.
    """
    if prompt.token_ids is None:
        (rendered,) = await renderer.render_cmpl_async([TextPrompt(prompt=prompt.text)])
    else:
        tokens = TokensPrompt(prompt_token_ids=list(prompt.token_ids), prompt=prompt.text)
        (rendered,) = await renderer.render_cmpl_async([tokens])
    return rendered
