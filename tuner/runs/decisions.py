"""What a run does otherwise than plain NetPyNE, which is decided once and kept in its manifest."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sharing:
    """Whether synapses may be shared, and why; `decided` is false where a raster without spikes proves nothing.

    `unshared` has the labels of synMechParams that need a synapse for each connection, and why.
    """

    shared: bool
    reason: str
    decided: bool = True
    unshared: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Engine:
    """Which engine simulates, "neuron" or "coreneuron", and why; `decided` as in Sharing.

    `gain` is NEURON's CPU time over CoreNEURON's for one run. With `ranged` the mechanisms are those of
    `mechanisms.with_rates_in_range`.
    """

    name: str
    reason: str
    decided: bool = True
    gain: float | None = None
    ranged: bool = False
