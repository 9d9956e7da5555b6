"""Types of the parts of NetPyNE that are used; NetPyNE itself comes without any."""

from collections.abc import Iterable, Mapping
from numbers import Number
from typing import Any, Protocol, TypeGuard

from tuner.interfaces.neuron_types import CVode, Hoc, ParallelContext, Random, Vector

# A rule, a section, a connection or a stimulus: NetPyNE keeps them all as tables, whose keys NetPyNE's reference lists.
Table = dict[str, Any]
# Rules by their labels, which a model may choose as it likes.
Rules = dict[Any, Table]


class Entries(Protocol):
    """A table of NetPyNE's of which an entry may be missing."""

    def get(self, name: str, /) -> Any:
        """Return an entry, None where there is none."""


class NetParams(Protocol):
    """netParams; a model may give it attributes of its own."""

    popParams: Rules
    cellParams: Rules
    synMechParams: Rules
    connParams: Rules
    subConnParams: Rules
    stimSourceParams: Rules
    stimTargetParams: Rules
    rxdParams: Table
    scale: float
    defaultWeight: float
    defaultDelay: float

    def todict(self) -> Table:
        """Return all attributes as tables."""


class SimConfig(Protocol):
    """simConfig; a model may give it attributes of its own. Times in ms."""

    duration: float
    dt: float
    seeds: dict[str, int]
    recordTraces: dict[str, Table]
    recordCells: list[Any]
    recordStep: float | str
    cvode_active: bool
    use_local_dt: bool
    coreneuron: bool
    # A list of labels is the program's own (tuner.simulation.network.sharing).
    oneSynPerNetcon: bool | list[str]
    allowSelfConns: bool
    allowConnsWithWeight0: bool
    gatherOnlySimData: bool
    printPopAvgRates: bool | list[list[float]]
    analysis: Table
    hParams: Table

    def todict(self) -> Table:
        """Return all attributes as tables."""


class Cell(Protocol):
    """A cell of the network; one without sections answers to any attribute's name."""

    gid: int
    tags: Table
    secs: dict[str, Table]
    secLists: dict[str, list[str]]
    conns: list[Table]
    stims: list[Table]
    hSpkTimes: Vector
    hVectorTimes: Vector

    def spikeGenLocAndSec(self, sections: Mapping[str, Table], /) -> tuple[float, Table]:
        """Return the location and the section at which spikes are detected."""

    def addSynMech(self, label: str, section: str, location: float, pre_location: float | None = None, /) -> Table:
        """Make a synapse, or return the one that is there."""


class BatchSearch(Protocol):
    """netpyne.batch.Batch: a search of NetPyNE's batch mode, which a script gives attributes."""

    batchLabel: str
    saveFolder: str
    method: str
    params: list[Table]
    cfg: SimConfig | None
    cfgFile: str
    netParams: NetParams | None
    netParamsFile: str
    initCfg: Table
    runCfg: Table
    evolCfg: Table
    optimCfg: Table
    seed: int | None

    def run(self) -> None:
        """Search."""


class Population(Protocol):
    """A population of the network."""

    cellGids: list[int]


class Net(Protocol):
    """The network."""

    cells: list[Cell]
    pops: dict[Any, Population]
    params: NetParams
    gid2lid: dict[int, int]
    rand: Random
    allCells: list[Table]
    allPops: dict[Any, Table]

    def createPops(self) -> Any:
        """Make the populations."""

    def createCells(self) -> Any:
        """Make the cells."""

    def connectCells(self) -> Any:
        """Make the connections."""

    def addStims(self) -> Any:
        """Make the stimuli."""

    def addRxD(self) -> Any:
        """Make reactions and diffusion."""


class Analysis(Protocol):
    """netpyne.sim.analysis."""

    def popAvgRates(self, *, tranges: list[list[float]] | None, show: bool) -> Table:
        """Return the mean rate of each population [Hz]."""

    def calculatefI(self) -> Any:
        """Compute the f-I curve."""


class Sim(Protocol):
    """The module netpyne.sim, which holds the one network of the process."""

    net: Net
    cfg: SimConfig
    simData: Table
    allSimData: Table
    analysis: Analysis
    pc: ParallelContext
    cvode: CVode
    h: Hoc
    fih: list[Any]
    rank: int
    Network: type[Any]

    def initialize(self, *, netParams: NetParams, simConfig: SimConfig) -> Any:
        """Make an empty network."""

    def setNetParams(self, params: NetParams, /) -> None:
        """Set the parameters of the network."""

    def setSimCfg(self, config: SimConfig, /) -> None:
        """Set the configuration."""

    def setupRecording(self) -> Any:
        """Record what the configuration asks for."""

    def runSim(self) -> None:
        """Simulate."""

    def gatherData(self) -> None:
        """Gather the data of all ranks."""

    def clearAll(self) -> None:
        """Delete the network."""

    def hashStr(self, text: str, /) -> int:
        """Return a number of a text, which chooses a random stream."""

    def hashList(self, numbers: Iterable[int], /) -> int:
        """Return a number of a list."""

    def loadSimCfg(self, file: str, /, *, variable: str, setLoaded: bool) -> SimConfig:
        """Return the simConfig of a file."""

    def loadNetParams(self, file: str, /, *, variable: str | None, setLoaded: bool) -> NetParams:
        """Return the netParams of a file."""

    def loadPythonModule(self, file: str, /) -> Any:
        """Return the module of a file."""


class Specs(Protocol):
    """The module netpyne.specs."""

    def NetParams(self, table: Mapping[str, Any] | None = None, /) -> NetParams:
        """Return netParams of a table, NetPyNE's defaults without one."""

    def SimConfig(self, table: Mapping[str, Any] | None = None, /) -> SimConfig:
        """Return simConfig of a table, NetPyNE's defaults without one."""


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value of a rule is a number, numpy's included."""
    return isinstance(value, Number)


def simulator() -> Sim:
    """Return netpyne.sim; the first call of a process imports NetPyNE, which takes seconds."""
    from netpyne import sim

    found: Sim = sim
    return found


def spec_classes() -> Specs:
    """Return netpyne.specs."""
    from netpyne import specs

    found: Specs = specs
    return found
