"""Lets vLLM compute this model in float32, for processors that only emulate bfloat16.

vLLM's class hands the projector a bfloat16 input whatever its weights are. The class here puts that right.
"""

from collections.abc import Callable
from typing import cast

import torch
from transformers import PretrainedConfig
from vllm import ModelRegistry
from vllm.config import VllmConfig

from nemotron_vl_integrations.checkpoints import ARCHITECTURE
from nemotron_vl_integrations.vllm_plugin.page_model import NemotronVLWithPages


class NemotronVLInFloat32(NemotronVLWithPages):
    """vLLM's model, with a projector that takes its input in the type of its weights."""

    def __init__(self, *, vllm_config: VllmConfig, prefix: str = "") -> None:
        super().__init__(vllm_config=vllm_config, prefix=prefix)
        self.mlp1.register_forward_pre_hook(_match_weights)


def _match_weights(projector: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    dtype = next(projector.parameters()).dtype
    return tuple(tensor.to(dtype) for tensor in inputs)


def use_float32(config: PretrainedConfig) -> PretrainedConfig:
    """Set the type of the language model's part, which `dtype` alone leaves as the checkpoint has it."""
    # vLLM first hands over an empty configuration, to see whether its type is changed.
    text_config = cast("PretrainedConfig | None", vars(config).get("text_config"))
    if text_config is not None:
        text_config.dtype = torch.float32
    return config


def register_float32_model() -> None:
    """Put the class here in the place of vLLM's, in this process."""
    # vLLM leaves the type of this method open.
    register = cast("Callable[[str, type[torch.nn.Module]], None]", ModelRegistry.register_model)
    register(ARCHITECTURE, NemotronVLInFloat32)
