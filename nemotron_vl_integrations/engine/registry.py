"""The engines of this process: one for each configuration, shared and counted."""

import atexit
import threading
import weakref

from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine.host import EngineHost
from nemotron_vl_integrations.errors import EngineConfigConflictError

_lock = threading.Lock()
_hosts: dict[EngineConfig, EngineHost] = {}


def acquire(config: EngineConfig, *, alongside: bool) -> EngineHost:
    """Count one more user of the engine for `config`; a second configuration must be asked for by `alongside`.

    Raises:
        EngineConfigConflictError: Another configuration runs in this process.
        EngineForkedError: The engine belongs to the parent of this process.
    """
    with _lock:
        for host in _hosts.values():
            host.check_process()
        host = _hosts.get(config)
        if host is None:
            if _hosts and not alongside:
                raise _conflict(next(iter(_hosts)), config)
            host = _hosts[config] = EngineHost(config)
        host.users += 1
        return host


def release(host: EngineHost) -> EngineHost | None:
    """Count one user less, and hand back the host if that was the last and it must be closed now."""
    with _lock:
        host.users -= 1
        if host.users > 0 or _hosts.get(host.config) is not host:
            return None
        del _hosts[host.config]
        return host


def remove_all() -> tuple[EngineHost, ...]:
    """Take every host out of the registry, however many users it has."""
    with _lock:
        hosts = tuple(_hosts.values())
        _hosts.clear()
        return hosts


def only_config() -> EngineConfig | None:
    """The configuration that runs in this process, if there is exactly one."""
    with _lock:
        return next(iter(_hosts)) if len(_hosts) == 1 else None


def is_open(config: EngineConfig) -> bool:
    """Whether somebody uses the engine for `config`."""
    with _lock:
        return config in _hosts


def _conflict(running: EngineConfig, wanted: EngineConfig) -> EngineConfigConflictError:
    ours, theirs = running.model_dump(), wanted.model_dump()
    changes = ", ".join(
        f"{name}: {ours[name]!r} -> {theirs[name]!r}" for name in ours if ours[name] != theirs[name]
    )
    return EngineConfigConflictError(
        f"An engine with another configuration runs in this process ({changes}).",
        hint="Close it with `close_engine()`, or pass `alongside=True` if the memory holds both.",
    )


def _close_at_exit() -> None:
    for host in remove_all():
        if host.belongs_here:
            background_loop.run(host.close())


# What is registered last runs first. vLLM ends its processes through a `weakref.finalize`, and multiprocessing, which
# is imported above, through a hook of its own; an engine that they end before us looks like one that died.
weakref.finalize(_close_at_exit, int)
atexit.register(_close_at_exit)
