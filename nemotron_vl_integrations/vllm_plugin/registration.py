"""The `vllm.general_plugins` entry point: teaches vLLM's processes the configuration of this model family.

NVIDIA's checkpoints bring their configuration class as Python code, which vLLM would only run with
`trust_remote_code`. The class below reads the same `config.json`, so no code from a checkpoint runs.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, cast

from transformers import AutoConfig, PretrainedConfig
from transformers.models.nemotron_h.configuration_nemotron_h import NemotronHConfig

from nemotron_vl_integrations.vllm_plugin.engine_child import serve_parent

MODEL_TYPE = "NemotronH_Nano_VL_V2"

DTYPE_VARIABLE = "_NEMOTRON_VL_DTYPE"
"""Set to `float32` around the start of an engine that computes in it."""

PAGES_VARIABLE = "_NEMOTRON_VL_PAGES"
"""Set to `1` around the start of an engine that gets pages as they are, see `page_model`."""


class RadioVisionConfig(PretrainedConfig):
    """Configuration of the vision tower; vLLM reads its sizes from `args`."""

    model_type = "nemotron_vl_radio"

    def __init__(self, args: Mapping[str, Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - transformers hands over any key of config.json
        self.args = dict(args or {})
        super().__init__(**kwargs)


class NemotronVLConfig(PretrainedConfig):
    """Configuration of `NemotronH_Nano_VL_V2`: a vision tower, a projector and a NemotronH language model.

    NVIDIA's files call the language model's part `llm_config`, vLLM calls it `text_config`; both are read.
    """

    model_type = MODEL_TYPE
    is_composition = True

    def __init__(
        self,
        text_config: Mapping[str, Any] | None = None,
        vision_config: Mapping[str, Any] | None = None,
        llm_config: Mapping[str, Any] | None = None,
        **kwargs: Any,  # noqa: ANN401 - as above
    ) -> None:
        self.text_config = NemotronHConfig(**(text_config or llm_config or {}))
        self.vision_config = RadioVisionConfig(**(vision_config or {}))
        super().__init__(**kwargs)

    def get_text_config(self, decoder: bool | None = None, encoder: bool | None = None) -> PretrainedConfig:
        """Give the language model's part, from which vLLM takes the sizes of the caches."""
        del decoder, encoder  # There is one text model.
        return self.text_config


def register() -> None:
    """Register the configuration class, and the model where it is ours; vLLM calls it in each process, maybe twice."""
    serve_parent()
    # transformers leaves this method untyped.
    register_class = cast("Callable[[str, type[PretrainedConfig], bool], None]", AutoConfig.register)
    register_class(MODEL_TYPE, NemotronVLConfig, True)
    # Importing the model takes seconds, and only the processes of our own engines need to.
    if os.environ.get(PAGES_VARIABLE) == "1":
        from nemotron_vl_integrations.vllm_plugin.page_model import register_page_model
        from nemotron_vl_integrations.vllm_plugin.resize import resize_without_compiling

        register_page_model()
        # Only the blank images that vLLM measures its memory with still pass through its processor.
        resize_without_compiling()
    if os.environ.get(DTYPE_VARIABLE) == "float32":
        from nemotron_vl_integrations.vllm_plugin.float32 import register_float32_model

        register_float32_model()
