"""Checks the files and the configuration of a checkpoint folder; nothing of it runs and no weights load."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from nemotron_vl_integrations.checkpoints import ARCHITECTURE, load_config, resolve_checkpoint
from nemotron_vl_integrations.checkpoints.files import CONFIG_BYTES, read_json_object, read_text
from nemotron_vl_integrations.doctor.check import Check
from nemotron_vl_integrations.doctor.template import check_templates
from nemotron_vl_integrations.doctor.tokens import check_tokens
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.messages import JSON
from nemotron_vl_integrations.prompt import PromptRenderer
from nemotron_vl_integrations.tiling import TILE_SIZE, TOKENS_PER_TILE

_EXPECTED_FILES = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")


def examine_checkpoint(folder: Path) -> tuple[Check, ...]:
    """Look at a checkpoint's files and say where they differ from what this package builds on.

    Args:
        folder: A local folder with `config.json`; a Hub id is not fetched.

    Examples:
        >>> from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
        >>> checks = examine_checkpoint(resolve_checkpoint(DEMO_MODEL).folder)
        >>> [check.value for check in checks if check.name == "architecture"]
        ['NemotronH_Nano_VL_V2']
    """
    if not folder.is_dir():
        return (
            Check(
                "folder", "problem", f"{str(folder)!r} is no folder", "Hand in the folder with config.json."
            ),
        )
    try:
        config = load_config(folder)
    except EngineStartError as error:
        return (Check("config.json", "problem", error.message, error.hint),)
    return (
        *check_files(folder),
        *_check_whole(folder),
        *check_config(folder, config),
        *_check_prompts(folder, config),
    )


def check_files(folder: Path) -> Iterator[Check]:
    """The files that are there, those that are not, and Python code, which is never run."""
    present = sorted(path.name for path in folder.iterdir() if path.is_file())
    yield Check("files", "ok", ", ".join(present))
    missing = [name for name in _EXPECTED_FILES if name not in present]
    if missing:
        yield Check(
            "files missing", "warn", ", ".join(missing), "Fetch the checkpoint again if they belong to it."
        )
    for name in ("generation_config.json", "hf_quant_config.json", "tokenizer_config.json"):
        if name in present:
            yield from _check_readable(folder / name)
    code = [name for name in present if name.endswith(".py")]
    if code:
        yield Check("code", "ok", ", ".join(code), "It is never imported or run.")


def _check_readable(path: Path) -> Iterator[Check]:
    try:
        read_json_object(path)
    except EngineStartError as error:
        yield Check(path.name, "problem", error.message, error.hint)


def _check_whole(folder: Path) -> Iterator[Check]:
    try:
        checkpoint = resolve_checkpoint(str(folder), allow_download=False)
    except EngineStartError as error:
        yield Check("checkpoint", "problem", error.message, error.hint)
        return
    yield Check("checkpoint", "ok", f"{checkpoint.name}, context of {checkpoint.context_length} tokens")
    yield Check("quantisation as read", "ok", checkpoint.quantization or "none (bfloat16)")
    yield Check("KV cache as read", "ok", checkpoint.kv_cache_dtype or "not set, so that of the weights")
    yield Check("reading modes", "ok", ", ".join(checkpoint.reading_prompts))


def check_config(folder: Path, config: Mapping[str, JSON]) -> Iterator[Check]:
    """The values of the configuration files that the package builds on, and those nobody has published."""
    architectures = config.get("architectures")
    known = isinstance(architectures, list) and ARCHITECTURE in architectures
    yield Check("architecture", "ok" if known else "problem", _show(architectures))
    yield Check("strict JSON", "ok", "yes" if _is_strict(folder) else "no, it holds Infinity or NaN")
    yield Check("template", "ok", _show(config.get("template")))
    yield check_tile_tokens(config)
    yield from _check_vision(_object(config, "vision_config"))
    yield Check(
        "normalisation", "ok", f"mean {_show(config.get('norm_mean'))}, std {_show(config.get('norm_std'))}"
    )
    text = _object(config, "text_config") or _object(config, "llm_config")
    yield Check("layers", "ok", _show(text.get("hybrid_override_pattern")))
    yield from _check_quantization(folder, config)
    yield from _check_generation(folder)


def check_tile_tokens(config: Mapping[str, JSON]) -> Check:
    """Whether the checkpoint makes as many tokens of a tile as `tiling` counts."""
    size, patch, ratio = (config.get(name) for name in ("force_image_size", "patch_size", "downsample_ratio"))
    if (
        not isinstance(size, int)
        or not isinstance(patch, int)
        or not isinstance(ratio, int | float)
        or patch < 1
    ):
        value = f"force_image_size {_show(size)}, patch_size {_show(patch)}, downsample_ratio {_show(ratio)}"
        return Check("image tokens", "problem", value, "Token counts of images cannot be trusted.")
    tokens = round((size / patch * ratio) ** 2)
    agrees = size == TILE_SIZE and tokens == TOKENS_PER_TILE and config.get("use_thumbnail") is True
    value = f"{tokens} a tile of {size} pixels, thumbnail {_show(config.get('use_thumbnail'))}"
    hint = (
        ""
        if agrees
        else f"This package counts {TOKENS_PER_TILE} a tile of {TILE_SIZE} pixels, with a thumbnail."
    )
    return Check("image tokens", "ok" if agrees else "problem", value, hint)


def _check_vision(vision: Mapping[str, JSON]) -> Iterator[Check]:
    args = _object(vision, "args")
    yield Check(
        "vision model", "ok", f"{_show(args.get('model'))}, cpe_max_size {_show(args.get('cpe_max_size'))}"
    )
    yield Check("vision register_multiple", "ok", _show(args.get("register_multiple")))
    yield Check("vision teachers", "ok", _show(args.get("teachers")))
    if "min_num_patches" in args:
        hint = "vLLM then tiles by another rule than this package; token counts of images cannot be trusted."
        yield Check("vision min_num_patches", "problem", _show(args["min_num_patches"]), hint)


def _check_quantization(folder: Path, config: Mapping[str, JSON]) -> Iterator[Check]:
    for name, values in (
        ("config.json", _object(config, "quantization_config")),
        ("hf_quant_config.json", _read_optional(folder / "hf_quant_config.json")),
    ):
        inner = _object(values, "quantization") or values
        if inner:
            yield Check(f"quant_algo ({name})", "ok", _show(inner.get("quant_algo")))
            yield Check(f"kv_cache_quant_algo ({name})", "ok", _show(inner.get("kv_cache_quant_algo")))
            excluded = inner.get("exclude_modules", inner.get("ignore"))
            yield Check(f"exclude_modules ({name})", "ok", _show(excluded))


def _check_generation(folder: Path) -> Iterator[Check]:
    values = _read_optional(folder / "generation_config.json")
    if values:
        yield Check("end tokens", "ok", _show(values.get("eos_token_id")))
        names = ("do_sample", "temperature", "top_p", "top_k", "repetition_penalty")
        found = ", ".join(f"{name} {_show(values[name])}" for name in names if name in values)
        yield Check("sampling defaults", "ok", found or "none", "This package always sends its own.")


def _check_prompts(folder: Path, config: Mapping[str, JSON]) -> Iterator[Check]:
    try:
        renderer = PromptRenderer(folder)
    except EngineStartError as error:
        yield Check("chat template and tokenizer", "problem", error.message, error.hint)
        return
    text = _object(config, "text_config") or _object(config, "llm_config")
    yield from check_tokens(
        folder, image_token_id=config.get("img_context_token_id"), vocab_size=text.get("vocab_size")
    )
    yield from check_templates(renderer)


def _read_optional(path: Path) -> dict[str, JSON]:
    try:
        return read_json_object(path)
    except EngineStartError:
        return {}  # `check_files` has named it as missing or damaged.


def _is_strict(folder: Path) -> bool:
    strict = True

    def refuse(_constant: str) -> None:
        nonlocal strict
        strict = False

    json.loads(read_text(folder / "config.json", CONFIG_BYTES), parse_constant=refuse)
    return strict


def _object(values: Mapping[str, JSON], name: str) -> Mapping[str, JSON]:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _show(value: JSON) -> str:
    match value:
        case None:
            return "not set"
        case str():
            return value
        case [str() as only]:
            return only
        case _:
            return json.dumps(value, ensure_ascii=False)
