"""Pages to read and a backend that replays what it is told, for tests of the command line."""

from functools import partial
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptedReply
from nemotron_vl_integrations.cli import read, session
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.reading import ReadingOptions

RUN = "import sys; from nemotron_vl_integrations.cli import main; sys.exit(main())"


def use_script(
    monkeypatch: pytest.MonkeyPatch,
    *steps: str | ScriptedReply | Exception,
    backend: ScriptedBackend | None = None,
) -> ScriptedBackend:
    """Lets the commands of a test talk to a scripted backend; its prompts and starts can be looked at.

    Pages are read one by one: side by side, a busy machine would let the second page take the first one's step.
    """
    chosen = backend or ScriptedBackend(steps)
    monkeypatch.setattr(read, "ReadingOptions", partial(ReadingOptions, concurrency=1))
    monkeypatch.setattr(session, "Engine", partial(Engine, backend=chosen))
    return chosen


def draw_page(text: str, size: tuple[int, int] = (620, 400)) -> Image.Image:
    page = Image.new("RGB", size, "white")
    ImageDraw.Draw(page).text((40, 40), text, fill="black", font=ImageFont.load_default(28))
    return page


def write_pdf(path: Path, *texts: str) -> Path:
    first, *others = [draw_page(text) for text in texts]
    first.save(path, save_all=True, append_images=others, resolution=100)
    return path


def write_png(path: Path, text: str = "Dear Ms Hale") -> Path:
    draw_page(text).save(path)
    return path
