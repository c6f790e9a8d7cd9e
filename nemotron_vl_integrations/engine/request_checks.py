"""Checks a whole request before anything is rendered or sent.

A value of the wrong type that reached vLLM's process would end the thread that takes its requests, and with it every
later request. So the type of every value is looked at here, not only its range.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast, get_args

from PIL import Image

from nemotron_vl_integrations.argument_checks import (
    check_choice,
    check_enforceable_text,
    check_flag,
    check_items,
    check_number,
    check_text,
    check_whole,
    wrong_type,
)
from nemotron_vl_integrations.config import IMAGES_PER_PROMPT, EngineConfig
from nemotron_vl_integrations.errors import InvalidRequestError, TooManyImagesError
from nemotron_vl_integrations.json_schema import Schema, check_enforced, check_json, check_node, walk
from nemotron_vl_integrations.messages import (
    ChoiceConstraint,
    Constraint,
    GrammarConstraint,
    ImagePart,
    JSONSchemaConstraint,
    Layout,
    Message,
    Part,
    RegexConstraint,
    RepetitionStop,
    Request,
    Role,
    Sampling,
    TextPart,
    ToolCall,
    ToolChoice,
    ToolSpec,
)
from nemotron_vl_integrations.tiling import MAX_TILES

ItemT = TypeVar("ItemT")

# Of the numbers that vLLM's process takes. More tokens than that no context holds.
_INT32 = 2**31 - 1
_INT64 = 2**63 - 1
MAX_LOGPROBS = 20
_ROLES = cast("tuple[str, ...]", get_args(Role))
_LAYOUTS = cast("tuple[str, ...]", get_args(Layout))


def check_request(request: object) -> Request:
    """Return a request whose values all have the types and ranges that `messages` says.

    NumPy's numbers come back as Python's, whole numbers as `float` where a `float` is meant, lists as tuples.

    Args:
        request: Anything.

    Raises:
        InvalidRequestError: Names the value, its type or its range.

    Examples:
        >>> hello = Message("user", (TextPart("Hello"),))
        >>> check_request(Request(messages=(hello,), sampling=Sampling(max_tokens=40.0)))
        Traceback (most recent call last):
        nemotron_vl_integrations.errors.InvalidRequestError: `max_tokens=40.0` is of type 'float'. Give a whole ...
    """
    if not isinstance(request, Request):
        raise wrong_type("request", request, "a `messages.Request`")
    checked = replace(
        request,
        messages=_check_all("messages", request.messages, "`messages.Message`", _check_message),
        tools=_check_all("tools", request.tools, "`messages.ToolSpec`", _check_tool),
        tool_choice=_check_tool_choice(request.tool_choice),
        reasoning=check_flag("reasoning", request.reasoning),
        thinking_budget=None
        if request.thinking_budget is None
        else check_whole("thinking_budget", request.thinking_budget, 1, _INT32),
        prefix=check_text("prefix", request.prefix),
        sampling=_check_sampling(request.sampling),
        layout=cast("Layout", check_choice("layout", request.layout, _LAYOUTS)),
        max_tiles=check_whole("max_tiles", request.max_tiles, 1, MAX_TILES),
        max_images=None
        if request.max_images is None
        else check_whole("max_images", request.max_images, 0, IMAGES_PER_PROMPT),
        priority=check_whole("priority", request.priority, -_INT32, _INT32),
        timeout=None
        if request.timeout is None
        else check_number("timeout", request.timeout, 0.0, with_low=False),
    )
    _check_prefix(checked)
    return checked


def check_image_count(request: Request, config: EngineConfig) -> None:
    """Refuse more images than the request, or else the engine's configuration, allows.

    Raises:
        TooManyImagesError: Says how many there are.
    """
    images = sum(isinstance(part, ImagePart) for message in request.messages for part in message.content)
    limit = config.max_images if request.max_images is None else request.max_images
    if images > limit:
        raise TooManyImagesError(
            f"The request holds {images} images and {limit} are allowed.",
            hint=f"Raise `max_images` (the engine has room for {IMAGES_PER_PROMPT}), or ask about one at a time.",
        )


def check_config(config: object) -> EngineConfig:
    """Return an engine's configuration.

    Raises:
        InvalidRequestError: Another type.
    """
    if not isinstance(config, EngineConfig):
        raise wrong_type("config", config, "an `EngineConfig`, such as `EngineConfig(max_tiles=6)`")
    return config


def _check_all(
    name: str, value: object, wanted: str, check: Callable[[str, object], ItemT]
) -> tuple[ItemT, ...]:
    items = check_items(name, value, wanted)
    return tuple(check(f"{name}[{index}]", item) for index, item in enumerate(items))


def _check_message(name: str, message: object) -> Message:
    if not isinstance(message, Message):
        raise wrong_type(name, message, "a `messages.Message`")
    check_choice(f"{name}.role", message.role, _ROLES)
    check_text(f"{name}.tool_call_id", message.tool_call_id)
    check_text(f"{name}.name", message.name)
    return replace(
        message,
        content=_check_all(
            f"{name}.content",
            message.content,
            'parts, such as `Message("user", (TextPart("Hello"),))`',
            _check_part,
        ),
        tool_calls=_check_all(
            f"{name}.tool_calls", message.tool_calls, "`messages.ToolCall`", _check_tool_call
        ),
    )


def _check_part(name: str, part: object) -> Part:
    match part:
        case TextPart():
            check_text(f"{name}.text", part.text)
            return part
        case ImagePart():
            _check_image(f"{name}.image", part.image)
            return part
        case _:
            raise wrong_type(name, part, "a `messages.TextPart` or a `messages.ImagePart`")


def _check_image(name: str, image: object) -> None:
    if not isinstance(image, Image.Image):
        raise wrong_type(name, image, "a PIL image, as `load_image` returns it")


def _check_tool_call(name: str, call: object) -> ToolCall:
    if not isinstance(call, ToolCall):
        raise wrong_type(name, call, "a `messages.ToolCall`")
    check_text(f"{name}.id", call.id)
    check_text(f"{name}.name", call.name)
    check_text(f"{name}.arguments", call.arguments, "the text of one JSON object")
    return call


def _check_tool(name: str, tool: object) -> ToolSpec:
    if not isinstance(tool, ToolSpec):
        raise wrong_type(name, tool, "a `messages.ToolSpec`")
    check_text(f"{name}.name", tool.name)
    check_text(f"{name}.description", tool.description)
    _check_table(f"{name}.parameters", tool.parameters)
    return tool


def _check_tool_choice(choice: object) -> ToolChoice:
    if not isinstance(choice, ToolChoice):
        raise wrong_type("tool_choice", choice, "a `messages.ToolChoice`")
    return ToolChoice(
        required=check_flag("tool_choice.required", choice.required),
        name=check_text("tool_choice.name", choice.name),
        parallel=check_flag("tool_choice.parallel", choice.parallel),
        strict=check_flag("tool_choice.strict", choice.strict),
    )


def _check_sampling(sampling: object) -> Sampling:
    if not isinstance(sampling, Sampling):
        raise wrong_type("sampling", sampling, "a `messages.Sampling`")
    return replace(
        sampling,
        temperature=check_number("temperature", sampling.temperature, 0.0, 2.0),
        top_p=check_number("top_p", sampling.top_p, 0.0, 1.0, with_low=False),
        top_k=check_whole("top_k", sampling.top_k, 0, _INT32),
        max_tokens=check_whole("max_tokens", sampling.max_tokens, 1, _INT32),
        seed=None if sampling.seed is None else check_whole("seed", sampling.seed, -_INT64 - 1, _INT64),
        stop=_check_all("stop", sampling.stop, "texts", check_enforceable_text),
        presence_penalty=check_number("presence_penalty", sampling.presence_penalty, -2.0, 2.0),
        frequency_penalty=check_number("frequency_penalty", sampling.frequency_penalty, -2.0, 2.0),
        repetition_penalty=check_number(
            "repetition_penalty", sampling.repetition_penalty, 0.0, 10.0, with_low=False
        ),
        repetition=None if sampling.repetition is None else _check_repetition(sampling.repetition),
        logprobs=None
        if sampling.logprobs is None
        else check_whole("logprobs", sampling.logprobs, 0, MAX_LOGPROBS),
        constraint=None if sampling.constraint is None else _check_constraint(sampling.constraint),
        whole=check_flag("whole", sampling.whole),
    )


def _check_repetition(repetition: object) -> RepetitionStop:
    if not isinstance(repetition, RepetitionStop):
        raise wrong_type("repetition", repetition, "a `messages.RepetitionStop`, or None")
    checked = RepetitionStop(
        min_size=check_whole("repetition.min_size", repetition.min_size, 1, _INT32),
        max_size=check_whole("repetition.max_size", repetition.max_size, 1, _INT32),
        count=check_whole("repetition.count", repetition.count, 2, _INT32),
    )
    if checked.min_size > checked.max_size:
        raise InvalidRequestError(
            f"`repetition.min_size={checked.min_size}` is above `repetition.max_size={checked.max_size}`.",
            hint="The smallest pattern is no larger than the largest.",
        )
    return checked


def _check_constraint(constraint: object) -> Constraint:
    match constraint:
        case JSONSchemaConstraint():
            root = _check_table("constraint.schema", constraint.schema)
            for place, node in walk(root):
                check_node(place, node, root)
                check_enforced(place, node)
            return constraint
        case RegexConstraint():
            return RegexConstraint(check_enforceable_text("constraint.pattern", constraint.pattern))
        case GrammarConstraint():
            return GrammarConstraint(check_enforceable_text("constraint.grammar", constraint.grammar))
        case ChoiceConstraint():
            choices = _check_all("constraint.choices", constraint.choices, "texts", check_enforceable_text)
            if not choices:
                raise InvalidRequestError(
                    "`constraint.choices` is empty.", hint="Give the texts to choose from."
                )
            return ChoiceConstraint(choices)
        case _:
            raise wrong_type(
                "constraint",
                constraint,
                "a `JSONSchemaConstraint`, `RegexConstraint`, `ChoiceConstraint` or `GrammarConstraint`",
            )


def _check_table(name: str, value: object) -> Schema:
    if not isinstance(value, dict):
        raise wrong_type(name, value, "a JSON schema as a dict")
    check_json(name, cast("object", value))
    return cast("Schema", value)


def _check_prefix(request: Request) -> None:
    # Thoughts and constrained replies begin at the beginning.
    forced = request.tool_choice.required or request.sampling.constraint is not None
    if request.prefix and (request.reasoning or forced):
        other = "reasoning=True" if request.reasoning else "a constraint or a required call"
        raise InvalidRequestError(f"`prefix` cannot be used with {other}.", hint="Leave one of the two out.")
