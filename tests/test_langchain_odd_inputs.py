"""Messages and tools that nobody would write by hand: each is used, or refused by an error that LangChain knows."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.exceptions import ModelInvalidRequestError, OutputParserException
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from typing_extensions import override

from nemotron_vl_integrations.backends.scripted import ScriptedBackend, ScriptStep
from nemotron_vl_integrations.langchain import ChatNemotronVL
from tests.paged_script import open_script


class AlwaysYes(ScriptedBackend):
    """Scripted: what is looked at is what reaches the prompt, and which error keeps it from there."""

    @override
    def _next_step(self) -> ScriptStep:
        return "Yes."


TYPES = [
    "text", "input_text", "image", "image_url", "input_image", "file", "input_file", "document", "media", "text-plain",
    "json", "search_result", "non_standard", "refusal", "reasoning", "thinking", "tool_use", "tool_result", "audio",
    "video", "no-such-type",
]  # fmt: skip
KEYS = [
    "text", "image", "image_url", "url", "base64", "data", "bytes", "source", "file", "file_data", "file_id", "content",
    "value", "json", "title", "mime_type", "source_type", "path", "refusal", "tool_use_id", "inline_data", "type",
]  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.binary(max_size=4)
    | st.sampled_from(["data:image/png;base64,AAAA", "http://x/y", "/etc/passwd", "base64", "<image>"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=6,
)


def make_block(kind: str, rest: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, **rest}


BLOCKS = st.text(max_size=5) | st.builds(
    make_block, st.sampled_from(TYPES), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3)
)
CONTENTS: Any = st.text(max_size=8) | st.lists(BLOCKS, max_size=3)
MESSAGES = (
    st.builds(HumanMessage, CONTENTS)
    | st.builds(AIMessage, CONTENTS)
    | st.builds(SystemMessage, CONTENTS)
    | st.builds(ToolMessage, CONTENTS, tool_call_id=st.just("1"))
)
ROLES = st.sampled_from(["user", "human", "ai", "assistant", "tool", "system", "critic"])
TURNS = st.tuples(ROLES, VALUES) | st.dictionaries(
    st.sampled_from(["role", "content", "type", "tool_calls", "tool_call_id", "name", "id"]),
    VALUES | ROLES,
    max_size=4,
)
NAMES = st.text(max_size=4) | SCALARS
SCHEMA_KEYS = st.sampled_from(["type", "properties", "required", "items", "enum", "anyOf", "$ref", "a"])
SCHEMAS = st.recursive(
    SCALARS | st.sampled_from(["object", "string", "integer"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCHEMA_KEYS, inner, max_size=4),
    max_leaves=8,
)
FUNCTIONS = st.fixed_dictionaries({"name": NAMES}, optional={"parameters": SCHEMAS, "description": SCALARS})
TOOLS = (
    FUNCTIONS
    | st.fixed_dictionaries({"type": st.just("function"), "function": FUNCTIONS | VALUES})
    | st.fixed_dictionaries({"name": NAMES, "input_schema": SCHEMAS})
    | st.fixed_dictionaries({"title": NAMES, "type": st.just("object"), "properties": SCHEMAS})
    | SCHEMAS
)
# No base64, so that it is never taken for the bytes of a file.
MARKER = "MARKER!"
FEW = settings(max_examples=60)
CHOICES = st.sampled_from(
    [None, "auto", "any", "none", True, "zoom", {"type": "tool", "name": "zoom"}, {"a": 1}]
)


def write_text(kind: str, text: str) -> object:
    match kind:
        case "str":
            return text
        case "json":
            return {"type": "json", "json": {"it": text}}
        case "refusal":
            return {"type": "refusal", "refusal": text}
        case _:
            return {"type": kind, "text": text}


def open_chat() -> tuple[ChatNemotronVL, ScriptedBackend]:
    backend = AlwaysYes([])
    return ChatNemotronVL(engine=open_script(backend)), backend


def call(chat: ChatNemotronVL, conversation: Any, *, streamed: bool = False) -> bool:  # noqa: ANN401 - anything
    """Whether the model took it; any other error than LangChain's for such input goes through."""
    try:
        _ = list(chat.stream(conversation)) if streamed else chat.invoke(conversation)
    except ModelInvalidRequestError:
        return False
    return True


