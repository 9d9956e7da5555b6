"""Represent the decisions of a run about speed-ups.

A decision tells in which way a run differs from plain NetPyNE. It is made once and kept in the manifest.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Sharing:
    """Represent the decision on shared synapses, with the reason.

    `decided` is False if the test was not possible, such as without spikes. `unshared` gives the labels of
    synMechParams that need a synapse for each connection, and the reason for each label.
    """

    shared: bool
    reason: str
    decided: bool = True
    unshared: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Engine:
    """Represent the decision on the engine, "neuron" or "coreneuron", with the reason.

    `decided` is as in `Sharing`. `gain` is the CPU time of NEURON divided by that of CoreNEURON, for one simulation.
    If `ranged`, the mechanisms are those of `mechanisms.with_rates_in_range`.
    """

    name: str
    reason: str
    decided: bool = True
    gain: float | None = None
    ranged: bool = False


@dataclass(frozen=True)
class Reuse:
    """Represent the decision on the reuse of networks and processes, with the reason.

    Attributes
    ----------
    way
        "in place": a network is changed in place or rewired where possible, and rebuilt otherwise. "rebuilt": the
        network is built for each simulation. "fresh process": each simulation has a process of its own.
    reason
        The comparisons that gave the decision.
    decided
        As in `Sharing`.
    mended
        True if mechanisms are compiled with a completed INITIAL block, which sets all that they keep between runs.
    retained
        Mechanisms of the model that keep state between runs, with the reasons.
    """

    way: str
    reason: str
    decided: bool = True
    mended: bool = False
    retained: dict[str, str] = field(default_factory=dict)


class Decisions(NamedTuple):
    """Hold all decisions on speed-ups."""

    sharing: Sharing
    engine: Engine
    reuse: Reuse

    @property
    def decided(self) -> bool:
        """Return whether all decisions are made."""
        return self.sharing.decided and self.engine.decided and self.reuse.decided
