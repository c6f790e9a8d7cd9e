import os
import subprocess
import sys
import textwrap

# A user's program that uses torch itself: torch has read its settings before the engine could make any.
SCRIPT = """
    import torch._dynamo
    from torch._dynamo.utils import counters
    from nemotron_vl_integrations.vllm_plugin.resize import resize_without_compiling
    from vllm.transformers_utils.processors import nano_nemotron_vl

    resize_without_compiling()
    resize_without_compiling()
    pixels = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)
    print(tuple(nano_nemotron_vl._bicubic_resize_and_normalize(pixels, size=(32, 32)).shape))
    print(sum(counters["frames"].values()))
    print(torch._dynamo.config.disable)
"""


def test_images_are_resized_without_a_compiler_although_torch_compiles() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TORCHDYNAMO_DISABLE"}
    environment |= {"PATH": "", "VLLM_LOGGING_LEVEL": "ERROR"}
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.stdout.splitlines()[-3:] == ["(1, 3, 32, 32)", "0", "False"], done.stderr
