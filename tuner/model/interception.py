"""NetPyNE's functions by which a script gets, or hands over, its netParams and simConfig: taken over while it runs.

A script runs as far as the first call that would create a network, and no further.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import Any, NoReturn

from tuner.interfaces.netpyne_types import NetParams, Sim, SimConfig, simulator
from tuner.study.paths import Specs

# As NetPyNE's own functions give the two.
ConfigFirst = tuple[SimConfig, NetParams]
ReadArguments = Callable[[str, str], ConfigFirst]
ReadIndex = Callable[[str], ConfigFirst]
ReadSaved = Callable[[str], Specs]

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
# What else a script may do to the network that lives, in netpyne.sim and as methods of its Network.
RUN = (
    "simulate", "runSim", "preRun", "runSimWithIntervalFunc", "intervalSimulate", "setupRecording", "gatherData",
    "analyze", "saveData", "saveJSON", "setNet", "setNetParams", "setSimCfg", "clearAll", "loadBalance",
)  # fmt: skip
CHANGING = ("create", "connect", "add", "modify", "define", "sub")
LOAD_INDEX = ("loadModel", "loadFromIndexFile")


class Created(BaseException):
    """A script has come to the call that creates its network; no Exception, since scripts catch those."""

    def __init__(self, specs: Specs) -> None:
        super().__init__("the network would be created here")
        self.specs = specs


def unchecked(net_params: Any, sim_config: Any) -> Specs:
    """Return what a script hands over for specs: their tables, or nothing, until `saved.as_specs` has seen them."""
    return Specs(net_params, sim_config)


@contextmanager
def taken_over(read_arguments: ReadArguments, read_index: ReadIndex, read_saved: ReadSaved) -> Iterator[list[Created]]:
    """NetPyNE's functions raise `Created` where they would create, and give what these three do where they would load.

    What was raised is in the list: a script may swallow it. `read_arguments` is given the files of `readCmdLineArgs`,
    `read_index` an index file, both give (simConfig, netParams); `read_saved` is given a saved network's file and gives
    (netParams, simConfig).
    """
    import neuron

    sim = simulator()
    created: list[Created] = []
    own: dict[str, Callable[..., Any]] = {name: partial(_create, created, getattr(sim, name)) for name in CREATE}
    own |= dict.fromkeys(LOAD, partial(_load, created, read_saved))
    own |= dict.fromkeys(LOAD_INDEX, lambda path, *_, **__: read_index(path))
    own["runFromIndexFile"] = partial(_run_index, created, read_index)
    own["readCmdLineArgs"] = partial(_read_arguments, read_arguments)
    with _replaced(sim, own), _replaced(neuron, {"load_mechanisms": lambda *_, **__: True}):
        yield created


@contextmanager
def without_creation() -> Iterator[None]:
    """NetPyNE's functions that make, change or run a network do nothing: what comes after them goes on."""
    sim = simulator()
    # The network that lives is another candidate's tomorrow.
    of_network = [name for name in dir(sim.Network) if name.startswith(CHANGING)]
    with _replaced(sim, dict.fromkeys((*CREATE, *LOAD, *RUN), _do_nothing)):
        with _replaced(sim.Network, dict.fromkeys(of_network, _do_nothing)):
            yield


def _do_nothing(*_: object, **__: object) -> None:
    pass


@contextmanager
def _replaced(module: Sim | ModuleType | type[Any], names: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    before = {name: getattr(module, name) for name in names}
    for name, value in names.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def _raise(created: list[Created], specs: Specs) -> NoReturn:
    created.append(Created(specs))
    raise created[-1]


def _create(created: list[Created], function: Callable[..., Any], *arguments: Any, **named: Any) -> NoReturn:
    given = inspect.signature(function).bind_partial(*arguments, **named).arguments
    main = vars(sys.modules["__main__"])
    # As NetPyNE does where it is given nothing.
    net_params = given.get("netParams") or main.get("netParams")
    sim_config = given.get("simConfig") or main.get("simConfig", main.get("cfg"))
    _raise(created, unchecked(net_params, sim_config))


def _load(
    created: list[Created], read: ReadSaved, filename: str, simConfig: SimConfig | None = None, *_: object, **__: object
) -> NoReturn:
    net_params, saved = read(filename)
    _raise(created, Specs(net_params, simConfig or saved))


def _run_index(created: list[Created], read_index: ReadIndex, index: str) -> NoReturn:
    sim_config, net_params = read_index(index)
    _raise(created, Specs(net_params, sim_config))


def _read_arguments(
    read: ReadArguments, simConfigDefault: str = "cfg.py", netParamsDefault: str = "netParams.py"
) -> ConfigFirst:
    return read(simConfigDefault, netParamsDefault)
