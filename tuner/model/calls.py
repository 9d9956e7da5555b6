"""NetPyNE's functions by which a script gets, or hands over, its netParams and simConfig: taken over while it runs.

A script runs as far as the first call that would create a network, and no further.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

# By name in netpyne.sim, all with netParams and simConfig among their arguments.
CREATE = (
    "initialize",
    "create",
    "createSimulate",
    "createSimulateAnalyze",
    "createSimulateAnalyzeInterval",
    "createSimulateAnalyzeDistributed",
    "createExportNeuroML2",
)
LOAD = ("load", "loadSimulate", "loadSimulateAnalyze")
LOAD_INDEX = ("loadModel", "loadFromIndexFile")


class Created(BaseException):
    """A script has come to the call that creates its network; no Exception, since scripts catch those."""

    def __init__(self, net_params: object, sim_config: object) -> None:
        super().__init__("the network would be created here")
        self.specs = net_params, sim_config


class NothingCreated(Exception):
    """A script that makes no network."""


@contextmanager
def taken_over(
    read_arguments: Callable[[str, str], tuple], read_index: Callable[[str], tuple], read_saved: Callable[[str], tuple]
) -> Iterator[None]:
    """NetPyNE's functions raise `Created` where they would create, and give what these three do where they would load.

    `read_arguments` is given the files of `readCmdLineArgs`, `read_index` an index file, both give (simConfig,
    netParams); `read_saved` is given a saved network's file and gives (netParams, simConfig).
    """
    import neuron
    from netpyne import sim

    own = {name: partial(_create, getattr(sim, name)) for name in CREATE}
    own |= dict.fromkeys(LOAD, partial(_load, read_saved))
    own |= dict.fromkeys(LOAD_INDEX, lambda path, *_, **__: read_index(path))
    own["runFromIndexFile"] = partial(_run_index, read_index)
    own["readCmdLineArgs"] = partial(_read_arguments, read_arguments)
    with _replaced(sim, own), _replaced(neuron, {"load_mechanisms": lambda *_, **__: True}):
        yield


@contextmanager
def without_creation() -> Iterator[None]:
    """NetPyNE's functions that create a network do nothing: what comes after them goes on."""
    from netpyne import sim

    nothing = dict.fromkeys((*CREATE, *LOAD, "simulate", "runSim", "gatherData", "analyze", "saveData"), _do_nothing)
    with _replaced(sim, nothing):
        yield


def _do_nothing(*_: object, **__: object) -> None:
    pass


@contextmanager
def _replaced(module: object, names: Mapping[str, object]) -> Iterator[None]:
    before = {name: getattr(module, name) for name in names}
    for name, value in names.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def _create(function: Callable, *arguments: object, **named: object) -> None:
    given = inspect.signature(function).bind_partial(*arguments, **named).arguments
    main = vars(sys.modules["__main__"])
    # As NetPyNE does where it is given nothing.
    net_params = given.get("netParams") or main.get("netParams")
    sim_config = given.get("simConfig") or main.get("simConfig", main.get("cfg"))
    raise Created(net_params, sim_config)


def _load(read_saved: Callable, filename: str, simConfig: object = None, *_: object, **__: object) -> None:
    net_params, saved = read_saved(filename)
    raise Created(net_params, simConfig or saved)


def _run_index(read_index: Callable[[str], tuple], index: str) -> None:
    sim_config, net_params = read_index(index)
    raise Created(net_params, sim_config)


def _read_arguments(
    read: Callable[[str, str], tuple], simConfigDefault: str = "cfg.py", netParamsDefault: str = "netParams.py"
) -> tuple:
    return read(simConfigDefault, netParamsDefault)
