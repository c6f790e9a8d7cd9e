"""Finding a checkpoint and reading what the engine must know about it, without loading weights."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from nemotron_vl_integrations.checkpoints.files import read_json_object
from nemotron_vl_integrations.checkpoints.hub import fetch_snapshot, is_hub_id, snapshot_identity
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.messages import JSON

DEMO_MODEL = "nemotron-vl-demo"
NVIDIA_FP8_MODEL = "nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-FP8"
ARCHITECTURE = "NemotronH_Nano_VL_V2"

_PACKAGE = Path(__file__).parent.parent
_DEMO_FOLDER = _PACKAGE / "demo_checkpoint"
_NVIDIA_READING_PROMPTS = _PACKAGE / "reading_prompts" / "nvidia.json"
_INDEX_BYTES = 64 * 2**20
_READING_PROMPTS_BYTES = 2**16
_LFS_POINTER = b"version https://git-lfs"
_MODE = re.compile(r"[a-z][a-z_]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint folder that has passed the checks, and what its files say.

    Attributes:
        name: What results and messages call it: the Hub id, the name of the demo, or the folder's name.
        folder: Where its files are.
        revision: Commit of 40 hexadecimal digits for one from the Hub, else None.
        quantization: vLLM's name of the quantisation of its weights, None for BF16.
        context_length: Most tokens of prompt and reply together.
        reading_prompts: Prompt of each reading mode.
        is_demo: Whether it is the bundled demo checkpoint.
        kv_cache_dtype: Type of the attention cache that it asks for, such as `fp8`, else None.
    """

    name: str
    folder: Path
    revision: str | None
    quantization: str | None
    context_length: int
    reading_prompts: Mapping[str, str]
    is_demo: bool
    kv_cache_dtype: str | None


def resolve_checkpoint(model: str, *, revision: str | None = None, allow_download: bool = True) -> Checkpoint:
    """Finds a checkpoint and checks that it is a whole one of this family.

    Args:
        model: A folder, a Hub id such as `NVIDIA_FP8_MODEL`, or `DEMO_MODEL`.
        revision: Branch, tag or commit on the Hub. None takes the current commit, once a process.
        allow_download: False uses the Hub's local cache alone.

    Returns:
        The checkpoint; no weights are read.

    Raises:
        EngineStartError: There is no such checkpoint, it cannot be fetched, it is of another
            architecture, or files are missing.

    Examples:
        >>> checkpoint = resolve_checkpoint(DEMO_MODEL)
        >>> checkpoint.name, checkpoint.quantization, checkpoint.reading_prompts["text"]
        ('nemotron-vl-demo', None, 'Transcribe this page.')
    """
    if model == DEMO_MODEL:
        return _read_checkpoint(_DEMO_FOLDER)
    if folder := _existing_folder(model):
        return _read_checkpoint(folder)
    if is_hub_id(model):
        return _read_checkpoint(fetch_snapshot(model, revision=revision, allow_download=allow_download))
    raise EngineStartError(
        f"`model={model!r}` is neither a folder nor a Hub id (owner/name) nor {DEMO_MODEL!r}.",
        hint=f"Hand in the folder of a downloaded checkpoint, {NVIDIA_FP8_MODEL!r}, or {DEMO_MODEL!r}.",
    )


def load_config(folder: Path) -> dict[str, JSON]:
    """Reads `config.json` of a checkpoint, which need not be strict JSON (`Infinity`).

    Args:
        folder: The checkpoint folder.

    Returns:
        The parsed configuration.

    Raises:
        EngineStartError: The file is missing, too large, or not a JSON object.

    Examples:
        >>> load_config(resolve_checkpoint(DEMO_MODEL).folder)["architectures"]
        ['NemotronH_Nano_VL_V2']
    """
    return read_json_object(folder / "config.json")


def _existing_folder(model: str) -> Path | None:
    try:
        folder = Path(model).expanduser()
    except RuntimeError:
        # `~name` of a user that does not exist.
        return None
    return folder if model and folder.is_dir() else None


def _read_checkpoint(folder: Path) -> Checkpoint:
    if not (folder / "config.json").is_file():
        raise EngineStartError(
            f"The folder {str(folder)!r} is no checkpoint: it holds no config.json.",
            hint="Hand in the folder that holds config.json and the *.safetensors files.",
        )
    config = load_config(folder)
    _require_architecture(folder, config)
    _require_weights(folder)
    _require_tokenizer_and_template(folder)
    quantization, kv_cache_dtype = _read_quantization(folder, config)
    is_demo = folder.resolve() == _DEMO_FOLDER.resolve()
    name, revision = snapshot_identity(folder.absolute()) or (folder.resolve().name, None)
    return Checkpoint(
        name=DEMO_MODEL if is_demo else name,
        folder=folder,
        revision=revision,
        quantization=quantization,
        context_length=_read_context_length(folder, config),
        reading_prompts=_read_reading_prompts(folder),
        is_demo=is_demo,
        kv_cache_dtype=kv_cache_dtype,
    )


