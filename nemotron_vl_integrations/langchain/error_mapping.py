"""This package's errors as LangChain's, so that its middleware knows what to trim, what to retry and what to give up.

Each is both: the class of LangChain and the class of `nemotron_vl_integrations.errors` that it stands for.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelInvalidRequestError,
    ModelTimeoutError,
    OutputParserException,
)

from nemotron_vl_integrations import errors


class ChatInvalidRequestError(ModelInvalidRequestError, errors.InvalidRequestError):
    """Messages, options, tools or a schema that the engine cannot take."""


class ChatTooManyImagesError(ModelInvalidRequestError, errors.TooManyImagesError):
    """More images or pages than the limit."""


class ChatUnreadableImageError(ModelInvalidRequestError, errors.UnreadableImageError):
    """Not an image, or a damaged one."""


class ChatImageTooLargeError(ModelInvalidRequestError, errors.ImageTooLargeError):
    """An image or a file over the limit."""


class ChatUnreadableDocumentError(ModelInvalidRequestError, errors.UnreadableDocumentError):
    """Not a document, or a damaged one."""


class ChatDocumentPasswordError(ModelInvalidRequestError, errors.DocumentPasswordError):
    """An encrypted document."""


class ChatPageRenderError(ModelInvalidRequestError, errors.PageRenderError):
    """A page that could not be rendered."""


class ChatContextOverflowError(ContextOverflowError, errors.PromptTooLongError):
    """More tokens than the context holds; nothing was submitted."""


class ChatTimeoutError(ModelTimeoutError, errors.RequestTimeoutError):
    """A request ran out of time and was aborted in the engine."""


class ChatEngineDiedError(ModelAPIError, errors.EngineDiedError):
    """The engine's process ended; the next request starts a new one."""


class ChatEngineStartError(ModelAPIError, errors.EngineStartError):
    """The engine does not start; the message says why."""

    is_retryable = False


class ChatEngineClosedError(ModelAPIError, errors.EngineClosedError):
    """The engine was closed."""

    is_retryable = False


class ChatEngineError(ModelAPIError, errors.EngineError):
    """The engine cannot do its work: a conflict of configurations, or a forked process."""

    is_retryable = False


class ChatTruncatedError(OutputParserException, errors.TruncatedError):
    """An answer that is not whole, because `max_tokens` cut it or it repeated itself."""

    def __init__(self, message: str, *, hint: str = "", answer: str = "") -> None:
        OutputParserException.__init__(self, f"{message} {hint}".strip(), llm_output=answer)
        self.message = message
        self.hint = hint


class ChatAnswerError(OutputParserException, errors.ExtractionError):
    """A whole answer that does not have the form that was asked for."""

    def __init__(self, message: str, *, hint: str = "", answer: str = "") -> None:
        OutputParserException.__init__(self, f"{message} {hint}".strip(), llm_output=answer)
        self.message = message
        self.hint = hint


# The closest ancestor of an error decides, so the general ones stand last.
_CLASSES: Final[tuple[tuple[type[errors.NemotronVLError], type[errors.NemotronVLError]], ...]] = (
    (errors.PromptTooLongError, ChatContextOverflowError),
    (errors.TooManyImagesError, ChatTooManyImagesError),
    (errors.ImageTooLargeError, ChatImageTooLargeError),
    (errors.UnreadableImageError, ChatUnreadableImageError),
    (errors.DocumentPasswordError, ChatDocumentPasswordError),
    (errors.PageRenderError, ChatPageRenderError),
    (errors.UnreadableDocumentError, ChatUnreadableDocumentError),
    (errors.InputError, ChatInvalidRequestError),
    (errors.RequestTimeoutError, ChatTimeoutError),
    (errors.EngineDiedError, ChatEngineDiedError),
    (errors.EngineStartError, ChatEngineStartError),
    (errors.EngineClosedError, ChatEngineClosedError),
    (errors.EngineError, ChatEngineError),
)


def map_error(error: errors.NemotronVLError) -> errors.NemotronVLError:
    """Return the error that is LangChain's as well; one that has no counterpart is returned as it is.

    Examples:
        >>> type(map_error(errors.PromptTooLongError("Too long."))).__mro__[1].__name__
        'ContextOverflowError'
    """
    for known, mapped in _CLASSES:
        if isinstance(error, known):
            return mapped(error.message, hint=error.hint)
    return error


@contextmanager
def mapped_errors() -> Generator[None]:
    """Raise this package's errors inside the block as LangChain's."""
    try:
        yield
    except errors.NemotronVLError as exc:
        mapped = map_error(exc)
        if mapped is exc:
            raise
        raise mapped from exc
