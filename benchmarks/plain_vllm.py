"""Plain vLLM on the pages of a benchmark: `vllm.LLM.generate`, nothing of this package but its configuration class.

It starts with the numbers that the package would choose, and gets a round's pages at once.
"""

import os
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, cast

from benchmarks.measurement import Measurement, Round
from benchmarks.process_tree import cpu_seconds, resident_bytes, resident_bytes_of_each, watch_memory
from benchmarks.run_options import RunOptions, make_parser, read_options
from benchmarks.scan_pages import draw_page
from nemotron_vl_integrations.backends.vllm_settings import TUNED_KERNELS_VARIABLE

if TYPE_CHECKING:
    from vllm import RequestOutput

PROMPT = "<s><SPECIAL_10>System\n\n<SPECIAL_11>User\n<image>\n{}\n<SPECIAL_11>Assistant\n<think></think>"
STOP_TOKEN_IDS = [12, 11]


def measure(options: RunOptions) -> Measurement:
    """Start vLLM and time its rounds."""
    began = time.perf_counter()
    checkpoint, settings = options.settings()
    variables = settings.environment | {"HF_HUB_OFFLINE": "1"}
    # Not plain vLLM's, which decides itself in how many processes it runs.
    for name in (TUNED_KERNELS_VARIABLE, "VLLM_ENABLE_V1_MULTIPROCESSING"):
        variables.pop(name, None)
    os.environ |= variables
    from vllm import LLM, SamplingParams, TextPrompt

    llm = LLM(
        str(checkpoint.folder),
        dtype=settings.dtype,
        load_format="dummy" if options.dummy else "auto",
        max_model_len=settings.max_model_len,
        max_num_seqs=settings.max_num_seqs,
        max_num_batched_tokens=settings.max_num_batched_tokens,
        enforce_eager=settings.enforce_eager,
        enable_prefix_caching=False,
        limit_mm_per_prompt={"image": 1, "video": 0},
        gpu_memory_utilization=options.config().gpu_memory_utilization,
    )
    start, ready = time.perf_counter() - began, resident_bytes()
    # vLLM leaves the type of one argument open.
    generate = cast("Callable[..., list[RequestOutput]]", llm.generate)
    params = SamplingParams(max_tokens=options.tokens, temperature=0, stop_token_ids=STOP_TOKEN_IDS)
    text, rounds = PROMPT.format(checkpoint.reading_prompts["text"]), list[Round]()
    with watch_memory() as memory:
        for kind, number in product(options.kind, range(options.rounds)):
            pages = [draw_page(number * options.pages + n, kind) for n in range(options.pages)]
            prompts = [TextPrompt(prompt=text, multi_modal_data={"image": page}) for page in pages]
            began, cpu = time.perf_counter(), cpu_seconds()
            outputs = generate(prompts, params, use_tqdm=False)
            seconds = time.perf_counter() - began
            tokens = sum(len(output.outputs[0].token_ids) for output in outputs)
            rounds.append(Round(kind, options.pages, seconds, tokens, cpu_seconds() - cpu))
    time.sleep(options.settle)
    return Measurement(start, rounds, ready, memory.peak, resident_bytes_of_each())


if __name__ == "__main__":
    parser = make_parser(__doc__, pages=8)
    parser.add_argument("--out", type=Path, required=True, help="file for the figures")
    arguments = parser.parse_args()
    measure(read_options(arguments)).write(arguments.out)
