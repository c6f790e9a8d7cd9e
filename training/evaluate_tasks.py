"""Measures what a checkpoint does beside reading, through the real engine on the CPU.

    python -m training.evaluate_tasks
    python -m training.evaluate_tasks --model my-checkpoint --count 60 --replies replies.jsonl

Prints a Markdown table: for each task the number of requests and the share that was right.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

from nemotron_vl_integrations.checkpoints import DEMO_MODEL
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InputError
from nemotron_vl_integrations.messages import Reply, TextPart
from training.random_text import TextSource
from training.task_cases.cases import Case
from training.task_cases.everyday_tools import everyday_cases
from training.task_cases.forms import SYSTEM_FONTS, FormMaker, find_held_out_fonts
from training.task_cases.page_cases import extraction_cases, pair_cases, question_cases
from training.task_cases.text_cases import passage_cases, suite_cases, talk_cases, thinking_cases
from training.task_cases.tool_cases import ToolCases
from training.task_cases.wording_cases import wording_cases
from training.vocabulary import DEFAULT_WORDS, read_vocabulary

SEED = 20_001
CONCURRENCY = 12


def draw_cases(source: TextSource, fonts: Sequence[Path], count: int) -> list[Case]:
    """Draw about `count` cases of each task, the same for the same words, fonts and count."""
    rng, forms = source.rng, FormMaker(source.rng, fonts)
    tools = ToolCases(forms, source)
    texts = list(wording_cases(forms, source, count))
    source.speak("english")
    cases = [
        *question_cases(forms, count),
        *extraction_cases(forms, count),
        *pair_cases(forms, 3 * count // 2),
        *everyday_cases(rng),
        *tools.calls(count),
        *tools.choices(count),
        *tools.results(count),
        *tools.page_values(count // 2),
        *passage_cases(rng, source, count),
        *talk_cases(),
        *suite_cases(),
    ]
    thinking = thinking_cases(rng.sample(cases, min(len(cases), count)))
    return [*texts, *cases, *thinking]


async def answer_all(engine: Engine, cases: Sequence[Case]) -> list[Reply]:
    """Ask all requests, some at a time; replies in the order of the cases."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def answer(case: Case) -> Reply:
        async with slots:
            return await engine.agenerate(case.request)

    return await asyncio.gather(*(answer(case) for case in cases))


def write_table(cases: Sequence[Case], replies: Sequence[Reply]) -> str:
    """A Markdown table with a row for each task."""
    scores: dict[str, list[float]] = {}
    for case, reply in zip(cases, replies, strict=True):
        scores.setdefault(case.task, []).append(case.score(reply))
    rows = (f"| {task} | {len(own)} | {sum(own) / len(own):.1%} |" for task, own in scores.items())
    return "\n".join(["| task | requests | right |", "| --- | --- | --- |", *rows])


def asked_text(case: Case) -> str:
    """The text of the last message of a case."""
    parts = case.request.messages[-1].content
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def write_replies(file: Path, cases: Sequence[Case], replies: Sequence[Reply]) -> None:
    """Write what was wanted and what came, one JSON object a line."""
    with file.open("w", encoding="utf-8") as out:
        for case, reply in zip(cases, replies, strict=True):
            line = {
                "task": case.task,
                "score": case.score(reply),
                "asked": asked_text(case),
                "wanted": case.wanted,
                "text": reply.text,
                "reasoning": reply.reasoning,
                "calls": [f"{call.name} {call.arguments}" for call in reply.tool_calls],
                "invalid": [call.arguments for call in reply.invalid_tool_calls],
            }
            print(json.dumps(line, ensure_ascii=False), file=out)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate_tasks", description=__doc__)
    parser.add_argument("--model", default=DEMO_MODEL, help="checkpoint folder; the bundled one by default")
    parser.add_argument("--words", type=Path, default=DEFAULT_WORDS, help="word list, or a folder of them")
    parser.add_argument("--fonts", type=Path, default=SYSTEM_FONTS, help="folder with the held-out fonts")
    parser.add_argument("--count", type=int, default=40, help="cases of a task")
    parser.add_argument("--tasks", nargs="+", help="rows of the table to measure; all by default")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--replies", type=Path, help="file for wanted and given answers")
    return parser


def main() -> None:
    """Run the command line."""
    parser = _make_parser()
    arguments = parser.parse_args()
    try:
        fonts = find_held_out_fonts(arguments.fonts)
        vocabulary = read_vocabulary(arguments.words, [])
        cases = draw_cases(TextSource(random.Random(arguments.seed), vocabulary), fonts, arguments.count)
    except InputError as exc:
        parser.error(str(exc))
    tasks = {case.task for case in cases}
    if arguments.tasks:
        if unknown := set(arguments.tasks) - tasks:
            parser.error(f"there is no task {sorted(unknown)}; tasks are {sorted(tasks)}")
        cases = [case for case in cases if case.task in arguments.tasks]
    with Engine(EngineConfig(model=arguments.model)) as engine:
        replies = asyncio.run(answer_all(engine, cases))
    print(write_table(cases, replies))
    if arguments.replies:
        write_replies(arguments.replies, cases, replies)


if __name__ == "__main__":
    main()
