"""Replace the NetPyNE functions by which a script gets netParams and simConfig, or hands both over.

A script runs up to the first call that would create a network.
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

# The order in which NetPyNE's own functions return the two.
ConfigFirst = tuple[SimConfig, NetParams]
ReadArguments = Callable[[str, str], ConfigFirst]
ReadIndex = Callable[[str], ConfigFirst]
ReadSaved = Callable[[str], Specs]
Readers = tuple[ReadArguments, ReadIndex, ReadSaved]

# Functions of netpyne.sim that create a network; all have netParams and simConfig among their arguments.
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
# Other functions of netpyne.sim that act on the network in memory, and how the names of such methods of Network begin.
RUN = (
    "simulate", "runSim", "preRun", "runSimWithIntervalFunc", "intervalSimulate", "setupRecording", "gatherData",
    "analyze", "saveData", "saveJSON", "setNet", "setNetParams", "setSimCfg", "clearAll", "loadBalance",
)  # fmt: skip
CHANGING = ("create", "connect", "add", "modify", "define", "sub")
LOAD_INDEX = ("loadModel", "loadFromIndexFile")


class Created(BaseException):
    """Signal that a script has reached the call that creates the network.

    The class is not a subclass of Exception, because scripts catch exceptions.
    """

    def __init__(self, specs: Specs) -> None:
        super().__init__("the network would be created here")
        self.specs = specs


def unchecked(net_params: Any, sim_config: Any) -> Specs:
    """Return the netParams and simConfig of a script as Specs, without a check.

    Either may still be a table or None; `saved.as_specs` checks both later.
    """
    return Specs(net_params, sim_config)


@contextmanager
def taken_over(read_arguments: ReadArguments, read_index: ReadIndex, read_saved: ReadSaved) -> Iterator[list[Created]]:
    """Replace NetPyNE's functions that create or load a network.

    A function that would create a network raises `Created`. The exceptions are also added to the list that this context
    manager yields, because a script may catch them. A function that would load files returns the result of an argument:

    - `read_arguments` gets the two file names of `readCmdLineArgs` and returns (simConfig, netParams);
    - `read_index` gets an index file and returns (simConfig, netParams);
    - `read_saved` gets the file of a saved network and returns (netParams, simConfig).
    """
    import neuron

    sim = simulator()
    created: list[Created] = []
    own: dict[str, Callable[..., Any]] = {name: partial(_create, created, getattr(sim, name)) for name in CREATE}
    own |= dict.fromkeys(LOAD, partial(_load, created, read_saved))
    own |= dict.fromkeys(LOAD_INDEX, lambda path, *_, **__: read_index(path))
    own["runFromIndexFile"] = partial(_run_index, created, read_index)
    own["readCmdLineArgs"] = partial(_read_arguments, read_arguments)
    with replaced(sim, own), replaced(neuron, {"load_mechanisms": lambda *_, **__: True}):
        yield created


@contextmanager
def without_creation() -> Iterator[None]:
    """Replace NetPyNE's functions that make, change or run a network by functions that do nothing.

    The script goes on after such a call.
    """
    sim = simulator()
    # The network in memory is kept for later candidates.
    of_network = [name for name in dir(sim.Network) if name.startswith(CHANGING)]
    with replaced(sim, dict.fromkeys((*CREATE, *LOAD, *RUN), _do_nothing)):
        with replaced(sim.Network, dict.fromkeys(of_network, _do_nothing)):
            yield


def _do_nothing(*_: object, **__: object) -> None:
    pass


@contextmanager
def replaced(module: Sim | ModuleType | type[Any], names: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Replace functions of a module or class, by name, in the `with` block."""
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
    # NetPyNE, too, takes the names of __main__ if an argument is missing.
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
