"""Times many short calls of `ChatNemotronVL` against LangChain's own way of making them, on one engine in one run.

LangChain's `batch` sends as many calls at once as there are processors and four more, its `generate` one after the
other; both are called here on the same model. Rounds alternate, so that a busy machine slows all of them.

Usage: python benchmarks/batch_against_langchain.py [CALLS] [ROUNDS]
"""

import json
import os
import sys
import time
from collections.abc import Callable
from statistics import median

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage

from nemotron_vl_integrations import get_engine
from nemotron_vl_integrations.langchain import ChatNemotronVL


def benchmark(calls: int, rounds: int) -> dict[str, object]:
    """Measure all ways in turn; drawn at a high temperature, every reply has its 32 tokens."""
    chat = ChatNemotronVL(max_tokens=32, temperature=2.0, seed=1)
    texts = [f"Say {number}." for number in range(calls)]
    turns: list[list[BaseMessage]] = [[HumanMessage(text)] for text in texts]
    ways: dict[str, Callable[[], object]] = {
        "batch": lambda: chat.batch([*texts]),
        "LangChain's batch": lambda: BaseChatModel.batch(chat, [*texts]),
        "generate": lambda: chat.generate([*turns]),
        "LangChain's generate": lambda: BaseChatModel.generate(chat, [*turns]),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with get_engine() as engine:
        chat.invoke("Hello")  # What is needed once: kernels, imports.
        for _ in range(rounds):
            for name, call in ways.items():
                began = time.perf_counter()
                call()
                seconds[name].append(time.perf_counter() - began)
        device = f"{engine.device}, {engine.model}, {engine.places} places"
    middle = {name: median(times) for name, times in seconds.items()}
    return {
        "engine": device,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "calls": calls,
        "calls a second": {name: round(calls / time, 1) for name, time in middle.items()},
        "batch over LangChain's": round(middle["LangChain's batch"] / middle["batch"], 2),
        "generate over LangChain's": round(middle["LangChain's generate"] / middle["generate"], 2),
    }


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    print(json.dumps(benchmark(*(arguments + [64, 5][len(arguments) :])), indent=1))
