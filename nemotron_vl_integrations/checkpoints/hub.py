"""Fetching a checkpoint from the Hugging Face Hub: data files only, one commit for the whole process."""

import logging
import re
from pathlib import Path
from threading import Lock

from nemotron_vl_integrations.errors import EngineStartError

# Never *.py: no code from a hub is fetched, and none runs.
DATA_FILES = ("*.json", "*.jinja", "*.safetensors", "*.txt")

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_logger = logging.getLogger(__name__)
_pins: dict[tuple[str, str | None], Path] = {}
_pins_lock = Lock()


def is_hub_id(model: str) -> bool:
    """Whether the text has the form `owner/name` of a repository on the Hub.

    Examples:
        >>> is_hub_id("nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-FP8"), is_hub_id("./weights")
        (True, False)
    """
    return _HUB_ID.fullmatch(model) is not None


def snapshot_identity(folder: Path) -> tuple[str, str] | None:
    """The Hub id and the commit of a folder inside the Hub's local cache, else None.

    Examples:
        >>> snapshot_identity(Path("hub/models--nvidia--X/snapshots") / ("0" * 40))
        ('nvidia/X', '0000000000000000000000000000000000000000')
    """
    repository = folder.parent.parent.name
    if folder.parent.name != "snapshots" or not repository.startswith("models--"):
        return None
    if _COMMIT.fullmatch(folder.name) is None:
        return None
    return repository.removeprefix("models--").replace("--", "/"), folder.name


def fetch_snapshot(model: str, *, revision: str | None, allow_download: bool) -> Path:
    """Returns the local folder of a Hub repository at one commit, downloading what is missing.

    A revision that is not given, or is a branch, is resolved once; later calls in this process get the
    same commit, whatever happens on the Hub meanwhile. A look at the local cache alone settles nothing.

    Args:
        model: Hub id `owner/name`.
        revision: Branch, tag or commit; None takes the current commit of the default branch.
        allow_download: False uses the local cache alone, as `HF_HUB_OFFLINE=1` does.

    Returns:
        The snapshot folder, whose name is the commit.

    Raises:
        EngineStartError: Neither the Hub nor the local cache has it.
    """
    with _pins_lock:
        folder = _pins.get((model, revision))
        if folder is None:
            folder = _snapshot(model, revision, allow_download=allow_download)
            if not allow_download:
                return folder
            _pins[model, revision] = folder
            _logger.info("%s is used at commit %s", model, folder.name)
        return folder


def _snapshot(model: str, revision: str | None, *, allow_download: bool) -> Path:
    # Imported here: it costs 0.2 s and folders do not need it. It is there, as tokenizers depends on it.
    # Its signature has a bare dict; HTTPError is the transport's own class, which has changed twice.
    from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType]
    from huggingface_hub.errors import (
        HTTPError,  # pyright: ignore[reportPrivateImportUsage]
        LocalEntryNotFoundError,
    )

    try:
        folder = snapshot_download(
            model,
            revision=revision,
            allow_patterns=list(DATA_FILES),
            local_files_only=not allow_download,
        )
    except LocalEntryNotFoundError as exc:
        raise _not_reached(model, revision, "is not in the local cache, and the Hub was not reached") from exc
    except (OSError, ValueError, HTTPError) as exc:
        reason = str(exc).strip().split("\n", 1)[0]
        raise _not_reached(model, revision, f"could not be fetched from the Hub ({reason})") from exc
    return Path(folder)


def _not_reached(model: str, revision: str | None, reason: str) -> EngineStartError:
    at = f" at revision {revision!r}" if revision else ""
    option = f" --revision {revision}" if revision else ""
    patterns = " ".join(f"--include '{pattern}'" for pattern in DATA_FILES)
    return EngineStartError(
        f"The checkpoint {model!r}{at} {reason}.",
        hint=(
            "Hand in a local folder as `model=`, or set NEMOTRON_VL_MODEL to one, or download it where there "
            f"is network: hf download {model}{option} {patterns}"
        ),
    )
