"""Checks that the weights of a checkpoint are whole and fit its configuration, from their headers alone.

vLLM finds a cut file only after half a minute, and it does not notice weights of another size at all: it takes the part
of a matrix that fits, leaves layers that are not there as they happen to be, and the model writes nonsense.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.messages import JSON

_HEADER_BYTES = 100_000_000
"""The limit of the safetensors format itself."""

_LAYERS = "language_model.backbone.layers."
_EMBEDDINGS = "language_model.backbone.embeddings.weight"
_UP_PROJECTION = re.compile(re.escape(_LAYERS) + r"\d+\.mixer\.up_proj\.weight")


def check_weights(files: Sequence[Path], config: Mapping[str, JSON]) -> None:
    """Check the weights of a checkpoint against the contents of its `config.json`.

    What a file does not hold is not judged: the names of a variant's tensors are its own affair.

    Raises:
        EngineStartError: A file is cut or damaged, or its tensors are of another network.
    """
    shapes: dict[str, list[int]] = {}
    for file in files:
        shapes |= _read_shapes(file)
    text = config.get("text_config") or config.get("llm_config")
    if not isinstance(text, dict):
        return
    pattern = text.get("hybrid_override_pattern")
    numbers = {int(name[len(_LAYERS) :].split(".")[0]) for name in shapes if name.startswith(_LAYERS)}
    if numbers and isinstance(pattern, str):
        _compare(files, "layers", len(pattern), max(numbers) + 1)
    for name, shape in shapes.items():
        if name == _EMBEDDINGS:
            _compare(files, "vocab_size", text.get("vocab_size"), shape[0])
            _compare(files, "hidden_size", text.get("hidden_size"), shape[1])
        elif _UP_PROJECTION.fullmatch(name):
            _compare(files, "intermediate_size", text.get("intermediate_size"), shape[0])


def _compare(files: Sequence[Path], what: str, wanted: JSON, found: int) -> None:
    if wanted is not None and wanted != found:
        raise EngineStartError(
            f"The weights in {str(files[0].parent)!r} do not fit its config.json: {what} is {found} "
            f"in the weights and {wanted!r} in the configuration.",
            hint="Both must come from the same checkpoint: fetch it again into an empty folder.",
        )


def _read_shapes(file: Path) -> dict[str, list[int]]:
    """Read the shapes of a file's tensors, and check that it is as long as they say.

    See https://huggingface.co/docs/safetensors/index#format: 8 bytes of length, a JSON header, the data.
    """
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length > _HEADER_BYTES:
            raise _damaged(file, "its header would be longer than the format allows")
        header = opened.read(length)
    try:
        parsed = cast("dict[str, dict[str, list[int]]]", json.loads(header))
        parsed.pop("__metadata__", None)
        end = max((tensor["data_offsets"][1] for tensor in parsed.values()), default=0)
        shapes = {name: tensor["shape"] for name, tensor in parsed.items()}
    # A damaged header may be JSON of any shape, and taking it apart fails in as many ways.
    except (ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError) as exc:
        raise _damaged(file, "its header cannot be read") from exc
    wanted, found = 8 + length + end, file.stat().st_size
    if wanted != found:
        raise _damaged(file, f"it has {found} bytes and its header speaks of {wanted}")
    return shapes


def _damaged(file: Path, reason: str) -> EngineStartError:
    return EngineStartError(
        f"The weights {str(file)!r} are damaged: {reason}.", hint="Fetch the checkpoint again."
    )
