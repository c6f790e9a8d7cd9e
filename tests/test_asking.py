import asyncio
import base64
import inspect
import io
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from nemotron_vl_integrations.asking import Pictures, aask_image, ask_image
from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import (
    DocumentPasswordError,
    InvalidRequestError,
    NemotronVLError,
    RequestTimeoutError,
    TooManyImagesError,
    UnreadableImageError,
)
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.pages import PageImage
from nemotron_vl_integrations.tiling import Grid
from tests.paged_script import draw_text, open_script
from tests.pdf_writer import write_pdf
from tests.rendered_pages import LEFT_HALF

SQUARE = Image.new("RGB", (64, 64), "blue")


def ask_script(reply: str | ScriptedReply, image: Pictures = SQUARE) -> tuple[str, ScriptedBackend]:
    backend = ScriptedBackend([reply])
    with open_script(backend) as engine:
        return ask_image(image, "Which colour?", engine=engine).text, backend


def test_the_engine_answers_about_an_image(engine: Engine) -> None:
    answer = ask_image(draw_text("Good morning."), "Transcribe this page.", engine=engine)
    assert (answer.text, answer.reasoning, answer.finish_reason) == ("Good morning.", "", "stop")
    assert answer.confidence is not None
    assert 0.8 < answer.confidence <= 1
    assert (answer.usage.image_tokens, answer.model) == (258, engine.model)
    assert answer.usage.prompt_tokens > 258
    assert answer.seconds > 0


def test_an_answer_cut_by_the_limit_says_so(engine: Engine) -> None:
    answer = ask_image(draw_text("Good morning."), "Transcribe this page.", engine=engine, max_tokens=2)
    assert (answer.finish_reason, answer.usage.completion_tokens) == ("length", 2)
    assert "Good morning.".startswith(answer.text)


def test_any_loop_can_ask(engine: Engine) -> None:
    answer = asyncio.run(aask_image(draw_text("Good morning."), "Transcribe this page.", engine=engine))
    assert answer.text == "Good morning."


def test_the_prompt_is_the_image_and_then_the_question() -> None:
    text, backend = ask_script(" Blue.\n")
    assert text == "Blue."
    assert "<image>\nWhich colour?\n" in backend.prompts[0].text
    assert (backend.samplings[0].temperature, backend.samplings[0].max_tokens) == (0.0, 1024)


def encode_png() -> bytes:
    buffer = io.BytesIO()
    SQUARE.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "image",
    [
        SQUARE,
        encode_png(),
        f"data:image/png;base64,{base64.b64encode(encode_png()).decode()}",
        np.asarray(SQUARE),
        PageImage(1, "1", Image.new("RGB", (512, 512), "blue"), Grid(1, 1)),
        [SQUARE],
        (SQUARE,),
    ],
    ids=["PIL", "bytes", "data URL", "array", "page", "list", "tuple"],
)
def test_an_image_may_come_in_many_forms(image: Pictures) -> None:
    text, backend = ask_script("Blue.", image)
    assert text == "Blue."
    (canvas,) = backend.prompts[0].images
    assert (canvas.size, canvas.getpixel((256, 256))) == ((512, 512), (0, 0, 255))


def test_an_image_may_be_a_path(tmp_path: Path) -> None:
    path = tmp_path / "blue.png"
    path.write_bytes(encode_png())
    assert ask_script("Blue.", path)[0] == ask_script("Blue.", str(path))[0] == "Blue."


def test_thoughts_are_kept_apart_from_the_answer() -> None:
    backend = ScriptedBackend(["It looks blue.</think>\n\nBlue."])
    with open_script(backend) as engine:
        answer = ask_image(SQUARE, "Which colour?", reasoning=True, engine=engine)
    assert (answer.reasoning, answer.text) == ("It looks blue.", "Blue.")


def test_one_image_is_the_limit_unless_it_is_raised() -> None:
    backend = ScriptedBackend(["The second."])
    with open_script(backend) as engine:
        with pytest.raises(TooManyImagesError, match="2 images"):
            ask_image([SQUARE, SQUARE], "Which is darker?", engine=engine)
        assert ask_image([SQUARE] * 4, "Which?", max_images=4, engine=engine).text == "The second."
        with pytest.raises(TooManyImagesError, match="5 images"):
            ask_image([SQUARE] * 5, "Which?", max_images=4, engine=engine)
    assert len(backend.prompts[0].images) == 4


@pytest.mark.parametrize(
    ("image", "question", "error"),
    [
        (SQUARE, "  ", InvalidRequestError),
        ([], "Which?", InvalidRequestError),
        (b"not an image", "Which?", UnreadableImageError),
        ("https://example.org/a.png", "Which?", UnreadableImageError),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    image: Pictures, question: str, error: type[Exception]
) -> None:
    backend = ScriptedBackend([])
    with open_script(backend) as engine, pytest.raises(error):
        ask_image(image, question, engine=engine)
    assert backend.prompts == []


def test_what_is_no_engine_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match="`engine='demo'`"):
        ask_image(SQUARE, "Which?", engine=cast("Engine", "demo"))


