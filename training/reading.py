"""Reads a page with the training network: slow and plain, to compare with what vLLM reads."""

from dataclasses import dataclass

import torch
from PIL.Image import Image
from tokenizers import Tokenizer
from torch import Tensor

from nemotron_vl_integrations.errors import InputError
from training.conversations import END_OF_ANSWER
from training.model import Network
from training.shape import TOKENS_PER_TILE
from training.tiles import canvas_tiles

IMAGE = "<image>"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network wrote.

    Attributes:
        text: The answer.
        tokens: Its token ids, without the end of the answer.
        logprobs: Natural log probability of each token.
    """

    text: str
    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]


def embed_prompt(network: Network, tokenizer: Tokenizer, canvas: Image, prompt: str) -> Tensor:
    """Embed a prompt with its one image, (1, length, hidden).

    Raises:
        InputError: The prompt does not hold `<image>` exactly once, or the canvas is no grid of tiles.
    """
    if prompt.count(IMAGE) != 1:
        raise InputError(f"{prompt.count(IMAGE)} images in the prompt.", hint=f"Write {IMAGE} once.")
    tiles = canvas_tiles(canvas, network.shape)
    expanded = prompt.replace(IMAGE, f"<img>{IMAGE * TOKENS_PER_TILE * len(tiles)}</img>")
    tokens = torch.tensor(tokenizer.encode(expanded, add_special_tokens=False).ids)
    embedded = network.embed(tokens)
    pictures = network.project(network.see(tiles.to(embedded.dtype))).flatten(0, 1)
    embedded[tokens == tokenizer.token_to_id(IMAGE)] = pictures.to(embedded.dtype)
    return embedded.unsqueeze(0)


@torch.no_grad()
def greedy_read(
    network: Network, tokenizer: Tokenizer, canvas: Image, prompt: str, *, max_tokens: int = 512
) -> Reading:
    """Write the likeliest token until the answer ends.

    Nothing is cached between tokens, so use it for short answers on small canvases.

    Args:
        network: On the CPU.
        tokenizer: The checkpoint's.
        canvas: An exact grid of tiles, see `nemotron_vl_integrations.fit_to_grid`.
        prompt: The rendered chat template with one `<image>`.
        max_tokens: Most tokens to write.
    """
    sequence = embed_prompt(network, tokenizer, canvas, prompt)
    end = tokenizer.token_to_id(END_OF_ANSWER)
    tokens: list[int] = []
    logprobs: list[float] = []
    while len(tokens) < max_tokens:
        hidden, _ = network.run(sequence)
        chances = network.logits(hidden[0, -1]).log_softmax(-1)
        token = int(chances.argmax())
        if token == end:
            break
        tokens.append(token)
        logprobs.append(float(chances[token]))
        sequence = torch.cat([sequence, network.embed(torch.tensor([[token]]))], dim=1)
    return Reading(tokenizer.decode(tokens), tuple(tokens), tuple(logprobs))
