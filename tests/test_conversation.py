from typing import cast

import pytest
from PIL import Image

from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.messages import ImagePart, Message, Part, Role, TextPart, ToolCall, ToolSpec
from nemotron_vl_integrations.prompt import PromptRenderer
from nemotron_vl_integrations.prompt.conversation import check_conversation

DEMO = PromptRenderer(resolve_checkpoint(DEMO_MODEL).folder)
PAGE = Image.new("RGB", (512, 512), "white")


def user(*parts: str | Image.Image) -> Message:
    return Message("user", content(*parts))


def content(*parts: str | Image.Image) -> tuple[Part, ...]:
    return tuple(TextPart(part) if isinstance(part, str) else ImagePart(part) for part in parts)


def system(text: str) -> Message:
    return Message("system", content(text))


def assistant(text: str, *calls: ToolCall) -> Message:
    return Message("assistant", content(text), tool_calls=calls)


def result(call_id: str, text: str) -> Message:
    return Message("tool", content(text), tool_call_id=call_id)


def call(call_id: str, arguments: str = '{"page": 3}') -> ToolCall:
    return ToolCall(call_id, "zoom", arguments)


IMPOSSIBLE: dict[str, tuple[list[Message], str]] = {
    "empty": ([], "conversation is empty"),
    "system alone": ([system("S")], r"messages\[0\].*ends with role 'system'"),
    "ends with the assistant": ([user("a"), assistant("b")], r"messages\[1\].*ends with role 'assistant'"),
    "late system": ([user("a"), system("S"), user("b")], r"messages\[1\].*after other roles"),
    "image in system": (
        [Message("system", content(PAGE)), user("a")],
        r"messages\[0\]: an image in a message of role 'system'",
    ),
    "image in assistant": (
        [user("a"), Message("assistant", content(PAGE)), user("b")],
        r"messages\[1\]: an image",
    ),
    "image in tool": (
        [user("a"), assistant("", call("a")), Message("tool", content(PAGE), tool_call_id="a")],
        r"messages\[2\]: an image",
    ),
    "user calls a tool": (
        [Message("user", content("a"), tool_calls=(call("a"),))],
        r"messages\[0\]: tool calls",
    ),
    "user answers a call": (
        [Message("user", content("a"), tool_call_id="a")],
        r"messages\[0\]: `tool_call_id='a'`",
    ),
    "result without a call": ([user("a"), result("a", "1")], r"messages\[1\]: the result of call 'a'"),
    "result of another call": (
        [user("a"), assistant("", call("a")), result("b", "1")],
        r"messages\[2\]: the result of call 'b', while the open calls are \['a'\]",
    ),
    "result twice": (
        [user("a"), assistant("", call("a")), result("a", "1"), result("a", "1")],
        r"messages\[3\]: the result of call 'a'",
    ),
    "result too late": (
        [user("a"), assistant("", call("a")), user("b"), result("a", "1")],
        r"messages\[3\]: the result of call 'a'",
    ),
    "same id twice": (
        [user("a"), assistant("", call("a"), call("a")), user("b")],
        r"messages\[1\].*used twice",
    ),
    "arguments are no JSON": (
        [user("a"), assistant("", call("a", "{page: 3}")), user("b")],
        r"messages\[1\]: the arguments of call 'a'.*\{page: 3\}",
    ),
    "arguments are no object": ([user("a"), assistant("", call("a", "[]")), user("b")], "no JSON object"),
    "arguments are too deep": (
        [user("a"), assistant("", call("a", '{"a":' * 70 + "1" + "}" * 70)), user("b")],
        "nested at most 64",
    ),
    "tool name with a quote": (
        [user("a"), assistant("", ToolCall("a", 'x"', "{}")), user("b")],
        r"messages\[1\]: the called tool name 'x\"'",
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_conversation_that_cannot_be_is_refused_by_the_index_of_its_message(name: str) -> None:
    messages, message = IMPOSSIBLE[name]
    with pytest.raises(InvalidRequestError, match=message) as raised:
        DEMO.render(messages)
    assert raised.value.hint


@pytest.mark.parametrize("names", [("",), ("a b",), ("/think",), ("é",), ("a", "a")])
def test_tools_with_unusable_names_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequestError, match=f"{names[0]!r}"):
        DEMO.render([user("a")], tools=[ToolSpec(name, "", {}) for name in names])


def test_a_role_that_does_not_exist_is_refused_by_name() -> None:
    message = Message(cast("Role", "robot"), (TextPart("Hello"),))
    with pytest.raises(InvalidRequestError, match=r"`messages\[0\].role='robot'` does not exist"):
        check_conversation([message])
