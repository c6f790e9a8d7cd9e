"""How documents are read: limits, policies, and what is kept; every default fits a folder of ordinary scans."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from nemotron_vl_integrations.argument_checks import (
    check_choice,
    check_flag,
    check_function,
    check_instance,
    check_number,
    check_whole,
)
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.pages import RenderLimits
from nemotron_vl_integrations.pages.documents import DEFAULT_LIMITS
from nemotron_vl_integrations.reading.progress import ReadingProgress

TextLayerPolicy = Literal["auto", "ignore", "prefer"]
OrientationPolicy = Literal["auto", "as_is"]
KeptImages = Literal["failed", "all"]
ImageFormat = Literal["jpeg", "png"]

_MOST = 1_000_000
_MOST_PAGES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """What reading may take, and what it does with a page that does not come out well.

    Attributes:
        max_tokens: Limit of one reply. A page that is cut there is continued, so this bounds a piece and no page. A
            dense A4 page has about 1,500 tokens with the 12B model's tokenizer, a full table twice that.
        timeout: Seconds that one reply may take in the engine, its start not counted; None waits for ever.
        max_attempts: Most replies for one page, pieces, parts and small questions about it included.
        page_seconds: Time after which no further attempt at a page begins.
        concurrency: Most pages with the engine at one time; None takes an eighth more than the engine runs at once on a
            GPU, and 8 on a CPU.
        ahead: Pages that are rendered ahead of the engine.
        limits: What rendering may take.
        text_layer: What a PDF's own text is used for: `"auto"` where no attempt at reading a page succeeds, `"prefer"`
            instead of reading wherever it can be trusted, `"ignore"` never.
        orientation: `"auto"` turns a page upright that was scanned in another orientation; `"as_is"` never does.
        retry_failed: Reads pages again that the ledger holds as failed.
        images: Folder for pictures of pages, as the model saw them; None takes a folder beside the ledger, and without
            a ledger keeps none.
        keep_images: Which pages are kept there.
        image_format: How they are kept: `"jpeg"` is small, `"png"` has every pixel that the model saw.
        progress: Called with the state of the run after each page, on the thread that reads; keep it short.
    """

    max_tokens: int = 4096
    timeout: float | None = 600.0
    max_attempts: int = 16
    page_seconds: float = 1200.0
    concurrency: int | None = None
    ahead: int = 4
    limits: RenderLimits = DEFAULT_LIMITS
    text_layer: TextLayerPolicy = "auto"
    orientation: OrientationPolicy = "auto"
    retry_failed: bool = False
    images: Path | None = None
    keep_images: KeptImages = "failed"
    image_format: ImageFormat = "jpeg"
    progress: Callable[[ReadingProgress], None] | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without an engine.

        Raises:
            InvalidRequestError: A value is of another type, or out of range.
        """
        check_whole("max_tokens", self.max_tokens, 1, _MOST)
        check_whole("max_attempts", self.max_attempts, 1, _MOST)
        check_whole("ahead", self.ahead, 1, _MOST_PAGES)
        if self.concurrency is not None:
            check_whole("concurrency", self.concurrency, 1, _MOST_PAGES)
        if self.timeout is not None:
            check_number("timeout", self.timeout, 0.0, with_low=False)
        check_number("page_seconds", self.page_seconds, 0.0, with_low=False)
        check_choice("text_layer", self.text_layer, get_args(TextLayerPolicy))
        check_choice("orientation", self.orientation, get_args(OrientationPolicy))
        check_choice("keep_images", self.keep_images, get_args(KeptImages))
        check_choice("image_format", self.image_format, get_args(ImageFormat))
        check_flag("retry_failed", self.retry_failed)
        check_instance("limits", self.limits, RenderLimits)
        check_instance("images", self.images, Path | None)
        check_function("progress", self.progress, "a function that takes a `ReadingProgress`")


def check_effect(options: ReadingOptions, *, with_ledger: bool) -> None:
    """Refuse options that would do nothing in a run.

    Args:
        options: Of the run.
        with_ledger: Whether it has a ledger, beside which pictures are kept.

    Raises:
        InvalidRequestError: Names the option, and what it needs.

    Examples:
        >>> check_effect(ReadingOptions(retry_failed=True), with_ledger=False)
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: `retry_failed=True` reads again what a ledger holds as ...
    """
    if with_ledger:
        return
    if options.retry_failed:
        raise InvalidRequestError(
            "`retry_failed=True` reads again what a ledger holds as failed, and there is none.",
            hint="Give one as `ledger`.",
        )
    for name, value in (("keep_images", options.keep_images), ("image_format", options.image_format)):
        if options.images is None and value != ReadingOptions.__dataclass_fields__[name].default:
            raise InvalidRequestError(
                f"`{name}={value!r}` has no place for pictures.",
                hint="Name a folder in `ReadingOptions.images`, or give a `ledger`, beside which they are kept.",
            )


DEFAULT_OPTIONS = ReadingOptions()
