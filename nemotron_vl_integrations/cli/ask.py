"""`nemotron-vl ask`: a question about images or pages."""

from nemotron_vl_integrations.asking import MAX_TOKENS, Answer, ask_image, check_question
from nemotron_vl_integrations.cli.exit_codes import ExitCode
from nemotron_vl_integrations.cli.parser import AskArguments
from nemotron_vl_integrations.cli.progress import open_display
from nemotron_vl_integrations.cli.session import open_engine
from nemotron_vl_integrations.cli.sources import Source, find_sources, read_passwords
from nemotron_vl_integrations.cli.terminal import report, write_json, write_text
from nemotron_vl_integrations.concurrency.background_loop import run
from nemotron_vl_integrations.config import IMAGES_PER_PROMPT
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import TooManyImagesError
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.pages import PageImage, ainspect_document, arender_page

_THINKING_TOKENS = 8192
"""Thoughts are long; what is cut inside them has no answer at all."""


def run_ask(arguments: AskArguments) -> ExitCode:
    """Ask the question, and write the answer."""
    check_question(arguments.question)
    if len(arguments.images) > IMAGES_PER_PROMPT:
        raise TooManyImagesError(
            f"{len(arguments.images)} images are named, and {IMAGES_PER_PROMPT} go into one question.",
            hint="Name fewer, or ask about one at a time. The last argument is the question.",
        )
    sources = find_sources(arguments.images)
    passwords = read_passwords(arguments.password_file)
    with (
        open_display(quiet=arguments.quiet) as display,
        open_engine(arguments.model, display, quiet=arguments.quiet) as engine,
    ):
        pictures = [run(_render(source, arguments, engine, passwords)) for source in sources]
        engine.start()
        display.show_phase("Answering")
        answer = ask_image(
            pictures,
            arguments.question,
            reasoning=arguments.think,
            layout=arguments.layout,
            max_tiles=arguments.max_tiles,
            max_images=max(len(pictures), engine.config.max_images),
            max_tokens=_THINKING_TOKENS if arguments.think else MAX_TOKENS,
            engine=engine,
        )
        display.clear()
        _write(arguments, answer)
    return ExitCode.OK


async def _render(
    source: Source, arguments: AskArguments, engine: Engine, passwords: tuple[str, ...]
) -> PageImage:
    page_count = (await ainspect_document(source.content, passwords=passwords)).page_count
    if arguments.page is None and page_count > 1:
        report("warning", f"{source.name} has {page_count} pages; page 1 is used (--page N).")
    return await arender_page(
        source.content,
        arguments.page or 1,
        layout=arguments.layout or engine.config.layout,
        max_tiles=engine.config.max_tiles if arguments.max_tiles is None else arguments.max_tiles,
        passwords=passwords,
    )


def _write(arguments: AskArguments, answer: Answer) -> None:
    if answer.finish_reason == "length":
        report("warning", f"the answer was cut after {answer.usage.completion_tokens} tokens")
    elif not answer.text:
        report("warning", "the answer is empty; ask in other words, or without --think")
    if answer.finish_reason == "repetition":
        report("warning", "the model repeated itself and was stopped; the end of the answer is a loop")
    if arguments.json:
        write_json(_to_json(arguments, answer))
    else:
        write_text(answer.text + "\n")


def _to_json(arguments: AskArguments, answer: Answer) -> dict[str, JSON]:
    images: list[JSON] = [*arguments.images]
    return {
        "images": images,
        "question": arguments.question,
        "answer": answer.text,
        "reasoning": answer.reasoning,
        "finish_reason": answer.finish_reason,
        "tokens": {"prompt": answer.usage.prompt_tokens, "completion": answer.usage.completion_tokens},
        "seconds": round(answer.seconds, 3),
        "confidence": None if answer.confidence is None else round(answer.confidence, 4),
        "model": answer.model,
    }
