"""Reading the small files of a checkpoint folder, each with a limit on its size."""

import json
from pathlib import Path
from typing import cast

from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.messages import JSON

CONFIG_BYTES = 4 * 2**20
TEMPLATE_BYTES = 2**18
TOKENIZER_BYTES = 128 * 2**20


def read_text(path: Path, limit: int) -> str:
    """Reads a UTF-8 file of at most `limit` bytes.

    Args:
        path: The file.
        limit: Most bytes that are read.

    Returns:
        The text of the file.

    Raises:
        EngineStartError: The file cannot be read, is larger than the limit, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as exc:
        raise EngineStartError(
            f"The checkpoint file {str(path)!r} cannot be read: {exc.strerror}.",
            hint="Check that it is there and that this user may read it.",
        ) from exc
    if len(data) > limit:
        raise EngineStartError(
            f"The checkpoint file {str(path)!r} holds more than {limit} bytes.",
            hint="It is not what its name says; fetch the checkpoint again.",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise EngineStartError(
            f"The checkpoint file {str(path)!r} is not UTF-8 text (byte {exc.start}).",
            hint="It is damaged; fetch the checkpoint again.",
        ) from exc


def read_json_object(path: Path, limit: int = CONFIG_BYTES) -> dict[str, JSON]:
    """Reads a file that holds one JSON object; `Infinity` and `NaN` are accepted.

    Checkpoints of this family write `Infinity` into `time_step_limit`, which strict readers refuse.

    Args:
        path: The file.
        limit: Most bytes that are read.

    Returns:
        The parsed object.

    Raises:
        EngineStartError: The file cannot be read or does not hold a JSON object.
    """
    text = read_text(path, limit)
    try:
        value = cast("JSON", json.loads(text))
    except (ValueError, RecursionError) as exc:
        raise EngineStartError(
            f"The checkpoint file {str(path)!r} is not valid JSON: {exc}.",
            hint="It is damaged; fetch the checkpoint again.",
        ) from exc
    if not isinstance(value, dict):
        raise EngineStartError(
            f"The checkpoint file {str(path)!r} holds a {type(value).__name__} and not a JSON object.",
            hint="It is not what its name says; fetch the checkpoint again.",
        )
    return value