@FEW
@given(st.lists(MESSAGES, min_size=1, max_size=3), st.booleans())
def test_any_message_is_used_or_refused_by_a_typed_error(messages: list[BaseMessage], streamed: bool) -> None:
    chat, backend = open_chat()
    assert call(chat, messages, streamed=streamed) == bool(backend.prompts)


@FEW
@given(VALUES | st.lists(TURNS, max_size=3))
def test_any_conversation_is_used_or_refused_by_a_typed_error(conversation: Any) -> None:  # noqa: ANN401 - anything
    chat, backend = open_chat()
    assert call(chat, conversation) == bool(backend.prompts)


@FEW
@given(st.sampled_from(TYPES), st.sampled_from(KEYS), st.booleans())
def test_the_one_value_of_a_block_reaches_the_prompt_or_is_refused(kind: str, key: str, result: bool) -> None:
    chat, backend = open_chat()
    content: list[Any] = ["Before.", {"type": kind, key: MARKER} if key != "type" else {"type": MARKER}]
    last = ToolMessage(content, tool_call_id="1") if result else HumanMessage(content)
    if call(chat, [last]):
        assert MARKER in backend.prompts[0].text


@FEW
@given(st.lists(st.sampled_from(["text", "input_text", "str", "refusal", "json", "text-plain"]), max_size=6))
def test_texts_of_any_form_stand_in_the_prompt_in_their_order(kinds: list[str]) -> None:
    texts = [f"M{number}." for number in range(len(kinds))]
    blocks: list[Any] = [write_text(kind, text) for kind, text in zip(kinds, texts, strict=True)]
    chat, backend = open_chat()
    assert call(chat, [HumanMessage(blocks)])
    places = [backend.prompts[0].text.index(text) for text in texts]
    assert places == sorted(places)


@FEW
@given(st.lists(TOOLS, min_size=1, max_size=2), CHOICES, st.sampled_from([None, True, False]))
def test_any_tool_is_used_or_refused_by_a_typed_error(
    tools: list[Any],
    choice: Any,  # noqa: ANN401 - any form of a choice
    strict: bool | None,
) -> None:
    chat, backend = open_chat()
    try:
        chat.bind_tools(tools, tool_choice=choice, strict=strict).invoke("Hello")
    except ModelInvalidRequestError:
        assert backend.prompts == []
    else:
        names: list[Any] = [tool.get("name") for tool in tools if isinstance(tool, dict)]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - any dict
        shown = [str(name) for name in names if name and choice != "none"]
        assert [name for name in shown if name not in backend.prompts[0].text] == []


OPTIONS = [
    "temperature", "max_tokens", "timeout", "stop", "seed", "top_p", "logprobs", "top_logprobs", "reasoning",
    "thinking_budget", "max_tiles", "layout", "tools", "tool_choice", "response_format", "no_such_option",
]  # fmt: skip
METHODS: Any = st.sampled_from(["json_schema", "function_calling", "json_mode", "no_such_method"])


@FEW
@given(st.dictionaries(st.sampled_from(OPTIONS), VALUES | SCHEMAS, max_size=3))
def test_any_option_is_used_or_refused_by_a_typed_error(options: dict[str, Any]) -> None:
    chat, backend = open_chat()
    try:
        chat.invoke("Hello", **options)
    except ModelInvalidRequestError:
        assert backend.prompts == []
    else:
        assert "no_such_option" not in options


@FEW
@given(SCHEMAS, METHODS)
def test_any_schema_is_asked_for_or_refused_by_a_typed_error(schema: Any, method: Any) -> None:  # noqa: ANN401 - anything
    chat, backend = open_chat()
    try:
        chat.with_structured_output(schema, method=method).invoke("Hello")
    except ModelInvalidRequestError:
        assert backend.prompts == []
    except OutputParserException:
        assert backend.samplings[0].constraint is not None
