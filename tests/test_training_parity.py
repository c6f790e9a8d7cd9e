"""The training network and vLLM must read the same from the same weights."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.messages import ImagePart, Message, Request, Sampling, TextPart
from nemotron_vl_integrations.prompt import PromptRenderer
from training.checkpoint import load_network
from training.conversations import read_tokenizer
from training.reading import greedy_read

LINES = ("Delivery note 4821", "Two boxes of paper", "Total: $36.50")


def draw_note() -> Image.Image:
    canvas = Image.new("RGB", (512, 512), "white")
    drawing = ImageDraw.Draw(canvas)
    for number, line in enumerate(LINES):
        drawing.text((40, 50 + 40 * number), line, fill="black", font=ImageFont.load_default(26))
    return canvas


def test_the_training_network_and_vllm_write_the_same_tokens(engine: Engine) -> None:
    canvas, folder = draw_note(), engine.checkpoint.folder
    request = engine.checkpoint.reading_prompts["text"]
    message = Message("user", (ImagePart(canvas), TextPart(request)))

    reply = engine.generate(Request(messages=(message,), sampling=Sampling(max_tokens=80, logprobs=0)))
    prompt = PromptRenderer(folder).render((message,)).text
    reading = greedy_read(load_network(folder), read_tokenizer(folder), canvas, prompt, max_tokens=80)

    assert reading.text == reply.text == "\n".join(LINES)
    theirs = [token.logprob for token in reply.logprobs][: len(reading.tokens)]
    # vLLM computes in bfloat16, this network in float32: close calls differ by some hundredths
    distance = np.abs(np.array(theirs) - np.array(reading.logprobs))
    assert distance.mean() < 0.01
    assert distance.max() < 0.1


def test_the_prompts_of_training_are_those_of_the_template(engine: Engine) -> None:
    request = engine.checkpoint.reading_prompts["text"]
    message = Message("user", (ImagePart(draw_note()), TextPart(request)))

    prompt = PromptRenderer(engine.checkpoint.folder).render((message,)).text

    assert prompt.startswith("<s><SPECIAL_10>System\n\n<SPECIAL_11>User\n<image>\nTranscribe this page.\n")
    assert prompt.endswith("<SPECIAL_11>Assistant\n<think></think>")


def test_a_page_of_several_tiles_reads_the_same(engine: Engine) -> None:
    folder = engine.checkpoint.folder
    canvas = Image.new("RGB", (1024, 512), "white")
    ImageDraw.Draw(canvas).text((60, 80), "Please ring twice", fill="black", font=ImageFont.load_default(36))
    message = Message("user", (ImagePart(canvas), TextPart(engine.checkpoint.reading_prompts["text"])))

    reply = engine.generate(Request(messages=(message,), sampling=Sampling(max_tokens=40)))
    prompt = PromptRenderer(folder).render((message,)).text
    reading = greedy_read(load_network(folder), read_tokenizer(folder), canvas, prompt, max_tokens=40)

    assert reading.text == reply.text == "Please ring twice"
