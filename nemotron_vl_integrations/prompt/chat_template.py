"""Running the chat template of a checkpoint: untrusted Jinja in a sandbox, with bounded output."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from jinja2 import Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nemotron_vl_integrations.checkpoints.files import TEMPLATE_BYTES, read_json_object, read_text
from nemotron_vl_integrations.errors import EngineStartError, InvalidRequestError, PromptTooLongError
from nemotron_vl_integrations.messages import JSON

MAX_PROMPT_CHARACTERS = 8_000_000

# What a template can raise besides Jinja's own errors: it computes with whatever it is given.
_TEMPLATE_ERRORS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class ChatTemplate:
    """The chat template of one checkpoint.

    Args:
        folder: The checkpoint folder. `chat_template.jinja` is taken if it is there, else
            `chat_template` in `tokenizer_config.json`.

    Raises:
        EngineStartError: There is no template, or it cannot be compiled.
    """

    __slots__ = ("_template", "_tokens")

    def __init__(self, folder: Path) -> None:
        config_file = folder / "tokenizer_config.json"
        config = read_json_object(config_file) if config_file.is_file() else {}
        template_file = folder / "chat_template.jinja"
        if template_file.is_file():
            source = read_text(template_file, TEMPLATE_BYTES)
        else:
            source = _template_in(config, config_file)
        self._tokens = {name: _token_text(config.get(name)) for name in ("bos_token", "eos_token")}
        self._template = _compile(source, folder)

    def render(
        self, messages: Sequence[Mapping[str, JSON]], tools: Sequence[Mapping[str, JSON]], *, reasoning: bool
    ) -> str:
        """Renders a conversation, ending with the opening of the assistant's turn.

        Args:
            messages: Turns as chat templates take them: role, content, tool_calls.
            tools: Tools in the OpenAI form.
            reasoning: Handed on as `enable_thinking`, for templates that look at it.

        Returns:
            The prompt.

        Raises:
            InvalidRequestError: The template refuses the conversation.
            PromptTooLongError: The prompt has more characters than `MAX_PROMPT_CHARACTERS`.
        """
        pieces: list[str] = []
        size = 0
        try:
            for piece in self._template.generate(
                messages=messages,
                tools=tools or None,
                add_generation_prompt=True,
                enable_thinking=reasoning,
                **self._tokens,
            ):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_PROMPT_CHARACTERS:
                    break
        except _TEMPLATE_ERRORS as exc:
            raise InvalidRequestError(
                f"The checkpoint's chat template refuses the conversation: {exc}.",
                hint="Check the order of roles; `nemotron-vl doctor --checkpoint` tries the template.",
            ) from exc
        if size > MAX_PROMPT_CHARACTERS:
            raise prompt_too_long(size)
        return "".join(pieces)


def prompt_too_long(characters: int) -> PromptTooLongError:
    """The error for a prompt that no context could hold, before a token is counted."""
    return PromptTooLongError(
        f"The prompt has {characters} characters or more; {MAX_PROMPT_CHARACTERS} are the limit.",
        hint="Split the text into several requests.",
    )


def _template_in(config: Mapping[str, JSON], file: Path) -> str:
    match config.get("chat_template"):
        case str() as source if len(source) <= TEMPLATE_BYTES:
            return source
        case list() as named:
            for entry in named:
                match entry:
                    case {"name": "default", "template": str() as source} if len(source) <= TEMPLATE_BYTES:
                        return source
                    case _:
                        pass
        case _:
            pass
    raise EngineStartError(
        f"There is no chat template of at most {TEMPLATE_BYTES} characters in {str(file)!r}.",
        hint="Put the checkpoint's chat_template.jinja beside it.",
    )


def _token_text(value: JSON) -> str:
    match value:
        case str():
            return value
        case {"content": str() as text}:
            return text
        case _:
            return ""


def _compile(source: str, folder: Path) -> Template:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _tojson
    try:
        return environment.from_string(source, globals={"raise_exception": _raise_exception})
    except (TemplateError, RecursionError) as exc:
        raise EngineStartError(
            f"The chat template of the checkpoint {str(folder)!r} cannot be compiled: {exc}.",
            hint="Its chat_template.jinja is damaged; fetch the checkpoint again.",
        ) from exc


def _tojson(
    value: JSON,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    # Jinja's own filter escapes for HTML, which would spell `<` as \u003c in a prompt.
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _raise_exception(message: object) -> NoReturn:
    raise TemplateError(str(message))