def _require_architecture(folder: Path, config: Mapping[str, JSON]) -> None:
    architectures = config.get("architectures")
    if not isinstance(architectures, list) or ARCHITECTURE not in architectures:
        raise EngineStartError(
            f"The checkpoint {str(folder)!r} has architectures {architectures!r} without {ARCHITECTURE!r}.",
            hint="This package runs the Nemotron Nano 12B V2 VL family alone: BF16, FP8 and NVFP4-QAD.",
        )


def _require_weights(folder: Path) -> None:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        weight_map = read_json_object(index, _INDEX_BYTES).get("weight_map")
        shards = set(weight_map.values()) if isinstance(weight_map, dict) else set[JSON]()
        files = [folder / str(shard) for shard in sorted(map(str, shards))]
    else:
        files = sorted(folder.glob("*.safetensors"))
    missing = [file.name for file in files if not file.is_file()]
    if missing or not files:
        what = ", ".join(missing[:5]) if missing else "*.safetensors"
        raise EngineStartError(
            f"The checkpoint {str(folder)!r} lacks weights: {what} ({len(missing) or 'all'} missing).",
            hint="The download is not complete; run it again.",
        )
    for file in files:
        _refuse_lfs_pointer(file)


def _refuse_lfs_pointer(file: Path) -> None:
    with file.open("rb") as opened:
        head = opened.read(len(_LFS_POINTER))
    if head == _LFS_POINTER:
        raise EngineStartError(
            f"The weights {str(file)!r} are a Git LFS pointer and not the weights themselves.",
            hint="Run `git lfs pull` in that folder.",
        )


def _require_tokenizer_and_template(folder: Path) -> None:
    if not (folder / "tokenizer.json").is_file():
        raise EngineStartError(
            f"The checkpoint {str(folder)!r} lacks tokenizer.json.",
            hint="The download is not complete; run it again.",
        )
    if (folder / "chat_template.jinja").is_file():
        return
    settings = folder / "tokenizer_config.json"
    if not settings.is_file() or not read_json_object(settings).get("chat_template"):
        raise EngineStartError(
            f"The checkpoint {str(folder)!r} has no chat template.",
            hint="Put chat_template.jinja there, or `chat_template` into its tokenizer_config.json.",
        )


def _read_quantization(folder: Path, config: Mapping[str, JSON]) -> tuple[str | None, str | None]:
    settings = config.get("quantization_config")
    if settings is None and (folder / "hf_quant_config.json").is_file():
        settings = read_json_object(folder / "hf_quant_config.json")
    if settings is None:
        return None, None
    if not isinstance(settings, dict):
        raise _unknown_quantization(folder, settings)
    # ModelOpt writes the values flat into config.json and nested into hf_quant_config.json.
    nested = settings.get("quantization")
    values: dict[str, JSON] = settings | nested if isinstance(nested, dict) else settings
    algorithm = values.get("quant_algo")
    kv_cache_dtype = _kv_cache_dtype(values)
    match algorithm:
        case str() if algorithm.upper().startswith("FP8"):
            return "modelopt", kv_cache_dtype
        case str() if algorithm.upper().startswith("NVFP4"):
            return "modelopt_fp4", kv_cache_dtype
        case None if values.get("quant_method") is None:
            return None, kv_cache_dtype
        case _:
            raise _unknown_quantization(folder, algorithm or values.get("quant_method"))


def _unknown_quantization(folder: Path, value: JSON) -> EngineStartError:
    return EngineStartError(
        f"The checkpoint {str(folder)!r} is quantised with {value!r}, which this package does not know.",
        hint="It runs BF16, FP8 and NVFP4 weights of ModelOpt.",
    )


def _kv_cache_dtype(values: Mapping[str, JSON]) -> str | None:
    match values.get("kv_cache_scheme") or values.get("kv_cache_quant_algo"):
        case str() as algorithm:
            return algorithm.lower()
        case {"num_bits": 8, "type": "float"}:
            return "fp8"
        case {"num_bits": 4, "type": "float"}:
            return "nvfp4"
        case _:
            # vLLM falls back to its own choice for what it does not know.
            return None


def _read_context_length(folder: Path, config: Mapping[str, JSON]) -> int:
    text_config = config.get("text_config") or config.get("llm_config")
    lengths = [config.get("max_sequence_length")]
    if isinstance(text_config, dict):
        lengths.append(text_config.get("max_position_embeddings"))
    known = [length for length in lengths if isinstance(length, int) and length > 0]
    if not known:
        raise EngineStartError(
            f"The config.json of {str(folder)!r} does not say how long the context is.",
            hint="It must hold `max_sequence_length`, or `max_position_embeddings` of the language model.",
        )
    return min(known)


def _read_reading_prompts(folder: Path) -> Mapping[str, str]:
    file = folder / "reading_prompts.json"
    if not file.is_file():
        file = _NVIDIA_READING_PROMPTS
    prompts: dict[str, str] = {}
    for mode, prompt in read_json_object(file, _READING_PROMPTS_BYTES).items():
        if not _MODE.fullmatch(mode) or not isinstance(prompt, str) or not prompt.strip():
            raise EngineStartError(
                f"The reading prompt {mode!r} in {str(file)!r} is not usable: {json.dumps(prompt)[:200]}.",
                hint='Write one line of text for each mode: {"text": "Transcribe this page."}.',
            )
        prompts[mode] = prompt
    return MappingProxyType(prompts)