def test_an_answer_that_takes_too_long_is_an_error() -> None:
    backend = ScriptedBackend([ScriptedReply(hold=asyncio.Event())])
    with open_script(backend) as engine, pytest.raises(RequestTimeoutError):
        ask_image(SQUARE, "Which colour?", timeout=0.2, engine=engine)
    assert backend.running == 0


def test_a_switch_in_the_question_is_only_text() -> None:
    backend = ScriptedBackend(["Yes."])
    with open_script(backend) as engine:
        ask_image(SQUARE, "Is <image> in /think?", engine=engine)
    (prompt,) = backend.prompts
    assert prompt.text.count("<image>") == 1
    assert "/think?" not in prompt.text


def test_both_forms_take_the_same_arguments() -> None:
    assert inspect.signature(ask_image) == inspect.signature(aask_image)


@pytest.mark.parametrize("question", [None, 5, b"x", ["Which?"]])
def test_a_question_that_is_no_text_is_refused_by_name(question: str) -> None:
    with pytest.raises(InvalidRequestError, match="`question="):
        ask_image(SQUARE, question)


@pytest.mark.parametrize("image", [5, None, object(), [None], ({"a": 1},)])
def test_what_is_no_image_is_refused_by_its_type(image: Pictures) -> None:
    with (
        open_script(ScriptedBackend([])) as engine,
        pytest.raises(UnreadableImageError, match="is not an image"),
    ):
        ask_image(image, "Which colour?", engine=engine)


def test_a_layout_that_does_not_exist_is_refused() -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(InvalidRequestError, match="`layout=''`"):
        ask_image(SQUARE, "Which colour?", layout=cast("Layout", ""), engine=engine)


def test_a_page_of_a_document_is_asked_about_by_its_number(tmp_path: Path) -> None:
    frames = [Image.new("RGB", size, "white") for size in ((512, 512), (1024, 512), (512, 1024))]
    file = tmp_path / "three.tiff"
    frames[0].save(file, save_all=True, append_images=frames[1:])
    backend = ScriptedBackend(["Two.", "Three."])

    with open_script(backend) as engine:
        second = ask_image(file, "Which page?", page=2, engine=engine)
        third = ask_image(file.read_bytes(), "Which page?", page=3, engine=engine)

    assert (second.text, third.text) == ("Two.", "Three.")
    # two tiles, side by side and above each other, and the thumbnail of each
    assert [second.usage.image_tokens, third.usage.image_tokens] == [3 * 256 + 2] * 2


@pytest.mark.parametrize(
    ("image", "page", "error"),
    [
        (SQUARE, 2, "Page 2 does not exist"),
        (SQUARE, 0, "Page 0 does not exist"),
        (SQUARE, "1-2", "`page='1-2'` is of type 'str'"),
        (SQUARE, [1, 2], "of type 'list'"),
        (SQUARE, True, "is not a page number"),
        (np.zeros((8, 8, 3), np.uint8), 1, "`page=1` of a ndarray"),
        (b"nothing", 1, "cannot be opened|is not|neither"),
    ],
)
def test_a_page_that_cannot_be_shown_is_named(image: Pictures, page: object, error: str) -> None:
    backend = ScriptedBackend([])
    with open_script(backend) as engine, pytest.raises(NemotronVLError, match=error):
        ask_image(image, "Which page?", page=cast("int", page), engine=engine)
    assert not backend.prompts


def test_an_encrypted_document_is_asked_about_with_its_password(tmp_path: Path) -> None:
    file = tmp_path / "secret.pdf"
    file.write_bytes(write_pdf(LEFT_HALF, password="sesame"))
    with open_script(ScriptedBackend(["Yes."])) as engine:
        with pytest.raises(DocumentPasswordError):
            ask_image(file, "Is it secret?", page=1, engine=engine)
        assert ask_image(file, "Is it secret?", page=1, passwords=("sesame",), engine=engine).text == "Yes."


def test_passwords_for_no_page_are_refused() -> None:
    with (
        open_script(ScriptedBackend([])) as engine,
        pytest.raises(InvalidRequestError, match="without `page`"),
    ):
        ask_image(SQUARE, "Is it secret?", passwords=("sesame",), engine=engine)


def test_a_pdf_without_a_page_is_refused_with_the_way_to_name_one() -> None:
    with open_script(ScriptedBackend([])) as engine, pytest.raises(UnreadableImageError) as caught:
        ask_image("samples/letter.pdf", "Who signed?", engine=engine)
    assert "page=1" in str(caught.value)
