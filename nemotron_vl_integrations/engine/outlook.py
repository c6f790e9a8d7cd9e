"""What the engine of a configuration would be, said without opening it, starting it or fetching its checkpoint."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nemotron_vl_integrations.checkpoints.checkpoint import resolve_checkpoint
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine.plan import EnginePlan, plan_engine
from nemotron_vl_integrations.errors import EngineStartError

DEFAULT_CONTEXT_LENGTH: Final = 16_384
"""Tokens of prompt and reply together, unless the configuration says otherwise or the checkpoint holds less."""


@dataclass(frozen=True, slots=True)
class EngineOutlook:
    """What an engine would be.

    Attributes:
        model: Name of the checkpoint that would answer.
        context_length: Tokens of prompt and reply together.
    """

    model: str
    context_length: int


def foresee_engine(config: EngineConfig, plan: EnginePlan | None = None) -> EngineOutlook:
    """Say what the engine of a configuration would be; a checkpoint that is not on this machine is taken at its name.

    Args:
        config: What the engine is.
        plan: Its plan, where one was made; None makes one.

    Examples:
        >>> foresee_engine(EngineConfig(device="cpu", max_model_len=8192))
        EngineOutlook(model='nemotron-vl-demo', context_length=8192)
    """
    model = (plan or plan_engine(config)).model
    wanted = config.max_model_len or DEFAULT_CONTEXT_LENGTH
    try:
        checkpoint = resolve_checkpoint(model, revision=config.revision, allow_download=False)
    except EngineStartError:
        return EngineOutlook(Path(model).name if Path(model).is_absolute() else model, wanted)
    return EngineOutlook(checkpoint.name, min(wanted, checkpoint.context_length))
