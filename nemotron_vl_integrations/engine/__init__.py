"""The engine: one vLLM engine for a whole process, shared by everybody who asks for it."""

from nemotron_vl_integrations.engine.handle import Engine, close_engine, get_engine

__all__ = ["Engine", "close_engine", "get_engine"]
