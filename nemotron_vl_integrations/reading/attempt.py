"""One way of reading a page, and what came of it."""

from dataclasses import dataclass, replace

from PIL import Image

from nemotron_vl_integrations.messages import Layout, Reply, TokenLogprob
from nemotron_vl_integrations.orientation import Rotation, combine_rotations, turn_image
from nemotron_vl_integrations.page_checks.confidence import measure_confidence
from nemotron_vl_integrations.page_checks.page_quality import Defect, explain_defect
from nemotron_vl_integrations.page_checks.text_repetition import cut_before_loop
from nemotron_vl_integrations.page_result import PageStatus
from nemotron_vl_integrations.reading.page_task import PageTask
from nemotron_vl_integrations.tiling import Grid


@dataclass(frozen=True, slots=True)
class Canvas:
    """A page as the model sees it.

    Attributes:
        image: Exactly the canvas of `grid`.
        grid: Its tiles.
        layout: How it was fitted to them.
        rotation: Degrees, clockwise, by which it was turned.
    """

    image: Image.Image
    grid: Grid
    layout: Layout
    rotation: Rotation = 0


def turn_canvas(canvas: Canvas, degrees: Rotation) -> Canvas:
    """Turn a page clockwise by 0, 90, 180 or 270 degrees; an exact canvas stays one.

    Examples:
        >>> turned = turn_canvas(Canvas(Image.new("RGB", (1024, 512)), Grid(2, 1), "reference"), 90)
        >>> turned.image.size, turned.grid, turned.rotation
        ((512, 1024), Grid(columns=1, rows=2), 90)
    """
    if not degrees:
        return canvas
    grid = canvas.grid if degrees == 180 else Grid(canvas.grid.rows, canvas.grid.columns)
    image = turn_image(canvas.image, degrees)
    return Canvas(image, grid, canvas.layout, combine_rotations(canvas.rotation, degrees))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one way of reading a page gave.

    Attributes:
        status: Status of the page if this attempt is the one that counts.
        canvas: What the model saw.
        text: What it wrote.
        logprobs: Of its tokens.
        defect: What is wrong with the text; None if nothing is.
        explanation: The defect, or what was done about the page, in a sentence.
    """

    status: PageStatus
    canvas: Canvas
    text: str
    logprobs: tuple[TokenLogprob, ...] = ()
    defect: Defect | None = None
    explanation: str = ""

    @property
    def confidence(self) -> float | None:
        """Geometric mean probability of the tokens."""
        return measure_confidence(self.logprobs) if self.text.strip() else None

    @property
    def lowest_logprob(self) -> float | None:
        """Log probability of the least certain token."""
        return min((token.logprob for token in self.logprobs), default=None) if self.text.strip() else None

    @property
    def trusted_text(self) -> str:
        """The text as far as it can be trusted: all of a good one, up to the loop of a looping one."""
        match self.defect and self.defect.kind:
            case None | "uneven_table":
                return self.text
            case "loop":
                return cut_before_loop(self.text, stopped=True)
            case "truncated":
                return drop_last_line(self.text)
            case "empty" | "garbled" | "invalid":
                return ""

    def because(self, explanation: str) -> "Attempt":
        """The same attempt with a sentence about how it came about, unless it has a defect to tell of."""
        return self if self.defect is not None else replace(self, explanation=explanation)


def judge_reply(
    reply: Reply,
    canvas: Canvas,
    *,
    task: PageTask,
    status: PageStatus,
    prefix: str = "",
    logprobs: tuple[TokenLogprob, ...] = (),
) -> Attempt:
    """Make an attempt of a reply.

    Args:
        reply: What the model wrote.
        canvas: What it saw.
        task: What it was asked for.
        status: Status of the page if this attempt is good.
        prefix: What it had written before.
        logprobs: Of the tokens before.
    """
    text = (prefix + reply.text).rstrip()
    defect = task.judge(text, reply.finish_reason)
    return Attempt(
        status=status,
        canvas=canvas,
        text=text if defect is not None else task.tidy(text),
        logprobs=logprobs + reply.logprobs,
        defect=defect,
        explanation="" if defect is None else explain_defect(defect),
    )


def drop_last_line(text: str) -> str:
    r"""Drop what stands after the last line break, or after the last space of a single line.

    Examples:
        >>> drop_last_line("Dear Ms Hale,\nthank y"), drop_last_line("thank y")
        ('Dear Ms Hale,\n', 'thank ')
    """
    lines, broken, _ = text.rpartition("\n")
    if broken:
        return lines + broken
    words, space, _ = text.rpartition(" ")
    return words + space
