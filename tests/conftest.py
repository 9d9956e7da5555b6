"""How hypothesis searches: the same examples every time, and no stopwatch; and no network that outlives its tests."""

import gc
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# There is a process of pytest on every core: threads of linear algebra would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
settings.register_profile("project", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("project")


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory):
    """The runs of the tests are not noted in the user's own state folder."""
    base = tmp_path_factory.getbasetemp()
    # The processes of one start of the tests share runs.
    home = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["XDG_STATE_HOME"] = str(home / "state")


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage, and need not be looked through for it after each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def networks_end_with_their_module() -> Iterator[None]:
    """NEURON has one network a process: what a module leaves would be simulated with the next one's."""
    yield
    if "netpyne.sim" in sys.modules:
        from netpyne import sim

        from tuner.evaluate import simulations
        from tuner.simulation.network import warm

        simulations._network.cache_clear()
        # What a test sets by NetPyNE alone nobody puts back.
        sim.h.celsius = 6.3
        if hasattr(sim, "net"):
            warm.release(sim)
            gc.collect()
