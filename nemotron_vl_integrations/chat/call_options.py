"""The options of one call that both frameworks know: the fields of the model, and what the call says otherwise."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Self

from pydantic import BaseModel, ValidationError

from nemotron_vl_integrations.argument_checks import check_whole, show
from nemotron_vl_integrations.engine.request_checks import MAX_LOGPROBS, check_request
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.field_errors import Number, Whole, refuse_fields
from nemotron_vl_integrations.messages import (
    JSON_REPETITION,
    Constraint,
    JSONSchemaConstraint,
    Layout,
    Message,
    Request,
    Sampling,
    ToolChoice,
    ToolSpec,
)
from nemotron_vl_integrations.tiling import MAX_TILES

_FREE = ToolChoice()
_REPETITION = Sampling().repetition
# Options that `Sampling` calls by the same name.
_AS_SAMPLED = {
    "temperature", "max_tokens", "seed", "top_p", "top_k",
    "presence_penalty", "frequency_penalty", "repetition_penalty",
}  # fmt: skip


class SharedOptions(BaseModel, frozen=True, extra="forbid"):
    """What one call is run with; None takes the default of `messages.Sampling` or `messages.Request`.

    Attributes:
        stop: Strings that end the reply.
        logprobs: Whether to report the log probability of each token.
        top_logprobs: How many alternatives to report with each token; says yes to `logprobs`, unless that says no.
        presence_penalty: Makes tokens that the reply holds already less likely, see `messages.Sampling`.
        frequency_penalty: The same, the more the oftener they occur.
        repetition_penalty: The same, for tokens of the prompt too; 1.1 cures most loops.
        reasoning: Whether the model thinks first.
        thinking_budget: Most tokens of its thoughts, where it thinks.
    """

    temperature: Number | None = None
    max_tokens: Whole | None = None
    timeout: Number | None = None
    stop: list[str] | str | None = None
    seed: Whole | None = None
    top_p: Number | None = None
    top_k: Whole | None = None
    logprobs: bool | None = None
    top_logprobs: Whole | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    repetition_penalty: Number | None = None
    reasoning: bool | None = None
    thinking_budget: Whole | None = None
    max_tiles: Whole | None = None
    max_images: Whole | None = None
    layout: Layout | None = None

    @classmethod
    def read(cls, fields: Mapping[str, object], call: Mapping[str, object]) -> Self:
        """Return the options of a call.

        Args:
            fields: Of the model.
            call: What the call says; goes before the fields.

        Raises:
            InvalidRequestError: An option that does not exist, or a value that does not fit or is out of range.

        Examples:
            >>> SharedOptions.read({"max_tokens": 10, "seed": 3}, {"max_tokens": 20}).max_tokens
            20
        """
        for name in call:
            if name not in cls.model_fields:
                raise refuse_option("A call has no option", name, call[name], cls.model_fields)
        try:
            options = cls.model_validate({**fields, **call})
        except ValidationError as exc:
            raise refuse_fields(cls, exc) from exc
        options.check()
        return options

    def check(self) -> None:
        """Check the ranges of values, as the engine will.

        Raises:
            InvalidRequestError: Names the value and its range.
        """
        if self.top_logprobs is not None:
            check_whole("top_logprobs", self.top_logprobs, 0, MAX_LOGPROBS)
        check_request(self.write_request((), layout="reference", max_tiles=MAX_TILES))

    def write_request(
        self,
        messages: tuple[Message, ...],
        *,
        layout: Layout,
        max_tiles: int,
        tools: tuple[ToolSpec, ...] = (),
        tool_choice: ToolChoice = _FREE,
        constraint: Constraint | None = None,
    ) -> Request:
        """Return the request of this call.

        Args:
            messages: The conversation.
            layout: Taken where the options name none.
            max_tiles: Taken where the options name none.
            tools: Tools that may be called.
            tool_choice: Whether one must be called, and which.
            constraint: What the answer must satisfy.
        """
        return Request(
            messages=messages,
            tools=tools,
            tool_choice=tool_choice,
            reasoning=bool(self.reasoning),
            thinking_budget=self.thinking_budget,
            sampling=self._write_sampling(constraint),
            layout=self.layout or layout,
            max_tiles=max_tiles if self.max_tiles is None else self.max_tiles,
            max_images=self.max_images,
            timeout=self.timeout,
        )

    def _write_sampling(self, constraint: Constraint | None) -> Sampling:
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        as_json = isinstance(constraint, JSONSchemaConstraint)
        return Sampling(
            stop=tuple(stop),
            repetition=JSON_REPETITION if as_json else _REPETITION,
            logprobs=self._count_alternatives(),
            constraint=constraint,
            **self.model_dump(include=_AS_SAMPLED, exclude_none=True),
        )

    def _count_alternatives(self) -> int | None:
        if self.top_logprobs is not None and self.logprobs is not False:
            return self.top_logprobs
        return 0 if self.logprobs else None


def refuse_option(what: str, name: str, value: object, known: Iterable[str]) -> InvalidRequestError:
    """Return the error for an option that does not exist, with the one that may have been meant.

    Args:
        what: Begins the message.
        name: Of the option.
        value: Of the option.
        known: Names of those that exist.

    Examples:
        >>> print(refuse_option("A call has no option", "temperatur", 0, ["seed", "temperature"]))
        A call has no option `temperatur=0` (did you mean temperature?). There are seed, temperature.
    """
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return InvalidRequestError(
        f"{what} `{name}={show(value)}`{f' (did you mean {near[0]}?)' if near else ''}.",
        hint=f"There are {', '.join(names)}.",
    )
