"""Memories for agents: LlamaIndex's own, with this model's tokens and the room that its images take."""

from collections.abc import Callable

from llama_index.core.memory import Memory

from nemotron_vl_integrations.tiling import Grid


def make_memory(
    tokenizer: Callable[[str], list[int]], *, token_limit: int, max_tiles: int, max_pages: int
) -> Memory:
    """Return a memory that drops its oldest messages before the prompt grows too long.

    LlamaIndex's memories count 256 tokens for an image, or none; here it counts as the largest that the settings allow,
    so that what fits the memory fits the context.

    Args:
        tokenizer: Turns a text into tokens.
        token_limit: Tokens that the memory holds.
        max_tiles: Most tiles of an image.
        max_pages: Most pages of a document.

    Examples:
        >>> make_memory(lambda text: [], token_limit=8000, max_tiles=12, max_pages=4).image_token_size_estimate
        3330
    """
    image_tokens = Grid(max_tiles, 1).token_count
    memory = Memory.from_defaults(  # pyright: ignore[reportUnknownMemberType] - a bare list in its types
        token_limit=token_limit,
        token_flush_size=max(1, token_limit // 10),
        tokenizer_fn=tokenizer,
        image_token_size_estimate=image_tokens,
    )
    memory.document_token_size_estimate = image_tokens * max_pages
    return memory
