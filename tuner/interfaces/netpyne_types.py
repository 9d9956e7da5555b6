"""Define types for the objects of NetPyNE that the program uses; NetPyNE has no type annotations."""

from collections.abc import Iterable, Mapping
from numbers import Number
from typing import Any, Protocol, TypeGuard

from tuner.interfaces.neuron_types import CVode, Hoc, ParallelContext, Random, Vector

# A rule, a section, a connection or a stimulus. NetPyNE keeps all as tables; NetPyNE's reference lists the keys.
Table = dict[str, Any]
# Rules by label; the labels are the model's choice.
Rules = dict[Any, Table]


class Entries(Protocol):
    """Represent a table of NetPyNE in which an entry may be missing."""

    def get(self, name: str, /) -> Any:
        """Return an entry; `None` if the entry is missing."""


class NetParams(Protocol):
    """Represent netParams; a model may add attributes."""

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
    """Represent simConfig, with times in ms; a model may add attributes."""

    duration: float
    dt: float
    seeds: dict[str, int]
    recordTraces: dict[str, Table]
    recordCells: list[Any]
    recordStep: float | str
    cvode_active: bool
    use_local_dt: bool
    coreneuron: bool
    # NetPyNE knows only True and False; the list of labels is read by tuner.simulation.network.sharing.
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
    """Represent a cell of the network; a cell without sections accepts any attribute name."""

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
        """Make a synapse, or return the existing synapse."""


class BatchSearch(Protocol):
    """Represent netpyne.batch.Batch, a search of NetPyNE's batch mode; a script sets the attributes."""

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
        """Run the search."""


class Population(Protocol):
    """Represent a population of the network."""

    cellGids: list[int]


class Net(Protocol):
    """Represent the network."""

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
    """Represent the module netpyne.sim.analysis."""

    def popAvgRates(self, *, tranges: list[list[float]] | None, show: bool) -> Table:
        """Return the mean rate of each population [Hz]."""

    def calculatefI(self) -> Any:
        """Compute the f-I curve."""


class Sim(Protocol):
    """Represent the module netpyne.sim, which holds the one network of the process."""

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

    def create(self, netParams: Any, simConfig: Any, /) -> Any:
        """Make a network with cells, connections, stimuli and recordings."""

    def setNetParams(self, params: NetParams, /) -> None:
        """Set the parameters of the network."""

    def setSimCfg(self, config: SimConfig, /) -> None:
        """Set the configuration."""

    def setupRecording(self) -> Any:
        """Set up the recordings that the configuration asks for."""

    def runSim(self) -> None:
        """Run the simulation."""

    def gatherData(self) -> None:
        """Gather the data of all ranks."""

    def clearAll(self) -> None:
        """Delete the network."""

    def hashStr(self, text: str, /) -> int:
        """Return a number computed from a text, which chooses a random stream."""

    def hashList(self, numbers: Iterable[int], /) -> int:
        """Return a number computed from a list of numbers."""

    def loadSimCfg(self, file: str, /, *, variable: str, setLoaded: bool) -> SimConfig:
        """Return the simConfig of a file."""

    def loadNetParams(self, file: str, /, *, variable: str | None, setLoaded: bool) -> NetParams:
        """Return the netParams of a file."""

    def loadPythonModule(self, file: str, /) -> Any:
        """Return the module of a file."""


class Specs(Protocol):
    """Represent the module netpyne.specs."""

    def NetParams(self, table: Mapping[str, Any] | None = None, /) -> NetParams:
        """Return netParams made from a table; NetPyNE's defaults without a table."""

    def SimConfig(self, table: Mapping[str, Any] | None = None, /) -> SimConfig:
        """Return simConfig made from a table; NetPyNE's defaults without a table."""


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value of a rule is a number, including numbers of numpy."""
    return isinstance(value, Number)


def simulator() -> Sim:
    """Return the module netpyne.sim; the first call of a process imports NetPyNE, which takes seconds."""
    from netpyne import sim

    found: Sim = sim
    return found


def spec_classes() -> Specs:
    """Return the module netpyne.specs."""
    from netpyne import specs

    found: Specs = specs
    return found
