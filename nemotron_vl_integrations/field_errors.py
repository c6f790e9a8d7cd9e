"""Fields of pydantic's models: what does not fit is told in this package's own error, and no boolean is a number."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import PydanticCustomError

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError, NemotronVLError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def _refuse_flag(value: object) -> object:
    # pydantic would take True for 1.
    if isinstance(value, bool):
        raise PydanticCustomError("no_number", "Input should be a number")
    return value


Whole: TypeAlias = Annotated[int, BeforeValidator(_refuse_flag)]
Number: TypeAlias = Annotated[float, BeforeValidator(_refuse_flag)]


class ExplainedFields:
    """Raises `InvalidRequestError` where a model of pydantic is made of what does not fit; stands first of its bases.

    Examples:
        >>> class Tiles(ExplainedFields, BaseModel):
        ...     count: Whole = 12
        >>> Tiles(count=True)
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: `count=True`: Input should be a number.
    """

    if not TYPE_CHECKING:  # Type checkers know the arguments from the fields, and would lose them here.

        def __init__(self, /, **values: object) -> None:
            """Take the fields as keyword arguments.

            Raises:
                InvalidRequestError: A value does not fit, or no field has that name.
            """
            try:
                super().__init__(**values)
            except ValidationError as exc:
                raise refuse_fields(type(self), exc) from exc


def refuse_fields(model: type[BaseModel], error: ValidationError) -> NemotronVLError:
    """Return the error for values that do not fit a model; one that a validator raised is returned as it is.

    Args:
        model: Whose fields were filled in.
        error: What pydantic says.
    """
    for problem in error.errors(include_url=False):
        cause: object = problem.get("ctx", {}).get("error")
        if isinstance(cause, NemotronVLError):
            return cause
    return InvalidRequestError(
        explain_fields(error, model.model_fields),
        hint=f"Fields are {', '.join(model.model_fields)}." if names_unknown_field(error) else "",
    )


def explain_fields(
    error: ValidationError, known: Iterable[str], write_name: Callable[[str], str] = str
) -> str:
    """Return what does not fit, each field once, with its value.

    Args:
        error: What pydantic says.
        known: Names of the fields that there are.
        write_name: Gives a field the name under which its value came.
    """
    # A field of several types has a complaint for each of them.
    complaints: dict[str, list[str]] = {}
    for problem in error.errors(include_url=False):
        what, complaint = _describe(problem, [*known], write_name)
        complaints.setdefault(what, []).append(complaint)
    return "; ".join(f"{what}: {', or '.join(texts)}" for what, texts in complaints.items()) + "."


def _describe(problem: "ErrorDetails", known: list[str], write_name: Callable[[str], str]) -> tuple[str, str]:
    field, *inner = map(str, problem["loc"] or ("",))
    place = "".join(f"[{step}]" for step in inner if step.isdecimal())
    here = f"`{write_name(field)}{place}={show(problem['input'])}`"
    if problem["type"] != "extra_forbidden":
        return here, problem["msg"]
    near = get_close_matches(field, known, n=1)
    return here, "no such setting" + (f" (did you mean {write_name(near[0])}?)" if near else "")


def names_unknown_field(error: ValidationError) -> bool:
    """Whether a value was given to a field that does not exist."""
    return any(problem["type"] == "extra_forbidden" for problem in error.errors(include_url=False))
