"""The tokens of a prompt are found once and handed to vLLM, and they are those that vLLM itself would find."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vllm import RequestOutput, SamplingParams
from vllm.inputs import EngineInput, TextPrompt, TokensInput, TokensPrompt
from vllm.renderers import BaseRenderer
from vllm.v1.engine.async_llm import AsyncLLM

from benchmarks.prepare_pages import make_renderer
from nemotron_vl_integrations.backends.base import Prompt
from nemotron_vl_integrations.backends.vllm_prompt_tokens import TRIAL, makes_the_same_tokens, render_text
from nemotron_vl_integrations.backends.vllm_settings import choose_settings
from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.messages import (
    ImagePart,
    Message,
    Request,
    Sampling,
    TextPart,
    ToolChoice,
    ToolSpec,
)
from nemotron_vl_integrations.prompt import PromptRenderer
from tests.drawn_pages import draw_page
from tests.short_requests import HELLO

OURS = PromptRenderer(resolve_checkpoint(DEMO_MODEL).folder)
# Pieces that tokenizers treat each in a way of its own, in any order.
PIECES = [
    "<s>", "<SPECIAL_11>", "<image>", "</think>", "<\u200bimage>", " ", "\n", "\t", "'s", "12", "E", "é", "東", "😀",
]  # fmt: skip


@pytest.fixture(scope="module")
def vllms() -> BaseRenderer:
    """vLLM's renderer of prompts for the demo checkpoint, without an engine."""
    checkpoint = resolve_checkpoint(DEMO_MODEL)
    return make_renderer(checkpoint, choose_settings(EngineConfig(device="cpu"), checkpoint, gpu=None))


def find_tokens(renderer: BaseRenderer, prompt: Prompt) -> list[int]:
    return cast("TokensInput", asyncio.run(render_text(renderer, prompt)))["prompt_token_ids"]


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(min_size=1), st.lists(st.sampled_from(PIECES) | st.text(), min_size=1).map("".join)
    ).filter(bool)
)
def test_vllm_finds_the_tokens_that_are_handed_to_it(vllms: BaseRenderer, text: str) -> None:
    known = tuple(OURS.tokenize(text))
    assert find_tokens(vllms, Prompt(text=text)) == list(known)
    assert find_tokens(vllms, Prompt(text=text, token_ids=known)) == list(known)


def test_a_tokenizer_that_finds_other_tokens_is_found_out(vllms: BaseRenderer) -> None:
    assert asyncio.run(makes_the_same_tokens(vllms, OURS.tokenize))
    assert not asyncio.run(makes_the_same_tokens(vllms, lambda text: [1, *OURS.tokenize(text)]))
    assert not asyncio.run(makes_the_same_tokens(vllms, lambda text: OURS.tokenize(text.replace("\t", " "))))
    # Nothing in it stands for nothing.
    assert OURS.tokenize("<unk>")[0] not in OURS.tokenize(TRIAL)


@pytest.fixture
def sent(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[EngineInput]:
    """What vLLM's engine is asked from now on."""
    engine.start()
    generate, asked = AsyncLLM.generate, list[EngineInput]()

    def keep(
        llm: AsyncLLM, prompt: EngineInput, params: SamplingParams, request_id: str, *, priority: int
    ) -> AsyncGenerator[RequestOutput, None]:
        asked.append(prompt)
        return generate(llm, prompt, params, request_id, priority=priority)

    monkeypatch.setattr(AsyncLLM, "generate", keep)
    return asked


@pytest.fixture
def cut(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts of which vLLM has to find the tokens, from now on."""
    engine.start()
    render, texts = BaseRenderer.render_cmpl_async, list[str]()

    async def keep(renderer: BaseRenderer, prompts: Sequence[TextPrompt | TokensPrompt]) -> list[EngineInput]:
        texts.extend(
            str(prompt.get("prompt")) for prompt in prompts if prompt.get("prompt_token_ids") is None
        )
        return list(await render(renderer, prompts))

    monkeypatch.setattr(BaseRenderer, "render_cmpl_async", keep)
    return texts


LOOK = ToolSpec("look", "Looks.", {"type": "object", "properties": {}, "additionalProperties": False})
SHORT = Sampling(max_tokens=2)
LONG_TEXT = replace(HELLO, messages=(Message("user", (TextPart("one two three " * 400),)),), sampling=SHORT)
CALL = replace(HELLO, tools=(LOOK,), tool_choice=ToolChoice(required=True), sampling=SHORT)
PREFIX = replace(HELLO, prefix="It is ", sampling=SHORT)


@pytest.mark.parametrize("request_", [replace(HELLO, sampling=SHORT), LONG_TEXT, CALL, PREFIX])
def test_the_tokens_of_a_prompt_are_found_once_and_are_those_of_its_text(
    engine: Engine, sent: list[EngineInput], cut: list[str], request_: Request
) -> None:
    reply = engine.generate(request_)
    (prompt,) = cast("list[TokensInput]", sent)
    assert cut == []
    assert prompt["prompt_token_ids"] == engine.tokenize(prompt.get("prompt") or "")
    assert len(prompt["prompt_token_ids"]) == engine.count_tokens(request_).total == reply.usage.prompt_tokens


def test_a_page_is_put_among_tokens_that_are_known(
    engine: Engine, sent: list[EngineInput], cut: list[str]
) -> None:
    message = Message("user", (ImagePart(draw_page("Meeting notes")), TextPart("Transcribe this page.")))
    request = Request(messages=(message,), sampling=SHORT)
    reply = engine.generate(request)
    (prompt,) = cast("list[TokensInput]", sent)
    assert cut == []
    assert len(prompt["prompt_token_ids"]) == engine.count_tokens(request).total == reply.usage.prompt_tokens


def test_what_follows_thoughts_that_were_ended_is_asked_with_tokens_of_its_own(
    engine: Engine, sent: list[EngineInput]
) -> None:
    # Two tokens of thoughts: they are always ended for the model.
    engine.generate(replace(HELLO, reasoning=True, thinking_budget=2, sampling=Sampling(max_tokens=40)))
    first, second = cast("list[TokensInput]", sent)
    thoughts, answer = first.get("prompt") or "", second.get("prompt") or ""
    assert answer.startswith(thoughts)
    assert answer.endswith("</think>\n\n")
    assert second["prompt_token_ids"] == engine.tokenize(answer) != first["prompt_token_ids"]
