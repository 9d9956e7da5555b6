"""Define protocols and trials.

An evaluation simulates its candidate once for each seed and each protocol of the study; one such simulation is a trial.
"""

from dataclasses import dataclass, field
from typing import Any

DEFAULT = "default"
# NetPyNE's seeds that the seed of a trial replaces, by the study's entry `vary`.
VARIED = {"both": ("conn", "stim"), "connections": ("conn",), "stimuli": ("stim",)}


@dataclass(frozen=True)
class Protocol:
    """Represent a condition under which each candidate is simulated.

    Attributes
    ----------
    name : str
        Name of the protocol.
    duration_ms : float or None
        Duration of the simulation [ms]; None for the model's own duration.
    values : dict
        Values of the model that differ from those of the study, by name or path.
    """

    name: str
    duration_ms: float | None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """Represent one simulation of a candidate; without a `seed`, the study's own seed sets connections and stimuli."""

    protocol: Protocol
    seed: int | None = None
