"""EngineConfig: everything that decides which engine runs and how, read from arguments or the environment."""

import os
from collections.abc import Callable, Mapping
from typing import Literal, Self, cast

from pydantic import BaseModel, Field, ValidationError

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.field_errors import (
    ExplainedFields,
    Number,
    Whole,
    explain_fields,
    names_unknown_field,
)
from nemotron_vl_integrations.messages import Layout

ENV_PREFIX = "NEMOTRON_VL_"

IMAGES_PER_PROMPT = 4
"""Room for images in a prompt of the engine, fixed at its start; the model was trained with up to 4."""

_INT32 = 2**31 - 1
_GIBIBYTES = 2**20
"""More than any machine has; what vLLM makes of larger numbers is not told at its start."""


class EngineConfig(ExplainedFields, BaseModel, frozen=True, extra="forbid"):
    """Which checkpoint runs, on what, and within which limits. Two equal configurations share one engine.

    `None` means: chosen for the card and the checkpoint when the engine starts; `Engine.info` shows the choice.

    Attributes:
        model: `"auto"`, the name of the bundled demo checkpoint, a folder, or a Hub id. `"auto"` takes
            NVIDIA's FP8 checkpoint on a GPU that can run it, else the demo checkpoint.
        revision: Commit, tag or branch of a Hub id; None takes the newest commit once and pins it.
        device: `"auto"`, `"cuda"` or `"cpu"`.
        dtype: Of the weights that are not quantised. `"auto"` is bfloat16, except on processors
            that only emulate it, where float32 is up to twice as fast.
        kv_cache_dtype: `"auto"` takes what the checkpoint asks for; the engine logs what that was.
        max_model_len: Tokens of prompt and reply together. None takes 16,384, or what the checkpoint
            holds if that is less: a page of 12 tiles has 3,330 tokens, and a longer context only takes memory.
        max_num_seqs: Requests that run at once; clamped to the blocks of the Mamba cache, because vLLM
            refuses to start above them.
        max_num_batched_tokens: Tokens a step; vLLM's in-process default of 2,048 cuts every page in two.
        gpu_memory_utilization: Share of the card's memory that the engine may take.
        cpu_cache_gib: Memory of the caches on the CPU, in GiB.
        max_images: Most images a request may hold unless it raises the limit itself; NVIDIA's FP8
            model card promises single-image inference, the engine has room for 4.
        layout: How images are fitted to tiles, see `tiling.choose_grid`.
        max_tiles: Most tiles of an image, 1 to 12, without the thumbnail.
        image_processor: `"auto"` hands pages to the engine as they are, where they are cut and normalised by the device
            that computes; `"vllm"` leaves it to vLLM's own processor, which takes longer for the same tiles.
            A cache of images or of prefixes needs vLLM's own as well.
        image_cache_gib: Memory of vLLM's cache of prepared images. A page is read once, so the
            default is 0, which also saves hashing it; raise it for many questions on one image.
        prefix_caching: Reuses computed prefixes. Off: it only helps where several requests share more than
            1,312 tokens from the start, and it is new for models with Mamba layers. Refused on the CPU.
        load_format: `"auto"` reads the weights; `"dummy"` fills them at random, to measure speed.
        warm_up: Sends throw-away pages at the start, one of each extreme shape and on a GPU a step full of them, so
            that the first real page costs like the tenth.
        start_timeout: Seconds until a start that hangs is given up.

    Raises:
        InvalidRequestError: A value does not fit, or no field has that name.

    Examples:
        >>> EngineConfig(max_tiles=6).max_images
        1
    """

    model: str = Field(default="auto", min_length=1)
    revision: str | None = None
    device: Literal["auto", "cuda", "cpu"] = "auto"
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    kv_cache_dtype: Literal["auto", "bfloat16", "fp8"] = "auto"
    max_model_len: Whole | None = Field(default=None, ge=512, le=_INT32)
    max_num_seqs: Whole | None = Field(default=None, ge=1, le=4096)
    max_num_batched_tokens: Whole | None = Field(default=None, ge=512, le=_INT32)
    gpu_memory_utilization: Number = Field(default=0.9, gt=0.0, le=1.0)
    cpu_cache_gib: Whole = Field(default=1, ge=1, le=_GIBIBYTES)
    max_images: Whole = Field(default=1, ge=1, le=IMAGES_PER_PROMPT)
    layout: Layout = "reference"
    max_tiles: Whole = Field(default=12, ge=1, le=12)
    image_processor: Literal["auto", "vllm"] = "auto"
    image_cache_gib: Number = Field(default=0.0, ge=0.0, le=_GIBIBYTES)
    prefix_caching: bool = False
    load_format: Literal["auto", "dummy"] = "auto"
    warm_up: bool = True
    start_timeout: Number = Field(default=1800.0, gt=0.0, allow_inf_nan=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the configuration from variables such as `NEMOTRON_VL_MODEL` and `NEMOTRON_VL_MAX_TILES`.

        Args:
            environ: Variables to read; None takes those of this process.

        Raises:
            InvalidRequestError: A variable holds a value that does not fit, or no field has its name.

        Examples:
            >>> EngineConfig.from_env({"NEMOTRON_VL_MAX_TILES": "6"}).max_tiles
            6
        """
        variables = os.environ if environ is None else environ
        values = {
            name.removeprefix(ENV_PREFIX).lower(): value
            for name, value in variables.items()
            if name.startswith(ENV_PREFIX) and value
        }
        try:
            return cast("Callable[..., Self]", cls)(**values)
        except InvalidRequestError as exc:
            if not isinstance(exc.__cause__, ValidationError):
                raise
            known = ", ".join(map(_variable, cls.model_fields))
            raise InvalidRequestError(
                explain_fields(exc.__cause__, cls.model_fields, _variable),
                hint=f"Known are: {known}." if names_unknown_field(exc.__cause__) else "Change or unset it.",
            ) from exc


def _variable(field: str) -> str:
    return ENV_PREFIX + field.upper()
