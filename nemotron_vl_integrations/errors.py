"""Every error that this package raises on purpose, as one tree.

    NemotronVLError
    ├── MissingExtraError (ImportError)      an optional dependency is not installed
    ├── LedgerError                          the ledger's file cannot be used
    ├── EngineError                          the engine cannot do its work
    │   ├── EngineStartError                 it did not start: weights, memory, card, version
    │   ├── EngineConfigConflictError        another configuration already runs in this process
    │   ├── EngineClosedError                it was closed
    │   ├── EngineDiedError                  its process ended; the next request starts a new one
    │   ├── EngineForkedError                it is used in a forked child
    │   └── RequestTimeoutError (TimeoutError)   a request ran past its time limit
    ├── InputError (ValueError)              what was handed in cannot be used
    │   ├── InvalidRequestError              messages, tools, sampling or schema
    │   ├── PromptTooLongError               more tokens than the context holds
    │   ├── TooManyImagesError               more images than the limit
    │   ├── UnreadableImageError             not an image, damaged, or of an unknown type
    │   │   └── ImageTooLargeError           over the limit of bytes, pixels or frames
    │   ├── UnreadableDocumentError          not a document, damaged, or empty
    │   │   ├── DocumentPasswordError        encrypted, and no password fits
    │   │   └── PageRenderError              one page failed, stalled or used too much memory
    │   ├── PageRangeError                   a page range that cannot be read or does not exist
    │   └── UnsupportedModeError             a reading mode that the checkpoint has no prompt for
    └── OutputError                          the model answered, and the answer cannot be used
        ├── TruncatedError                   cut by the token limit
        └── ExtractionError                  does not satisfy the schema

The branch says who has to act: who looks after the machine, who handed something in, or who decides what an answer
that cannot be used means.
"""


class NemotronVLError(Exception):
    """Root of the tree: what happened, with the value, and what to do next.

    Args:
        message: What happened; names the value.
        hint: The next step for the person who reads it.

    Examples:
        >>> print(NemotronVLError("`pages='9'` is past the end.", hint="The file has 3 pages."))
        `pages='9'` is past the end. The file has 3 pages.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class MissingExtraError(NemotronVLError, ImportError):
    """An optional dependency is not installed; the message holds the command that installs it."""


class LedgerError(NemotronVLError):
    """The ledger's file cannot be opened, read or written; pages that are being read are not lost by that."""


class EngineError(NemotronVLError):
    """The engine cannot do its work."""


class EngineStartError(EngineError):
    """The engine did not start."""


class EngineConfigConflictError(EngineError):
    """An engine with another configuration already runs in this process."""


class EngineClosedError(EngineError):
    """The engine was closed."""


class EngineDiedError(EngineError):
    """The engine's process ended while it worked; the next request starts a new one."""


class EngineForkedError(EngineError):
    """The engine belongs to the parent of this forked process."""


class RequestTimeoutError(EngineError, TimeoutError):
    """A request ran past its time limit and was aborted in the engine."""


class InputError(NemotronVLError, ValueError):
    """What was handed in cannot be used."""


class InvalidRequestError(InputError):
    """Messages, tools, sampling values or a schema that the engine cannot take."""


class PromptTooLongError(InputError):
    """The prompt and its images need more tokens than the context holds."""


class TooManyImagesError(InputError):
    """A request holds more images than the limit."""


class UnreadableImageError(InputError):
    """Not an image, a damaged one, or a type that is not supported."""


class ImageTooLargeError(UnreadableImageError):
    """An image over the limit of bytes, pixels or frames."""


class UnreadableDocumentError(InputError):
    """Not a document, a damaged one, or one without pages."""


class DocumentPasswordError(UnreadableDocumentError):
    """The document is encrypted and none of the given passwords opens it."""


class PageRenderError(UnreadableDocumentError):
    """One page could not be rendered; the other pages of the document can."""


class PageRangeError(InputError):
    """A page range that cannot be read, or names a page that does not exist."""


class UnsupportedModeError(InputError):
    """A reading mode that the checkpoint carries no prompt for."""


class OutputError(NemotronVLError):
    """The model answered, and the answer cannot be used."""


class TruncatedError(OutputError):
    """The answer was cut by the token limit."""


class ExtractionError(OutputError):
    """The answer does not satisfy the schema."""
