"""What comes along with one call of a tool, beside its arguments."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nemotron_vl_integrations.chat import Media


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """How far a call is.

    Attributes:
        done: Steps that are done, such as pages that were read.
        total: Steps in all.
        message: What was done last, in a few words.
    """

    done: int
    total: int
    message: str


Report: TypeAlias = Callable[[ToolProgress], Awaitable[None]]


async def report_nothing(progress: ToolProgress) -> None:
    """Take a report and do nothing with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What the framework that carries out a call knows beside the arguments.

    Attributes:
        report: Is told how far the call is.
        images: Images and documents of the conversation, oldest first; the arguments name them `image:1` and so on.
    """

    report: Report = report_nothing
    images: Sequence[Media] = ()


EMPTY_CONTEXT = CallContext()
