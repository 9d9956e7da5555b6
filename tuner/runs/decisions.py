"""Represent the decisions of a run about speed-ups.

A decision tells in which way a run differs from plain NetPyNE. It is made once and kept in the manifest.
"""

from dataclasses import dataclass, field


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
