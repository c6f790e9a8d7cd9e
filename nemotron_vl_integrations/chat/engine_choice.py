"""Which engine answers a chat model: one that it was given, one by its configuration, or the one that is open."""

from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine, get_engine, registry
from nemotron_vl_integrations.engine.outlook import EngineOutlook, foresee_engine
from nemotron_vl_integrations.errors import InvalidRequestError

ANY_MODEL = "auto"
"""What a chat model calls its checkpoint that takes the engine which is open."""


def choose_config(model: str, config: EngineConfig | None, engine: Engine | None) -> EngineConfig | None:
    """Return the configuration of a chat model's engine; None takes the engine that is open.

    Args:
        model: Names the checkpoint, or `"auto"`.
        config: The whole configuration.
        engine: Takes the place of both.

    Raises:
        InvalidRequestError: `model` and `config` name different checkpoints.

    Examples:
        >>> choose_config("auto", EngineConfig(max_tiles=6), None).max_tiles
        6
    """
    if engine is not None:
        return engine.config
    if config is None:
        return None if model == ANY_MODEL else EngineConfig(model=model)
    if model not in (ANY_MODEL, config.model):
        raise InvalidRequestError(
            f"`model={model!r}` and `config.model={config.model!r}` differ.",
            hint="Name the checkpoint in one of them.",
        )
    return config


def foresee_answerer(config: EngineConfig | None, engine: Engine | None) -> EngineOutlook:
    """Say which checkpoint would answer a chat model and how long its context is; nothing is opened for that.

    Args:
        config: See `choose_config`.
        engine: That answers; None takes the one by the configuration.

    Examples:
        >>> foresee_answerer(EngineConfig(device="cpu"), None).model
        'nemotron-vl-demo'
    """
    if engine is not None:
        return engine.outlook
    wanted = config or registry.only_config() or EngineConfig.from_env()
    return get_engine(wanted).outlook if registry.is_open(wanted) else foresee_engine(wanted)
