"""The options of one call: the fields of the chat model, and what the call itself says otherwise."""

from collections.abc import Mapping
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError

from nemotron_vl_integrations.argument_checks import show
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.langchain.response_format import read_response_format
from nemotron_vl_integrations.langchain.tool_conversion import check_tool_choice, read_tools
from nemotron_vl_integrations.messages import Layout, Message, Request, Sampling


class CallOptions(BaseModel, frozen=True, extra="forbid"):
    """What one call is run with; the fields are those of `ChatNemotronVL`, and what is bound to a call.

    Attributes:
        tools: Descriptions of tools, as `bind_tools` writes them.
        tool_choice: `"auto"` or `"none"`.
        response_format: The form of the answer, as `with_structured_output` writes it.
        parallel_tool_calls: None or True; the model decides how many tools it calls.
    """

    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float | None = None
    stop: list[str] | str | None = None
    seed: int | None = None
    top_p: float | None = None
    top_k: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    reasoning: bool | None = None
    max_tiles: int | None = None
    max_images: int | None = None
    layout: Layout | None = None
    tools: list[dict[str, object]] | None = None
    tool_choice: bool | str | dict[str, object] | None = None
    response_format: dict[str, object] | type | None = None
    parallel_tool_calls: bool | None = None

    @classmethod
    def read(cls, fields: Mapping[str, object], call: Mapping[str, object]) -> "CallOptions":
        """Return the options of a call.

        Args:
            fields: Of the chat model.
            call: What the call says; goes before the fields.

        Raises:
            InvalidRequestError: An option that does not exist, or a value that does not fit.
        """
        for name in call:
            if name not in cls.model_fields:
                near = get_close_matches(name, cls.model_fields, n=1)
                raise InvalidRequestError(
                    f"The call has the option `{name}={show(call[name])}`, which does not exist"
                    f"{f' (did you mean {near[0]}?)' if near else ''}.",
                    hint=f"Options are {', '.join(cls.model_fields)}.",
                )
        try:
            return cls.model_validate({**fields, **call})
        except ValidationError as exc:
            problem = exc.errors(include_url=False)[0]
            raise InvalidRequestError(
                f"`{problem['loc'][0]}={show(problem['input'])}`: {problem['msg']}."
            ) from exc

    def make_request(self, messages: tuple[Message, ...], *, layout: Layout, max_tiles: int) -> Request:
        """Return the request of this call.

        Args:
            messages: The conversation.
            layout: Taken where the options name none.
            max_tiles: Taken where the options name none.

        Raises:
            InvalidRequestError: Tools or a form of the answer that cannot be used.
        """
        tools = check_tool_choice(self.tool_choice, read_tools(self.tools))
        if tools and self.parallel_tool_calls is False:
            raise InvalidRequestError(
                "`parallel_tool_calls=False` cannot be enforced.", hint="Leave it out, or give one tool."
            )
        return Request(
            messages=messages,
            tools=tools,
            reasoning=bool(self.reasoning),
            sampling=self._make_sampling(with_tools=bool(tools)),
            layout=self.layout or layout,
            max_tiles=max_tiles if self.max_tiles is None else self.max_tiles,
            max_images=self.max_images,
            timeout=self.timeout,
        )

    def _make_sampling(self, *, with_tools: bool) -> Sampling:
        constraint = read_response_format(self.response_format)
        if constraint is not None and with_tools:
            raise InvalidRequestError(
                "Tools and a response format in one call cannot be used together.",
                hint="Bind the tools in one step and ask for the form of the answer in another.",
            )
        default = Sampling()
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Sampling(
            temperature=default.temperature if self.temperature is None else self.temperature,
            top_p=default.top_p if self.top_p is None else self.top_p,
            top_k=default.top_k if self.top_k is None else self.top_k,
            max_tokens=default.max_tokens if self.max_tokens is None else self.max_tokens,
            seed=self.seed,
            stop=tuple(stop),
            logprobs=self._count_alternatives(),
            constraint=constraint,
        )

    def _count_alternatives(self) -> int | None:
        if self.top_logprobs is not None and self.logprobs is not False:
            return self.top_logprobs
        return 0 if self.logprobs else None
