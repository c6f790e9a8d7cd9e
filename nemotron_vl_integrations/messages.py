"""The neutral vocabulary between callers and the engine: frozen values without behaviour."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.Image import Image

Role = Literal["system", "user", "assistant", "tool"]
Layout = Literal["reference", "detail"]
FinishReason = Literal["stop", "length", "repetition", "abort"]
JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of text in a message; hostile until `prompt` has made it harmless.

    Halves of characters (lone surrogates), as in file names that are not UTF-8, reach the model as U+FFFD.
    """

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An upright RGB image in a message, at the place where it stands in the text."""

    image: "Image"


Part = TextPart | ImagePart


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool by the model; `arguments` is the text of one valid JSON object."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class InvalidToolCall:
    """A call that cannot be carried out, handed on as the model wrote it, with the reason."""

    id: str
    name: str
    arguments: str
    reason: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A fragment of the tool call at `index`; `id` and `name` come once, `arguments` in pieces."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, such as `Message("user", (TextPart("Hello"),))`.

    `tool_calls` belong to the role assistant; `tool_call_id` and `name` to the role tool, whose
    `content` is the result of that call.
    """

    role: Role
    content: tuple[Part, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class JSONSchemaConstraint:
    """The answer satisfies this JSON schema."""

    schema: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class RegexConstraint:
    """The answer matches this regular expression as a whole."""

    pattern: str


@dataclass(frozen=True, slots=True)
class ChoiceConstraint:
    """The answer is one of these strings."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrammarConstraint:
    """The answer is a sentence of this EBNF grammar (xgrammar's dialect)."""

    grammar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyConstraint:
    """What a whole reply is made of; the engine makes it of a request's tools, `tool_choice` and constraint.

    Attributes:
        tools: Tools that may be called; each call's arguments satisfy the tool's schema.
        parallel: Whether the reply may hold more than one call.
        answer: What may stand instead of calls; None leaves nothing but calls, or free text.
        reasoning: Whether free thoughts and `</think>` come first.
        free_text: Whether any text may stand before the calls, or instead of them.
    """

    tools: tuple[ToolSpec, ...]
    parallel: bool
    answer: "JSONSchemaConstraint | RegexConstraint | ChoiceConstraint | GrammarConstraint | None"
    reasoning: bool
    free_text: bool = False


Constraint = JSONSchemaConstraint | RegexConstraint | ChoiceConstraint | GrammarConstraint | ReplyConstraint


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChoice:
    """Which of its tools a reply calls.

    Attributes:
        required: The reply is a call, enforced while it is written: its arguments satisfy the tool's schema unless
            the reply is cut by its length. False leaves the choice to the model.
        name: The one tool that a required reply calls, once; empty means any of them.
        parallel: Whether a reply may hold several calls; False is enforced.
        strict: Whether a call that the model chose to make must satisfy its tool's schema, enforced while it is
            written. Otherwise one that does not is told as invalid.
    """

    required: bool = False
    name: str = ""
    parallel: bool = True
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionStop:
    """Ends a reply whose last tokens repeat a pattern of `min_size` to `max_size` tokens `count` times.

    Tables repeat legitimately, so `count` is well above the three of vLLM's own example.
    """

    min_size: int = 1
    max_size: int = 64
    count: int = 12


JSON_REPETITION = RepetitionStop(count=40)
"""For JSON: rows of equal or empty cells repeat in it far more often than lines repeat on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the reply is drawn. The defaults are greedy: right for reading, answering and extracting.

    Attributes:
        temperature: 0 takes the likeliest token each time.
        top_p: Share of the probability mass that is drawn from.
        top_k: Number of tokens that are drawn from; 0 means all.
        max_tokens: Limit of the reply in tokens (vLLM's own default is 16).
        seed: Makes drawing at a temperature repeatable.
        stop: Strings that end the reply and are not part of it.
        presence_penalty: Makes tokens that the reply holds already less likely, -2 to 2.
        frequency_penalty: The same, the more the oftener they occur, -2 to 2.
        repetition_penalty: Divides what speaks for a token that prompt or reply hold already; 1 changes nothing, 1.1
            cures most loops. Pages repeat legitimately, so it is not for reading.
        repetition: Ends a reply that loops; None lets it run to `max_tokens`.
        logprobs: Number of alternatives to report with each token; 0 reports the chosen token alone,
            None reports nothing.
        constraint: What the reply must satisfy. Of a request with tools, the reply is a call or satisfies it; of one
            with `reasoning`, what follows the thoughts does.
        whole: Asks for the reply as one piece, which spares this process the work for each token; `generate` always
            does. With `reasoning` it changes nothing, because thoughts are counted as they come.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    max_tokens: int = 2048
    seed: int | None = None
    stop: tuple[str, ...] = ()
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    repetition: RepetitionStop | None = RepetitionStop()
    logprobs: int | None = None
    constraint: Constraint | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of the engine.

    Attributes:
        messages: The conversation, oldest first.
        tools: Tools that the model may call; without them `<TOOLCALL>` in a reply is plain text.
        tool_choice: Whether it must call one, and which.
        reasoning: Whether the model thinks before it answers; never left to the text.
        thinking_budget: Most tokens of thoughts, where the model thinks; then they are ended for it, and it answers.
            Thoughts that loop are ended too. None leaves thoughts and answer to `max_tokens` together.
        prefix: What the model has written already; the reply goes on from there and does not repeat it. End it at a
            line break or after a word. Not together with `reasoning` or a constraint, which begin at the beginning.
        sampling: How the reply is drawn.
        layout: How images are fitted to tiles, see `tiling.choose_grid`.
        max_tiles: Most tiles of one image, 1 to 12, without the thumbnail.
        max_images: Most images of this request, up to 4; None takes the engine's configured limit.
        priority: Lower runs first; reading documents uses 10, so that a chat is answered before them.
        timeout: Seconds until the request is aborted; None waits for ever.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    reasoning: bool = False
    thinking_budget: int | None = None
    prefix: str = ""
    sampling: Sampling = Sampling()
    layout: Layout = "reference"
    max_tiles: int = 12
    max_images: int | None = None
    priority: int = 0
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token of the reply, its natural log probability, and the likeliest alternatives."""

    token: str
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request.

    Attributes:
        prompt_tokens: Of the whole prompt.
        completion_tokens: That the model wrote.
        image_tokens: Of the prompt, those that its images take.
        cached_tokens: Of the prompt, those that the engine had from an earlier one; 0 unless prefixes are cached.
        reasoning_tokens: Of the reply, those of the thoughts and their end.
    """

    prompt_tokens: int
    completion_tokens: int
    image_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A piece of a streamed reply; the last one carries `finish_reason` and `usage`."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    invalid_tool_calls: tuple[InvalidToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole reply.

    Attributes:
        text: The answer, without reasoning, tool calls, and line breaks at its two ends. With a constraint, and
            neither reasoning nor tools, it is what the model wrote to the letter.
        reasoning: What the model thought before it answered.
        tool_calls: Calls that can be carried out.
        invalid_tool_calls: Calls that cannot, each with the reason.
        finish_reason: `stop` ended by itself, `length` cut by `max_tokens`, `repetition` looped.
        usage: Tokens of prompt and reply.
        logprobs: One entry a token, if asked for.
        model: Name of the checkpoint that answered.
        seconds: From the call to the last token.
    """

    text: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...]
    invalid_tool_calls: tuple[InvalidToolCall, ...]
    finish_reason: FinishReason
    usage: Usage
    logprobs: tuple[TokenLogprob, ...]
    model: str
    seconds: float
