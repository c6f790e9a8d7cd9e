"""Holds LlamaIndex's `OpenAILike` against this package's standard tests of LLMs, and says what they find.

A small server on the loopback answers in the form of OpenAI's chat completions, as `vllm serve` does: it counts
tokens by words, images as 256, forces calls and objects by their schema, and stops when its client goes. So what fails
is the class's doing. The class is no dependency of this package:

    pip install --no-deps --target .other llama-index-llms-openai-like llama-index-llms-openai "openai<3" jiter distro
    PYTHONPATH=.other python -m pytest benchmarks/suite_against_openai_like.py -q --tb=line
"""

# The class that is tested is no dependency of this package.
# pyright: basic, reportMissingImports=false
import json
import select
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from llama_index.core.llms.llm import LLM
from llama_index.llms.openai_like import OpenAILike
from typing_extensions import override

from nemotron_vl_integrations.testing.llama_index_llms import LLMTests

TEXT = "Good morning to you, and to everybody who reads this page. "
SECONDS_A_WORD = 0.002
KEY = "a-key-that-nobody-may-read"


class Server(ThreadingHTTPServer):
    """Answers chat completions, and knows how many it works on."""

    daemon_threads = True
    running = 0
    lock: ClassVar[threading.Lock] = threading.Lock()


class Answerer(BaseHTTPRequestHandler):
    """One request."""

    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] - the one that is started below
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a chat completion, whole or as a stream of events."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.running += 1
        try:
            if asked.get("stream"):
                self._stream(asked)
            else:
                self._wait_for_words(asked)
                self._send(answer_whole(asked))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.server.lock:
                self.server.running -= 1

    def _wait_for_words(self, asked: Mapping[str, Any]) -> None:
        """Take the time of the words, and stop where the client has gone."""
        for _ in write(asked)[0].split():
            time.sleep(SECONDS_A_WORD)
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise BrokenPipeError

    def _send(self, answer: Mapping[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, asked: Mapping[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in answer_in_pieces(asked):
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()
            time.sleep(SECONDS_A_WORD)
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def count_words(value: object) -> int:
    """Count what a prompt holds: words of texts, 256 for an image, a file or a sound."""
    match value:
        case {"type": "image_url" | "file" | "input_audio"}:
            return 256
        case str():
            return len(value.split())
        case dict():
            return sum(map(count_words, value.values()))
        case list():
            return sum(map(count_words, value))
        case _:
            return 0


def fill(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return a small value that satisfies a schema."""
    if "$ref" in schema:
        return fill(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    if "anyOf" in schema:
        return fill(schema["anyOf"][0], root)
    match schema.get("type"):
        case "object":
            return {name: fill(part, root) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [fill(schema.get("items", {}), root)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return "text"


def write(asked: Mapping[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Return the text of the reply, or the call that was forced."""
    tools = {tool["function"]["name"]: tool["function"] for tool in asked.get("tools") or ()}
    choice = asked.get("tool_choice", "auto")
    form = asked.get("response_format") or {}
    if tools and choice not in ("auto", "none"):
        name = choice["function"]["name"] if isinstance(choice, dict) else next(iter(tools))
        schema = tools[name].get("parameters", {})
        return "", {"name": name, "arguments": json.dumps(fill({"type": "object", **schema}, schema))}
    limit = asked.get("max_tokens") or asked.get("max_completion_tokens") or 12
    if "json_schema" in form:
        schema = form["json_schema"]["schema"]
        return " ".join(json.dumps(fill(schema, schema)).split(" ")[:limit]), None
    return " ".join((TEXT * (limit // 11 + 1)).split()[:limit]), None


def describe_usage(asked: Mapping[str, Any], text: str) -> dict[str, int]:
    """Return the counts as OpenAI names them."""
    prompt = count_words(asked["messages"]) + count_words(asked.get("tools"))
    written = max(1, len(text.split()))
    return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}


def answer_whole(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return a completion."""
    text, call = write(asked)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if call is not None:
        call_id = f"call_{time.monotonic_ns()}"
        message["tool_calls"] = [{"id": call_id, "type": "function", "function": call}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "length"}
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": asked["model"]}
    return {**head, "choices": [choice], "usage": describe_usage(asked, text)}


def answer_in_pieces(asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a completion."""
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": asked["model"]}
    text, call = write(asked)
    words = text.split(" ") if text else []
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": word if not number else f" {word}"}
        for number, word in enumerate(words)
    ]
    if call is not None:
        start = {"id": f"call_{time.monotonic_ns()}", "type": "function"}
        parts = [
            {"name": call["name"], "arguments": ""},
            *({"arguments": part} for part in call["arguments"]),
        ]
        deltas += [
            {"tool_calls": [{"index": 0, **(start if not number else {}), "function": part}]}
            for number, part in enumerate(parts)
        ]
    for delta in deltas:
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    reason = "tool_calls" if call else "length"
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": describe_usage(asked, text)}


SERVER = Server(("127.0.0.1", 0), Answerer)
threading.Thread(target=SERVER.serve_forever, daemon=True).start()


@pytest.mark.filterwarnings("default")
class TestOpenAILike(LLMTests):
    """The suite; nothing that the class claims to do is switched off."""

    @override
    def make_llm(self) -> LLM:
        host, port = SERVER.server_address[:2]
        return OpenAILike(
            model="served",
            api_base=f"http://{host!s}:{port}/v1",
            api_key=KEY,
            context_window=16_384,
            max_tokens=100,
            is_chat_model=True,
            is_function_calling_model=True,
            should_use_structured_outputs=True,
        )

    @override
    def count_running(self) -> int:
        return SERVER.running

    @property
    @override
    def secrets(self) -> tuple[str, ...]:
        return (KEY,)
