"""Asks the model a question about an image."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from PIL.Image import Image

from nemotron_vl_integrations.argument_checks import check_instance, check_text
from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.document_passwords import check_passwords
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.images import ImageSource, load_image
from nemotron_vl_integrations.messages import (
    FinishReason,
    ImagePart,
    Layout,
    Message,
    Part,
    Request,
    Sampling,
    TextPart,
    Usage,
)
from nemotron_vl_integrations.page_checks.confidence import measure_confidence
from nemotron_vl_integrations.pages import PageImage, arender_page

MAX_TOKENS = 1024
TIMEOUT = 300.0

Picture: TypeAlias = "ImageSource | PageImage"
Pictures: TypeAlias = "Picture | Sequence[Picture]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model answered.

    Attributes:
        text: The answer, without thoughts.
        reasoning: What the model thought before it answered; empty unless `reasoning=True` was asked for.
        finish_reason: `stop` for a whole answer, `length` for one that `max_tokens` cut, `repetition` for one that
            ran into a loop and was stopped.
        confidence: Geometric mean probability of the tokens, thoughts included, 0 to 1; None without tokens.
        usage: Tokens of the question with its images, and of the answer.
        model: Name of the checkpoint that answered.
        seconds: From the call to the last token.
    """

    text: str
    reasoning: str
    finish_reason: FinishReason
    confidence: float | None
    usage: Usage
    model: str
    seconds: float


async def aask_image(
    image: Pictures,
    question: str,
    *,
    page: int | None = None,
    passwords: Sequence[str] = (),
    reasoning: bool = False,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    max_images: int | None = None,
    max_tokens: int = MAX_TOKENS,
    timeout: float | None = TIMEOUT,
    engine: Engine | None = None,
) -> Answer:
    """Ask a question about an image or a page of a document, or about up to four.

    An answer that `max_tokens` cuts is returned as far as it goes, with `finish_reason="length"`.

    Args:
        image: A path, bytes, base64 or data URL, PIL image, array, or a rendered page; or a list of them. With `page`
            a document as `read_document` takes it.
        question: What to ask. It is text to the model, never a switch or a token: `/think` in it does nothing.
        page: Which page of a document is shown, counted from 1; of a list, that page of each.
        passwords: Passwords to try on an encrypted PDF, of which `page` names a page.
        reasoning: Whether the model thinks before it answers; give it more `max_tokens` then.
        layout: How images are fitted to tiles, see `tiling.choose_grid`; None takes the engine's.
        max_tiles: Most tiles of an image, 1 to 12, without the thumbnail; None takes the engine's.
        max_images: Most images, up to 4; None takes the engine's limit, which is 1 unless raised.
        max_tokens: Limit of thoughts and answer together, in tokens.
        timeout: Seconds until the request is aborted; None waits for ever.
        engine: Answers; None takes the engine that this process shares.

    Raises:
        InvalidRequestError: An empty question, no image, or a value that the engine cannot take.
        TooManyImagesError: More images than `max_images`.
        UnreadableImageError: Not an image.
        UnreadableDocumentError: The document or its page cannot be shown, see `pages.arender_page`.
        PageRangeError: The document has no such page.
        PromptTooLongError: The images and the question do not fit.
        RequestTimeoutError: No answer in time.
        EngineError: The engine did not start, died or was closed.
    """
    check_question(question)
    check_instance("engine", engine, Engine | None)
    secrets = check_passwords(passwords)
    if secrets and page is None:
        raise InvalidRequestError("`passwords` without `page` open nothing.", hint="Name a page of the PDF.")
    pictures = _list_pictures(image)
    shared = get_engine() if engine is None else engine
    layout = shared.config.layout if layout is None else layout
    max_tiles = shared.config.max_tiles if max_tiles is None else max_tiles
    if page is not None:
        pictures = [await _show(picture, page, secrets, layout, max_tiles) for picture in pictures]
    parts: list[Part] = [ImagePart(await _load(picture)) for picture in pictures]
    request = Request(
        messages=(Message("user", (*parts, TextPart(question))),),
        reasoning=reasoning,
        sampling=Sampling(max_tokens=max_tokens, logprobs=0),
        layout=layout,
        max_tiles=max_tiles,
        max_images=max_images,
        timeout=timeout,
    )
    reply = await shared.agenerate(request)
    return Answer(
        text=reply.text.strip(),
        reasoning=reply.reasoning.strip(),
        finish_reason=reply.finish_reason,
        confidence=measure_confidence(reply.logprobs),
        usage=reply.usage,
        model=reply.model,
        seconds=reply.seconds,
    )


def ask_image(
    image: Pictures,
    question: str,
    *,
    page: int | None = None,
    passwords: Sequence[str] = (),
    reasoning: bool = False,
    layout: Layout | None = None,
    max_tiles: int | None = None,
    max_images: int | None = None,
    max_tokens: int = MAX_TOKENS,
    timeout: float | None = TIMEOUT,
    engine: Engine | None = None,
) -> Answer:
    """Do what `aask_image` does, from any thread; arguments and errors are the same.

    Examples:
        >>> from PIL import Image
        >>> from nemotron_vl_integrations.backends.scripted import ScriptedBackend
        >>> with Engine(backend=ScriptedBackend(["Blue."])) as engine:
        ...     ask_image(Image.new("RGB", (64, 64), "blue"), "Which colour is it?", engine=engine).text
        'Blue.'
    """
    answer = aask_image(
        image,
        question,
        page=page,
        passwords=passwords,
        reasoning=reasoning,
        layout=layout,
        max_tiles=max_tiles,
        max_images=max_images,
        max_tokens=max_tokens,
        timeout=timeout,
        engine=engine,
    )
    return run(answer)


def check_question(question: object) -> None:
    """Refuse what is not a question.

    Raises:
        InvalidRequestError: Not a text, or an empty one.
    """
    if not check_text("question", question, "a text: what to ask about the image").strip():
        raise InvalidRequestError(
            f"The question {question!r} is empty.", hint="Ask something about the image."
        )


def _list_pictures(image: Pictures) -> "Sequence[Picture]":
    if not isinstance(image, list | tuple):
        # Whatever it is, `load_image` takes it or says by name what it does not take.
        return (cast("Picture", image),)
    if not image:
        raise InvalidRequestError(
            f"There is no image in {image!r}.", hint="Give one image, or a list of them."
        )
    return cast("Sequence[Picture]", image)


async def _show(
    picture: Picture, page: int, passwords: Sequence[str], layout: Layout, max_tiles: int
) -> PageImage:
    if not isinstance(picture, str | Path | bytes | Image):
        raise InvalidRequestError(
            f"`page={page}` of a {type(picture).__name__}, which has no pages.",
            hint="Leave `page` out, or give the path or the bytes of a document.",
        )
    return await arender_page(picture, page, layout=layout, max_tiles=max_tiles, passwords=passwords)


async def _load(picture: Picture) -> Image:
    if isinstance(picture, PageImage):
        return picture.image
    return await asyncio.to_thread(load_image, picture)
