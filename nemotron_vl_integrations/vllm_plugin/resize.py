"""Keeps vLLM from compiling its image resize, which takes a C++ compiler and 5 to 15 s at the first image."""

from typing import cast

from vllm.transformers_utils.processors import nano_nemotron_vl

_RESIZE = "_bicubic_resize_and_normalize"


def resize_without_compiling() -> None:
    """Put the plain function back in the place of the compiled one.

    `TORCHDYNAMO_DISABLE` does the same, but not where torch has read it already, and on a GPU the network itself must
    be compiled. What else the program compiles stays compiled.
    """
    compiled = cast("object", vars(nano_nemotron_vl).get(_RESIZE))
    plain = None if compiled is None else cast("object", vars(compiled).get("_torchdynamo_orig_callable"))
    if plain is not None:
        setattr(nano_nemotron_vl, _RESIZE, plain)
