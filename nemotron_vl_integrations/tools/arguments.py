"""What a model may say to each tool: JSON of simple types, described in words for a model."""

from typing import Annotated, Final, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from nemotron_vl_integrations.argument_checks import show

_LONGEST_SOURCE: Final = 4096
_LONGEST_TEXT: Final = 2000
_MOST_MISTAKES: Final = 5

MOST_FIELDS: Final = 32
LONGEST_FIELD_NAME: Final = 64
MOST_IMAGES: Final = 4


def _write_pages(value: object) -> object:
    """Models write `pages: 3` and `pages: [3, 4]` as often as `pages: "3,4"`."""
    given = value
    numbers = cast("list[object]", given) if isinstance(given, list) else [given]
    whole = [number for number in numbers if isinstance(number, int) and not isinstance(number, bool)]
    return ",".join(map(str, whole)) if whole and len(whole) == len(numbers) else value


Source = Annotated[
    str,
    Field(
        min_length=1,
        max_length=_LONGEST_SOURCE,
        description="The document: its path as it was given, such as 'contract.pdf'. 'image:1' is the first image "
        "or file of this conversation.",
    ),
]
ImageName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=_LONGEST_SOURCE,
        description="The image: a path such as 'photo.png', a page of a document such as 'contract.pdf#page=3', or "
        "'image:1' for the first image of this conversation.",
    ),
]
# The bounds belong to the text and the list: frameworks also pass None where the model said nothing.
Pages = Annotated[
    Annotated[str, Field(max_length=200)] | None,
    BeforeValidator(_write_pages),
    Field(
        description="Page numbers, counted from 1, such as '3' or '1-4,9'. Leave it out for all pages.",
    ),
]
Page = Annotated[int, Field(ge=1, le=1_000_000, description="The number of the page, counted from 1.")]
Question = Annotated[
    str, Field(min_length=1, max_length=_LONGEST_TEXT, description="The question, in plain words.")
]
FieldName = Annotated[str, Field(min_length=1, max_length=LONGEST_FIELD_NAME)]


class ToolArguments(BaseModel):
    """The arguments of a tool; one that it does not have is refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReadDocumentArguments(ToolArguments):
    """Arguments of `read_document`."""

    source: Source
    pages: Pages = None
    mode: Annotated[
        Literal["text", "markdown", "tables"],
        Field(
            description="'text' as printed; 'markdown' with headings and tables; 'tables' for the tables alone."
        ),
    ] = "text"


class AskPageArguments(ToolArguments):
    """Arguments of `ask_page`."""

    source: Source
    page: Page
    question: Question


class AskImageArguments(ToolArguments):
    """Arguments of `ask_image`."""

    image: ImageName
    question: Question


class CompareImagesArguments(ToolArguments):
    """Arguments of `compare_images`."""

    images: Annotated[
        list[ImageName],
        Field(
            min_length=2, max_length=MOST_IMAGES, description="Two to four images, in the order to show them."
        ),
    ]
    question: Question


class ExtractFieldsArguments(ToolArguments):
    """Arguments of `extract_fields`."""

    source: Source
    fields: Annotated[
        Annotated[list[FieldName], Field(max_length=MOST_FIELDS)] | None,
        Field(
            description="Names of the fields to look for, such as ['invoice_number', 'total']. Each comes back as a "
            "text, or null. Give this or json_schema.",
        ),
    ] = None
    json_schema: Annotated[
        dict[str, object] | None,
        Field(
            description="A JSON schema of type object, for numbers, lists or nested fields. Give this or fields.",
        ),
    ] = None
    pages: Pages = None


class FindInDocumentArguments(ToolArguments):
    """Arguments of `find_in_document`."""

    source: Source
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="A few words that stand on the page; case and accents do not matter.",
        ),
    ]
    pages: Pages = None


class PageImageArguments(ToolArguments):
    """Arguments of `page_image`."""

    source: Source
    page: Page


def describe_mistakes(error: ValidationError) -> str:
    """Tell a model what is wrong with its arguments.

    Examples:
        >>> try:
        ...     AskPageArguments.model_validate({"source": "letter.pdf", "page": 0})
        ... except ValidationError as error:
        ...     print(describe_mistakes(error))
        The arguments do not fit. page: Input should be greater than or equal to 1, not 0. question: Field required.
    """
    mistakes = error.errors(include_url=False, include_context=False)
    told = [_describe(mistake["loc"], mistake["msg"], mistake) for mistake in mistakes[:_MOST_MISTAKES]]
    more = len(mistakes) - len(told)
    return " ".join(["The arguments do not fit.", *told, *([f"And {more} more."] if more else [])])


def _describe(place: tuple[int | str, ...], message: str, mistake: ErrorDetails) -> str:
    name = ".".join(map(str, place))
    value = "" if mistake["type"] in ("missing", "extra_forbidden") else f", not {show(mistake['input'])}"
    return f"{name}: {message}{value}."
