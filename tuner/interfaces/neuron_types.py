"""Define types for the objects of NEURON that the program uses; NEURON has no type annotations."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np


class Vector(Protocol):
    """Represent a vector of NEURON."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[float]: ...

    def as_numpy(self) -> np.ndarray:
        """Return the vector's memory as an array, which is valid as long as the vector exists."""

    def setrand(self, random: "Random", /) -> "Vector":
        """Fill the vector with numbers of a generator."""


class Random(Protocol):
    """Represent a generator of random numbers."""

    def Random123(self, *identifiers: int) -> int:
        """Choose a stream by up to three identifiers."""

    def Random123_globalindex(self, index: int = 0, /) -> float:
        """Return the index of all streams; with an argument, set the index first."""

    def uniform(self, low: float, high: float, /) -> float:
        """Draw a number from an interval, and use this distribution for later draws."""


class Segment(Protocol):
    """Represent a segment of a section; mechanisms are attributes."""

    v: float
    sec: "Section"

    def __getattr__(self, name: str, /) -> Any: ...


class Section(Protocol):
    """Represent a section of a cell."""

    L: float
    nseg: int

    def __iter__(self) -> Iterator[Segment]: ...

    def __call__(self, location: float, /) -> Segment: ...


class PointProcess(Protocol):
    """Represent a point process or an artificial cell; variables are attributes."""

    def __getattr__(self, name: str, /) -> Any: ...


class Weights(Protocol):
    """Represent the weights of a NetCon, of which the first is the weight of the synapse."""

    def __getitem__(self, index: int, /) -> float: ...

    def __setitem__(self, index: int, value: float, /) -> None: ...


class NetCon(Protocol):
    """Represent a connection with a delay [ms]."""

    weight: Weights
    delay: float

    def valid(self) -> bool:
        """Return whether both ends exist."""


class HocList(Protocol):
    """Represent a list of all objects of a template."""

    def count(self) -> float:
        """Return the number of objects."""

    def o(self, index: int, /) -> Any:
        """Return the object with this index."""


class Reference(Protocol):
    """Represent a variable to which NEURON writes a text."""

    def __getitem__(self, index: int, /) -> str: ...


class MechanismType(Protocol):
    """Represent NEURON's density mechanisms or point processes, one of which is selected."""

    def count(self) -> float:
        """Return the number of mechanisms."""

    def select(self, index: int, /) -> None:
        """Select a mechanism."""

    def selected(self, name: Reference, /) -> float:
        """Write the name of the selected mechanism to a reference."""

    def is_artificial(self, index: int, /) -> bool:
        """Return whether a mechanism is an artificial cell."""

    def is_netcon_target(self, index: int, /) -> bool:
        """Return whether a mechanism receives events."""


class ParallelContext(Protocol):
    """Represent NEURON's ranks and the identifiers of the cells."""

    def nhost(self) -> float:
        """Return the number of ranks."""

    def id(self) -> float:
        """Return the number of this rank."""

    def py_allgather(self, value: Any, /) -> list[Any]:
        """Return the values of all ranks, on every rank."""

    def psolve(self, end_ms: float, /) -> float:
        """Solve up to a time [ms]."""

    def gid_connect(self, gid: int, target: PointProcess, /) -> NetCon:
        """Connect a cell, which may be on another rank, to a point process."""

    def nthread(self, count: int = 0, /) -> float:
        """Return the number of threads; with an argument, set the number first."""

    def gid_clear(self) -> None:
        """Delete all identifiers."""


class CVode(Protocol):
    """Represent the variable time step."""

    def active(self, on: int, /) -> float:
        """Turn the variable time step on or off."""

    def use_local_dt(self, on: int, /) -> float:
        """Turn separate time steps for each cell on or off."""


class Hoc(Protocol):
    """Represent NEURON's interpreter, `neuron.h`; all other names of the interpreter are attributes."""

    # Time and time step [ms].
    t: float
    dt: float

    def allsec(self) -> Iterator[Section]:
        """Yield all sections of the process."""

    def nrn_load_dll(self, library: str, /) -> float:
        """Load compiled mechanisms; 0.0 if there is no such library."""

    def nrnmpi_init(self) -> None:
        """Start MPI."""

    def ref(self, value: str, /) -> Reference:
        """Return a variable that holds a text."""

    def List(self, template: str, /) -> HocList:
        """Return the list of all objects of a template."""

    def MechanismType(self, kind: int, /) -> MechanismType:
        """Return the density mechanisms (0) or the point processes (1)."""

    def ParallelContext(self) -> ParallelContext:
        """Return the context of the ranks."""

    def Random(self) -> Random:
        """Return a new generator."""

    def Vector(self, size: int = 0, /) -> Vector:
        """Return a new vector."""

    def __getattr__(self, name: str, /) -> Any: ...


class CoreNeuron(Protocol):
    """Represent the module neuron.coreneuron."""

    enable: bool


def interpreter() -> Hoc:
    """Return NEURON's interpreter; the first call of a process imports NEURON, which takes a second."""
    from neuron import h

    found: Hoc = h
    return found


def coreneuron() -> CoreNeuron:
    """Return the module neuron.coreneuron; with `enable`, the next run uses CoreNEURON."""
    from neuron import coreneuron

    found: CoreNeuron = coreneuron
    return found
