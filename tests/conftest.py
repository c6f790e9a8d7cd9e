"""One real engine for the whole run: vLLM on the CPU with the bundled demo checkpoint."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from nemotron_vl_integrations.engine import Engine, close_engine, get_engine

# Nothing in the tests may reach for a Hub, and a user's settings must not decide what they see.
os.environ["HF_HUB_OFFLINE"] = "1"
for _name in [name for name in os.environ if name.startswith("NEMOTRON_VL_")]:
    del os.environ[_name]

# A slow machine is no defect: how long an example takes, or its making, decides nothing.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_sessionstart() -> None:
    # A shell makes its background jobs deaf to Ctrl-C, and tests of interrupts would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that own an engine last, so that the shared one is started once."""
    items.sort(key=lambda item: item.get_closest_marker("own_engine") is not None)


@pytest.fixture
def engine() -> Engine:
    """The engine of the process, started at the first request."""
    return get_engine()


@pytest.fixture(autouse=True)
def _engine_of_its_own(request: pytest.FixtureRequest) -> Iterator[None]:
    owns = request.node.get_closest_marker("own_engine") is not None
    if owns:
        close_engine()
    yield
    if owns:
        close_engine()


def pytest_sessionfinish() -> None:
    """Close the shared engine inside the run, where a traceback would be seen."""
    close_engine()
