"""Writes a folder with the sizes of the 12B network in FP8, to measure its speed without its weights.

vLLM fills the network at random (`load_format="dummy"`): memory, kernels and the whole way of a request are the
real ones, the text is noise. Sizes are those of NVIDIA's model card and configuration. The template is the demo
checkpoint's; its tokenizer gets made-up words for all other numbers, because a network with random weights writes any
of them, and one that no token has would cost its reader the whole prompt at each step.

Usage: python benchmarks/full_size_checkpoint.py FOLDER
"""

import json
import shutil
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parent.parent / "nemotron_vl_integrations" / "demo_checkpoint"

# 28 Mamba, 28 MLP and 6 attention layers.
LAYERS = "M-M-M-M*-" * 6 + "M-M-M-M-"
VOCABULARY = 131_072
LANGUAGE_MODEL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 5120,
    "intermediate_size": 20480,
    "hybrid_override_pattern": LAYERS,
    "num_hidden_layers": len(LAYERS),
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "mamba_num_heads": 128,
    "mamba_head_dim": 80,
    "ssm_state_size": 128,
    "n_groups": 8,
    "conv_kernel": 4,
    "chunk_size": 128,
}
VISION_TOWER = {
    "model": "vit_huge_patch16_224",
    "cpe_max_size": 2048,
    "register_multiple": 8,
    "cls_token_per_teacher": True,
    "teachers": [
        {"name": "clip", "use_summary": True},
        {"name": "siglip", "use_summary": True},
        {"name": "dino_v2", "use_summary": True},
        {"name": "sam", "use_summary": False},
    ],
}
KEPT_IN_BF16 = ["vision_model*", "mlp1*", "language_model.lm_head", "lm_head", "*conv1d*"]


def write_folder(folder: Path) -> None:
    """Write the configuration of the full-size network and the small files beside it."""
    shutil.copytree(DEMO, folder, dirs_exist_ok=True)
    _fill_vocabulary(folder / "tokenizer.json", VOCABULARY)
    config = json.loads((DEMO / "config.json").read_text(encoding="utf-8"))
    config["text_config"] |= LANGUAGE_MODEL
    config["vision_config"]["args"] = VISION_TOWER
    config |= {"vit_hidden_size": 1280, "projector_hidden_size": 20480}
    config["quantization_config"] = {
        "quant_method": "modelopt",
        "quant_algo": "FP8",
        "kv_cache_quant_algo": None,
        "producer": {"name": "modelopt", "version": "0.33"},
        "ignore": KEPT_IN_BF16,
        "exclude_modules": KEPT_IN_BF16,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")


def _fill_vocabulary(path: Path, size: int) -> None:
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    # The sign before a word is a space, as byte-level tokenizers write it.
    vocabulary |= {f"\u0120word{number}": number for number in range(len(vocabulary), size)}
    path.write_text(json.dumps(tokenizer), encoding="utf-8")


if __name__ == "__main__":
    write_folder(Path(sys.argv[1]))
